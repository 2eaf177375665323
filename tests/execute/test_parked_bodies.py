"""A body that waits for a hole beside other work of its own is unwound only when that has come to its end."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest

from lift_sys import Budget, Engine, Failed, Incomplete, Run, graph, hole, node, todo
from lift_sys.errors import StepTimeout
from lift_sys.testing import virtual_time
from tests.backends import both_backends


@hole
async def first(x: int) -> int:
    todo()


@hole
async def second(x: int) -> int:
    todo()


@node
async def slow(x: int) -> int:
    await anyio.sleep(20)
    return x


async def asks(of: Any, x: int, found: list[int]) -> None:
    found.append(await of(x))


def run_of(
    body: Any, backend: str = "asyncio", limit: float = 64, budget: Budget | None = None
) -> tuple[Run[int], float]:
    """Return a run of one body beside a slow one, and how long it took."""

    @graph(budget=budget)
    async def g(x: int) -> tuple[int, int]:
        return await body(x), await slow(x)

    async def scene() -> tuple[Run[Any], float]:
        began = anyio.current_time()
        run = await Engine(concurrency=limit, clock=anyio.current_time).run(g, 1)
        return run, anyio.current_time() - began

    return virtual_time(scene, backend=backend)


@both_backends
@pytest.mark.parametrize("limit", [1, 2, 64])
def test_a_body_that_awaits_what_the_engine_cannot_see_goes_on(anyio_backend: str, limit: float) -> None:
    """An event that a task of its own sets late is waited for: the hole that comes after it is reached, too."""

    @node
    async def waits(x: int) -> int:
        found: list[int] = []
        rings = anyio.Event()

        async def rings_late() -> None:
            await anyio.sleep(50)
            rings.set()

        async with anyio.create_task_group() as group:
            group.start_soon(asks, first, x, found)
            group.start_soon(rings_late)
            await rings.wait()
            found.append(await second(x))
        return sum(found)

    run, took = run_of(waits, anyio_backend, limit)
    assert [c.path for c in run.holes] == ["g/waits/first", "g/waits/second"]
    assert took == pytest.approx(50)


@both_backends
async def test_a_body_that_awaits_a_thread_goes_on(anyio_backend: str) -> None:
    """The thread is waited for, and the child after it runs."""

    @node
    async def waits(x: int) -> int:
        found: list[int] = []
        async with anyio.create_task_group() as group:
            group.start_soon(asks, first, x, found)
            found.append(await anyio.to_thread.run_sync(lambda: 7))
            found.append(await second(x))
        return sum(found)

    @graph
    async def g(x: int) -> int:
        return await waits(x)

    run = await g.run(1)
    assert {c.hole for c in run.holes} == {first, second}
    run = await run.resume(first.defer(1), second.defer(2))
    assert run.value == 10


@both_backends
def test_a_body_that_awaits_what_never_comes_is_ended_by_its_timeout(anyio_backend: str) -> None:
    """Its clock goes on, though a child of it waits for a hole; so does that of the run."""

    async def body(x: int) -> int:
        async with anyio.create_task_group() as group:
            group.start_soon(asks, first, x, [])
            await anyio.Event().wait()
        return x

    run, took = run_of(node(name="body", timeout=5)(body), anyio_backend)
    assert isinstance(run.outcome, Failed)
    assert {path: type(error) for path, error in run.outcome.errors.items()} == {"g/body": StepTimeout}
    assert took == pytest.approx(20)

    run, took = run_of(node(name="body")(body), anyio_backend, budget=Budget(seconds=30))
    assert took == pytest.approx(30)


@both_backends
def test_the_clock_stops_when_a_body_awaits_its_hole_alone(anyio_backend: str) -> None:
    """It has worked beside, and then waits for its tasks: it is incomplete, however long others take."""

    @node(timeout=5)
    async def works(x: int) -> int:
        found: list[int] = []
        async with anyio.create_task_group() as group:
            group.start_soon(asks, first, x, found)
            await anyio.sleep(2)
        return sum(found)

    run, took = run_of(works, anyio_backend)
    assert isinstance(run.outcome, Incomplete)
    assert [c.path for c in run.holes] == ["g/works/first"]
    assert took == pytest.approx(20)


@both_backends
def test_a_caller_goes_on_while_its_child_waits_for_a_hole(anyio_backend: str) -> None:
    """The child is unwound with its caller, and not before."""

    @node
    async def child(x: int) -> int:
        return await first(x)

    @node
    async def waits(x: int) -> int:
        found: list[int] = []
        async with anyio.create_task_group() as group:
            group.start_soon(asks, child, x, found)
            await anyio.sleep(50)
            await slow(x)
        return sum(found)

    run, took = run_of(waits, anyio_backend)
    assert run.outcome.blocked == ["g/waits", "g/waits/child"]  # type: ignore[union-attr]
    assert run.at("g/waits/slow") == 1
    assert took == pytest.approx(70)


OWN_TASKS: dict[str, Callable[[list[Any]], Awaitable[Any]]] = {
    "gather": lambda calls: asyncio.gather(*calls),  # noqa: TID251 - what a user's body may do
    "wait": lambda calls: asyncio.wait([asyncio.ensure_future(call) for call in calls]),
    "a task": lambda calls: asyncio.ensure_future(calls[0]),
    "wait_for": lambda calls: asyncio.wait_for(calls[0], 1000),
}


@pytest.mark.parametrize("way", OWN_TASKS)
def test_a_body_that_awaits_its_own_tasks_is_unwound_at_once(way: str) -> None:
    """They all wait for holes, so nothing can move any more."""

    @node
    async def waits(x: int) -> int:
        async def call(of: Any) -> int:
            return int(await of(x))

        await OWN_TASKS[way]([call(of) for of in ((first, second) if way in ("gather", "wait") else (first,))])
        return x

    run, took = run_of(waits)
    assert run.holes[0].path == "g/waits/first"
    assert took == pytest.approx(20)


@both_backends
def test_tasks_that_wait_for_a_lock_do_not_hold_a_body_up(anyio_backend: str) -> None:
    """Who has the lock waits for a hole; the body is unwound, and goes on when the hole is filled."""

    @node
    async def waits(x: int) -> int:
        found: list[int] = []
        lock = anyio.Lock()

        async def locked(number: int) -> None:
            async with lock:
                await asks(first, number, found)

        async with anyio.create_task_group() as group:
            group.start_soon(locked, 1)
            await anyio.sleep(1)
            await locked(2)
        return sum(found)

    run, took = run_of(waits, anyio_backend)
    assert [dict(c.inputs) for c in run.holes] == [{"x": 1}]
    assert took == pytest.approx(20)


@both_backends
@pytest.mark.parametrize("cure", ["value", "error", "group"])
async def test_what_a_body_makes_up_when_it_is_unwound_is_no_result(anyio_backend: str, cure: str) -> None:
    """It swallows that it ends, and is stuck all the same: resuming gives what a run from scratch gives."""

    @node
    async def asks_first(x: int) -> int:
        return await first(x)

    @node
    async def swallows(x: int) -> int:
        found: list[int] = []
        try:
            if cure != "group":
                return await asks_first(x)
            async with anyio.create_task_group() as group:
                group.start_soon(asks, first, x, found)
                group.start_soon(asks, asks_first, x, found)
            return found[0]
        except BaseException as error:
            if cure == "error":
                raise ValueError(x) from error
            return -1

    @graph
    async def g(x: int) -> int:
        return await swallows(x)

    run = await g.run(1)
    assert isinstance(run.outcome, Incomplete)
    assert "g/swallows" in run.outcome.blocked
    assert (await run.resume(first.defer(7))).value == 7


@both_backends
def test_a_body_that_reads_what_its_children_write_is_unwound(anyio_backend: str) -> None:
    """One of them waits for a hole, so its end of the stream is never closed, and nothing else can move."""

    @node
    async def gathers(x: int) -> int:
        send, receive = anyio.create_memory_object_stream[int](10)
        found: list[int] = []

        async def writes(of: Any, end: Any) -> None:
            async with end:
                await end.send(await of(x))

        async with anyio.create_task_group() as group, receive:
            for of in (slow, first):
                group.start_soon(writes, of, send.clone())
            send.close()
            async for item in receive:
                found.append(item)
        return sum(found)

    run, took = run_of(gathers, anyio_backend)
    assert [c.path for c in run.holes] == ["g/gathers/first"]
    assert took == pytest.approx(20)


def test_a_body_that_takes_from_a_queue_of_its_children_is_unwound() -> None:
    """The queue of asyncio stays empty as long as the hole is open."""

    @node
    async def takes(x: int) -> int:
        queue: asyncio.Queue[int] = asyncio.Queue()

        async def puts() -> None:
            await queue.put(await first(x))

        async with anyio.create_task_group() as group:
            group.start_soon(puts)
            taken = [await queue.get()]
        return taken[0]

    run, took = run_of(takes)
    assert [c.path for c in run.holes] == ["g/takes/first"]
    assert took == pytest.approx(20)
