"""The log: one line for each thing that happened to a plan, in order; nothing else says what is resolved.

`resolved H7 by PATH`, `reopened H7`, `deferred H7`, and `H6 gives H1: MUST support async calls`, each as a list item.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lift_sys.errors import PlanningError
from lift_sys.planning.inventory import HOLE_ID
from lift_sys.planning.lines import ending_of, fenced, from_line, in_line, split_lines

__all__ = ["Deferred", "Entry", "Given", "Reopened", "Resolved", "appended", "parse_log"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A hole was resolved by what stands at `by`."""

    id: str
    by: str

    def __str__(self) -> str:
        return f"resolved {self.id} by {in_line(self.by)}"


@dataclass(frozen=True, slots=True)
class Reopened:
    """A hole was opened again, or taken up after it had been deferred."""

    id: str

    def __str__(self) -> str:
        return f"reopened {self.id}"


@dataclass(frozen=True, slots=True)
class Deferred:
    """A hole was put off; it goes on blocking what depends on it."""

    id: str

    def __str__(self) -> str:
        return f"deferred {self.id}"


@dataclass(frozen=True, slots=True)
class Given:
    """A resolved hole told one that depends on it what to keep."""

    giver: str
    receiver: str
    text: str

    def __str__(self) -> str:
        return f"{self.giver} gives {self.receiver}: {in_line(self.text)}"


Entry = Resolved | Reopened | Deferred | Given

_ENTRY = re.compile(
    rf"(?:- )?(?:resolved ({HOLE_ID}) by (.+)|(reopened|deferred) ({HOLE_ID})|({HOLE_ID}) gives ({HOLE_ID}): (.+))"
)
_MEANT_AS_ENTRY = re.compile(r"- (?:resolved|reopened|deferred|H\d+)\b")


def parse_log(text: str, file: str) -> list[Entry]:
    """Return what happened, in order; PlanningError says the first entry that cannot be read."""
    lines = split_lines(text)
    prose = fenced(lines, file)
    entries: list[Entry] = []
    for index, line in enumerate(lines):
        if prose[index]:
            continue
        found = _ENTRY.fullmatch(line.rstrip())
        entry = None if found is None else _entry(found)
        if entry is not None:
            entries.append(entry)
        elif _MEANT_AS_ENTRY.match(line):
            forms = "`resolved H7 by PATH`, `reopened H7`, `deferred H7` or `H6 gives H1: TEXT`"
            message = f"{line.strip()!r:.80} is no entry of the log; an entry is {forms}"
            raise PlanningError("bad_entry", message, file=file, line=index + 1)
    return entries


def _entry(found: re.Match[str]) -> Entry | None:
    resolved, by, change, changed, giver, receiver, text = found.groups()
    try:
        if resolved is not None:
            return Resolved(resolved, from_line(by))
        if change is not None:
            return Reopened(changed) if change == "reopened" else Deferred(changed)
        return Given(giver, receiver, from_line(text))
    except ValueError:
        return None


def appended(text: str, entries: Iterable[Entry]) -> str:
    """Return the text of a log with entries at its end; what is there stays byte for byte."""
    lines: Sequence[str] = split_lines(text)
    ending = ending_of(lines)
    if not lines:
        head = f"# Constraint propagation log{ending}{ending}"
    elif not lines[-1].endswith("\n"):
        head = text + ending
    else:
        head = text
    if lines and not _ENTRY.fullmatch(lines[-1].rstrip()) and lines[-1].strip():
        head += ending
    return head + "".join(f"- {entry}{ending}" for entry in entries)
