"""Bodies that go on beside their own children: while calls of theirs are under way, each step of theirs has a slot."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import anyio

from lift_sys.execute.clocks import Clocks
from lift_sys.execute.execution_context import StepScope
from lift_sys.execute.run_state import RunState
from lift_sys.execute.slots import Slots, after_this_step, this_task

__all__ = ["Beside"]


class Beside:
    """Gives slots to the bodies of one run that were woken while calls of theirs are under way."""

    def __init__(self, state: RunState, slots: Slots, clocks: Clocks) -> None:
        self._state = state
        self._slots = slots
        self._clocks = clocks

    async def go_on(
        self, scope: StepScope, body: Coroutine[Any, Any, Any], given: Any, resume: Callable[[Any], Any]
    ) -> tuple[bool, Any, Callable[[Any], Any]]:
        """Have a slot for a body that goes on while calls of it are under way in tasks of its own.

        Return whether it has one for this step alone, and how the body goes on.
        """
        while scope.calls and not scope.beside and this_task() not in scope.calls:
            try:
                # shielded: what the body was woken with must reach it, and a body that is cancelled runs, too
                with anyio.CancelScope(shield=True):
                    await self._take(scope)
            except anyio.get_cancelled_exc_class() as error:
                # by what no shield holds off (asyncio's own cancellation); the body learns of it when it goes on
                given, resume = error, body.throw
        return bool(scope.beside), given, resume

    async def _take(self, scope: StepScope) -> None:
        """Wait for a slot: one of its own, or that which the last call of the body leaves."""
        scope.wants = event = self._slots.take_or_want()
        try:
            if event is not None:
                await event.wait()
            scope.beside = scope.beside or "own"
        except BaseException:
            if event is scope.wants and event is not None and not self._slots.want_no_more(event):
                self._slots.free()
            raise
        finally:
            scope.wants = None

    def rest(self, scope: StepScope) -> None:
        """Give back what a body had to go on beside its calls, as it waits again or has ended."""
        if scope.beside == "own" or scope.calls:
            # not before the event loop has what the body now awaits: that may be the very slot, and trio takes no task
            # that is woken before it sleeps
            after_this_step(self._slots.free)
        scope.beside = ""
        for hole in self._state.closures if self._clocks.running else ():
            self._clocks.stop(hole)

    async def leave_behind(self, scope: StepScope) -> None:
        """Have one slot again for a body that ended, while calls of its may go on in tasks of its own."""
        if scope.beside:
            self.rest(scope)
        if not scope.calls:
            return
        # never empty again: those calls give their slots to the pool
        scope.calls[None] = 1
        cancelled = await self._slots.take_shielded()
        if cancelled is not None:
            raise cancelled
