"""A malformed inventory is refused by name and line, whichever command meets it, and stays as it was."""

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.planning.plans import asked, hole, written

HOLES = (
    hole(6, constraints=("MUST be async", "SHOULD be small"), gives={"H1": ("MUST support async calls",)}),
    hole(1, 6, accept=("true",)),
    hole(4, 6, 1, constraints=("MUST be quick",), phase=2),
    hole(5, 4, phase=3, accept=("true", "true")),
)
COMMANDS = (
    ("list",), ("ready",), ("show", "H6"), ("next",), ("resolve", "H6", "--by", "."), ("reopen", "H6"), ("defer", "H6"),
    ("phase-status", "1"), ("gate", "1"), ("why", "H1"), ("what-if", "--withdraw", "H6"), ("verify",), ("scan", "."),
    ("graph",), ("state",), ("state", "--check"), ("import", "plan.json"), ("export",),
)  # fmt: skip
Lines = list[str]
Mutation = Callable[[random.Random, Lines], tuple[str, int]]
"""Spoils the lines and says by which name, and in which line, that is refused."""


def pick(chance: random.Random, lines: Lines, pattern: str) -> int:
    """Return the index of one of the lines that match."""
    return chance.choice([index for index, line in enumerate(lines) if re.match(pattern, line)])


def swap(pattern: str, replacement: str, code: str) -> Mutation:
    """Spoil one line that matches."""

    def mutate(chance: random.Random, lines: Lines) -> tuple[str, int]:
        at = pick(chance, lines, pattern)
        lines[at] = re.sub(pattern, replacement, lines[at])
        return code, at + 1

    return mutate


def heading_above(lines: Lines, at: int) -> int:
    return next(index for index in range(at, -1, -1) if lines[index].startswith("## "))


def lose_a_key(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "- (kind|type|phase):")
    del lines[at]
    return "missing_key", heading_above(lines, at - 1) + 1


def cut_in_two(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "- (kind|type|phase):")
    lines.insert(at, "\n")
    return "missing_key", heading_above(lines, at) + 1


def repeat_a_key(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "- (kind|type|phase|depends_on):")
    lines.insert(at, lines[at])
    return "repeated_key", at + 2


def repeat_a_hole(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "## ")
    section = lines[at : at + 4]
    lines += ["\n", *section]
    return "duplicate_hole", len(lines) - 3


def depend_on_the_unknown(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "- depends_on: ")
    lines[at] = lines[at].rstrip("\n") + ", H77\n"
    return "unknown_hole", at + 1


def depend_on_itself(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "- depends_on: ")
    heading = heading_above(lines, at)
    lines[at] = lines[at].rstrip("\n") + f", {lines[heading].split()[1]}\n"
    return "cycle", at + 1


def close_a_circle(chance: random.Random, lines: Lines) -> tuple[str, int]:
    lines.insert(pick(chance, lines, "## H6") + 1, f"- depends_on: {chance.choice(['H1', 'H4', 'H5'])}\n")
    return "cycle", 0


def glue_prose(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "\n")
    lines[at] = "prose without a blank line above\n"
    return "bad_line", at + 1


def open_a_fence(chance: random.Random, lines: Lines) -> tuple[str, int]:
    at = pick(chance, lines, "\n") + 1
    lines.insert(at, chance.choice(["```\n", "~~~~ text\n"]))
    return "unclosed_fence", at + 1


MUTATIONS: tuple[Mutation, ...] = (
    lose_a_key, cut_in_two, repeat_a_key, repeat_a_hole, depend_on_the_unknown, depend_on_itself, close_a_circle,
    glue_prose, open_a_fence,
    swap(r"- (\w+): ", r"- \1 ", "bad_line"),
    swap(r"- ", r"* ", "bad_line"),
    swap(r"- ", r"  - ", "bad_line"),
    swap(r"- (\w)(\w)(\w+): ", r"- \1\3\2x: ", "unknown_key"),
    swap(r"- phase: \d", "- phase: one", "bad_phase"),
    swap(r"- (kind|type|accept): .*", r"- \1:", "bad_value"),
    swap(r"- (constraints: )(MUST|SHOULD)", r"- \1must", "bad_constraint"),
    swap(r"- gives: H1", "- gives:", "bad_gift"),
    swap(r"- depends_on: H", "- depends_on: h", "bad_id"),
    swap(r"## H(\d) ", r"## H0\1 ", "bad_heading"),
    swap(r"## H(\d) .*", r"## H\1", "bad_heading"),
    swap(r"## H(\d) ", r"## h\1 ", "bad_heading"),
    swap(r"## H(\d) ", r"# H\1 ", "bad_heading"),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(200))
def test_a_mutation_is_refused_by_name_and_line(
    seed: int, tmp_path: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, code, message, file and line; no byte of the folder changes."""
    monkeypatch.chdir(tmp_path)
    chance = random.Random(seed)
    inventory = written(tmp_path, *HOLES) / "HOLE_INVENTORY.md"
    (tmp_path / "plan.json").write_text('{"holes": []}')
    lines = inventory.read_text().splitlines(keepends=True)
    code, line = MUTATIONS[seed % len(MUTATIONS)](chance, lines)
    ending = chance.choice(["\n", "\r\n"])
    inventory.write_bytes("".join(lines).replace("\n", ending).encode())
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    for command in (chance.choice(COMMANDS), ("resolve", "H6", "--by", "."), ("import", "plan.json")):
        exit_code, answer = asked(tmp_path, capsys, *command)

        error = answer["error"]
        assert (exit_code, error["code"], error["file"]) == (2, code, str(inventory))
        assert error["line"] == line or (line == 0 and error["path"][0] == error["path"][-1])
        assert error["message"]
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_bytes_that_are_no_text_are_refused(tmp_path: Path, capsys: Any) -> None:
    """The line of the first such byte is named."""
    inventory = written(tmp_path, *HOLES) / "HOLE_INVENTORY.md"
    inventory.write_bytes(b"# Plan\n\n\xff\n")

    assert asked(tmp_path, capsys, "list")[1]["error"]["line"] == 3


def test_a_circle_is_told_with_its_path(tmp_path: Path, capsys: Any) -> None:
    """It begins with its lowest id, and each hole waits for the next."""
    written(tmp_path, hole(1, 4), hole(2, 1), hole(4, 1))

    error = asked(tmp_path, capsys, "ready")[1]["error"]

    assert (error["code"], error["path"]) == ("cycle", ["H1", "H4", "H1"])
    assert "H1 -> H4 -> H1" in error["message"]
