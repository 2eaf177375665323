"""Events as they happen, pulled by whoever iterates; letting go of the iterator ends the run.

The run must not live in the iterator's own task: a task group that is open while an async generator is suspended
leaves its cancel scope in the task of the caller (PEP 789). So the run gets a task of its own, which this iterator
alone can end, and ends when it is closed or dropped.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import anyio

from lift_sys.define import Event

__all__ = ["EventStream"]

Start = Callable[[Callable[[Event], None]], Awaitable[Any]]


class _Pump:
    """The run's side: holds what was not pulled yet, and knows nothing of the iterator."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.events: deque[Event] = deque()
        self.scope = anyio.CancelScope()
        self.news = anyio.Event()
        self.ended = anyio.Event()
        self.error: BaseException | None = None
        self.task: Any = None

    async def work(self) -> None:
        try:
            with self.scope:
                await self._start(self._hand_on)
        except BaseException as error:  # noqa: BLE001 - handed to whoever iterates, who raises it
            self.error = error
        finally:
            self.ended.set()
            self.news.set()

    def _hand_on(self, event: Event) -> None:
        self.events.append(event)
        self.news.set()

    def begin(self) -> None:
        """Start the run in a task of its own, on asyncio or trio."""
        try:
            self.task = asyncio.get_running_loop().create_task(self.work())
        except RuntimeError:
            import trio

            self.task = trio.lowlevel.spawn_system_task(self.work)


class EventStream(AsyncIterator[Event]):
    """An async iterator over the events of one run; raises what the run raises, after its last event."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._pump: _Pump | None = None
        self._closed = False

    def __aiter__(self) -> EventStream:
        return self

    async def __anext__(self) -> Event:
        if self._pump is None:
            if self._closed:
                raise StopAsyncIteration
            self._pump = _Pump(self._start)
            self._pump.begin()
        pump = self._pump
        try:
            while not pump.events and not pump.ended.is_set():
                await pump.news.wait()
                if not pump.events and not pump.ended.is_set():
                    pump.news = anyio.Event()
        except BaseException:
            await self.aclose()
            raise
        if pump.events:
            event = pump.events.popleft()
            if not pump.events and not pump.ended.is_set():
                pump.news = anyio.Event()
            return event
        error, pump.error = pump.error, None
        if error is not None and not self._closed:
            raise error
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """End the run if it goes on, and wait until nothing of it is left."""
        self._closed = True
        if self._pump is not None:
            self._pump.scope.cancel()
            with anyio.CancelScope(shield=True):
                await self._pump.ended.wait()

    def __del__(self) -> None:
        if self._pump is not None and not self._pump.ended.is_set():
            self._pump.scope.cancel()
