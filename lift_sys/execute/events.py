"""The log of a run: columns while it runs, an Event for each line on reading."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

from lift_sys.define import Event

__all__ = ["FINISHED", "REACHED", "STARTED", "EventLog"]

STARTED, FINISHED, REACHED = 0, 1, 2
_FIRST = ("step.started", "step.finished", "hole.reached")
_NOTHING: Mapping[str, Any] = {}


class EventLog:
    """Append-only; `kinds` are numbers of `names`, `steps` are ids (-1 for the run itself), `times` are in seconds.

    A line costs three appends of numbers; what more there is to say of it stands in `data` by its number.
    """

    __slots__ = ("_codes", "began", "data", "kinds", "names", "run_id", "steps", "times")

    def __init__(self, run_id: str, began: float) -> None:
        self.run_id = run_id
        self.began = began
        self.kinds = array("H")
        self.steps = array("q")
        self.times = array("d")
        self.data: dict[int, Mapping[str, Any]] = {}
        self.names = list(_FIRST)
        self._codes = {name: code for code, name in enumerate(_FIRST)}

    def __len__(self) -> int:
        return len(self.kinds)

    def copy(self) -> EventLog:
        """Return a log that goes on from here."""
        twin = EventLog(self.run_id, self.began)
        twin.kinds, twin.steps, twin.times = self.kinds[:], self.steps[:], self.times[:]
        twin.data, twin.names, twin._codes = dict(self.data), list(self.names), dict(self._codes)
        return twin

    def add(self, kind: str, step: int, at: float, data: Mapping[str, Any] = _NOTHING) -> int:
        """Append a line of any kind and return its number."""
        code = self._codes.get(kind)
        if code is None:
            code = self._codes[kind] = len(self.names)
            self.names.append(kind)
        seq = len(self.kinds)
        self.kinds.append(code)
        self.steps.append(step)
        self.times.append(at)
        if data:
            self.data[seq] = data
        return seq

    def event(self, seq: int, path_of: Callable[[int], str]) -> Event:
        """Return a line as an Event."""
        return Event(
            kind=self.names[self.kinds[seq]],
            run_id=self.run_id,
            path=path_of(self.steps[seq]),
            seq=seq,
            at=self.times[seq] - self.began,
            data=self.data.get(seq, _NOTHING),
        )
