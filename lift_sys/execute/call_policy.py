"""How one call is made, in one fixed order; compiled once per step, so that nothing is looked up per call.

`exact cache -> single-flight -> limit -> fallback chain( retry( breaker( timeout( body )))) -> validate -> store`
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Protocol

import anyio
import anyio.to_thread

from lift_sys.define import Constraint, Fill, Graph, Node
from lift_sys.errors import ConstraintViolated, FillRefused, InvalidValue
from lift_sys.execute.error_recovery import Breakers, retrying, timed
from lift_sys.execute.execution_context import StepScope, this_step
from lift_sys.execute.resource_limits import Limits
from lift_sys.execute.validation import misfit
from lift_sys.execute.validation_cache import ValidationCache

__all__ = ["Answerer", "CallPolicies", "holds", "is_precondition"]

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
        musts = [c for c in (*node.constraints,) if c.check is not None and c.strength != "MAY"]
        if fill is not None and fill.kind != "model":
            call = _validated(call, node, fill)
        if musts:
            call = _judged(call, node, musts)
        if options.cache is not None:
            call = self._cache.around(call, node, options.cache, fill)
        return call

    def _body(self, node: Node[..., Any], fill: Fill | None) -> Call:
        if fill is None:
            return _own_body(node)
        if fill.kind == "deferred":
            return partial(_deferred, fill.by)
        if fill.kind == "model":
            if self._answerer is None:
                raise FillRefused(f"{node.name} is filled by a model, and this engine has no providers")
            return partial(_answered, self._answerer, node, fill)
        standing: Any = fill.by
        return _own_body(standing) if isinstance(standing, Node) else standing


def _own_body(node: Node[..., Any]) -> Call:
    if node.is_graph:
        # a graph under a policy: it runs as the child of this step
        plain = node.using(**dict.fromkeys(("retry", "timeout", "cache", "breaker", "limit")), fallback=())
        as_child: Call = partial(_as_child, plain)
        seconds = node.budget.seconds if isinstance(node, Graph) and node.budget is not None else None
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
    if thread:
        return await anyio.to_thread.run_sync(partial(fn, *args, **kwargs))
    return fn(*args, **kwargs)


async def _deferred(value: Any, /, *_: Any, **__: Any) -> Any:
    return value


async def _answered(answerer: Answerer, node: Node[..., Any], fill: Fill, /, *args: Any, **kwargs: Any) -> Any:
    return await answerer.answer(node, fill, node.shape.ports(args, kwargs), this_step())


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


def _judged(call: Call, node: Node[..., Any], constraints: list[Constraint]) -> Call:
    """Check the constraints that can be called: those about inputs before the body, the others after."""
    before = [(c, _parameters(c)) for c in constraints if is_precondition(c, node)]
    after = [(c, _parameters(c)) for c in constraints if not is_precondition(c, node)]

    async def judged(*args: Any, **kwargs: Any) -> Any:
        given = node.shape.ports(args, kwargs)
        for constraint, names in before:
            _hold(constraint, names, given, node)
        value = await call(*args, **kwargs)
        given["result"] = value
        for constraint, names in after:
            _hold(constraint, names, given, node)
        return value

    return judged


def is_precondition(constraint: Constraint, node: Node[..., Any]) -> bool:
    """Whether a constraint asks about the inputs alone, so that no fill can break it."""
    return set(_parameters(constraint)) <= {p.name for p in node.shape.parameters}


def _parameters(constraint: Constraint) -> tuple[str, ...]:
    check: Any = constraint.check
    code = getattr(check, "__code__", None)
    return tuple(code.co_varnames[: code.co_argcount]) if code is not None else ("result",)


def holds(constraint: Constraint, ports: Mapping[str, Any]) -> tuple[bool, str]:
    """Return whether a constraint's check holds of these ports, and what it raised if it did."""
    check: Any = constraint.check
    try:
        return bool(check(*[ports.get(name) for name in _parameters(constraint)])), ""
    except Exception as error:  # noqa: BLE001 - a check that raises is broken, not unknown
        return False, f" (the check raised {type(error).__name__}: {error})"


def _hold(constraint: Constraint, names: tuple[str, ...], given: Mapping[str, Any], node: Node[..., Any]) -> None:
    shown = {name: given.get(name) for name in names}
    kept, why = holds(constraint, given)
    if kept:
        return
    words = f"{node.name}: {constraint} does not hold of {shown!r:.200}{why}"
    if constraint.strength == "MUST":
        raise ConstraintViolated(words, constraint, shown)
    this_step().emit("constraint.broken", {"constraint": constraint.text, "strength": constraint.strength})
