"""Seconds: whole runs against the same work by hand."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from lift_sys import Engine, Graph, branch, each, graph, hole, node, todo
from scripts.benches.support.drawn import drawn, nodes_of
from scripts.benches.support.measuring import Row, in_turns, ratio
from scripts.benches.support.shapes import Body, Dag, bodies, by_tasks, by_trio_tasks, chain, diamonds, fan, layered

SEED = 5
SHAPES = (layered(10, 100), fan(1000), chain(1000), diamonds(200))
DEFAULT = 64


def seconds(work: Callable[[], Awaitable[object]]) -> float:
    """Return the seconds of some work inside a running loop; making the loop does not count."""

    async def measured() -> float:
        gc.collect()
        began = time.process_time()
        await work()
        return time.process_time() - began

    return asyncio.run(measured())


def timed_run(graph_: Graph[..., Any], engine: Engine, *args: Any) -> Callable[[], float]:
    """Return a contender that runs a graph."""
    return lambda: seconds(lambda: engine.run(graph_, *args))


def prepared(dag: Dag, made: list[Body], engine: Engine) -> Callable[[], float]:
    """Return a contender that runs a DAG on an engine, planned already and its values checked."""
    shape = drawn(dag, nodes_of(made))
    run = asyncio.run(engine.run(shape, SEED))
    if run.value != dag.result(SEED):
        raise AssertionError(f"{dag.name}: {run.value!r:.200} is not {dag.result(SEED)!r:.200}")
    return timed_run(shape, engine, SEED)


def by_hand(dag: Dag, made: list[Body]) -> Callable[[], float]:
    """Return the reference, its values checked."""
    if asyncio.run(by_tasks(dag, made, SEED)) != dag.values(SEED):
        raise AssertionError(f"{dag.name}: the reference is wrong")
    return lambda: seconds(lambda: by_tasks(dag, made, SEED))


def full(rounds: int) -> Iterator[Row]:
    """Whole runs at a limit of 8 and at the default, over a task per node."""
    default_rows = []
    for label, made in (("once", bodies(lambda: asyncio.sleep(0))), ("never", bodies(None))):
        for dag in SHAPES:
            found = in_turns(
                {
                    "hand": by_hand(dag, made),
                    "8": prepared(dag, made, Engine(concurrency=8)),
                    "64": prepared(dag, made, Engine(concurrency=DEFAULT)),
                },
                rounds,
            )
            note = f"by hand {found['hand'] / len(dag.parents) * 1e6:.1f} us a node"
            bar, stretch = (0.85, 0.65) if (label, dag) == ("once", SHAPES[0]) else (1.0, 0.8)
            if label == "never":
                stretch = 0.75
            measured = found["8"] / found["hand"]
            yield Row(f"full, {label}, {dag.name}, concurrency=8", measured, bar, stretch, note=note)
            if label == "once":
                measured = found["64"] / found["hand"]
                default_rows.append(Row(f"the default engine (64), once, {dag.name}", measured, 1.3, 1.0))
    yield from default_rows


def over_trio(rounds: int) -> Iterator[Row]:
    """A whole run on trio over a task per node on trio."""
    import trio
    from trio.lowlevel import checkpoint

    dag, made = SHAPES[0], bodies(checkpoint)
    shape, engine = drawn(dag, nodes_of(made)), Engine()

    async def measured(work: Callable[[], Awaitable[object]]) -> float:
        gc.collect()
        began = time.process_time()
        await work()
        return time.process_time() - began

    async def checked() -> None:
        run = await engine.run(shape, SEED)
        if run.value != dag.result(SEED) or await by_trio_tasks(dag, made, SEED) != dag.values(SEED):
            raise AssertionError("trio: a value is wrong")

    trio.run(checked)
    found = ratio(
        lambda: trio.run(measured, lambda: engine.run(shape, SEED)),
        lambda: trio.run(measured, lambda: by_trio_tasks(dag, made, SEED)),
        rounds,
    )
    yield Row(f"trio, {dag.name}, once, over a task per node on trio", found, 0.6, 0.4, note="default engine")


def growth(rounds: int) -> Iterator[Row]:
    """What a node costs in a long chain over what it costs in a short one."""
    made, engine = bodies(lambda: asyncio.sleep(0)), Engine(concurrency=8)
    short, long = prepared(chain(1000), made, engine), prepared(chain(100_000), made, engine)
    # as many nodes on both sides of a turn, so that both meet the same moods of the machine
    found = in_turns({"short": lambda: sum(short() for _ in range(20)) / 20, "long": long}, max(3, rounds // 5))
    yield Row("cost per node, chain-100,000 over chain-1,000", found["long"] / found["short"] / 100, 1.15, 1.05)


def mapped(rounds: int) -> Iterator[Row]:
    """A map of many items through two nodes over a semaphore and gather."""
    count = 100_000

    async def add(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    async def double(x: int) -> int:
        await asyncio.sleep(0)
        return 2 * x

    first, second = node(add), node(double)

    async def body(items: list[int]) -> list[int]:
        return await each(second, await each(first, items))

    pipeline, engine, items = graph(body), Engine(), list(range(count))
    want = [2 * (x + 1) for x in items]

    async def hand() -> list[int]:
        slots = asyncio.Semaphore(DEFAULT)

        async def one(x: int) -> int:
            async with slots:
                return await double(await add(x))

        return await asyncio.gather(*[one(x) for x in items])

    if asyncio.run(engine.run(pipeline, items)).value != want or asyncio.run(hand()) != want:
        raise AssertionError("each: a value is wrong")
    found = ratio(timed_run(pipeline, engine, items), lambda: seconds(hand), max(3, rounds // 5))
    what = "`each` over 100,000 items through two nodes, pipelined, over semaphore + gather by hand"
    yield Row(what, found, 0.5, 0.3, note="64 at once on both sides")


def hole_in_an_arm(rounds: int) -> Iterator[Row]:
    """A run with holes in arms that are not taken over the same run without holes."""

    @node
    async def positive(x: int) -> bool:
        return x > 0

    @node
    async def plus(x: int) -> int:
        await asyncio.sleep(0)
        return x + 1

    @node
    async def minus(x: int) -> int:
        return x - 1

    @hole
    async def unsaid(x: int) -> int:
        """Say what to do with what is not positive."""
        todo()

    async def without(x: int) -> int:
        for _ in range(300):
            x = await branch(await positive(x), lambda x=x: plus(x), lambda x=x: minus(x))  # type: ignore[misc]
        return x

    async def with_holes(x: int) -> int:
        for _ in range(300):
            x = await branch(await positive(x), lambda x=x: plus(x), lambda x=x: unsaid(x))  # type: ignore[misc]
        return x

    engine, plain, holed = Engine(concurrency=8), graph(without), graph(with_holes)
    if {asyncio.run(engine.run(g, 1)).value for g in (plain, holed)} != {301}:
        raise AssertionError("branch: a value is wrong")
    found = ratio(timed_run(holed, engine, 1), timed_run(plain, engine, 1), 2 * rounds)
    yield Row("run with a hole in a branch arm that is not taken, over none", found, 1.03, 1.0, note="300 branches")
