"""Tests nobody trusts are judged behind a wall of their own."""

from collections.abc import AsyncIterator

import pytest

from lift_sys.judges import Job, Sandbox, judge_suite, open_sandbox

pytestmark = pytest.mark.slow

INCREMENT = Job("def inc(x): return x + 1", function="inc")
HONEST = """
assert inc(0) == 1

def test_adds_one():
    assert inc(1) == 2

def test_wrong():
    assert inc(1) == 3, "not three"
"""


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """The strongest level of this machine, for all of these tests."""
    opened = await open_sandbox()
    yield opened
    await opened.aclose()


async def test_each_test_is_told(sandbox: Sandbox) -> None:
    """The lines outside tests count as one; a failed assertion has its text and line."""
    verdict = await judge_suite(sandbox, INCREMENT, HONEST)

    assert [(result.name, result.error) for result in verdict.results] == [
        ("(module)", None),
        ("test_adds_one", None),
        ("test_wrong", "AssertionError: not three (line 8)"),
    ]
    assert verdict.calls == 3
    assert not verdict.passed


async def test_a_right_program_passes(sandbox: Sandbox) -> None:
    """No failed test, and the program was called."""
    assert (await judge_suite(sandbox, INCREMENT, "def test(): assert inc(2**80) == 2**80 + 1")).passed


async def test_a_suite_that_never_calls_proves_nothing(sandbox: Sandbox) -> None:
    """Saying yes without asking is no evidence."""
    assert not (await judge_suite(sandbox, INCREMENT, "def test(): pass")).passed


async def test_the_suite_cannot_reach_the_program(sandbox: Sandbox) -> None:
    """Neither its source nor its memory is in the process of the suite."""
    suite = """
import gc
def test_search():
    inc(1)
    needle = " ".join(["return", "x", "+", "1"])
    for thing in gc.get_objects():
        for part in gc.get_referents(thing):
            assert not (isinstance(part, str) and needle in part and part is not needle)
"""

    assert (await judge_suite(sandbox, INCREMENT, suite)).passed


ODD_SUITES = [
    ("import os; os._exit(0)", "did not come to its end"),
    ("while True: pass", "did not come to its end"),
    ("def test():\n    while True: inc(1)", ""),
    ("import __main__\n__main__.said.put(5)", "did not come to its end"),
]


@pytest.mark.parametrize(("suite", "message"), ODD_SUITES, ids=[suite for suite, _ in ODD_SUITES])
async def test_a_suite_that_misbehaves_proves_nothing(sandbox: Sandbox, suite: str, message: str) -> None:
    """Death, endless loops, endless questions and forged words end the hearing."""
    verdict = await judge_suite(sandbox, Job(INCREMENT.source, function="inc", timeout=0.2), suite)

    assert message in verdict.message
    assert not verdict.passed


async def test_what_the_program_does_is_told_to_the_suite(sandbox: Sandbox) -> None:
    """An exception of the program is one in the suite, and its death fails every later call."""
    program = Job("import os\ndef f(x):\n    if x == 2: os._exit(1)\n    return 1 // x", function="f")

    verdict = await judge_suite(sandbox, program, "def test_0(): f(0)\ndef test_2(): f(2)\ndef test_1(): f(1)")

    errors = [result.error or "" for result in verdict.results]
    assert "ZeroDivisionError" in errors[1]
    assert "the program ended" in errors[2]
    assert "the program ended" in errors[3]
