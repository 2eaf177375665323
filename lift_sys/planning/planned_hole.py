"""One hole of a plan of work: what is to be made, what it waits for, what it must keep, and how that is seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["PlannedHole", "in_order", "number"]


@dataclass(frozen=True, slots=True)
class PlannedHole:
    """What an inventory says about one hole; whether it is resolved is said by the log alone."""

    id: str
    name: str
    kind: str
    type: str
    phase: int
    depends_on: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    gives: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By the id of a hole that depends on this one: what it is told when this one is resolved."""
    accept: tuple[str, ...] = ()
    """Shell commands that all end with 0 when the hole is resolved."""
    line: int | None = field(default=None, compare=False)
    """Where its heading stands, from 1."""
    key_lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Where each key stands first."""

    def line_of(self, key: str) -> int | None:
        """Return where a key stands, or else the hole."""
        return self.key_lines.get(key, self.line)

    def gives_to(self, dependant: str) -> tuple[str, ...]:
        """Return what a dependant is told: the lines meant for it, or else what this hole itself must keep."""
        return self.gives.get(dependant) or tuple(text for text in self.constraints if text.startswith("MUST"))


def number(hole_id: str) -> int:
    """Return the number in an id: H12 comes after H7."""
    return int(hole_id[1:])


def in_order(hole_ids: Iterable[str]) -> list[str]:
    """Return ids in the order of their numbers."""
    return sorted(hole_ids, key=number)
