"""The DAGs that are measured, drawn as lift_sys graphs and run by hand with one task per node."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from lift_sys import Graph, Node, graph, node

MODULUS = 251
"""Values stay below 256, where Python keeps one object per number: values cost no memory of their own."""

Parents = tuple[tuple[int, ...], ...]
Body = Callable[..., Awaitable[int]]


@dataclass(frozen=True)
class Dag:
    """Each node's parents by number, in an order in which they can run; the last node is the output."""

    name: str
    parents: Parents

    def values(self, seed: int) -> list[int]:
        """Return what every node must give."""
        found: list[int] = []
        for parents in self.parents:
            found.append((sum(found[p] for p in parents) + 1) % MODULUS if parents else seed)
        return found


def chain(length: int) -> Dag:
    """Each node waits for the one before it."""
    return Dag(f"chain-{length}", ((), *((k,) for k in range(length - 1))))


def fan(width: int) -> Dag:
    """One node, `width` that wait for it, and one that waits for all of these."""
    return Dag(f"fan-{width}", ((), *((0,) for _ in range(width)), tuple(range(1, width + 1))))


def layered(layers: int, width: int, seed: int = 7) -> Dag:
    """Layers whose nodes wait for two or three of the layer before; one last node waits for the last layer."""
    random = Random(seed)
    found: list[tuple[int, ...]] = [()] * width
    for layer in range(1, layers):
        before = range((layer - 1) * width, layer * width)
        found.extend(tuple(random.sample(before, random.choice((2, 3)))) for _ in range(width))
    return Dag(f"layered {layers}x{width}", (*found, tuple(range((layers - 1) * width, layers * width))))


def diamonds(count: int) -> Dag:
    """One after the other: a node, two that wait for it, and one that waits for both."""
    found: list[tuple[int, ...]] = []
    for _ in range(count):
        top = len(found)
        found.extend([(top - 1,) if top else (), (top,), (top,), (top + 1, top + 2)])
    return Dag(f"{count} diamonds", tuple(found))


def random_dag(random: Random, most: int = 24) -> Dag:
    """Any DAG: each node waits for up to four earlier ones; the last waits for all that nobody waits for."""
    size = random.randint(2, most)
    found: list[tuple[int, ...]] = [()]
    for k in range(1, size):
        found.append(tuple(sorted(random.sample(range(k), random.randint(0, min(4, k))))))
    waited_for = {p for parents in found for p in parents}
    return Dag("random", (*found, tuple(k for k in range(size) if k not in waited_for)))


# --- bodies -----------------------------------------------------------------------------------------------------------


async def root(seed: int) -> int:
    return seed


async def one(a: int) -> int:
    return (a + 1) % MODULUS


async def two(a: int, b: int) -> int:
    return (a + b + 1) % MODULUS


async def three(a: int, b: int, c: int) -> int:
    return (a + b + c + 1) % MODULUS


async def many(values: list[int]) -> int:
    return (sum(values) + 1) % MODULUS


@dataclass(frozen=True)
class Bodies:
    """The same bodies as plain functions, for whoever runs them by hand, and as nodes."""

    by_count: dict[int, Body]
    many: Body
    nodes: dict[int, Node[..., int]]
    many_node: Node[..., int]

    def of(self, parents: Sequence[int]) -> Body:
        """Return the function of a node with these parents."""
        return self.by_count.get(len(parents), self.many)


def bodies(pause: Callable[[], Awaitable[object]] | None) -> Bodies:
    """Return the bodies; with `pause` each suspends in it once."""
    plain: list[Body] = [root, one, two, three, many]
    if pause is not None:
        plain = [_pausing(fn, pause) for fn in plain]
    made = [node(fn) for fn in plain]
    return Bodies(dict(enumerate(plain[:4])), plain[4], dict(enumerate(made[:4])), made[4])


def _pausing(fn: Body, pause: Callable[[], Awaitable[object]]) -> Body:
    # written out by arity: *args would cost every contender the same, and drown what is measured
    async def root_(seed: int) -> int:
        await pause()
        return seed

    async def one_(a: int) -> int:
        await pause()
        return (a + 1) % MODULUS

    async def two_(a: int, b: int) -> int:
        await pause()
        return (a + b + 1) % MODULUS

    async def three_(a: int, b: int, c: int) -> int:
        await pause()
        return (a + b + c + 1) % MODULUS

    async def many_(values: list[int]) -> int:
        await pause()
        return (sum(values) + 1) % MODULUS

    by_name: dict[str, Body] = {"root": root_, "one": one_, "two": two_, "three": three_, "many": many_}
    return by_name[fn.__name__]


def drawn(dag: Dag, made: Bodies) -> Graph[..., int]:
    """Return the DAG as a graph, not drawn yet."""
    nodes, collect, plan = made.nodes, made.many_node, dag.parents

    async def shape(seed: int) -> int:
        refs: list[Any] = []
        for parents in plan:
            if len(parents) > 3:
                refs.append(await collect([refs[p] for p in parents]))
            elif parents:
                refs.append(await nodes[len(parents)](*[refs[p] for p in parents]))
            else:
                refs.append(await nodes[0](seed))
        last: int = refs[-1]
        return last

    return graph(shape)


# --- by hand: the reference -------------------------------------------------------------------------------------------


async def by_tasks(dag: Dag, made: Bodies, seed: int) -> list[int]:
    """Run the DAG with one asyncio task per node that awaits its parents' tasks."""
    tasks: list[asyncio.Task[int]] = []

    async def step(fn: Body, parents: list[asyncio.Task[int]]) -> int:
        return await fn(*[await p for p in parents])

    async def gathering(fn: Body, parents: list[asyncio.Task[int]]) -> int:
        return await fn([await p for p in parents])

    async def rooted(fn: Body) -> int:
        return await fn(seed)

    for parents in dag.parents:
        fn, waits = made.of(parents), [tasks[p] for p in parents]
        if len(parents) > 3:
            tasks.append(asyncio.create_task(gathering(fn, waits)))
        else:
            tasks.append(asyncio.create_task(step(fn, waits) if parents else rooted(fn)))
    return [await task for task in tasks]


async def by_trio_tasks(dag: Dag, made: Bodies, seed: int) -> list[int]:
    """Run the DAG with one trio task per node that awaits its parents' events."""
    import trio

    done = [trio.Event() for _ in dag.parents]
    found: list[Any] = [None] * len(dag.parents)

    async def step(k: int, parents: tuple[int, ...]) -> None:
        for parent in parents:
            await done[parent].wait()
        values = [found[p] for p in parents]
        fn = made.of(parents)
        found[k] = await (fn(values) if len(parents) > 3 else fn(*values) if parents else fn(seed))
        done[k].set()

    async with trio.open_nursery() as nursery:
        for k, parents in enumerate(dag.parents):
            nursery.start_soon(step, k, parents)
    return found
