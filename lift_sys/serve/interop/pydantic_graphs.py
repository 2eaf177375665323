"""pydantic-graph: a node as a step of its graphs, and one of its graphs as a node."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from lift_sys.define import NO_DEFAULT, Node, Parameter, RunContext
from lift_sys.engine import Engine
from lift_sys.errors import DefinitionError
from lift_sys.serve.interop.crossing import called_from_outside, node_like

__all__ = ["as_step", "from_pydantic_graph"]

I_co = TypeVar("I_co", covariant=True)
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class _Step(Protocol[R_co]):
    """A step function: it looks at the inputs of its context alone."""

    def __call__(self, ctx: Any) -> Awaitable[R_co]: ...


class _GraphLike(Protocol[I_co, R_co]):
    """What is asked of a graph of pydantic-graph."""

    @property
    def input_type(self) -> type[I_co]: ...

    @property
    def output_type(self) -> type[R_co]: ...

    def run(self, *, state: Any, deps: Any, inputs: Any) -> Awaitable[R_co]: ...


def as_step(node: Node[..., R], *, engine: Engine | None = None) -> _Step[R]:
    """Return a step function that runs a node or graph: `builder.step(as_step(article), node_id="article")`.

    The step's input is the node's only parameter; of a node with several it is a mapping by name. Where a hole is open
    the step raises IncompleteRun.
    """
    call = called_from_outside(node, engine)

    async def step(ctx: Any) -> R:
        return await call(**_by_name(node, ctx.inputs))

    step.__name__ = step.__qualname__ = node.name
    return step


def _by_name(node: Node[..., Any], given: Any) -> dict[str, Any]:
    names = [p.name for p in node.shape.parameters]
    if len(names) == 1:
        return {names[0]: given}
    if not names:
        return {}
    if not isinstance(given, Mapping):
        raise DefinitionError(
            f"{node.name} takes {', '.join(names)}, and its step was given {given!r:.80}; "
            f"let the step before it return a mapping: {{{', '.join(f'{name!r}: ...' for name in names)}}}"
        )
    return dict(given)


def from_pydantic_graph(
    graph: _GraphLike[I_co, R_co], *, state: Callable[[], Any] | None = None, name: str = "", **options: Any
) -> Node[[I_co], R_co]:
    """Return a node that runs a graph of pydantic-graph; its input and output types are the node's.

    Each call has a state of its own, made by `state`; the engine's `deps` are the graph's. `options` are a node's.
    """
    anything: Any = graph
    label = name or anything.name or "pydantic_graph"

    async def run(ctx: RunContext[Any], inputs: Any) -> Any:
        return await graph.run(state=None if state is None else state(), deps=ctx.deps, inputs=inputs)

    taken = Parameter("inputs", graph.input_type, NO_DEFAULT)
    doc = f"Run the pydantic-graph {label}."
    return node_like(run, [taken], graph.output_type, name=label, doc=doc, **options)
