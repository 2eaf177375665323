"""Waits of bodies for what other bodies have: a place under a limit, the answer of an equal call.

A body that waits so gives its slot to the pool. When nothing else of the run can move, and all that is waited for is
had by bodies of this run, none of them can ever go on: they are told so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any

import anyio

from lift_sys.errors import Deadlock
from lift_sys.execute.dataflow import ancestors_by_call

if TYPE_CHECKING:
    from lift_sys.execute.execution_context import StepScope
    from lift_sys.execute.graph_executor import GraphExecutor

__all__ = ["Elsewhere"]

Holders = Callable[[], Collection["StepScope"]]


class Elsewhere:
    """The waits of one run's bodies for what other bodies have."""

    def __init__(self, executor: GraphExecutor) -> None:
        self._executor = executor
        self._waits: dict[anyio.CancelScope, tuple[StepScope, Holders]] = {}

    async def wait(self, scope: StepScope, until: Callable[[], Awaitable[Any]], holders: Holders, what: str) -> None:
        """Wait for what the `holders` have, if anybody still has it; Deadlock when this body could wait for ever."""
        executor, there = self._executor, False
        executor.slots.free()
        executor.wake()
        try:
            with anyio.CancelScope() as wait:
                self._waits[wait] = scope, holders
                await until()
                there = True
        finally:
            del self._waits[wait]
            had = ", ".join(sorted(held.path for held in holders())) or "nobody"
            # a body that handles its cancellation runs, too, and needs a slot for it
            cancelled = await executor.slots.take_shielded()
        if cancelled is not None:
            raise cancelled
        if not there:
            raise Deadlock(f"{scope.path} waits for {what}, which {had} has and cannot give back before it has ended")

    def __len__(self) -> int:
        return len(self._waits)

    def moves(self) -> bool:
        """Whether what a body waits for has just been handed over, or is had by a body of another run."""
        had = [holders() for _, holders in self._waits.values()]
        return not all(had) or any(held.executor is not self._executor for holders in had for held in holders)

    def resolve(self) -> bool:
        """End a wait that cannot be answered, as nothing else can move; return whether there was any."""
        if self._waits:
            min(self._waits, key=self._blame).cancel()
        return bool(self._waits)

    def _blame(self, wait: anyio.CancelScope) -> tuple[bool, str]:
        """Order waits: first those for what an own caller has, as they are the ring; then by path."""
        scope, holders = self._waits[wait]
        callers = ancestors_by_call(self._executor.state, scope.gid)
        return not any(held.gid in callers for held in holders()), scope.path
