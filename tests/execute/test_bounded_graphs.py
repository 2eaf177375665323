"""A graph with bounds of its own keeps them where it is a step of another."""

from typing import Any, Literal

import anyio
import pytest

from lift_sys import Budget, Complete, Engine, Failed, Graph, graph, node
from lift_sys.errors import DefinitionError, StepTimeout
from lift_sys.testing import virtual_time

Backend = Literal["asyncio", "trio"]


@node
async def slow(x: int) -> int:
    await anyio.sleep(10)
    return x


@node
async def broken(x: int) -> int:
    raise ValueError(x)


@graph(budget=Budget(seconds=1))
async def hurried(x: int) -> int:
    return await slow(x)


@graph(on_error="stop")
async def strict(x: int) -> tuple[int, int]:
    return await slow(x), await broken(x)


@graph
async def around_hurried(x: int) -> int:
    return await hurried(x)


@graph
async def around_strict(x: int) -> tuple[int, int]:
    return await strict(x)


async def _ended(which: Graph[[int], Any], x: int) -> tuple[object, float]:
    began = anyio.current_time()
    run = await Engine(clock=anyio.current_time).run(which, x)
    return run.outcome, anyio.current_time() - began


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_seconds_of_an_inner_graph_bound_its_step(backend: Backend) -> None:
    """The step of the graph fails when its time is over, and nothing of it goes on."""
    outcome, took = virtual_time(_ended, around_hurried, 1, backend=backend)

    assert isinstance(outcome, Failed)
    assert {path: type(error) for path, error in outcome.errors.items()} == {"around_hurried/hurried": StepTimeout}
    assert took == pytest.approx(1)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_inner_graph_that_stops_at_errors_does_so(backend: Backend) -> None:
    """Its other steps are cut when one fails."""
    outcome, took = virtual_time(_ended, around_strict, 1, backend=backend)

    assert isinstance(outcome, Failed)
    assert took == pytest.approx(0)


async def test_its_steps_stand_below_it() -> None:
    """A graph that is called as a whole is its own step: its name is there once."""

    @graph(budget=Budget(seconds=5))
    async def inner(x: int) -> int:
        return await plain(x)

    @graph
    async def outer(x: int) -> int:
        return await inner(x)

    run = await outer.run(1)

    assert isinstance(run.outcome, Complete)
    assert run.at("outer/inner/plain") == 1


@node
async def calls_hurried(x: int) -> int:
    return await hurried(x)


@graph
async def around_calls(x: int) -> int:
    return await calls_hurried(x)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_budget_of_a_graph_counts_where_a_body_calls_it(backend: Backend) -> None:
    """The graph is over its time, and so is the call."""
    outcome, took = virtual_time(_ended, around_calls, 1, backend=backend)

    assert isinstance(outcome, Failed)
    assert {path: type(error) for path, error in outcome.errors.items()} == {"around_calls/calls_hurried": StepTimeout}
    assert took == pytest.approx(1)


@node
async def plain(x: int) -> int:
    return x


async def test_a_call_policy_is_refused_where_nothing_would_apply_it() -> None:
    """A run of its own has a budget; silently dropping its timeout would be worse than saying so."""
    with pytest.raises(DefinitionError, match="a step of another graph") as refused:
        await around_hurried.using(timeout=5).run(1)  # type: ignore[attr-defined]  # `using` promises a node

    assert [d.code for d in refused.value.diagnostics] == ["LS112"]
