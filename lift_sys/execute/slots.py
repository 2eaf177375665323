"""Slots: how many bodies run at once. A body that suspends to wait for something of its own keeps its slot."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

import anyio

__all__ = ["Slots", "after_this_step", "this_task"]


class Slots:
    """The slots of one run: `active` of `limit` are given out; who wants one gets the next that comes back.

    `on_free` is called when a body, and not a worker, has given one back.
    """

    __slots__ = ("_on_free", "_wanting", "active", "limit")

    def __init__(self, limit: float, on_free: Callable[[], None]) -> None:
        self._on_free = on_free
        self.limit = limit
        self.active = 0
        self._wanting: deque[anyio.Event] = deque()

    @property
    def wanted(self) -> int:
        """How many bodies wait for a slot to go on."""
        return len(self._wanting)

    async def take(self) -> None:
        """Wait for a slot."""
        event = self.take_or_want()
        if event is None:
            return
        try:
            await event.wait()
        except BaseException:
            if not self.want_no_more(event):
                self.free()
            raise

    async def take_shielded(self) -> BaseException | None:
        """Wait for a slot whatever comes; return the cancellation that no shield holds off (asyncio's own)."""
        cancelled: BaseException | None = None
        while True:
            try:
                with anyio.CancelScope(shield=True):
                    await self.take()
                    return cancelled
            except anyio.get_cancelled_exc_class() as error:
                cancelled = error

    def free(self) -> None:
        """Give a slot back from outside a worker."""
        self.give_back()
        self._on_free()

    def take_or_want(self) -> anyio.Event | None:
        """Take a slot if there is one, else return what is set when it is given."""
        if self.active < self.limit and not self._wanting:
            self.active += 1
            return None
        event = anyio.Event()
        self._wanting.append(event)
        return event

    def want_no_more(self, event: anyio.Event) -> bool:
        """Leave the row; False when the slot has been given already."""
        if event.is_set():
            return False
        self._wanting.remove(event)
        return True

    def give_back(self) -> None:
        """Give a slot to a body that wants one to go on, else to nobody."""
        if self._wanting:
            self._wanting.popleft().set()
        else:
            self.active -= 1


def this_task() -> Any:
    """Return the task that is running, of asyncio or of trio."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        import trio

        return trio.lowlevel.current_task()


def after_this_step(call: Callable[[], object]) -> None:
    """Have something called when the running task has come to its next await."""
    try:
        asyncio.get_running_loop().call_soon(call)
    except RuntimeError:
        import trio

        trio.lowlevel.current_trio_token().run_sync_soon(call)
