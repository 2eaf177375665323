"""Every code has a long form whose programs do what it says."""

import importlib.util
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from lift_sys.check import CATALOGUE, Entry, codes_of, entry
from lift_sys.define import Graph
from lift_sys.errors import LiftError

ENTRIES = tuple(CATALOGUE.values())


def params() -> list[Any]:
    """Return every entry that is shown in Python."""
    return [pytest.param(one, id=one.code) for one in ENTRIES if one.language == "python"]


def imported(program: str, folder: Path) -> ModuleType:
    """Import a program from a file, so that its source can be read."""
    file = folder / "program.py"
    file.write_text(program)
    spec = importlib.util.spec_from_file_location("program", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def earned(program: str, folder: Path) -> set[str]:
    """Return the codes that a program earns: at import, by `check` of its graphs, and from its `main`."""
    found: set[str] = set()
    try:
        module = imported(program, folder)
        for graph in [value for value in vars(module).values() if isinstance(value, Graph)]:
            found |= {diagnostic.code for diagnostic in graph.check()}
        if not found and inspect.iscoroutinefunction(getattr(module, "main", None)):
            await module.main()
    except LiftError as error:
        found |= set(codes_of(error)) or {f"{type(error).__name__}: {error}"}
    return found


@pytest.mark.parametrize("said", params())
async def test_the_wrong_program_earns_its_code(said: Entry, tmp_path: Path) -> None:
    """What is shown as wrong is found, under that code."""
    assert said.code in await earned(said.wrong, tmp_path)


@pytest.mark.parametrize("said", params())
async def test_the_right_program_is_sound(said: Entry, tmp_path: Path) -> None:
    """What is shown as right is checked without a fault, and runs."""
    assert await earned(said.right, tmp_path) == set()


@pytest.mark.parametrize("said", ENTRIES, ids=lambda said: said.code)
def test_an_entry_is_worth_reading(said: Entry) -> None:
    """It has a title without a full stop, some sentences, and two different programs."""
    assert said.title == said.title.strip().rstrip(".")
    assert len(said.text.split()) > 20
    assert said.wrong.strip() != said.right.strip()
    assert said.family


def test_codes_are_in_order() -> None:
    """The catalogue is read from the first code to the last, each once."""
    assert list(CATALOGUE) == sorted(set(CATALOGUE))


def test_a_code_is_found_however_it_is_written() -> None:
    """`ls101` and `101` mean LS101; what does not exist is None."""
    assert entry("LS101") is entry("ls101") is entry(" 101 ")
    assert entry("LS999") is None
