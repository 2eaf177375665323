"""The border itself: a node called from a neighbour, and a neighbour's function said as a node."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from lift_sys.define import Graph, Node, Parameter, RunContext, current_scope, node
from lift_sys.engine import Engine, default_engine
from lift_sys.execute import StepScope

__all__ = ["Call", "called_from_outside", "node_like"]

R = TypeVar("R")
Call = Callable[..., Awaitable[Any]]


def called_from_outside(inner: Node[..., R], engine: Engine | None) -> Callable[..., Awaitable[R]]:
    """Return a function that runs a node with its policy: as a child step inside a run, else as a run of its own.

    What it raises is what `Run.value` raises: IncompleteRun where a hole is open, FailedRun where a step failed.
    """
    graph = inner if isinstance(inner, Graph) else Graph.from_nodes(inner, output=inner, name=inner.name)

    async def call(*args: Any, **kwargs: Any) -> R:
        scope = current_scope.get()
        if isinstance(scope, StepScope):
            return await scope.call_lent(partial(inner, *args, **kwargs))
        if scope is not None:
            return await inner(*args, **kwargs)
        given = inner.shape.signature.bind(*args, **kwargs).arguments
        run = await (engine or default_engine()).run(graph, **given)
        value: R = run.value
        return value

    return call


def node_like(
    call: Call, parameters: Sequence[Parameter], result: Any, *, name: str, doc: str, **options: Any
) -> Node[..., Any]:
    """Return a node of `call`, which is given the context first, with these parameters and this result."""
    kinds = inspect.Parameter

    async def said(ctx: RunContext[Any], /, *args: Any, **kwargs: Any) -> Any:
        return await call(ctx, *args, **kwargs)

    taken = [kinds("ctx", kinds.POSITIONAL_ONLY)]
    for p in parameters:
        kind = kinds.KEYWORD_ONLY if p.keyword_only else kinds.POSITIONAL_OR_KEYWORD
        taken.append(kinds(p.name, kind, default=p.default, annotation=p.type))
    said.__signature__ = inspect.Signature(taken, return_annotation=result)  # type: ignore[attr-defined]  # read by inspect
    said.__annotations__ = {**{p.name: p.type for p in parameters}, "return": result}
    said.__name__ = said.__qualname__ = name
    said.__doc__ = doc
    made: Node[..., Any] = node(context=True, **options)(said)
    return made
