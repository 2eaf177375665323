"""Intervals: what is known of a quantity before a run, from a least to a most, and why no more is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["Interval"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A quantity is at least `low` and at most `high`; `unknown` names what keeps it from being known better.

    Immutable; a `high` of infinity says that nothing bounds it.
    """

    low: float = 0.0
    high: float = 0.0
    unknown: frozenset[str] = frozenset()

    @staticmethod
    def exactly(value: float) -> Interval:
        """Return the interval of one value."""
        return Interval(value, value)

    @staticmethod
    def open(*names: str) -> Interval:
        """Return what nothing is known of, because of these."""
        return Interval(0.0, math.inf, frozenset(names))

    @property
    def is_unknown(self) -> bool:
        """Whether nothing at all is known."""
        return self.low == 0 and self.high == math.inf

    def __add__(self, other: Interval) -> Interval:
        return Interval(self.low + other.low, self.high + other.high, self.unknown | other.unknown)

    def times(self, count: Interval) -> Interval:
        """Return the sum over `count` of these; nothing counts as nothing, however often."""
        if not self.high or not count.high:
            return Interval()
        return Interval(self.low * count.low, self.high * count.high, self.unknown | count.unknown)

    def hull(self, other: Interval) -> Interval:
        """Return what is one or the other."""
        return Interval(min(self.low, other.low), max(self.high, other.high), self.unknown | other.unknown)

    def longer(self, other: Interval) -> Interval:
        """Return the greater of both, whichever it is."""
        return Interval(max(self.low, other.low), max(self.high, other.high), self.unknown | other.unknown)

    def at_most(self, limit: float | None) -> Interval:
        """Return it within a limit; what was not known is then bounded. None is no limit."""
        if limit is None or self.high <= limit:
            return self
        return Interval(self.low, max(self.low, limit), frozenset())

    def or_nothing(self) -> Interval:
        """Return it with nothing as its least."""
        return Interval(0.0, self.high, self.unknown)

    def contains(self, value: float) -> bool:
        """Whether a measured value is one of those foretold."""
        return self.low <= value <= self.high

    @staticmethod
    def total(parts: Iterable[Interval]) -> Interval:
        """Return the sum of all parts."""
        low = high = 0.0
        unknown: frozenset[str] = frozenset()
        for part in parts:
            low, high = low + part.low, high + part.high
            unknown |= part.unknown
        return Interval(low, high, unknown)

    def to_json(self) -> dict[str, Any]:
        """Return both ends and the names; null is an end that is not known, which is never said as 0."""
        return {
            "low": None if self.is_unknown else _plain(self.low),
            "high": None if self.high == math.inf else _plain(self.high),
            "unknown": sorted(self.unknown),
        }

    def said(self, unit: str = "") -> str:
        """Return it in words."""
        if self.is_unknown:
            return "unknown"
        unit = f" {unit}" if unit else ""
        if self.high == math.inf:
            return f"at least {_number(self.low)}{unit}"
        if self.low == self.high:
            return f"{_number(self.low)}{unit}"
        return f"{_number(self.low)} to {_number(self.high)}{unit}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) else f"{value:.4g}"


def _plain(value: float) -> float:
    return int(value) if value == int(value) else value
