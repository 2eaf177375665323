"""Intervals said before a run hold what the run really took, in random graphs with branches, maps and loops."""

from collections.abc import Callable
from random import Random
from typing import Any

import anyio
import pytest

from lift_sys import Budget, Cache, Complete, Engine, Graph, Node, Retry, branch, each, graph, loop, node, prompt, todo
from lift_sys.resolve import GraphCost, Price, cost_of
from lift_sys.testing.providers import no_model_requests
from lift_sys.testing.virtual_clock import virtual_time

pytestmark = pytest.mark.slow


@prompt(model="helper")
async def ask(x: int) -> int:
    """Give a number."""
    todo()


@prompt(model="helper", retry=Retry(attempts=2, base=0))
async def insist(x: int) -> int:
    """Give a number."""
    todo()


@node
async def add(x: int) -> int:
    return x + 1


@node
async def numbers(x: int) -> list[int]:
    return list(range(x % 4))


@node
async def total(xs: list[int]) -> int:
    return sum(xs)


@node
async def is_even(x: int) -> bool:
    return x % 2 == 0


@prompt(model="helper", fallback=[add])
async def backed(x: int) -> int:
    """Give a number."""
    todo()


Step = Callable[[Any], Any]


def step(random: Random, depth: int) -> Step:
    """Return a random piece of a graph's body, from a number to a number."""
    kind = random.choice(("call",) * 3 + (("each", "drawn", "branch", "loop", "both") if depth else ()))
    inner = [step(random, depth - 1) for _ in range(2)] if kind != "call" else []
    name = random.choice((ask, insist, backed, add))
    most = random.randint(0, 3)

    async def made(x: Any) -> Any:
        if kind == "call":
            return await name(x)
        if kind == "each":
            return await total(await each(inner[0], await numbers(x)))
        if kind == "drawn":
            return await total(await each(inner[0], [x, await inner[1](x), 3]))
        if kind == "branch":
            return await branch(await is_even(x), lambda: inner[0](x), lambda: inner[1](x))
        if kind == "loop":
            return await loop(inner[0], x, until=is_even, most=most)
        return await inner[1](await inner[0](x))

    return made


def random_graph(random: Random) -> Graph[..., Any]:
    body = [step(random, 3) for _ in range(random.randint(1, 3))]

    async def made(x: int) -> int:
        results = [await piece(x) for piece in body]
        return await total(results)

    return graph(made)


def answers(random: Random) -> Callable[[Any], str]:
    """Return a model that sometimes gives what does not fit."""
    return lambda request: random.choice(("1", "2", "3", "4", "no number"))


@pytest.mark.parametrize("seed", range(200))
async def test_what_a_run_took_is_within_what_was_said(seed: int) -> None:
    """The most always holds; the least of a run that completes."""
    random = Random(seed)
    made = random_graph(random)
    said = cost_of(made, {"x": seed % 7}, prices={"helper": Price(0, 0)})
    with no_model_requests():
        run = await Engine(providers={"helper": answers(random)}).run(made, seed % 7)

    requests = sum(event.kind == "model.requested" for event in run.events)
    usages = [event.data["usage"] for event in run.events if event.kind == "model.answered"]
    assert requests <= said.total.requests.high
    assert sum(usage["input_tokens"] + usage["output_tokens"] for usage in usages) <= said.total.tokens.high
    assert sum(usage["cost"] for usage in usages) <= said.total.cost.high
    if isinstance(run.outcome, Complete):
        assert requests >= said.total.requests.low
        assert_steps_hold(said, [event.path for event in run.events if event.kind == "model.requested"])


def assert_steps_hold(said: GraphCost, asked: list[str]) -> None:
    """Each step's own share holds too: how often a model was asked at its place."""
    import re

    counts: dict[str, int] = {}
    for path in asked:
        pattern = re.sub(r"\[\d+\]", "[*]", path)
        counts[pattern] = counts.get(pattern, 0) + 1
    shares = {step.path: step.total.requests for step in said.steps}
    assert counts.keys() <= shares.keys()
    for path, share in shares.items():
        assert share.contains(counts.get(path, 0)), path


