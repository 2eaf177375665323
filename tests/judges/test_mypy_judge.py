"""mypy judges texts it has never run, warm, one after the other, for whoever asks."""

import os
import signal

import anyio
import pytest

from lift_sys.judges import TypeFault, judge_types
from tests.backends import both_backends
from tests.judges.processes import descendants

HEADER = "import collections, heapq, re\nfrom dataclasses import dataclass\n"
RIGHT = "def f(a: int) -> str:\n    return str(a)\n"
WRONG = "def f(a: int) -> str:\n    return a\n"

JUDGED = [
    (RIGHT, []),
    (WRONG, [(2, "return-value")]),
    ("def f(a): return a\n", [(1, "no-untyped-def")]),
    ("def f(a:\n", [(2, "syntax")]),
    ("x: int = 'a'  # type: ignore\n", [(1, "excuse")]),
    ("# mypy: ignore-errors\nx: int = 'a'\n", [(1, "excuse")]),
    (HEADER + "x: int = re.match('a', 'b')\n", [(3, "assignment")]),
    (HEADER + "heapq.heappush(1, 2)\n", [(3, "arg-type")]),
    ("x: int = 1\n", []),
    ("import no_such_module\n", [(1, "import-not-found")]),
    ("from pydantic import BaseModel\nclass A(BaseModel):\n    n: int\nA(n='x')\n", [(4, "arg-type")]),
    (WRONG, [(2, "return-value")]),
    ("x = '\0'\n", [(1, "syntax")]),
    ("#" * (1 << 21), [(1, "too-long")]),
]


@pytest.mark.slow
@both_backends
async def test_each_text_is_judged_for_itself() -> None:
    """In sequence on one warm mypy, imports coming and going, each text has exactly its own faults."""
    for source, expected in JUDGED:
        faults = await judge_types(source)

        assert [(fault.line, fault.code) for fault in faults] == expected


@pytest.mark.slow
async def test_many_may_ask_at_once() -> None:
    """Each gets the answer to its own question."""
    answers: dict[int, list[TypeFault]] = {}

    async def ask(number: int) -> None:
        answers[number] = list(await judge_types(f"x{number}: int = {number if number % 2 else repr('a')}\n"))

    async with anyio.create_task_group() as group:
        for number in range(20):
            group.start_soon(ask, number)

    assert [len(answers[number]) for number in range(20)] == [1, 0] * 10


@pytest.mark.slow
async def test_lenient_judging_asks_for_less() -> None:
    """Without `strict` a missing annotation is no fault."""
    assert await judge_types("def f(a): return a\n", strict=False) == []
    assert len(await judge_types("def f(a): return a\n")) == 1


@pytest.mark.slow
async def test_a_dead_helper_is_replaced() -> None:
    """Whoever asks after the process died is answered by a new one."""
    before = set(descendants())
    await judge_types(RIGHT)
    for pid in set(descendants()) - before or set(descendants()):
        os.kill(pid, signal.SIGKILL)

    assert [fault.line for fault in await judge_types(WRONG)] == [2]


@pytest.mark.slow
async def test_whoever_stops_waiting_harms_nobody() -> None:
    """A question that was taken back does not stop the next."""
    with anyio.move_on_after(0.001):
        await judge_types(WRONG)

    assert await judge_types(RIGHT) == []


def test_a_fault_reads_as_a_sentence() -> None:
    """Line, message, code."""
    assert (
        str(TypeFault(3, 1, "name-defined", 'Name "x" is not defined'))
        == 'line 3: Name "x" is not defined [name-defined]'
    )
