"""What it takes for a literal to be wrong."""

from __future__ import annotations

from lift_sys.resolve.domains import ANY, NONE, NUMBER, Number, kind_of
from lift_sys.resolve.leaf_network import LeafNetwork
from lift_sys.resolve.literal_reader import turned
from lift_sys.resolve.literals import (
    Above,
    Below,
    Differ,
    Either,
    Kinds,
    Literal,
    NotIn,
    OneOf,
    Other,
    Same,
)

__all__ = ["denied"]

_MOST_WAYS = 32


def denied(literal: Literal, leaves: LeafNetwork) -> list[tuple[Literal, ...]]:
    """Return the ways in which a literal can be wrong: it holds where each of them is refuted."""
    match literal:
        case Differ():
            return [(_turned(literal, leaves),)]
        case Same(left, right, by):
            return _apart(left, right, by or 0, leaves)
        case Either(arms):
            return _all_wrong(arms, leaves)
        case Other():
            opposite = turned(literal, leaves)
        case _:
            opposite = _of_one(literal)
    # where nothing is known of what it would take, it may be wrong in any way
    return [()] if opposite is None else [opposite]


def _of_one(literal: Literal) -> tuple[Literal, ...] | None:
    """Return what it takes for a literal about one variable to be wrong."""
    match literal:
        case Above(variable, (value, steps)):
            return (Below(variable, (value, steps - 1)),)
        case Below(variable, (value, steps)):
            return (Above(variable, (value, steps + 1)),)
        case Kinds(variable, mask):
            return (Kinds(variable, ANY & ~mask),)
        case OneOf(variable, values, mask):
            return NotIn(variable, values), Kinds(variable, ANY & ~(mask & NONE))
        case NotIn(variable, values):
            mask = 0
            for value in values:
                mask |= kind_of(value)
            return (OneOf(variable, values, mask),)
    return None


def _all_wrong(arms: tuple[tuple[Literal, ...], ...], leaves: LeafNetwork) -> list[tuple[Literal, ...]]:
    """Return the ways in which every arm is wrong; too many are left unknown."""
    ways: list[tuple[Literal, ...]] = [()]
    for arm in arms:
        wrong = [way for literal in arm for way in denied(literal, leaves)]
        ways = [(*before, *way) for before in ways for way in wrong]
        if len(ways) > _MOST_WAYS:
            return [()]
    return ways


def _turned(literal: Differ, leaves: LeafNetwork) -> Differ:
    """Return `high < low + by` for `low + by <= high`."""
    value, steps = literal.by
    if leaves.declared[literal.low].whole and leaves.declared[literal.high].whole:
        return Differ(literal.high, literal.low, (1 - value, 0))
    return Differ(literal.high, literal.low, (-value, 1 - steps))


def _apart(left: int, right: int, by: Number, leaves: LeafNetwork) -> list[tuple[Literal, ...]]:
    """Return the ways in which two numbers differ; of other values nobody can say."""
    if any(leaves.declared[variable].mask & ~NONE != NUMBER for variable in (left, right)):
        return [()]
    less, more = Differ(left, right, (by, 0)), Differ(right, left, (-by, 0))
    return [(_turned(less, leaves),), (_turned(more, leaves),)]
