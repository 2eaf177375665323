"""Events are pulled as they happen, and leaving the iteration ends the run and nothing else."""

import contextlib
import gc

import anyio
import anyio.lowlevel
import pytest

from lift_sys import Engine, Event, graph, node
from tests.backends import both_backends

pytestmark = both_backends


@node
async def slow(x: int) -> int:
    await anyio.sleep(0.001)
    return x + 1


@graph
async def chain(x: int) -> int:
    return await slow(await slow(x))


async def test_a_stream_gives_every_event_in_order() -> None:
    """From the first to the last."""
    kinds = [event.kind async for event in Engine().stream(chain, 1)]

    assert kinds == ["run.started", *["step.started", "step.finished"] * 2, "run.finished"]


async def test_a_loop_that_is_left_cancels_the_run_and_not_its_caller() -> None:
    """The caller goes on, and the run is summed up as cancelled."""
    engine = Engine()
    async for _ in engine.stream(chain, 1):
        break
    gc.collect()
    await anyio.sleep(0.01)

    assert [run.outcome for run in await engine.runs()] == ["cancelled"]


async def test_a_closed_stream_has_ended_its_run() -> None:
    """When aclose returns, nothing of the run is left."""
    engine = Engine()
    async with contextlib.aclosing(engine.stream(chain, 1)) as events:
        async for _ in events:
            break

    assert [run.outcome for run in await engine.runs()] == ["cancelled"]


async def test_an_error_in_the_loop_is_the_callers_own() -> None:
    """It is raised as it is, and the caller's next wait is not cancelled."""

    async def failing() -> None:
        async for event in Engine().stream(chain, 1):
            raise LookupError(event.kind)

    with pytest.raises(LookupError, match=r"run\.started"):
        await failing()

    await anyio.lowlevel.checkpoint()


async def test_a_listener_that_raises_ends_the_run_with_its_error() -> None:
    """The run is not left running."""

    def refuse(event: Event) -> None:
        raise ValueError(event.kind)

    engine = Engine(on_event=refuse)
    with pytest.raises(ValueError, match=r"run\.started"):
        await engine.run(chain, 1)

    assert [run.outcome for run in await engine.runs()] == ["failed"]
