"""What a run may take is said before it, from the plan alone: what is not known is said so, and never as nothing."""

import math
from typing import Any

import pytest

from lift_sys import (
    Breaker,
    Budget,
    Cache,
    Graph,
    Retry,
    branch,
    each,
    graph,
    hole,
    loop,
    model,
    node,
    person,
    prompt,
    todo,
)
from lift_sys.resolve import GraphCost, Interval, Price, budget_conflicts, cost_of

INF = math.inf


@prompt(model="helper", timeout=10)
async def ask(text: str) -> str:
    """Answer."""
    todo()


@prompt(model="helper", timeout=10, retry=Retry(attempts=3, base=2, most=3))
async def insist(text: str) -> str:
    """Answer."""
    todo()


@prompt(model="helper", timeout=10, cache=Cache())
async def remembered(text: str) -> str:
    """Answer."""
    todo()


@node(timeout=4)
async def short(text: str) -> str:
    return text


@node(timeout=6)
async def long(text: str) -> str:
    return text


@node
async def plain(text: str) -> str:
    return text


@node(thread=True, timeout=4)
def threaded(text: str) -> str:
    return text


@prompt(model="helper", timeout=10, fallback=[short])
async def backed(text: str) -> str:
    """Answer."""
    todo()


@prompt(model="helper", timeout=10, breaker=Breaker(), fallback=[plain])
async def guarded(text: str) -> str:
    """Answer."""
    todo()


@node
async def calls(text: str) -> str:
    return await ask(text)


@node
async def calls_code(text: str) -> str:
    return await short(text)


@node(timeout=1)
async def settled(text: str) -> bool:
    return True


@node(timeout=1)
async def parts(text: str) -> list[str]:
    return [text]


@node(timeout=1)
async def joined(texts: list[str]) -> str:
    return "".join(texts)


@hole
async def open_one(text: str) -> str:
    """Not decided."""
    todo()


@graph
async def in_turn(text: str) -> str:
    return await long(await short(text))


@graph
async def beside(text: str) -> list[str]:
    return [await short(text), await ask(text)]


@graph
async def mapped(text: str) -> str:
    return await joined(await each(ask, await parts(text)))


@graph
async def listed(texts: list[str]) -> list[str]:
    return await each(short, await each(ask, texts))


@graph
async def drawn_list(text: str) -> list[str]:
    return await each(ask, [text, text, text])


@graph
async def either(text: str, deep: bool) -> str:
    return await branch(deep, lambda: ask(text), lambda: long(text))


@graph
async def turning(text: str) -> str:
    return await loop(ask, text, until=settled, most=3)


@graph(budget=Budget(seconds=5))
async def bounded(text: str) -> str:
    return await ask(await ask(text))


@graph
async def outer(text: str) -> str:
    return await bounded(await short(text))


def once(name: Any) -> Graph[..., Any]:
    async def made(text: str) -> str:
        answer: str = await name(text)
        return answer

    return graph(made)


def ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


@pytest.mark.parametrize(
    ("made", "requests", "latency"),
    [
        (in_turn, (0, 0), (0, 10)),
        (beside, (1, 3), (0, 10)),
        (mapped, (0, INF), (0, INF)),
        (drawn_list, (3, 9), (0, 10)),
        (either, (0, 3), (0, 10)),
        (turning, (0, 9), (0, 34)),
        (once(ask), (1, 3), (0, 10)),
        (once(insist), (1, 9), (0, 35)),
        (once(remembered), (0, 3), (0, 10)),
        (once(backed), (0, 3), (0, 14)),
        (once(guarded), (0, 3), (0, INF)),
        (once(plain), (0, 0), (0, INF)),
        (once(threaded), (0, 0), (0, INF)),
        (once(calls), (0, INF), (0, INF)),
        (once(calls_code), (0, 0), (0, INF)),
        (once(open_one), (0, INF), (0, INF)),
        (once(open_one).with_fills(open_one.fill(short)), (0, 0), (0, 4)),
        (once(open_one).with_fills(open_one.fill(in_turn)), (0, 0), (0, 10)),
        (once(open_one).with_fills(open_one.defer("x")), (0, 0), (0, 0)),
        (once(open_one).with_fills(model(open_one, "helper")), (1, 3), (0, INF)),
        (once(open_one).with_fills(person(open_one)), (0, INF), (0, INF)),
        (bounded, (2, 6), (0, 5)),
        (outer, (2, 6), (0, 9)),
    ],
)
def test_requests_and_seconds_follow_from_plan_and_policies(
    made: Graph[..., Any], requests: tuple[float, float], latency: tuple[float, float]
) -> None:
    """Steps add requests up; seconds are those of the longest path."""
    found = cost_of(made).total

    assert ends(found.requests) == requests
    assert ends(found.latency) == latency


@pytest.mark.parametrize(
    ("made", "given", "requests"),
    [
        (listed, {"texts": ["a", "b"]}, (2, 6)),
        (listed, {"texts": []}, (0, 0)),
        (either, {"deep": True}, (1, 3)),
        (either, {"deep": False}, (0, 0)),
        (mapped, {"text": "a"}, (0, INF)),
    ],
)
def test_a_given_input_says_how_many_and_which(made: Graph[..., Any], given: Any, requests: Any) -> None:
    """The length of a list, and the arm that is taken."""
    assert ends(cost_of(made, given).total.requests) == requests


