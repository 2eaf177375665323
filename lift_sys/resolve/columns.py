"""Columns of values by number: lists, and what changed of a list while the rest stays below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, TypeAlias, TypeVar

__all__ = ["Column", "Overlay", "copied"]

T = TypeVar("T")
_NOTHING: Final[Mapping[int, Any]] = {}


class Overlay(dict[int, T]):
    """What changed of a column of values; the rest is read from the column below, which nobody changes any more."""

    __slots__ = ("below",)

    def __init__(self, below: Column[T], changed: Mapping[int, T] = _NOTHING) -> None:
        super().__init__(changed)
        self.below = below

    def __missing__(self, number: int) -> T:
        return self.below[number]


Column: TypeAlias = list[T] | Overlay[T]
"""Values by number."""


def copied(column: Column[T], *, sparse: bool) -> Column[T]:
    """Return a column of its own; a sparse one costs as much as what changes."""
    if isinstance(column, Overlay):
        return Overlay(column.below, column)
    return Overlay(column) if sparse else column[:]
