"""Messages are a product: thirty mistakes, each message scored by six points."""

import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lift_sys.check import codes_of, entry
from lift_sys.define import Graph
from lift_sys.errors import Diagnostic, LiftError
from tests.check.mistakes import COMMON, MISTAKES, Mistake
from tests.check.test_catalogue import imported

POINTS = ("before any node ran", "file and line", "culprit", "expected and got", "cure", "code")


async def faults(mistake: Mistake, folder: Path) -> tuple[list[Any], ModuleType | None]:
    """Return what is said about a program: diagnostics, or the error; and the program as far as it was loaded."""
    module: ModuleType | None = None
    try:
        module = imported(COMMON + mistake.program, folder)
        found = [d for value in vars(module).values() if isinstance(value, Graph) for d in value.check()]
        if not found and inspect.iscoroutinefunction(getattr(module, "main", None)):
            module.ran.clear()
            await module.main()
        return list(found), module
    except LiftError as error:
        return list(getattr(error, "diagnostics", ())) or [error], module


def told(fault: Any) -> tuple[str, str, str]:
    """Return place, message and help of a diagnostic, or of an error in words."""
    if isinstance(fault, Diagnostic):
        return fault.place, fault.message, fault.help
    return str(fault), str(fault), str(fault)


def score(mistake: Mistake, found: list[Any], module: ModuleType | None) -> list[bool]:
    """Return the six points of the best message about a mistake."""
    lines = (COMMON + mistake.program).splitlines()
    here = next((number for number, line in enumerate(lines, 1) if line.endswith("# here")), None)
    best: list[bool] = [False] * len(POINTS)
    for fault in found:
        place, message, help_text = told(fault)
        code = fault.code if isinstance(fault, Diagnostic) else next(iter(codes_of(fault)), "")
        points = [
            not getattr(module, "ran", []),
            bool(re.search(rf"program\.py:{here or r'[0-9]+'}\b", place)),
            mistake.culprit in message,
            all(word in message for word in mistake.got),
            mistake.cure in help_text,
            code == mistake.code and entry(code) is not None,
        ]
        best = max(best, points, key=sum)
    return best


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
async def test_a_mistake_is_told_well(mistake: Mistake, tmp_path: Path) -> None:
    """No mistake is silent, and each message has at least four of six points."""
    found, module = await faults(mistake, tmp_path)
    points = score(mistake, found, module)
    missed = [name for name, got in zip(POINTS, points, strict=True) if not got]

    assert found
    assert len(missed) <= 2, (missed, [str(fault) for fault in found])


async def test_mistakes_are_told_well_on_average(tmp_path: Path) -> None:
    """The mean is five of six or more."""
    scores = [sum(score(mistake, *await faults(mistake, tmp_path))) for mistake in MISTAKES]

    assert sum(scores) / len(scores) >= 5
