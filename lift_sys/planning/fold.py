"""Where each hole stands: the log, folded in order. This is the only place that knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from lift_sys.planning.propagation_log import Deferred, Entry, Given, Resolved

__all__ = ["Standing", "Status", "fold"]

Status = Literal["open", "resolved", "deferred"]


@dataclass(slots=True)
class Standing:
    """What the log comes to; a hole that it does not name is open."""

    resolved: dict[str, str] = field(default_factory=dict)
    """By id: what resolved it."""
    deferred: set[str] = field(default_factory=set)
    given: dict[Given, None] = field(default_factory=dict)
    """What was ever given, each once, in order; it is in force while its giver is resolved."""

    def status(self, hole_id: str) -> Status:
        """Return where one hole stands."""
        if hole_id in self.resolved:
            return "resolved"
        return "deferred" if hole_id in self.deferred else "open"


def fold(entries: Iterable[Entry]) -> Standing:
    """Return where each hole stands after all that happened; the last word about a hole counts."""
    standing = Standing()
    for entry in entries:
        if isinstance(entry, Given):
            standing.given[entry] = None
            continue
        standing.resolved.pop(entry.id, None)
        standing.deferred.discard(entry.id)
        if isinstance(entry, Resolved):
            standing.resolved[entry.id] = entry.by
        elif isinstance(entry, Deferred):
            standing.deferred.add(entry.id)
    return standing
