"""What a leaf may be: the kinds of value, bounds, finite sets; read from declared types and from values.

A bound is a pair (value, steps): `(3, 0)` is 3, `(3, 1)` is just above it and `(3, -1)` just below, as strict
comparisons of reals ask for; pairs are compared as tuples. Of whole numbers all bounds are whole.
"""

from __future__ import annotations

import enum
import inspect
import math
import types
import typing
from collections.abc import Collection, Sized
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, get_args, get_origin

__all__ = [
    "ANY",
    "HIGHEST",
    "LOWEST",
    "NONE",
    "NUMBER",
    "OTHER",
    "SIZED",
    "TEXT",
    "Bound",
    "Declared",
    "declared_of",
    "declared_of_value",
    "is_finite",
    "kind_of",
    "whole_above",
    "whole_below",
]

NONE: Final = 1
NUMBER: Final = 2
TEXT: Final = 4
SIZED: Final = 8
OTHER: Final = 16
ANY: Final = 31

Number = int | float | Fraction
Bound = tuple[Number, int]
LOWEST: Final[Bound] = (-math.inf, 0)
HIGHEST: Final[Bound] = (math.inf, 0)


@dataclass(frozen=True, slots=True)
class Declared:
    """What a type or a constant alone says of a leaf; `allowed` lists its values besides None where they are few."""

    mask: int = ANY
    lo: Bound = LOWEST
    hi: Bound = HIGHEST
    allowed: frozenset[Any] | None = None
    whole: bool = False


_LENGTH: Final = Declared(NUMBER, (0, 0), HIGHEST, None, whole=True)
_FLAG: Final = Declared(NUMBER, (0, 0), (1, 0), frozenset({True, False}), whole=True)


_REACH: Final = 2**1000
"""Sums of a few numbers below it are floats, still."""


def kind_of(value: Any) -> int:
    """Return the kind of a value as a bit."""
    if value is None:
        return NONE
    if isinstance(value, int | float | Fraction):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    return SIZED if isinstance(value, Sized) else OTHER


def is_finite(value: int | float | Fraction) -> bool:
    """Whether a number can be reckoned with beside floats: a whole number that none of them reaches cannot."""
    return -_REACH < value < _REACH


def declared_of_value(value: Any) -> Declared:
    """Return what is known of a leaf that is this very value."""
    mask = kind_of(value)
    try:
        allowed = None if value is None else frozenset({value})
    except TypeError:
        allowed = None
    if mask != NUMBER or not is_finite(value):
        return Declared(mask, allowed=allowed if mask != NUMBER else None, whole=isinstance(value, int))
    return Declared(mask, (value, 0), (value, 0), allowed, whole=isinstance(value, int))


def length() -> Declared:
    """Return what is known of any length."""
    return _LENGTH


def declared_of(declared: Any) -> Declared:
    """Return what a declared type says of its values; nothing where it cannot be read."""
    try:
        return _read(declared)
    except TypeError:  # an annotation that cannot be hashed
        return Declared()


@lru_cache(maxsize=4096)
def _read(declared: Any) -> Declared:
    origin = get_origin(declared)
    if declared is None or declared is type(None):
        return Declared(NONE)
    if origin is Annotated:
        return declared_of(get_args(declared)[0])
    if hasattr(declared, "__supertype__"):
        return declared_of(declared.__supertype__)
    if hasattr(declared, "__value__") and type(declared).__name__ == "TypeAliasType":
        return declared_of(declared.__value__)
    if origin is Literal:
        return _of_values(get_args(declared))
    if origin in _UNIONS:
        return _either([declared_of(part) for part in get_args(declared)])
    kind = origin or declared
    return _of_class(kind) if inspect.isclass(kind) else Declared()


_UNIONS: Final = (typing.Union, types.UnionType)


def _of_class(kind: type) -> Declared:
    if kind is bool:
        return _FLAG
    if issubclass(kind, enum.Enum) and not issubclass(kind, enum.Flag):
        return _of_values(tuple(kind))
    if kind is int:
        return Declared(NUMBER, whole=True)
    if kind in (float, Fraction):
        return Declared(NUMBER)
    if issubclass(kind, str):
        return Declared(TEXT)
    if kind in (object, Any) or getattr(kind, "_is_protocol", False) or typing.is_typeddict(kind):
        return Declared(SIZED if typing.is_typeddict(kind) else ANY)
    if issubclass(kind, int | float):
        return Declared(NUMBER, whole=issubclass(kind, int))
    # a subclass may count and compare in ways of its own: nothing but what it is not is said of it
    mask = SIZED if issubclass(kind, Collection) else SIZED | OTHER
    for value in (None, 0, 0.0, ""):
        # what asks for a Hashable or a Sequence may be given these
        mask |= kind_of(value) if isinstance(value, kind) else 0
    return Declared(mask | NUMBER if kind is complex else mask)


def _of_values(values: Collection[Any]) -> Declared:
    some = [value for value in values if value is not None]
    mask = 0
    for value in values:
        mask |= kind_of(value)
    numbers = [value for value in some if kind_of(value) == NUMBER]
    lo: Bound = (min(numbers), 0) if numbers else LOWEST
    hi: Bound = (max(numbers), 0) if numbers else HIGHEST
    return Declared(mask, lo, hi, frozenset(some), whole=all(isinstance(n, int) for n in numbers) and bool(numbers))


def _either(parts: list[Declared]) -> Declared:
    """Return the hull of the members of a union."""
    mask = 0
    for part in parts:
        mask |= part.mask
    counted = [part for part in parts if part.mask & NUMBER]
    some = [part for part in parts if part.mask & ~NONE]
    allowed: frozenset[Any] | None = frozenset()
    for part in some:
        allowed = None if allowed is None or part.allowed is None else allowed | part.allowed
    return Declared(
        mask,
        min((part.lo for part in counted), default=LOWEST),
        max((part.hi for part in counted), default=HIGHEST),
        allowed if some else None,
        whole=bool(counted) and all(part.whole for part in counted),
    )


def whole_above(bound: Bound) -> Bound:
    """Return the least whole number at or above a lower bound."""
    value, steps = bound
    if value in (math.inf, -math.inf):
        return bound
    up = math.ceil(value)
    return (up + 1 if steps > 0 and up == value else up, 0)


def whole_below(bound: Bound) -> Bound:
    """Return the greatest whole number at or below an upper bound."""
    value, steps = bound
    if value in (math.inf, -math.inf):
        return bound
    down = math.floor(value)
    return (down - 1 if steps < 0 and down == value else down, 0)
