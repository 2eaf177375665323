"""Literals over variables: bounds, sets, differences, choices; what is none of these stays as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from lift_sys.define import Formula, Leaf, Length
from lift_sys.resolve.domains import Bound, Number

__all__ = [
    "Above",
    "Below",
    "Differ",
    "Either",
    "Kinds",
    "Literal",
    "Never",
    "NotIn",
    "OneOf",
    "Other",
    "Same",
    "Stepped",
    "variables_of",
]


@dataclass(frozen=True, slots=True)
class Above:
    """A variable is at or above a bound."""

    var: int
    bound: Bound


@dataclass(frozen=True, slots=True)
class Below:
    """A variable is at or below a bound."""

    var: int
    bound: Bound


@dataclass(frozen=True, slots=True)
class Kinds:
    """A variable is of one of these kinds."""

    var: int
    mask: int


@dataclass(frozen=True, slots=True)
class OneOf:
    """A variable is one of a few values, or None where `mask` has it."""

    var: int
    values: frozenset[Any]
    mask: int


@dataclass(frozen=True, slots=True)
class NotIn:
    """A variable is none of a few values."""

    var: int
    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Stepped:
    """A whole variable is a multiple of a step."""

    var: int
    step: int


@dataclass(frozen=True, slots=True)
class Differ:
    """`low + by <= high`."""

    low: int
    high: int
    by: Bound


@dataclass(frozen=True, slots=True)
class Same:
    """`left + by == right`; without `by` they are one value of any kind."""

    left: int
    right: int
    by: Number | None = None


@dataclass(frozen=True, slots=True)
class Either:
    """One of the arms holds."""

    arms: tuple[tuple[Literal, ...], ...]


@dataclass(frozen=True, slots=True)
class Other:
    """An atom that is not native, with the variables of its leaves: for a solver, or for the run."""

    atom: Formula
    negated: bool
    variables: tuple[tuple[Leaf | Length, int], ...]


@dataclass(frozen=True, slots=True)
class Never:
    """What holds of no value."""


Literal: TypeAlias = Above | Below | Kinds | OneOf | NotIn | Stepped | Differ | Same | Either | Other | Never


def variables_of(literals: tuple[Literal, ...]) -> frozenset[int]:
    """Return the variables that literals speak of."""
    found: set[int] = set()
    for literal in literals:
        match literal:
            case Differ(one, other) | Same(one, other):
                found |= {one, other}
            case Either(arms):
                found.update(*map(variables_of, arms))
            case Other(_, _, variables):
                found.update(number for _, number in variables)
            case Above() | Below() | Kinds() | OneOf() | NotIn() | Stepped():
                found.add(literal.var)
    return frozenset(found)
