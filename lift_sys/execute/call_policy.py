"""How one call is made, in one fixed order; compiled once per step, so that nothing is looked up per call.

`exact cache -> single-flight -> limit -> fallback chain( retry( breaker( timeout( body )))) -> validate -> store`
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from types import CoroutineType
from typing import Any, Protocol

import anyio.lowlevel
import anyio.to_thread

from lift_sys.define import Fill, Graph, Hole, Node, Parameter, Shape
from lift_sys.errors import FillRefused, InvalidValue, StepError
from lift_sys.execute.constraint_check import asking
from lift_sys.execute.error_recovery import Breakers, retrying, timed
from lift_sys.execute.execution_context import StepScope, this_step
from lift_sys.execute.resource_limits import Limits
from lift_sys.execute.validation import misfit
from lift_sys.execute.validation_cache import ValidationCache

__all__ = ["Answerer", "CallPolicies"]

Call = Callable[..., Awaitable[Any]]


class Answerer(Protocol):
    """Whoever answers a hole that a model fills."""

    async def answer(self, hole: Node[..., Any], fill: Fill, inputs: Mapping[str, Any], scope: StepScope, /) -> Any:
        """Return the validated answer; ProviderError when there is none."""
        ...


class CallPolicies:
    """Compiles calls; what outlives a run (caches, breakers, limits) is the engine's and given here."""

    def __init__(
        self, *, cache: ValidationCache, breakers: Breakers, limits: Limits, answerer: Answerer | None = None
    ) -> None:
        self._cache = cache
        self._breakers = breakers
        self._limits = limits
        self._answerer = answerer

    def compiled(self, node: Node[..., Any], fill: Fill | None = None) -> Call:
        """Return what to call for a step: the node's body, or what stands in its hole, under its policy."""
        body, options = self._body(node, fill), node.options
        if fill is not None and isinstance(fill.by, Node) and not fill.by.options.is_plain:
            options = fill.by.options
        call = body
        if options.timeout is not None:
            call = timed(call, options.timeout, node.name)
        if options.breaker is not None:
            call = self._breakers.around(call, node, options.breaker)
        if options.retry is not None:
            call = retrying(call, options.retry, effect=options.effect == "effect")
        for other in options.fallback:
            call = _falling_back(call, self.compiled(other), other)
        if options.limit is not None:
            call = self._limits.around(call, node, options.limit)
        if fill is not None:
            call = _standing(call, node, fill)
        call = asking(call, node)
        if options.cache is not None:
            call = self._cache.around(call, node, options.cache, fill)
        return call

    def _body(self, node: Node[..., Any], fill: Fill | None) -> Call:
        if fill is None:
            # a prompt that is fallen back on, or stands in another hole, is asked as it is written
            asked = node.default_fill if isinstance(node, Hole) else None
            return _own_body(node) if asked is None else self._body(node, asked)
        if fill.kind == "deferred":
            return partial(_deferred, fill.by)
        if fill.kind == "model":
            if self._answerer is None:
                raise FillRefused(f"{node.name} is filled by a model, and this engine has no providers")
            return partial(_answered, self._answerer, node, fill)
        standing: Any = fill.by
        return self._body(standing, None) if isinstance(standing, Node) else standing


def _own_body(node: Node[..., Any]) -> Call:
    if isinstance(node, Graph):
        # a graph that is called as a whole: it runs as the child of this step
        as_child: Call = partial(_as_child, node.unbound())
        seconds = node.budget.seconds if node.budget is not None else None
        return as_child if seconds is None else timed(as_child, seconds, node.name)
    if node.threading != "async":
        return partial(_plain, node.fn, node.threading == "thread", node.takes_context)
    if node.takes_context:
        return partial(_with_context, node.fn)
    return node.fn


async def _as_child(node: Node[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    return await node(*args, **kwargs)


async def _with_context(fn: Callable[..., Awaitable[Any]], /, *args: Any, **kwargs: Any) -> Any:
    scope = this_step()
    return await fn(scope.context(scope.attempt), *args, **kwargs)


async def _plain(fn: Callable[..., Any], thread: bool, context: bool, /, *args: Any, **kwargs: Any) -> Any:
    if context:
        scope = this_step()
        args = (scope.context(scope.attempt), *args)
    called = partial(_called, fn, args, kwargs)
    if not thread:
        return called()
    value = await anyio.to_thread.run_sync(called)
    # nothing interrupts a thread: what was cancelled meanwhile learns of it now
    await anyio.lowlevel.checkpoint_if_cancelled()
    return value


def _called(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    """Return what a plain function gives; one that calls a node can only give a call that nobody awaits."""
    value = fn(*args, **kwargs)
    if isinstance(value, CoroutineType):
        value.close()
        raise StepError(f"{fn.__name__} returned a call that nobody awaits; write `async def`, and await it there")
    return value


async def _deferred(value: Any, /, *_: Any, **__: Any) -> Any:
    return value


async def _answered(answerer: Answerer, node: Node[..., Any], fill: Fill, /, *args: Any, **kwargs: Any) -> Any:
    return await answerer.answer(node, fill, node.shape.ports(args, kwargs), this_step())


def _standing(call: Call, node: Node[..., Any], fill: Fill) -> Call:
    """Wrap what stands in a hole: what is said of it itself, what it is given, what it may give."""
    if isinstance(fill.by, Node):
        call = asking(call, fill.by)
    if fill.kind == "code":
        standing: Any = fill.by if isinstance(fill.by, Node) else Node(fill.by)
        call = _given_as_asked(call, node.shape, standing.shape)
    return call if fill.kind == "model" else _validated(call, node, fill)


def _given_as_asked(call: Call, asked: Shape, standing: Shape) -> Call:
    """Give what stands in a hole exactly the hole's parameters, whatever it calls them and has for defaults."""
    ours, theirs = asked.parameters, standing.parameters
    same = len(ours) == len(theirs) and all(map(_is_alike, ours, theirs))
    if same or any(p.variadic for p in (*ours, *theirs)):
        return call
    taken = [(mine, their.name) for mine, their in standing.given_by(asked).items()]

    async def given(*args: Any, **kwargs: Any) -> Any:
        ports = asked.ports(args, kwargs)
        bound = standing.signature.bind_partial()
        bound.arguments.update({mine: ports[their] for mine, their in taken})
        return await call(*bound.args, **bound.kwargs)

    return given


def _is_alike(one: Parameter, other: Parameter) -> bool:
    return one.name == other.name and one.default is other.default and one.keyword_only is other.keyword_only


def _falling_back(call: Call, other: Call, node: Node[..., Any]) -> Call:
    async def first_else(*args: Any, **kwargs: Any) -> Any:
        try:
            return await call(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - a fallback stands for whatever failed before it
            this_step().emit("step.fell_back", {"to": node.name, "error": f"{type(error).__name__}: {error}"})
            return await other(*args, **kwargs)

    return first_else


def _validated(call: Call, node: Node[..., Any], fill: Fill) -> Call:
    """Judge the output of a fill by the type of its hole: that is where it enters."""
    declared = node.shape.result

    async def validated(*args: Any, **kwargs: Any) -> Any:
        value, wrong = misfit(await call(*args, **kwargs), declared)
        if wrong is not None:
            words = f"{fill.name or 'the fill'} of {node.name} gave {value!r:.120}: {wrong}"
            raise InvalidValue(words, value=value, wrong=wrong, fill=fill)
        return value

    return validated
