"""Cancellation, `on_error="stop"` and deadlines: nothing that the engine started outlives its run."""

import asyncio
import math

import anyio
import anyio.lowlevel
import pytest

from lift_sys import Budget, Engine, Failed, Graph, each, graph, hole, node, todo
from lift_sys.errors import StepTimeout
from lift_sys.testing import virtual_time
from tests.backends import both_backends

began: list[int] = []
ended: list[int] = []


@pytest.fixture(autouse=True)
def _fresh() -> None:
    began.clear()
    ended.clear()


@node
async def naps(x: int) -> int:
    began.append(x)
    try:
        await anyio.sleep(1)
        return x + 1
    finally:
        ended.append(x)


@node
async def quick(x: int) -> int:
    began.append(x)
    return x + 1


@node
async def fails(x: int) -> int:
    raise ValueError(x)


@hole
async def missing(x: int) -> int:
    todo()


@node
async def calls(x: int) -> int:
    return await naps(x) + await naps(x + 1)


@both_backends
def test_cancellation_ends_all_bodies(anyio_backend: str) -> None:
    """When the caller gives up, every body has ended when `run` has raised, children too."""

    @graph
    async def g(x: int) -> list[int]:
        return [await naps(x), await calls(10), await naps(await naps(3))]

    async def scene() -> None:
        engine = Engine(clock=anyio.current_time)
        with anyio.move_on_after(0.5) as scope:
            await engine.run(g, 1)
        assert scope.cancelled_caught
        assert sorted(began) == sorted(ended) == [1, 3, 10]
        assert [s.outcome for s in await engine.runs()] == ["cancelled"]
        if anyio_backend == "asyncio":
            assert len(asyncio.all_tasks()) == 1

    virtual_time(scene, backend=anyio_backend)


@both_backends
async def test_a_graph_that_never_suspends_can_be_cancelled() -> None:
    """Bodies that do not wait leave room for cancellation after some hundred steps."""

    @graph
    async def chain(x: int) -> int:
        for _ in range(2_000):
            x = await quick(x)
        return x

    async def give_up(scope: anyio.CancelScope) -> None:
        scope.cancel()

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as scope:
            group.start_soon(give_up, scope)
            await chain.run(0)
    assert scope.cancelled_caught
    assert len(began) < 1_000


@pytest.mark.slow
@both_backends
def test_twenty_thousand_roots_are_cancelled(anyio_backend: str) -> None:
    """All of twenty thousand bodies that run at once are ended."""

    @graph
    async def wide(xs: list[int]) -> list[int]:
        return await each(naps, xs)

    async def scene() -> None:
        with anyio.move_on_after(0.5) as scope:
            await Engine(concurrency=math.inf, clock=anyio.current_time).run(wide, list(range(20_000)))
        assert scope.cancelled_caught
        assert len(began) == len(ended) == 20_000

    virtual_time(scene, backend=anyio_backend)


def stopping(how: Graph[[int], list[int]]) -> Graph[[int], list[int]]:
    """Return a graph that stops at an error."""
    how.on_error = "stop"
    return how


@both_backends
def test_an_error_stops_its_dependants_only(anyio_backend: str) -> None:
    """Siblings of a failed step go on; who depends on it is skipped."""

    @graph
    async def g(x: int) -> list[int]:
        return [await quick(await fails(x)), await naps(await naps(2))]

    run = virtual_time(Engine(clock=anyio.current_time).run, g, 1, backend=anyio_backend)
    assert isinstance(run.outcome, Failed)
    assert list(run.outcome.errors) == ["g/fails"]
    assert list(run.outcome.skipped) == ["g/quick"]
    assert run.at("g/naps#2") == 4


@both_backends
def test_an_error_stops_everything_if_asked(anyio_backend: str) -> None:
    """`on_error="stop"` ends the siblings, and no step begins after the error."""

    @graph(on_error="stop")
    async def g(x: int) -> list[int]:
        return [await naps(await naps(5)), await fails(x), await quick(await quick(7)), await calls(20)]

    engine = Engine(clock=anyio.current_time, concurrency=2)
    run = virtual_time(engine.run, g, 1, backend=anyio_backend)
    assert isinstance(run.outcome, Failed)
    assert list(run.outcome.errors) == ["g/fails"]
    assert began == ended == [5]
    assert [e.path for e in run.events if e.kind == "step.cancelled"] == ["g/naps"]


def test_what_was_stopped_goes_on_when_resumed() -> None:
    """After a stop, resuming runs what had been cut, and the failed step if asked."""
    broken = [True]

    @node
    async def shaky(x: int) -> int:
        if broken:
            raise ValueError(x)
        return x

    @graph(on_error="stop")
    async def g(x: int) -> list[int]:
        return [await quick(x), await shaky(x), await quick(9), await naps(3)]

    async def scene() -> list[int]:
        run = await Engine(concurrency=2, clock=anyio.current_time).run(g, 1)
        assert list(run.outcome.errors) == ["g/shaky"]  # type: ignore[union-attr]
        broken.clear()
        return (await run.resume(retry_failed=True)).value

    assert virtual_time(scene) == [2, 1, 10, 4]


@both_backends
def test_a_deadline_says_who_was_cut(anyio_backend: str) -> None:
    """Steps that were running or ready when the time was over fail with StepTimeout; the others keep their values."""

    @graph(budget=Budget(seconds=1.5))
    async def g(x: int) -> list[int]:
        return [await naps(x), await naps(await naps(2)), await calls(10), await missing(x)]

    run = virtual_time(Engine(clock=anyio.current_time).run, g, 1, backend=anyio_backend)
    assert isinstance(run.outcome, Failed)
    assert {path: type(e) for path, e in run.outcome.errors.items()} == {
        "g/naps#3": StepTimeout,
        "g/calls": StepTimeout,
    }
    assert "1.5 s" in str(run.outcome.errors["g/calls"])
    assert run.at("g/naps") == 2
    failed = [e.path.partition("~")[0] for e in run.events if e.kind == "step.failed"]
    assert sorted(failed) == ["g/calls", "g/calls/naps", "g/naps#3"]
    assert [c.path for c in run.holes] == ["g/missing"]


