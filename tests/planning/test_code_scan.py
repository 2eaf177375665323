"""Holes in code are found by syntax and related to the plan by name."""

from pathlib import Path
from typing import Any

import pytest

from tests.planning.plans import asked, hole, written

CODE = '''\
"""Notes.

H6: the interface, see the plan.
"""
import lift_sys
from lift_sys import hole, todo


@hole
async def name1(x: int) -> int:
    """Count."""
    todo()


class Name5:
    """Typed hole: Name5"""

    @lift_sys.hole(kind="decision")
    async def inner(self) -> int:
        """Hole H1 in other words.

        Hole: Unheard
        The hole in the fence is none.
        """
        lift_sys.todo("later")


def done() -> str:
    return "todo() @hole H1:"
'''


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan, and code with holes in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src" / ".venv").mkdir(parents=True)
    (tmp_path / "src" / "a.py").write_text(CODE)
    (tmp_path / "src" / "b.py").write_text("\ndef f(:\n")
    (tmp_path / "src" / ".venv" / "c.py").write_text(CODE)
    return written(tmp_path, hole(6), hole(1, 6), hole(5, 1), hole(7))


def test_holes_are_found_where_they_stand(folder: Path, capsys: Any) -> None:
    """Decorators, calls of todo and docstrings; texts that only look alike are none."""
    code, said = asked(folder, capsys, "scan", "src")

    assert code == 0
    assert [(at["line"], at["kind"], at["name"], at["hole"]) for at in said["found"]] == [
        (3, "docstring", "the", "H6"),
        (10, "hole", "name1", "H1"),
        (12, "todo", "name1", "H1"),
        (16, "docstring", "Name5", "H5"),
        (19, "hole", "inner", None),
        (20, "docstring", "in", "H1"),
        (22, "docstring", "Unheard", None),
        (25, "todo", "inner", None),
    ]
    assert {at["file"] for at in said["found"]} == {"src/a.py"}


def test_what_the_plan_misses_in_code_is_named(folder: Path, capsys: Any) -> None:
    """Open holes without a place, and files that cannot be read."""
    said = asked(folder, capsys, "scan", "src")[1]

    assert said["absent"] == ["H7"]
    assert [(at["file"], at["line"]) for at in said["unreadable"]] == [("src/b.py", 2)]


def test_one_file_can_be_scanned(folder: Path, capsys: Any) -> None:
    """A path may be a file."""
    assert len(asked(folder, capsys, "scan", "src/a.py")[1]["found"]) == 8
