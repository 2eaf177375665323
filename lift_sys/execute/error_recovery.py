"""What is done about a failing call: a time limit, another try, an open breaker."""

from __future__ import annotations

import errno
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from lift_sys.define import Breaker, Node, Retry
from lift_sys.errors import DefinitionError, StepError, StepTimeout
from lift_sys.execute.execution_context import this_step

__all__ = ["BreakerOpen", "Breakers", "retrying", "timed"]

Call = Callable[..., Awaitable[Any]]
_CUT_OFF = frozenset(
    {errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETRESET, errno.ENETUNREACH, errno.ENOTCONN}
)
"""What the system says of a connection and Python has no ConnectionError for."""


class BreakerOpen(StepError):
    """The breaker of a node is open: it failed too often and is not called for now."""


def timed(call: Call, seconds: float, name: str) -> Call:
    """Return the call with a time limit: StepTimeout when it takes longer, whatever it makes of being told."""

    async def in_time(*args: Any, **kwargs: Any) -> Any:
        step = this_step()
        clocks = step.executor.clocks.running.setdefault(step.gid, [])
        value, cause = None, None
        with anyio.move_on_after(seconds) as scope:
            clocks.append(scope)
            try:
                value = await call(*args, **kwargs)
            except Exception as error:
                # what a body raises as its time is over may be its word for the cancellation
                if not _is_over(scope):
                    raise
                cause = error
            finally:
                clocks.remove(scope)
        if _is_over(scope):
            raise StepTimeout(f"{name} took longer than its timeout of {seconds} s") from cause
        return value

    return in_time


def _is_over(scope: anyio.CancelScope) -> bool:
    """Whether a time limit has passed, also if nothing was awaited that could have been cancelled."""
    return scope.cancel_called or anyio.current_time() > scope.deadline


def retrying(call: Call, retry: Retry, *, effect: bool) -> Call:
    """Return the call with other tries; wrong use and open breakers are not tried again.

    Nor is an effect after a failure that does not tell whether it was done: the second one could be one too many.
    Each try after the first is a "step.retried" event and has its number in `RunContext.attempt`.
    """

    def again(error: BaseException) -> bool:
        if not isinstance(error, retry.on) or isinstance(error, DefinitionError | BreakerOpen):
            return False
        return not (effect and _is_ambiguous(error))

    async def retried(*args: Any, **kwargs: Any) -> Any:
        from tenacity import (
            AsyncRetrying,
            retry_if_exception,
            stop_after_attempt,
            wait_exponential,
            wait_random_exponential,
        )

        scope = this_step()
        wait = (wait_random_exponential if retry.jitter else wait_exponential)(multiplier=retry.base, max=retry.most)

        def note(state: Any) -> None:
            error = state.outcome.exception()
            scope.attempt = state.attempt_number + 1
            scope.emit(
                "step.retried",
                {"attempt": scope.attempt, "wait": state.upcoming_sleep, "error": f"{type(error).__name__}: {error}"},
            )

        async def tried(*args: Any, **kwargs: Any) -> Any:
            if scope.attempt > 1:
                scope.start_again()
            return await call(*args, **kwargs)

        trying = AsyncRetrying(
            stop=stop_after_attempt(retry.attempts),
            wait=wait,
            retry=retry_if_exception(again),
            before_sleep=note,
            sleep=anyio.sleep,
            reraise=True,
        )
        return await trying(tried, *args, **kwargs)

    return retried


def _is_ambiguous(error: BaseException) -> bool:
    """Whether what failed may have been done nevertheless: time ran out, or a connection broke.

    Libraries raise errors of their own from such a failure, and task groups put it in a group.
    """
    if isinstance(error, BaseExceptionGroup):
        return any(map(_is_ambiguous, error.exceptions))
    if isinstance(error, StepTimeout | TimeoutError | ConnectionError):
        return True
    if isinstance(error, OSError) and error.errno in _CUT_OFF:
        return True
    return error.__cause__ is not None and _is_ambiguous(error.__cause__)


class _Count:
    __slots__ = ("failures", "opened_at", "trying")

    def __init__(self) -> None:
        self.failures = 0
        self.opened_at: float | None = None
        self.trying = False


class Breakers:
    """The breakers of one engine, one for each node that has one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counts: dict[Node[..., Any], _Count] = {}

    def around(self, call: Call, node: Node[..., Any], breaker: Breaker) -> Call:
        """Return the call behind the node's breaker: BreakerOpen while it is open."""
        count = self._counts.setdefault(node._replaces, _Count())

        async def guarded(*args: Any, **kwargs: Any) -> Any:
            self._refuse_if_open(count, node, breaker)
            try:
                value = await call(*args, **kwargs)
            except Exception:
                count.failures += 1
                count.trying = False
                if count.failures >= breaker.failures:
                    count.opened_at = self._clock()
                raise
            except BaseException:
                # cancellation is no failure; the one try of a half-open breaker is free again
                count.trying = False
                raise
            count.failures, count.opened_at, count.trying = 0, None, False
            return value

        return guarded

    def _refuse_if_open(self, count: _Count, node: Node[..., Any], breaker: Breaker) -> None:
        if count.opened_at is None:
            return
        left = count.opened_at + breaker.recovery - self._clock()
        if left > 0 or count.trying:
            raise BreakerOpen(
                f"{node.name} failed {count.failures} times in a row; its breaker lets one call through "
                f"in {max(left, 0):.1f} s"
            )
        count.trying = True
