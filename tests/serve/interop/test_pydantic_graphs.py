"""pydantic-graph and lift_sys, each inside the other."""

from dataclasses import dataclass, field
from typing import Any

import anyio
import pytest
from pydantic_graph import GraphBuilder

from lift_sys import Engine, Node, graph, hole, node, todo
from lift_sys.errors import DefinitionError, FailedRun, IncompleteRun
from lift_sys.serve.interop import as_step, from_pydantic_graph
from tests.backends import both_backends

pytestmark = pytest.mark.slow


@node
async def double(x: int) -> int:
    return 2 * x


@node
async def area(width: int, height: int) -> int:
    return width * height


@hole
async def undecided(x: int) -> int:
    """Decide."""
    todo()


@graph
async def quadruple(x: int) -> int:
    return await double(await double(x))


@graph
async def waits(x: int) -> int:
    return await undecided(await double(x))


@pytest.mark.parametrize(("inner", "given", "expected"), [(quadruple, 3, 12), (double, 3, 6)])
async def test_a_step_runs_a_graph_or_a_node(inner: Node[[int], int], given: int, expected: int) -> None:
    """A step's input is the only parameter, its output the value."""
    outer = GraphBuilder(input_type=int, output_type=int)
    step = outer.step(as_step(inner), node_id="inner")
    outer.add(outer.edge_from(outer.start_node).to(step), outer.edge_from(step).to(outer.end_node))

    assert await outer.build().run(inputs=given) == expected


async def test_several_parameters_come_from_a_mapping() -> None:
    """A node of several parameters takes a mapping by name; anything else names the cure."""
    outer: Any = GraphBuilder(input_type=dict[str, int], output_type=int)
    step = outer.step(as_step(area), node_id="area")
    outer.add(outer.edge_from(outer.start_node).to(step), outer.edge_from(step).to(outer.end_node))
    built = outer.build()

    assert await built.run(inputs={"width": 3, "height": 4}) == 12
    with pytest.raises(DefinitionError, match=r"area takes width, height, and its step was given 5; .*\{'width': "):
        await built.run(inputs=5)


async def test_a_step_says_that_a_hole_is_open() -> None:
    """A step over an open hole raises IncompleteRun, which carries the run to be resumed."""
    outer = GraphBuilder(input_type=int, output_type=int)
    step = outer.step(as_step(waits), node_id="waits")
    outer.add(outer.edge_from(outer.start_node).to(step), outer.edge_from(step).to(outer.end_node))

    with pytest.raises(IncompleteRun) as caught:
        await outer.build().run(inputs=2)

    assert [closure.inputs for closure in caught.value.run.holes] == [{"x": 4}]


@dataclass
class Seen:
    """The state of one run of a pydantic-graph."""

    inputs: list[int] = field(default_factory=list)


adder: Any = GraphBuilder(name="adder", state_type=Seen, deps_type=int, input_type=int, output_type=int)


async def add(ctx: Any) -> int:
    ctx.state.inputs.append(ctx.inputs)
    if ctx.inputs < 0:
        raise ValueError("below zero")
    total: int = ctx.inputs + ctx.deps * len(ctx.state.inputs)
    return total


adding = adder.step(add, node_id="add")
adder.add(adder.edge_from(adder.start_node).to(adding), adder.edge_from(adding).to(adder.end_node))
added: Node[[int], int] = from_pydantic_graph(adder.build(), state=Seen)


@graph
async def twice_added(x: int) -> int:
    return await double(await added(await added(x)))


async def test_a_pydantic_graph_is_a_node() -> None:
    """It runs as a step with the engine's deps, and each call has a state of its own."""
    run = await Engine(deps=10).run(twice_added, 1)

    assert run.value == 42
    assert run.at("twice_added/adder#2") == 21
    assert twice_added.check() == []


async def test_its_types_are_the_node_s() -> None:
    """Input and output types are read from the graph."""
    assert [(p.name, p.type) for p in added.shape.parameters] == [("inputs", int)]
    assert added.shape.result is int


async def test_its_failure_is_the_step_s() -> None:
    """What a step of the pydantic-graph raises is the error of the node's step."""
    run = await Engine(deps=1).run(twice_added, -5)

    with pytest.raises(FailedRun) as caught:
        _ = run.value
    assert isinstance(caught.value.run.outcome.errors["twice_added/adder"], ValueError)


@both_backends
async def test_a_hole_in_a_step_is_a_hole_of_the_run_around_it(anyio_backend: str) -> None:
    """A node that runs their graph waits with the step, and goes on when the hole is filled."""
    inner: Any = GraphBuilder(input_type=int, output_type=int)
    step = inner.step(as_step(waits), node_id="waits")
    inner.add(inner.edge_from(inner.start_node).to(step), inner.edge_from(step).to(inner.end_node))
    built = inner.build()

    @node
    async def runs(x: int) -> int:
        value: int = await built.run(inputs=x)
        return value

    @graph
    async def outside(x: int) -> int:
        return await runs(x)

    with anyio.fail_after(10):
        run = await outside.run(3)
        assert [(c.path, dict(c.inputs)) for c in run.holes] == [("outside/runs/waits/undecided", {"x": 6})]
        assert (await run.resume(undecided.defer(7))).value == 7
