"""How a body ended: what is its own ending, and what it was told from outside and had no business to handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

from lift_sys.errors import StepError
from lift_sys.execute.dataflow import caller_of
from lift_sys.execute.execution_context import StepScope, Unwound, being_cancelled

if TYPE_CHECKING:
    from lift_sys.execute.graph_executor import GraphExecutor

__all__ = ["raised", "returned"]

_CANCELLED_INSIDE = "the body was cancelled from inside: it awaited something that was cancelled"


def returned(executor: GraphExecutor, scope: StepScope, told: Any, gid: int, value: Any) -> BaseException | None:
    """Record a body that gave a value, maybe after it was told to end; return a cancellation that is not its own.

    What it gives when it waits for a hole is made up without the hole: the step is stuck, as if it had ended as told.
    What it gives when it was told that the run's time is over came too late.
    """
    # trio sends what asyncio throws
    error = getattr(told, "error", told)
    cancelled = isinstance(error, anyio.get_cancelled_exc_class())
    if scope.unwound:
        executor.state.stuck.add(gid)
    elif cancelled and executor.is_late:
        executor.run_late(gid)
    else:
        executor.finished(gid, value)
    if not cancelled:
        return None
    # what a body has called may be cancelled by the body, which decides what comes after that
    return error if caller_of(executor.state, gid) < 0 and being_cancelled() else None


def raised(executor: GraphExecutor, scope: StepScope, ending: BaseException) -> BaseException | None:
    """Record a body that raised, was unwound or cancelled; return what is no step's own ending."""
    state, gid = executor.state, scope.gid
    if isinstance(ending, anyio.get_cancelled_exc_class()) and not being_cancelled():
        executor.failed(gid, StepError(_CANCELLED_INSIDE))
        return None
    rest: BaseException | None = None if isinstance(ending, Unwound) else ending
    if isinstance(ending, BaseExceptionGroup):
        rest = ending.split(Unwound)[1]
    if rest is None or (scope.unwound and isinstance(rest, Exception)):
        state.stuck.add(gid)
    elif isinstance(rest, Exception):
        executor.failed(gid, rest)
    else:
        # a cancellation beside the unwinding goes to the scope that cancelled, which knows nothing of the latter
        return rest
    return None
