"""Messages are a product: what is said of typical mistakes, word for word, and scored by six points.

The score is computed from the text: a node's body that was entered before the message costs the first point, and a
remedy counts only if the program that it is pasted into has no fault any more.
"""

import inspect
import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from lift_sys.check import codes_of, entry
from lift_sys.define import Graph, Node
from lift_sys.errors import LiftError
from tests.check.corpus_case import CASES, Case
from tests.check.test_catalogue import imported

POINTS = ("before any node ran", "file and line", "culprit", "expected and got", "a remedy to paste", "code")
Said = tuple[list[Any], bool]
SCORES: dict[str, list[bool]] = {}


async def said_of(program: str, folder: Path) -> Said:
    """Return what is said of a program, at import, by `check` or by its `main`, and whether a node ran before that."""
    module, ran = None, False

    def entered(frame: FrameType, event: str, _argument: object) -> None:
        nonlocal ran
        ran = ran or (event == "call" and frame.f_code in bodies)

    bodies: set[Any] = set()
    try:
        module = imported(program, folder)
        bodies = {value.fn.__code__ for value in vars(module).values() if is_step(value)}
        found = [d for value in vars(module).values() if isinstance(value, Graph) for d in value.check()]
        if not found and inspect.iscoroutinefunction(getattr(module, "main", None)):
            sys.setprofile(entered)
            await module.main()
    except LiftError as error:
        return list(getattr(error, "diagnostics", ()) or [error]), ran
    finally:
        sys.setprofile(None)
    return list(dict.fromkeys(found)), ran


def is_step(value: object) -> bool:
    return isinstance(value, Node) and not isinstance(value, Graph)


def text_of(found: list[Any], folder: Path) -> str:
    """Return what is said as it is printed, with paths as they look beside the program."""
    text = "\n".join(str(fault) for fault in found)
    return re.sub(r"run-[0-9a-f]+", "run-1", text.replace(f"{folder}/", "")) + "\n"


async def score(case: Case, folder: Path) -> list[bool]:
    """Return the six points of the message about a mistake; what was scored once in this process stands."""
    if case.name not in SCORES:
        SCORES[case.name] = await points_of(case, folder)
    return SCORES[case.name]


async def points_of(case: Case, folder: Path) -> list[bool]:
    """Return the six points, asked of the program and of the mended one."""
    found, ran = await said_of(case.program, folder)
    first = found[0]
    place, message = getattr(first, "place", ""), getattr(first, "message", str(first))
    help_text = getattr(first, "help", "")
    code = getattr(first, "code", "") or next(iter(codes_of(first)), "")
    return [
        not ran,
        place.replace(f"{folder}/", "").split(" ")[0] == f"program.py:{case.here}",
        case.culprit in message,
        all(words in f"{message}\n{help_text}" for words in (case.expected, case.got)),
        bool(case.pasted) and all(new in help_text for _, new in case.pasted) and await is_mended(case, folder),
        entry(code) is not None,
    ]


async def is_mended(case: Case, folder: Path) -> bool:
    """Tell whether the program with the remedy has no fault left, or only the one that the page names."""
    left, _ = await said_of(case.mended(), folder)
    return {getattr(fault, "code", str(fault)) for fault in left} == ({case.then} if case.then else set())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_mistake_is_told_word_for_word(case: Case, tmp_path: Path) -> None:
    """Nothing is silent, and nothing is said that the page does not show."""
    found, _ = await said_of(case.program, tmp_path)

    assert text_of(found, tmp_path) == case.said


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
async def test_a_mistake_is_told_well(case: Case, tmp_path: Path) -> None:
    """Each message has at least four of six points."""
    points = await score(case, tmp_path)

    assert sum(points) >= 4, [name for name, got in zip(POINTS, points, strict=True) if not got]


async def test_mistakes_are_told_well_on_average(tmp_path: Path) -> None:
    """There are thirty mistakes or more, and the mean is five of six or more."""
    scores = [sum(await score(case, tmp_path)) for case in CASES]

    assert len(scores) >= 30
    assert sum(scores) / len(scores) >= 5