@both_backends
def test_a_body_cannot_keep_a_deadline_from_its_step(anyio_backend: str) -> None:
    """What it gives when it was told that time is over came too late, for who called it, too."""

    @node
    async def goes_on(x: int) -> int:
        try:
            await anyio.sleep(5)
        except BaseException:  # noqa: BLE001 - wrong, and written all the same
            return -9
        return x

    @node
    async def calls_it(x: int) -> int:
        return await goes_on(x)

    @graph(budget=Budget(seconds=1))
    async def g(x: int) -> list[int]:
        return [await goes_on(x), await calls_it(x)]

    run = virtual_time(Engine(clock=anyio.current_time).run, g, 1, backend=anyio_backend)
    assert isinstance(run.outcome, Failed)
    assert set(run.outcome.errors) == {"g/goes_on", "g/calls_it"}
    assert all(isinstance(error, StepTimeout) for error in run.outcome.errors.values())


def test_a_body_that_waits_for_a_hole_is_not_cut() -> None:
    """When time is over, a parked body is still incomplete, and goes on when its hole is filled."""

    @node
    async def asks(x: int) -> int:
        return await quick(await missing(x))

    @graph(budget=Budget(seconds=1.5))
    async def g(x: int) -> list[int]:
        return [await asks(x), await naps(await naps(2))]

    async def scene() -> list[int]:
        run = await Engine(clock=anyio.current_time).run(g, 1)
        assert isinstance(run.outcome, Failed)
        assert list(run.outcome.errors) == ["g/naps#2"]
        assert [c.path for c in run.holes] == ["g/asks/missing"]
        return (await run.resume(missing.defer(7), retry_failed=True)).value

    assert virtual_time(scene) == [8, 4]


def test_what_the_deadline_cut_can_be_tried_again() -> None:
    """A resumed run has its seconds again."""

    @graph(budget=Budget(seconds=1.5))
    async def g(x: int) -> int:
        return await naps(await naps(x))

    async def scene() -> int:
        run = await Engine(clock=anyio.current_time).run(g, 1)
        assert isinstance(run.outcome, Failed)
        return (await run.resume(retry_failed=True)).value

    assert virtual_time(scene) == 3
    assert began == [1, 2, 2]


@both_backends
async def test_a_cancelled_run_is_cancelled_in_the_list() -> None:
    """The stored run of a cancelled `run` says so."""

    @graph
    async def g(x: int) -> int:
        return await naps(x)

    engine = Engine()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await engine.run(g, 1)
    (summary,) = await engine.runs()
    assert summary.outcome == "cancelled"


async def test_leaving_a_stream_cancels_its_run() -> None:
    """Events come as they happen; who stops reading stops the run."""

    @graph
    async def g(x: int) -> int:
        return await naps(await quick(x))

    seen = []
    stream = Engine().stream(g, 1)
    async for event in stream:
        seen.append((event.kind, event.path))
        if event.path == "g/naps":
            break
    await stream.aclose()
    assert seen == [
        *(("run.started", ""), ("step.started", "g/quick"), ("step.finished", "g/quick"), ("step.started", "g/naps"))
    ]
    assert ended == [2]


@both_backends
async def test_no_body_begins_after_the_cancellation(anyio_backend: str) -> None:
    """However many are ready, those that run end and no other is begun."""
    scope = anyio.CancelScope()

    @node
    async def gives_up(x: int) -> int:
        began.append(x)
        if x == 2:
            scope.cancel()
        await anyio.lowlevel.checkpoint()
        return x

    @graph
    async def g(xs: list[int]) -> list[int]:
        return await each(gives_up, xs)

    with scope:
        await Engine(concurrency=4).run(g, list(range(100)))
    assert scope.cancelled_caught
    assert len(began) <= 4


@both_backends
def test_a_body_cannot_keep_a_cancellation_from_the_run(anyio_backend: str) -> None:
    """A body that goes on in spite of it has its value, and nothing begins after that."""

    @node
    async def stubborn(x: int) -> int:
        try:
            await anyio.sleep(10)
        except anyio.get_cancelled_exc_class():
            return x
        return 0

    @graph
    async def g(x: int) -> int:
        return await quick(await stubborn(x))

    async def scene() -> None:
        engine = Engine()
        with anyio.move_on_after(0.5) as scope:
            await engine.run(g, 1)
        assert scope.cancelled_caught
        assert [s.outcome for s in await engine.runs()] == ["cancelled"]
        if anyio_backend == "asyncio":
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(engine.run(g, 1), 0.5)

    virtual_time(scene, backend=anyio_backend)
    assert began == []


@both_backends
async def test_slow_bodies_that_never_suspend_leave_room_soon(anyio_backend: str) -> None:
    """Where each takes long, the event loop is given its turn after a few of them, not after some hundred."""
    scope = anyio.CancelScope()

    @node
    async def computes(x: int) -> int:
        began.append(x)
        if x == 2:
            scope.cancel()
        return x

    @graph
    async def g(xs: list[int]) -> list[int]:
        return await each(computes, xs)

    with scope:
        await Engine(clock=lambda: float(len(began))).run(g, list(range(200)))
    assert scope.cancelled_caught
    assert len(began) < 20
