"""The limit is exact whatever bodies do: work of their own beside running children, time limits, holes."""

import math
from collections import Counter
from random import Random
from typing import Any

import anyio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lift_sys import Engine, Incomplete, each, graph, hole, node, todo
from lift_sys.testing import virtual_time

LIMITS = (1, 1, 2, 3, 5, math.inf)


class Watch:
    """Who runs: a body that began and has no call under way, waiting for something of its own or not."""

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self.calls: Counter[int] = Counter()
        self.bodies: set[int] = set()
        self.number = self.most = self.steps = 0

    def begin(self) -> int:
        self.number += 1
        self.bodies.add(self.number)
        self.step(self.number)
        return self.number

    def step(self, me: int) -> None:
        """Look around, between two awaits of a body."""
        running = {body for body in self.bodies if not self.calls[body]} | {me}
        self.steps += 1
        self.most = max(self.most, len(running))

    async def call(self, me: int, to: Any, *args: Any) -> int:
        self.calls[me] += 1
        try:
            found: int = await to(*args)
        finally:
            self.calls[me] -= 1
            self.step(me)
        return found


class Bodies:
    """Random bodies: each is told by the number that it is given what it does."""

    def __init__(self, seed: int, limit: float, *, holes: bool) -> None:
        self.seed = seed
        self.watch = Watch(limit)
        self.holes = holes

        @hole
        async def missing(depth: int, number: int) -> int:
            todo()

        @node
        async def body(depth: int, number: int) -> int:
            return await self.run(depth, number)

        @graph
        async def inner(depth: int, number: int) -> int:
            return await body(depth, await body(depth, number))

        @graph
        async def outer(numbers: list[int]) -> list[int]:
            async def one(number: int) -> int:
                return await body(3, number)

            return await each(one, numbers)

        self.missing, self.body, self.inner, self.outer = missing, body, inner, outer

    async def run(self, depth: int, number: int) -> int:
        """Do what the number says: work, call, and open task groups with work beside calls."""
        random = Random(f"{self.seed} {depth} {number}")
        me = self.watch.begin()
        try:
            for turn in range(random.randint(1, 3) if depth else 1):
                await self.part(me, depth, number * 7 + turn, random)
            return number
        finally:
            self.watch.bodies.discard(me)

    async def part(self, me: int, depth: int, number: int, random: Random) -> None:
        kind = random.choice(("own", "call", "beside", "hurried")) if depth else "own"
        if kind == "own":
            await self.own(me, random)
        elif kind == "call":
            await self.watch.call(me, self.kid(random), depth - 1, number)
        elif kind == "beside":
            await self.beside(me, depth, number, random)
        else:
            with anyio.move_on_after(random.choice((0.5, 2, 5))):
                await self.beside(me, depth, number, random)
            self.watch.step(me)

    def kid(self, random: Random) -> Any:
        return random.choice((self.body, self.body, self.inner, *([self.missing] if self.holes else [])))

    async def own(self, me: int, random: Random) -> None:
        await anyio.sleep(random.choice((0, 0.5, 1, 3)))
        self.watch.step(me)

    async def beside(self, me: int, depth: int, number: int, random: Random) -> None:
        async def one(k: int) -> None:
            for turn in range(random.randint(1, 2)):
                await self.watch.call(me, self.kid(random), depth - 1, number + 100 * k + turn)

        async with anyio.create_task_group() as group:
            for k in range(random.randint(1, 3)):
                group.start_soon(one, k)
            for _ in range(random.randint(0, 2)):
                await self.own(me, random)
            if random.random() < 0.3:
                await self.watch.call(me, self.kid(random), depth - 1, number)


def assert_limit_is_exact(seed: int, *, holes: bool, backend: str) -> None:
    """Assert that random bodies never run more at once than the limit says, and come to their end."""
    limit = Random(seed).choice(LIMITS)
    bodies = Bodies(seed, limit, holes=holes)

    async def scene() -> None:
        run = await Engine(concurrency=limit, clock=anyio.current_time).run(bodies.outer, [1, 2, 3, 4])
        assert holes or run.value == [1, 2, 3, 4]
        if isinstance(run.outcome, Incomplete):
            run = await run.resume(bodies.missing.fill(bodies.body))
        assert run.value == [1, 2, 3, 4]

    virtual_time(scene, backend=backend)
    assert bodies.watch.most <= limit
    assert not bodies.watch.bodies


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@settings(max_examples=3, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.integers(0, 10_000), st.booleans())
def test_the_limit_is_exact(backend: str, seed: int, holes: bool) -> None:
    """Bodies that work beside their own children wait for a slot, too, and nothing deadlocks."""
    assert_limit_is_exact(seed, holes=holes, backend=backend)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_limit_is_exact_three_hundred_times(backend: str) -> None:
    """The same for three hundred families of bodies."""
    for seed in range(300):
        assert_limit_is_exact(seed, holes=seed % 2 == 0, backend=backend)
