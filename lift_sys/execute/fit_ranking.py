"""What could stand in a hole is ranked by how it does on the inputs that a run has captured.

Only what is pure is tried, on copies, and at once: a body that waits for anything is left untried, and so is one that
is not done in time. The clock is read between two inputs and whenever the body suspends. What it does in between runs
in this process, and nothing can cut it: a candidate that loops for ever without an await hangs whoever asks.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterable, Sequence
from contextvars import copy_context
from dataclasses import replace
from typing import Any

from lift_sys.define import Closure, Fit, Graph, Node, current_scope
from lift_sys.execute.constraint_check import questions
from lift_sys.execute.fill_trial import own_copies
from lift_sys.execute.validation import misfit

__all__ = ["ranked"]

_SECONDS = 1.0
_MOST_TURNS = 10_000


class _NotAtOnce(Exception):
    """A candidate waits for something, or takes long, so that it cannot be tried at once."""


def ranked(found: Iterable[Fit], closures: Sequence[Closure], *, seconds: float = _SECONDS) -> Sequence[Fit]:
    """Return the fits, those first that hold for all captured inputs, those last that hold for none.

    A candidate has these `seconds` for all inputs.
    """
    judged = [_tried(fit, closures, seconds) for fit in found]
    return [fit for _, fit in sorted(judged, key=lambda pair: pair[0])]


def _tried(fit: Fit, closures: Sequence[Closure], seconds: float) -> tuple[tuple[float, int], Fit]:
    """Return a fit with how it did, and its rank: what fails, then what breaks a SHOULD, stands further back."""
    if not closures or not _is_pure(fit):
        return (0.5, 0), fit
    passed = broken = 0
    until = time.monotonic() + seconds
    try:
        for closure in closures:
            good, missed = _outcome(fit, closure, until)
            passed += good
            broken += missed
    except _NotAtOnce as error:
        return (0.5, 0), replace(fit, why=f"{fit.why}; it {error}, so it was not tried")
    tried = len(closures)
    why = f"{fit.why}; it holds for {passed} of {tried} captured input{'' if tried == 1 else 's'}"
    return (1 - passed / tried, broken), replace(fit, why=why, tried=tried, passed=passed)


def _is_pure(fit: Fit) -> bool:
    by = fit.fill.by
    if not isinstance(by, Node):
        return fit.candidate.startswith(("value ", "literal "))
    pure = by.options.effect == "pure" and not by.takes_context
    return pure and by.threading != "thread" and not isinstance(by, Graph)


def _outcome(fit: Fit, closure: Closure, until: float) -> tuple[bool, int]:
    """Return whether a candidate holds for a captured input, and how many SHOULDs it breaks."""
    hole = closure.hole
    by = fit.fill.by
    named = {p.name for p in hole.shape.parameters if p.keyword_only}
    inputs = dict(zip(closure.inputs, own_copies(closure.inputs.values()), strict=True))
    args = [value for name, value in inputs.items() if name not in named]
    kwargs = {name: value for name, value in inputs.items() if name in named}
    try:
        value = _at_once(by.fn if isinstance(by, Node) else by, args, kwargs, until)
    except _NotAtOnce:
        raise
    except Exception:  # noqa: BLE001 - the seam to a candidate's body: what raises does not hold
        return False, 0
    if misfit(value, hole.shape.result)[1] is not None:
        return False, 0
    ports = {**closure.inputs, "result": value}
    asked = [question for question in questions(hole) if not question.is_precondition]
    broken = [question.constraint.strength for question in asked if question.broken(ports) is not None]
    if isinstance(by, Node):
        own = {**by.shape.ports(tuple(args), kwargs), "result": value}
        broken += [question.constraint.strength for question in questions(by) if question.broken(own) is not None]
    return "MUST" not in broken, broken.count("SHOULD")


def _at_once(fn: Any, args: list[Any], kwargs: dict[str, Any], until: float) -> Any:
    """Return what a function gives without waiting for anything; it runs outside of every run."""
    if time.monotonic() >= until:
        raise _NotAtOnce("is not done in time")
    context = copy_context()
    context.run(current_scope.set, None)
    body = context.run(fn, *args, **kwargs)
    if not isinstance(body, Coroutine):
        return body
    try:
        for _ in range(_MOST_TURNS):
            if time.monotonic() >= until:
                break
            if context.run(body.send, None) is not None:
                raise _NotAtOnce("waits")
    except StopIteration as stop:
        return stop.value
    finally:
        body.close()
    raise _NotAtOnce("is not done in time")