# --- seconds ----------------------------------------------------------------------------------------------------------


def sleeper(random: Random, number: int) -> Node[..., int]:
    """Return a node that takes some seconds, fails at times, and has a policy that bounds it."""
    timeout = random.choice((1.0, 2.0, 5.0))
    policies: tuple[dict[str, Any], ...] = (
        {},
        {"limit": random.randint(1, 2)},
        {"retry": Retry(attempts=random.randint(1, 3), base=random.choice((0, 1)), most=2)},
        {"cache": Cache()},
        {"fallback": [node(timeout=3.0)(naps)]},
    )

    async def sleeps(x: int) -> int:
        await anyio.sleep(random.choice((0.0, 0.5, 1.0, 1.5, 9.0)))
        if not random.randrange(4):
            raise ValueError("broken")
        return x % 5

    made: Node[..., int] = node(name=f"n{number}", timeout=timeout, **random.choice(policies))(sleeps)
    return made


async def naps(x: int) -> int:
    await anyio.sleep(2)
    return x


@node(timeout=0.5)
async def quick_sum(xs: list[int]) -> int:
    return sum(xs)


@node(timeout=0.5)
async def some(x: int) -> list[int]:
    return list(range(4))


@node(timeout=0.5)
async def is_odd(x: int) -> bool:
    return x % 2 == 1


def arm(called: Any, value: Any) -> Callable[[], Any]:
    return lambda: called(value)


def sleeping_graph(random: Random) -> Graph[..., Any]:
    """Return a random graph of sleeping nodes, some of them in graphs with seconds of their own."""
    nodes = [sleeper(random, number) for number in range(6)]
    kinds = [random.choice(("call", "call", "drawn", "branch", "loop", "sub", "twice")) for _ in range(5)]
    picks = [random.sample(nodes, 2) for _ in kinds]
    limits = [random.choice((None, 3.0)) for _ in kinds]

    def bounded(one: Any, other: Any, seconds: float | None) -> Graph[..., Any]:
        async def sub(x: int) -> int:
            return await quick_sum([await one(x), await other(x)])

        return graph(budget=Budget(seconds=seconds))(sub) if seconds else graph(sub)

    inner = [bounded(pick[0], pick[1], seconds) for pick, seconds in zip(picks, limits, strict=True)]

    async def made(x: int) -> int:
        values = [x]
        for kind, (one, other), sub in zip(kinds, picks, inner, strict=True):
            last = values[-1]
            if kind == "call":
                values.append(await one(values[len(values) // 2]))
            elif kind == "drawn":
                values.append(await quick_sum(await each(one, [last, last, x, last, x])))
            elif kind == "branch":
                values.append(await branch(await is_odd(last), arm(one, last), arm(other, last)))
            elif kind == "loop":
                values.append(await loop(one, last, until=is_odd, most=2))
            elif kind == "sub":
                values.append(await sub(last))
            else:
                values.append(await other(await one(last)))
        return await quick_sum(values)

    return graph(made)


@pytest.mark.parametrize("seed", range(300))
def test_no_run_takes_longer_than_was_said(seed: int) -> None:
    """With limits, retries, caches, fallbacks and few slots, failed runs too: on a clock that only sleep moves."""
    random = Random(seed)
    made = sleeping_graph(random)
    concurrency = random.choice((1, 2, 3, 64))
    said = cost_of(made, concurrency=concurrency).total.latency

    async def scene() -> float:
        engine = Engine(concurrency=concurrency, clock=anyio.current_time)
        return (await engine.run(made, 1)).events[-1].at

    took = virtual_time(scene)
    assert said.high < float("inf")
    assert took <= said.high + 1e-6
