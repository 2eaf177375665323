"""Clocks: the time limits that run for bodies; they stop while a body waits for a hole."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import anyio

from lift_sys.execute.dataflow import ancestors_by_call
from lift_sys.execute.run_state import RunState

__all__ = ["Clocks"]


class Clocks:
    """The time limits of one run's bodies, by their steps."""

    def __init__(self, state: RunState, goes_on: Callable[[int], bool]) -> None:
        self._state = state
        self._goes_on = goes_on
        self.running: dict[int, list[anyio.CancelScope]] = {}

    def over(self, gid: int) -> Iterator[anyio.CancelScope]:
        """Yield the time limits of the bodies that called a step."""
        for caller in ancestors_by_call(self._state, gid) if self.running else ():
            yield from self.running.get(caller, ())

    def stop(self, hole: int) -> None:
        """Let no timeout pass for bodies that wait for a hole: they are incomplete, however long others take.

        One that awaits something else beside, which the engine does not see, is ended by its timeout all the same.
        """
        for caller in ancestors_by_call(self._state, hole) if self.running else ():
            if self._goes_on(caller):
                return
            for clock in self.running.get(caller, ()):
                clock.deadline = math.inf

    def left(self, gid: int, run: anyio.CancelScope) -> float | None:
        """Return the seconds until the run, or a body that called a step, is out of time; None when none can be."""
        least = min(clock.deadline for clock in (run, *self.over(gid)))
        return None if least == math.inf else least - anyio.current_time()
