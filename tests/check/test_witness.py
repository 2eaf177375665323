"""Inferred edges are written down for mypy, and what it says is told of the user's nodes."""

import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from lift_sys.check import witness_of
from lift_sys.define import Graph, node
from lift_sys.judges import judge_project_types
from lift_sys.serve.check import judge_edges

PROJECT = '''
from collections.abc import Callable
from lift_sys import Graph, node

class Doubled:
    """Something to call; with what, only a type checker finds out."""
    def __call__(self, number: int) -> int:
        return number * 2

@node
async def change(topic: str) -> Doubled:
    return Doubled()

@node
async def show(change: Callable[[{kind}], int], *, tone: str = "plain") -> str:
    return tone

article = Graph.from_nodes(change, show, output=show, name="article")
'''


GENERIC = """
from typing import TypeVar
from lift_sys import Graph, node

T = TypeVar("T")

@node
async def words(topic: str) -> list[str]:
    return topic.split()

@node
async def first(words: list[T]) -> T:
    return words[0]

@node
async def show(first: str) -> str:
    return first

@node
async def double(first: int) -> int:
    return first * 2

right = Graph.from_nodes(words, first, show, output=show)
wrong = Graph.from_nodes(words, first, double, output=double)
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Write a module with an edge of some type, and import it from a folder of its own."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def written(kind: str) -> Graph[..., Any]:
        name = f"witnessed_{kind}"
        (tmp_path / f"{name}.py").write_text(PROJECT.format(kind=kind))
        made: Graph[..., Any] = import_module(name).article
        return made

    yield written
    for kind in ("int", "str"):
        sys.modules.pop(f"witnessed_{kind}", None)


def test_each_inferred_edge_is_one_call_of_one_argument(project: Any, tmp_path: Path) -> None:
    """The other arguments are anything, so that a line stands for one edge."""
    witness = witness_of(project("int"))

    (line,) = witness.edges
    assert witness.text.splitlines()[line - 1] == "    await m0.show(given(m0.change), tone=anything)"
    assert witness.roots == [str(tmp_path)]
    assert witness.unseen == []


def test_what_a_function_made_cannot_be_imported() -> None:
    """Such edges are judged by their annotations alone, and the witness says which."""

    @node
    async def one() -> int:
        return 1

    @node
    async def two(one: int) -> int:
        return one

    witness = witness_of(Graph.from_nodes(one, two, output=two))

    assert not witness.edges
    assert [edge.parameter.name for edge in witness.unseen] == ["one"]


def test_what_mypy_says_is_told_of_the_users_nodes(project: Any) -> None:
    """The generated line is never named: file, line and parameter are the user's."""
    witness = witness_of(project("int"))
    (line,) = witness.edges

    told = witness.diagnostic(line, 'Argument 1 has incompatible type "Doubled"; expected "Callable[[str], int]"')

    assert told.code == "LS204"
    assert told.place == "witnessed_int.py:14 article/show"
    assert told.message == "`change: Callable[[str], int]` of show is supplied by change, which gives Doubled"
    assert "`async def show(change: Doubled, *, tone: str = 'plain') -> str`" in told.help


@pytest.mark.slow
async def test_mypy_judges_edges_of_a_project(project: Any) -> None:
    """What fits is content; what only a type checker can tell apart is found."""
    assert await judge_edges(project("int")) == []
    (found,) = await judge_edges(project("str"))

    assert found.message == "`change: Callable[[str], int]` of show is supplied by change, which gives Doubled"


@pytest.mark.slow
async def test_an_edge_from_a_generic_node_is_judged_by_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `first` gives of a list of texts is a text: fit for a text, and for no number."""
    (tmp_path / "witnessed_generic.py").write_text(GENERIC)
    monkeypatch.syspath_prepend(str(tmp_path))
    made = import_module("witnessed_generic")

    assert await judge_edges(made.right) == []
    (found,) = await judge_edges(made.wrong)
    assert found.message == "`first: int` of double is supplied by first, which gives str"
    assert found.help == "put a node between them that gives int"


@pytest.mark.slow
async def test_a_text_that_cannot_be_judged_says_why(tmp_path: Path) -> None:
    """A module that does not parse ends mypy; that is a fault, not silence."""
    (tmp_path / "half.py").write_text("def half(:\n")

    (found,) = await judge_project_types("import half\n", [str(tmp_path)], cache=tmp_path / "cache")

    assert found.code == "crash"
    assert "half.py:1" in found.message