def test_what_is_not_known_is_named() -> None:
    """The number of items, an open hole, what a body calls; the step of one item is known nevertheless."""
    found = cost_of(mapped)
    (of_item,) = [step for step in found.steps if step.path == "mapped/ask[*]"]

    assert found.total.requests.unknown == {"the number of items of mapped/ask"}
    assert ends(of_item.each.requests) == (1, 3)
    assert cost_of(once(open_one)).holes == ("made/open_one",)
    assert cost_of(once(calls)).total.requests.unknown == {"what the body of calls calls"}


def test_tokens_are_unknown_where_a_model_is_asked_and_nothing_where_none_is() -> None:
    """Nobody knows how long a prompt will be; money is known where tokens cost nothing."""
    asked, none = cost_of(once(ask)), cost_of(in_turn)
    free = cost_of(once(ask), prices={"helper": Price(0, 0)})

    assert asked.total.tokens.is_unknown
    assert asked.total.cost.unknown == {"the price of helper"}
    assert (ends(none.total.tokens), ends(none.total.cost)) == ((0, 0), (0, 0))
    assert ends(free.total.cost) == (0, 0)


def test_a_budget_bounds_what_was_not_known() -> None:
    """Tokens by their number, money by their price; requests exactly."""

    @graph(budget=Budget(requests=2, tokens=1000))
    async def kept(text: str) -> str:
        return await ask(await ask(text))

    found = cost_of(kept, prices={"helper": Price(0.001, 0.01)}).total
    assert (ends(found.requests), ends(found.tokens), ends(found.cost)) == ((2, 2), (0, 1000), (0, 10.0))


def test_a_budget_that_cannot_be_kept_is_a_conflict_with_its_parts() -> None:
    """Two prompts that always run, and one request; in a branch the cheaper arm counts."""

    @graph(budget=Budget(requests=1))
    async def broken(text: str, deep: bool) -> str:
        first = await ask(text)
        return await branch(deep, lambda: ask(first), lambda: insist(first))

    (found,) = budget_conflicts(cost_of(broken), broken.budget)
    assert (found.what, found.least, found.allowed) == ("requests", 2, 1)
    assert dict(found.parts) == {"broken/ask": 1, "broken/ask#2": 1}
    said = "requests: a run takes at least 2, and the budget allows 1 (broken/ask takes 1, broken/ask#2 takes 1)"
    assert str(found) == said


@pytest.mark.parametrize("made", [either, turning, mapped, once(remembered), once(backed)])
def test_a_budget_that_may_be_kept_is_no_conflict(made: Graph[..., Any]) -> None:
    """A path without a request is enough."""
    assert budget_conflicts(cost_of(made), Budget(requests=0)) == ()


@pytest.mark.parametrize(("budget", "what"), [(Budget(seconds=1), "seconds"), (Budget(tokens=5), "tokens")])
def test_a_least_that_is_known_is_held_against_every_budget(budget: Budget, what: str) -> None:
    """Whatever part of the cost is known to be more than is allowed."""
    known = cost_of(beside)
    least = GraphCost("g", known.total, known.total.map(lambda _: Interval(9, 9)), (), (), ())

    assert [found.what for found in budget_conflicts(least, budget)] == [what]


@pytest.mark.parametrize(("concurrency", "latency"), [(64, 10), (3, 10), (1, 10 + 30), (2, 10 + 15)])
def test_bodies_that_wait_for_each_other_take_longer(concurrency: float, latency: float) -> None:
    """Where more can be ready than may run: at most all the work, divided by how many run."""
    assert cost_of(drawn_list, concurrency=concurrency).total.latency.high == latency


def test_bodies_of_a_graph_that_is_called_count_for_each_call() -> None:
    """Three calls of a graph of two steps are nine bodies with the calls themselves."""

    @graph
    async def many(text: str) -> list[str]:
        return await each(bounded, [text, text, text])

    assert cost_of(many, concurrency=9).total.latency.high == 5
    assert cost_of(many, concurrency=5).total.latency.high == 5 + 3


def test_a_limit_counts_as_fewer_at_once() -> None:
    """Three calls of a node of which one may run at a time."""
    limited = short.using(limit=1)

    @graph
    async def narrow(text: str) -> list[str]:
        return await each(limited, [text, text, text])

    # (limit 64 is never full)
    assert cost_of(narrow, concurrency=2).total.latency.high == 4 + 12


@pytest.mark.parametrize(
    ("interval", "said"),
    [
        (Interval.open("x"), "unknown"),
        (Interval(2, INF), "at least 2 s"),
        (Interval(0, 1.5), "0 to 1.5 s"),
        (Interval.exactly(3), "3 s"),
    ],
)
def test_an_interval_in_words(interval: Interval, said: str) -> None:
    """Unknown is a word, and null in JSON; never 0."""
    assert interval.said("s") == said
    assert (interval.to_json()["low"] is None) == (said == "unknown")
