"""A clock that jumps: when nobody can move before a timer is due, it is due now.

Sleeps, timeouts and deadlines keep their order and cost no time. On asyncio it is an event loop of its own; on trio it
is trio's own mock clock.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, TypeVarTuple, Unpack

import anyio
import anyio.to_thread

__all__ = ["VirtualLoop", "virtual_time"]

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
_REAL_PATIENCE = 1.0
"""Real seconds to wait for what comes from outside of the loop: threads, processes, sockets."""


class _Jump(selectors.DefaultSelector):
    """Waits for files as ever, but for timers only by moving `now`."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return the files that are ready; without any, move the clock by `timeout`."""
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None or _threads_at_work():
            ready = super().select(_REAL_PATIENCE)
            if ready:
                return ready
        if timeout is None:
            raise RuntimeError(
                f"virtual time stands still: {_waiting()} wait, no timer is set, and nothing came from outside "
                f"within {_REAL_PATIENCE} real seconds; look for a task that waits for what nobody does"
            )
        self.now += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on a clock that jumps; begins at 0."""

    def __init__(self) -> None:
        self._jump = _Jump()
        super().__init__(self._jump)

    def time(self) -> float:
        """Return the virtual seconds since the loop was made."""
        return self._jump.now


def virtual_time(scene: Callable[[Unpack[Ts]], Awaitable[T]], *args: *Ts, backend: str = "asyncio") -> T:
    """Run an async function on a clock that jumps and return its result; `backend` is "asyncio" or "trio".

    An engine obeys the clock when it is made with `Engine(clock=anyio.current_time)`. Worker threads are waited for on
    asyncio; on trio the clock jumps while they work.
    """
    options: dict[str, Any] = {"loop_factory": VirtualLoop}
    if backend == "trio":
        from trio.testing import MockClock

        options = {"clock": MockClock(autojump_threshold=0)}
    return anyio.run(scene, *args, backend=backend, backend_options=options)


def _threads_at_work() -> bool:
    """Whether a body in a worker thread may still bring its result."""
    return anyio.to_thread.current_default_thread_limiter().borrowed_tokens > 0


def _waiting() -> str:
    names = sorted(task.get_name() for task in asyncio.all_tasks())
    return ", ".join(names[:8]) or "no tasks"
