"""pydantic-ai: an agent as a node, and a node as an agent's tool."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, Protocol, TypeVar, Union

from lift_sys.define import NO_DEFAULT, Node, Parameter, RunContext
from lift_sys.engine import Engine
from lift_sys.errors import FailedRun
from lift_sys.serve.interop.crossing import called_from_outside, node_like

__all__ = ["as_tool", "from_agent"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class _Answered(Protocol[R_co]):
    @property
    def output(self) -> R_co: ...


class _AgentLike(Protocol[R_co]):
    """What is asked of an agent."""

    def run(self, user_prompt: str, /, *, deps: Any) -> Awaitable[_Answered[R_co]]: ...


def from_agent(agent: _AgentLike[R_co], *, name: str = "", **options: Any) -> Node[[str], R_co]:
    """Return a node that asks an agent; it takes the prompt, and the agent's output type is its result.

    The engine's `deps` are the agent's. What the agent used is in the run's events, as "model.answered". Models, tools
    and retries stay the agent's own; `options` are a node's.
    """
    anything: Any = agent
    label = name or anything.name or "agent"

    async def ask(ctx: RunContext[Any], prompt: str) -> Any:
        answered: Any = await agent.run(prompt, deps=ctx.deps)
        used = answered.usage
        ctx.emit(
            "model.answered",
            agent=label,
            requests=used.requests,
            input_tokens=used.input_tokens,
            output_tokens=used.output_tokens,
        )
        return answered.output

    taken = Parameter("prompt", str, NO_DEFAULT)
    result = _output_of(anything.output_type)
    return node_like(ask, [taken], result, name=label, doc=f"Ask the agent {label}.", **options)


def _output_of(said: Any) -> Any:
    """Return the type that an agent's output specification stands for; Any where it cannot be told."""
    if isinstance(said, list | tuple):
        kinds = [_output_of(one) for one in said]
        return Any if Any in kinds else Union[tuple(kinds)]  # noqa: UP007 - types known at run time
    for marked in ("output", "outputs"):
        inner = getattr(said, marked, None)
        if inner is not None and not isinstance(said, type):
            return _output_of(inner)
    if isinstance(said, type) or hasattr(said, "__origin__"):
        return said
    if callable(said):
        return inspect.signature(said, eval_str=True).return_annotation
    return Any


def as_tool(node: Node[P, R], *, engine: Engine | None = None) -> Callable[P, Awaitable[R]]:
    """Return a function that an agent can be given as a tool: `Agent(..., tools=[as_tool(lookup)])`.

    Its parameters and docstring are the node's. Inside a run a call is a child step, else it is a run of its own. A
    ModelRetry that the node raises reaches the model; where a hole is open the tool raises IncompleteRun.
    """
    call = called_from_outside(node, engine)

    async def tool(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return await call(*args, **kwargs)
        except FailedRun as failed:
            raise _for_the_model(failed) from failed

    parameters = node.shape.parameters
    tool.__name__ = tool.__qualname__ = node.name
    tool.__doc__ = node.__doc__
    tool.__annotations__ = {**{p.name: p.type for p in parameters}, "return": node.shape.result}
    hints = {p.name: p.type for p in parameters}
    signature = node.shape.signature
    tool.__signature__ = signature.replace(  # type: ignore[attr-defined]  # read by inspect
        parameters=[p.replace(annotation=hints[p.name]) for p in signature.parameters.values()],
        return_annotation=node.shape.result,
    )
    return tool


def _for_the_model(failed: FailedRun) -> BaseException:
    """Return what a node said to the model, if a step of the run did; else the failure."""
    from pydantic_ai import ModelRetry

    outcome: Any = failed.run.outcome
    return next((error for error in outcome.errors.values() if isinstance(error, ModelRetry)), failed)
