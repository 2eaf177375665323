"""A clock that jumps: an asyncio loop whose waits cost nothing, so that makespans are exact."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class _NoWaiting(selectors.DefaultSelector):
    """Looks at what is ready, and instead of waiting moves the clock."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            self.now += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on a virtual clock."""

    def __init__(self) -> None:
        self._virtual = _NoWaiting()
        super().__init__(self._virtual)
        # a timer is due exactly when the clock has jumped to it
        self._clock_resolution = 1e-12

    def time(self) -> float:
        """Return the virtual seconds."""
        return self._virtual.now


def run_virtually(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine on a virtual clock; `asyncio.get_running_loop().time` is that clock."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
