"""What a run may spend on models is reserved before a request and settled after it."""

from typing import Any

import anyio
import pytest

from lift_sys import Budget, Engine, Failed, Run, RunContext, graph, node, prompt, todo
from lift_sys.errors import BudgetExceeded, DefinitionError, RequestFailed
from lift_sys.execute import JointLedger, Ledger
from lift_sys.providers import ModelRequest
from lift_sys.testing import virtual_time


@prompt(model="helper", settings={"max_tokens": 50})
async def say(word: str) -> str:
    """Say the word in another way."""
    todo()


async def run_of_two(budget: Budget) -> Run[list[str]]:
    @graph(budget=budget)
    async def twice() -> list[str]:
        return [await say("one"), await say("two")]

    return await Engine(providers={"helper": ["uno", "dos"]}).run(twice)


async def test_a_run_within_its_budget_spends_it() -> None:
    """Two requests are allowed, and two are made."""
    run = await run_of_two(Budget(requests=2))

    assert run.value == ["uno", "dos"]


async def test_one_request_more_than_the_budget_fails_its_step() -> None:
    """The second branch is refused before it asks, and the first keeps its value."""
    run = await run_of_two(Budget(requests=1))

    assert isinstance(run.outcome, Failed)
    assert [type(error) for error in run.outcome.errors.values()] == [BudgetExceeded]
    assert [e.kind for e in run.events].count("model.answered") == 1


async def test_a_budget_of_tokens_counts_what_a_request_may_take_at_most() -> None:
    """A request that could take more tokens than are left is never made."""
    run = await run_of_two(Budget(tokens=40))

    assert isinstance(run.outcome, Failed)
    assert "40 tokens" in str(next(iter(run.outcome.errors.values())))
    assert "model.answered" not in [e.kind for e in run.events]


def test_parallel_requests_cannot_overspend_together() -> None:
    """What one branch has reserved, another does not have."""
    ledger = Ledger(Budget(tokens=100))
    ledger.reserve(60)

    with pytest.raises(BudgetExceeded, match="60 reserved"):
        ledger.reserve(60)


def test_settling_gives_back_what_was_reserved_and_not_used() -> None:
    """After a request only what it took is gone."""
    ledger = Ledger(Budget(tokens=100))
    ledger.reserve(60)
    ledger.settle(60, {"input_tokens": 10, "output_tokens": 5, "cost": None})
    ledger.reserve(60)

    assert ledger.tokens == 15


def test_money_stops_the_first_request_after_it_is_spent() -> None:
    """Cost is known when a request is settled."""
    ledger = Ledger(Budget(cost=1.0))
    ledger.reserve(1)
    ledger.settle(1, {"cost": 1.5})

    with pytest.raises(BudgetExceeded, match=r"has cost 1\.5"):
        ledger.reserve(1)


@pytest.mark.parametrize("wrong", [{"seconds": -1}, {"tokens": -1}, {"cost": -0.5}, {"requests": -2}])
def test_a_budget_below_zero_is_refused_where_it_is_written(wrong: dict[str, Any]) -> None:
    """Place, value, cure."""
    with pytest.raises(DefinitionError, match="give zero or more"):
        Budget(**wrong)


async def test_a_request_that_fails_gives_back_what_it_reserved() -> None:
    """A later request finds the room that a failed one had taken: each takes some 70 tokens at most."""

    def answers(request: ModelRequest) -> str:
        asked.append(request)
        if len(asked) == 1:
            raise RequestFailed("the first one fails")
        return "dos"

    asked: list[ModelRequest] = []

    @graph(budget=Budget(tokens=120))
    async def twice() -> list[str]:
        first = await say.using(fallback=[plain])("one")
        return [first, await say(first)]

    run = await Engine(providers={"helper": answers}).run(twice)

    assert run.value == ["one", "dos"]


@node
async def plain(word: str) -> str:
    return word


@graph(budget=Budget(requests=1))
async def thrifty() -> list[str]:
    return [await say("one"), await say("two")]


@node
async def calls_thrifty() -> list[str]:
    return await thrifty()


@pytest.mark.parametrize("by", ["step", "call"])
async def test_an_inner_graph_has_a_budget_of_its_own(by: str) -> None:
    """What its own steps spend is counted apart, and it ends as a run of its own would."""

    @graph(budget=Budget(requests=5))
    async def outer() -> tuple[str, list[str]]:
        return await say("three"), await (thrifty() if by == "step" else calls_thrifty())

    run = await Engine(providers={"helper": ["tres", "uno", "dos"]}).run(outer)

    assert isinstance(run.outcome, Failed)
    assert [type(error) for error in run.outcome.errors.values()] == [BudgetExceeded]
    assert "thrifty may make 1 model requests" in str(next(iter(run.outcome.errors.values())))
    assert run.at("outer/say") == "tres"
    assert [e.kind for e in run.events].count("model.answered") == 2


async def test_what_an_inner_graph_spends_the_outer_one_has_spent() -> None:
    """A wide budget within a narrow one is no more than the narrow one."""

    @graph(budget=Budget(requests=9))
    async def generous() -> str:
        return await say("one")

    @graph(budget=Budget(requests=1))
    async def outer() -> list[str]:
        return [await generous(), await generous()]

    run = await Engine(providers={"helper": ["uno", "dos"]}).run(outer)

    assert isinstance(run.outcome, Failed)
    assert ["the run may make 1" in str(error) for error in run.outcome.errors.values()] == [True]


def test_what_is_refused_by_one_ledger_is_reserved_in_none() -> None:
    """A request that the inner budget refuses leaves the outer one as it was."""
    outer, inner = Ledger(Budget(tokens=100)), Ledger(Budget(tokens=10))

    with pytest.raises(BudgetExceeded):
        JointLedger([outer, inner]).reserve(50)

    assert outer.left(None) == Budget(tokens=100)


def test_a_node_can_ask_what_is_left() -> None:
    """Seconds, tokens, cost and requests of the tightest budget around it; None where nothing bounds them."""
    left: list[Budget] = []

    @node(context=True)
    async def looks(ctx: RunContext[None], after: str) -> str:
        left.append(ctx.budget)
        await anyio.sleep(1)
        left.append(ctx.budget)
        return after

    @graph(budget=Budget(requests=3, seconds=60))
    async def inner(word: str) -> str:
        return await looks(await say(word))

    @graph(budget=Budget(requests=10, cost=2.0))
    async def outer(word: str) -> str:
        return await looks(await inner(word))

    engine = Engine(providers={"helper": ["uno", "dos"]}, clock=anyio.current_time)
    virtual_time(engine.run, outer, "one")

    assert left[0] == Budget(requests=2, seconds=60, cost=2.0)
    assert left[1] == Budget(requests=2, seconds=59, cost=2.0)
    assert left[2] == Budget(requests=9, cost=2.0)
