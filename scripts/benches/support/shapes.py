"""The DAGs that are measured, and their reference: one task per node. Needs nothing but the standard library."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

MODULUS = 251
"""Values stay below 256, where Python keeps one object per number: values cost no memory of their own."""

Parents = tuple[tuple[int, ...], ...]
Body = Callable[..., Awaitable[int]]


@dataclass(frozen=True)
class Dag:
    """Each node's parents by number, in an order in which they can run."""

    name: str
    parents: Parents

    @cached_property
    def outputs(self) -> tuple[int, ...]:
        """The nodes that nobody waits for: what they give is the result."""
        waited_for = {p for parents in self.parents for p in parents}
        return tuple(k for k in range(len(self.parents)) if k not in waited_for)

    def result(self, seed: int) -> list[int]:
        """Return what a run must give."""
        found = self.values(seed)
        return [found[k] for k in self.outputs]

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
    """One node, and `width` that wait for it."""
    return Dag(f"fan-{width}", ((), *((0,) for _ in range(width))))


def layered(layers: int, width: int, seed: int = 7) -> Dag:
    """Layers whose nodes wait for two or three of the layer before."""
    random = Random(seed)
    found: list[tuple[int, ...]] = [()] * width
    for layer in range(1, layers):
        before = range((layer - 1) * width, layer * width)
        found.extend(tuple(random.sample(before, random.choice((2, 3)))) for _ in range(width))
    return Dag(f"layered {layers}x{width}", tuple(found))


def diamonds(count: int) -> Dag:
    """One after the other: a node, two that wait for it, and one that waits for both."""
    found: list[tuple[int, ...]] = []
    for _ in range(count):
        top = len(found)
        found.extend([(top - 1,) if top else (), (top,), (top,), (top + 1, top + 2)])
    return Dag(f"{count} diamonds", tuple(found))


def random_dag(random: Random, most: int = 24) -> Dag:
    """Any DAG: each node waits for up to three earlier ones."""
    size = random.randint(2, most)
    found: list[tuple[int, ...]] = [()]
    for k in range(1, size):
        found.append(tuple(sorted(random.sample(range(k), random.randint(0, min(3, k))))))
    return Dag("random", tuple(found))


# --- bodies -----------------------------------------------------------------------------------------------------------


async def root(seed: int) -> int:
    return seed


async def one(a: int) -> int:
    return (a + 1) % MODULUS


async def two(a: int, b: int) -> int:
    return (a + b + 1) % MODULUS


async def three(a: int, b: int, c: int) -> int:
    return (a + b + c + 1) % MODULUS


def bodies(pause: Callable[[], Awaitable[object]] | None) -> list[Body]:
    """Return the bodies by their number of parents; with `pause` each suspends in it once."""
    if pause is None:
        return [root, one, two, three]

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

    return [root_, one_, two_, three_]


# --- by hand: the reference -------------------------------------------------------------------------------------------


async def by_tasks(dag: Dag, made: list[Body], seed: int) -> list[int]:
    """Run the DAG with one asyncio task per node that awaits its parents' tasks; return every node's value."""
    tasks: list[asyncio.Task[int]] = []

    async def step(fn: Body, parents: list[asyncio.Task[int]]) -> int:
        return await fn(*[await p for p in parents])

    for parents in dag.parents:
        fn = made[len(parents)]
        waits = [tasks[p] for p in parents]
        tasks.append(asyncio.create_task(step(fn, waits) if parents else step_of_root(fn, seed)))
    return [await task for task in tasks]


async def step_of_root(fn: Body, seed: int) -> int:
    return await fn(seed)


async def by_trio_tasks(dag: Dag, made: list[Body], seed: int) -> list[int]:
    """Run the DAG with one trio task per node that awaits its parents' events; return every node's value."""
    import trio

    done = [trio.Event() for _ in dag.parents]
    found: list[Any] = [None] * len(dag.parents)

    async def step(k: int, parents: tuple[int, ...]) -> None:
        for parent in parents:
            await done[parent].wait()
        found[k] = await made[len(parents)](*([found[p] for p in parents] or [seed]))
        done[k].set()

    async with trio.open_nursery() as nursery:
        for k, parents in enumerate(dag.parents):
            nursery.start_soon(step, k, parents)
    return found
