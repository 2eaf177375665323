"""Constraints of large graphs: facts, explanations, conflicts and repairs, in milliseconds of this processor."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Literal

from lift_sys import MUST, Constraint, Graph, Node, graph, node
from lift_sys.resolve import Reasoning, conflict_of, proof_of
from scripts.benches.support.measuring import Row

FACTS = 10_000
WIDTH = 20
Tone = Literal["plain", "dry", "warm"]


class Record:
    """A value with a leaf of each kind."""

    count: int
    least: int
    most: int | None
    tone: Tone
    items: list[int]


def _made(name: str, fn: Any, said: list[Constraint]) -> Node[..., Any]:
    fn.__name__ = fn.__qualname__ = name
    return node(constraints=said)(fn)


def numbers(name: str, *said: str) -> Node[..., Any]:
    """Return a node from a number to a number."""

    async def fn(x: int) -> int:
        return x

    return _made(name, fn, [MUST(text) for text in said])


def records(name: str, *said: str) -> Node[..., Any]:
    """Return a node from a record to a record."""

    async def fn(x: Record) -> Record:
        return x

    return _made(name, fn, [MUST(text) for text in said])


def chain(steps: list[Node[..., Any]], of: Any = int) -> Graph[..., Any]:
    """Return a graph that calls nodes one after the other."""

    @graph
    async def bench(x: of) -> of:
        value = x
        for step in steps:
            value = await step(value)
        return value

    return bench


def every_domain() -> Graph[..., Any]:
    """Return a chain in which bounds, sets, lengths, steps, differences, equality and None travel."""
    steps = []
    for index in range(FACTS // 28):
        said = [
            "result.count == x.count + 1",
            "result.least >= x.least",
            "result.most is None or result.most >= x.least",
            "result.tone == x.tone",
            "len(result.items) == len(x.items)",
        ]
        if index == 0:
            said += [
                "x.count >= 0", "x.count <= 9", "x.least >= 3", "x.least % 3 == 0", "x.tone in {'plain', 'dry'}",
                "len(x.items) >= 2", "len(x.items) <= 7", "x.most is not None", "x.most <= 1000",
            ]  # fmt: skip
        steps.append(records(f"step{index}", *said))
    return chain(steps, Record)


def layered(constraints: int, width: int = WIDTH, seed: int = 1) -> Graph[..., Any]:
    """Return layers of steps with differences and bounds that can all hold."""
    chance = random.Random(seed)
    steps = []
    for index in range(constraints // 2):
        low = chance.randint(0, 3)
        steps.append(numbers(f"step{index}", f"result >= x + {low}", f"result <= {10**6 + 10 * index}"))

    @graph(constraints=[MUST("x >= 5")])
    async def bench(x: int) -> int:
        layer = [x]
        for start in range(0, len(steps), width):
            layer = [await step(layer[chance.randrange(len(layer))]) for step in steps[start : start + width]]
        return layer[0]

    return bench


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Return the median time of a piece of work."""
    found = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        found.append(1000 * (time.process_time() - began))
    return statistics.median(found)


def propagating(rounds: int) -> Iterator[Row]:
    """Yield how long it takes to propagate, and again without one constraint."""
    known = Reasoning(every_domain())
    ground, said = known.ground, known.said_by(known.musts)
    count = len(ground.following(said).facts) - len(ground.facts)
    took = milliseconds(partial(ground.following, said), rounds)
    yield Row(f"propagate to {FACTS:,} facts (all domains)", took * FACTS / count, 100, 30, "ms", f"{count:,} facts")
    without = known.said_by(number for number in known.musts if number != 9)
    took = milliseconds(partial(ground.following, without), rounds)
    yield Row("re-check after a withdrawal (recompute)", took * FACTS / count, 100, 30, "ms")


def explaining(rounds: int) -> Iterator[Row]:
    """Yield how long a minimal `why` takes among 4,000 constraints, in ten layers: near bounds, and far ones."""
    drawn = layered(4000, width=200)
    known = Reasoning(drawn)
    assert known.facts
    chance = random.Random(2)
    steps = [step for step in known.whole.steps if step.node is not drawn]
    found, most = [], 0
    for turn, step in enumerate(chance.sample(steps, 100)):
        slot = known.leaves.index[step.result, ()]
        far, near = known.facts.lo[slot][0], known.facts.hi[slot][0]
        claim = f"result <= {near}" if turn % 4 == 0 else f"result >= {far}"
        proof = proof_of(known, step.node, claim)
        assert proof is not None
        most = max(most, len(proof.constraints))
        found.append(milliseconds(partial(proof_of, known, step.node, claim), 3))
    yield Row("minimal `why` among 4,000 constraints, p95", sorted(found)[94], 5, 1, "ms", f"up to {most} constraints")


def conflicting(rounds: int) -> Iterator[Row]:
    """Yield how long a minimal core of 30 constraints takes among 4,000."""
    inner = [numbers(f"link{k}", "result >= x + 1") for k in range(28)]
    first, last = numbers("first", "result >= 100"), numbers("last", "x <= 120")
    rest = layered(4000 - 30)

    @graph
    async def bench(x: int) -> int:
        value = await first(await rest(x))
        for link in inner:
            value = await link(value)
        given: int = await last(value)
        return given

    known = Reasoning(bench)
    assert known.values
    core = known.core(known.musts)
    assert core is not None
    took = milliseconds(partial(known.core, known.musts), rounds)
    yield Row("minimal core among 4,000", took, 50, 10, "ms", f"{len(core)} constraints")


def long_chains(rounds: int) -> Iterator[Row]:
    """Yield how long a chain of 3,000 inequalities takes, upward and downward."""
    for name, text in (("upward", "result >= x + 1"), ("downward", "result <= x - 1")):
        bounds = ("x >= -5000", "x <= 5000")
        known = Reasoning(chain([numbers(f"step{k}", text, *bounds) for k in range(3000)]))
        ground, said = known.values[0], known.said_of_values(known.musts)
        took = milliseconds(partial(ground.following, said), rounds)
        yield Row(f"chain of 3,000 inequalities, {name}", took, 50, 10, "ms")


def repairing(rounds: int) -> Iterator[Row]:
    """Yield how long all repairs of 12 conflicting MUSTs take."""
    pairs = [numbers(f"pair{k}", f"result >= {10 * k + 5}", f"result <= {10 * k}") for k in range(6)]
    known = Reasoning(chain(pairs))
    found = conflict_of(known)
    assert found is not None
    took = milliseconds(partial(conflict_of, known), max(1, rounds // 3))
    yield Row("all repairs with 12 conflicting MUSTs", took, 1000, 200, "ms", f"{len(found.repairs)} repairs")
