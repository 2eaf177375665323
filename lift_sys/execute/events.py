"""The log of a run: columns while it runs, an Event for each line on reading."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping
from typing import Any

from lift_sys.define import Event

__all__ = ["EventLog"]

_STARTED, _FINISHED = 0, 1
_FIRST = ("step.started", "step.finished")
_KIND = 1 << 40
"""Lines from here on name their kind: `kind * _KIND + step + 1`."""
_NOTHING: Mapping[str, Any] = {}


class EventLog:
    """Append-only; a line is one number and a time in seconds, a step of -1 is the run itself.

    The line of a step that started is its id, of one that finished `~id`: these two are written for every step, by the
    executor itself. What more there is to say of a line stands in `data` by its number. `lines` and `times` hold what
    was written last, as nothing takes a number faster than a list; `keep` moves them to where one takes eight bytes.
    """

    __slots__ = ("_codes", "_kept_lines", "_kept_times", "began", "data", "lines", "names", "run_id", "times")

    def __init__(self, run_id: str, began: float) -> None:
        self.run_id = run_id
        self.began = began
        self.lines: list[int] = []
        self.times: list[float] = []
        self._kept_lines = array("q")
        self._kept_times = array("d")
        self.data: dict[int, Mapping[str, Any]] = {}
        self.names = list(_FIRST)
        self._codes = {name: code for code, name in enumerate(_FIRST)}

    def __len__(self) -> int:
        return len(self._kept_lines) + len(self.lines)

    def keep(self) -> None:
        """Move what was written last to where it takes little room."""
        self._kept_lines.fromlist(self.lines)
        self._kept_times.fromlist(self.times)
        self.lines.clear()
        self.times.clear()

    def copy(self) -> EventLog:
        """Return a log that goes on from here."""
        self.keep()
        twin = EventLog(self.run_id, self.began)
        twin._kept_lines, twin._kept_times = self._kept_lines[:], self._kept_times[:]
        twin.data, twin.names, twin._codes = dict(self.data), list(self.names), dict(self._codes)
        return twin

    def add(self, kind: str, step: int, at: float, data: Mapping[str, Any] = _NOTHING) -> int:
        """Append a line of any kind and return its number."""
        code = self._codes.get(kind)
        if code is None:
            code = self._codes[kind] = len(self.names)
            self.names.append(kind)
        seq = len(self)
        self.lines.append(step if code == _STARTED else ~step if code == _FINISHED else code * _KIND + step + 1)
        self.times.append(at)
        if data:
            self.data[seq] = data
        return seq

    def step_of(self, seq: int) -> int:
        """Return the step that a line is about."""
        line = self._line(seq)
        return ~line if line < 0 else line if line < _KIND else line % _KIND - 1

    def kind_of(self, seq: int) -> str:
        """Return what a line says."""
        line = self._line(seq)
        return self.names[_FINISHED if line < 0 else line // _KIND]

    def time_of(self, seq: int) -> float:
        """Return when a line was written, in seconds of the run's clock."""
        if self.lines:
            self.keep()
        return self._kept_times[seq]

    def _line(self, seq: int) -> int:
        if self.lines:
            self.keep()
        return self._kept_lines[seq]

    def event(self, seq: int, path_of: Callable[[int], str]) -> Event:
        """Return a line as an Event."""
        return Event(
            kind=self.kind_of(seq),
            run_id=self.run_id,
            path=path_of(self.step_of(seq)),
            seq=seq,
            at=self.time_of(seq) - self.began,
            data=self.data.get(seq, _NOTHING),
        )
