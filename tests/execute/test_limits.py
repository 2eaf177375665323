"""The limit on bodies that run at once is held exactly, also by bodies that call nodes; nothing deadlocks."""

import math

import anyio
import pytest

from lift_sys import Engine, Graph, each, graph, hole, node, todo
from lift_sys.errors import DefinitionError
from lift_sys.testing import virtual_time
from tests.backends import both_backends

LIMITS = (1, 2, 3, 5, math.inf)


class Counter:
    """Counts the bodies that work; a body that waits for its children does not."""

    def __init__(self) -> None:
        self.working = self.most = 0

    async def work(self, seconds: float) -> None:
        self.working += 1
        self.most = max(self.most, self.working)
        await anyio.sleep(seconds)
        self.working -= 1


count = Counter()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    count.__init__()  # type: ignore[misc]


@node
async def leaf(x: int) -> int:
    await count.work(1)
    return x + 1


@hole
async def missing(x: int) -> int:
    todo()


@node
async def in_turn(x: int) -> int:
    await count.work(1)
    y = await leaf(x)
    await count.work(1)
    return await leaf(y)


@node
async def beside(x: int) -> int:
    await count.work(1)
    found = sum(await each(leaf, [x, x + 1, x + 2]))
    await count.work(1)
    return found


@node
async def deeper(x: int) -> int:
    await count.work(1)
    found = await each(beside, [x, x + 1])
    await count.work(1)
    return sum(found)


@graph
async def inner(x: int) -> int:
    return await leaf(await leaf(x))


@node
async def of_graphs(x: int) -> int:
    await count.work(1)
    found = sum(await each(inner, [x, x + 1]))
    await count.work(1)
    return found


@node
async def around_holes(x: int) -> int:
    await count.work(1)
    found: list[int] = []

    async def one(to: object, number: int) -> None:
        found.append(await to(number))  # type: ignore[operator]

    async with anyio.create_task_group() as group:
        for number, to in enumerate((leaf, missing, inner, leaf, missing, beside)):
            group.start_soon(one, to, number)
    return sum(found)


def everything() -> Graph[[int], list[object]]:
    """Return a graph with every way to call nodes from bodies."""

    @graph
    async def g(x: int) -> list[object]:
        parts: list[object] = [await each(leaf, [1, 2, 3])]
        for to in (in_turn, beside, deeper, of_graphs, around_holes):
            parts += [await to(x), await to(2)]
        return parts

    return g


@both_backends
@pytest.mark.parametrize("limit", LIMITS)
def test_the_limit_is_held_exactly(anyio_backend: str, limit: float) -> None:
    """Never more bodies work than the limit says, it is used up, and everything but the holes is done."""

    async def scene() -> None:
        engine = Engine(concurrency=limit, clock=anyio.current_time)
        run = await engine.run(everything(), 1)
        assert {c.hole for c in run.holes} == {missing}
        assert len(run.holes) == 4
        assert count.most == limit or limit == math.inf

        run = await run.resume(missing.fill(leaf.fn))
        assert len(run.value) == 11
        assert count.most == limit or limit == math.inf

    virtual_time(scene, backend=anyio_backend)


def test_a_limit_of_one_runs_one_after_the_other() -> None:
    """With a limit of one, the time of a run is the sum of the times of its bodies."""

    @graph
    async def g(x: int) -> list[int]:
        return [await in_turn(x), await beside(x), await of_graphs(x)]

    async def scene() -> float:
        await Engine(concurrency=1, clock=anyio.current_time).run(g, 1)
        return anyio.current_time()

    assert virtual_time(scene) == pytest.approx(4 + 5 + 6)


def test_no_limit_runs_all_at_once() -> None:
    """Without a limit, the time of a run is that of its longest path."""

    @graph
    async def g(x: int) -> list[object]:
        return [await in_turn(x), await beside(x), await of_graphs(x), await each(leaf, [x] * 100)]

    async def scene() -> float:
        await Engine(concurrency=math.inf, clock=anyio.current_time).run(g, 1)
        return anyio.current_time()

    assert virtual_time(scene) == pytest.approx(4)


@pytest.mark.parametrize("wrong", [0, -1, 1.5])
def test_a_limit_is_a_number_of_bodies(wrong: float) -> None:
    """A limit below one, or between two numbers, is refused at once."""
    with pytest.raises(DefinitionError, match=rf"concurrency=\.\.\.\) is {wrong}"):
        Engine(concurrency=wrong)


def test_bodies_left_behind_do_not_take_slots_along() -> None:
    """A body that ends while a task that it forgot still calls leaves the limit as it was."""
    import asyncio

    @node
    async def forgetful(x: int) -> int:
        tasks = [asyncio.ensure_future(to(x)) for to in (leaf, broken, leaf)]
        try:
            await asyncio.gather(*tasks)  # noqa: TID251 - what a user's body may do
        except ValueError:
            return 0
        return 1

    @node
    async def broken(x: int) -> int:
        raise ValueError(x)

    @graph
    async def g(x: int) -> list[int]:
        return await each(forgetful, [x, 2, 3])

    for limit in (1, 2, 64):
        run = virtual_time(Engine(concurrency=limit, clock=anyio.current_time).run, g, 1)
        assert run.value == [0, 0, 0]
        assert count.most <= limit


@both_backends
def test_work_beside_own_children_waits_for_a_slot(anyio_backend: str) -> None:
    """At a limit of one, a body that goes on beside its child does so when the child has ended."""
    seen: list[tuple[str, float]] = []

    @node
    async def child(x: int) -> int:
        await anyio.sleep(5)
        seen.append(("child", anyio.current_time()))
        return x

    @node
    async def both(x: int) -> int:
        async def call() -> None:
            await child(x)

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await anyio.sleep(1)
            seen.append(("parent", anyio.current_time()))
        return x

    @graph
    async def g(x: int) -> int:
        return await both(x)

    async def scene(limit: float) -> list[tuple[str, float]]:
        seen.clear()
        began = anyio.current_time()
        await Engine(concurrency=limit, clock=anyio.current_time).run(g, 1)
        return [(who, at - began) for who, at in seen]

    assert virtual_time(scene, 1, backend=anyio_backend) == [("child", 5), ("parent", 5)]
    assert virtual_time(scene, 2, backend=anyio_backend) == [("parent", 1), ("child", 5)]


@both_backends
def test_a_body_that_waits_for_a_slot_beside_its_child_can_be_cancelled(anyio_backend: str) -> None:
    """A time limit that passes meanwhile ends its part of the body, and nothing else."""

    @node
    async def child(x: int) -> int:
        await anyio.sleep(5)
        return x

    @node
    async def both(x: int) -> int:
        async def call() -> None:
            await child(x)

        with anyio.move_on_after(2) as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(call)
                await anyio.sleep(1)
                await anyio.sleep(10)
        return x if scope.cancelled_caught else -x

    @graph
    async def g(x: int) -> list[int]:
        return [await both(x), await leaf(x)]

    run = virtual_time(Engine(concurrency=1, clock=anyio.current_time).run, g, 1, backend=anyio_backend)
    assert run.value == [1, 2]
