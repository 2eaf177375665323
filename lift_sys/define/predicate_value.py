"""A predicate is asked of values: it holds, or is broken and says by what.

An operation that raises breaks its atom, whichever way the atom is asked; so does None, unless a guard before it keeps
it from being asked: `x is None or x > 0`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from lift_sys.define.predicate import (
    And,
    Arithmetic,
    Compare,
    Constant,
    Formula,
    IsNone,
    Leaf,
    Length,
    Matches,
    Member,
    Multiple,
    Not,
    Or,
    Predicate,
    Term,
    Truth,
    written,
)

__all__ = ["Match", "broken_by"]

Match: TypeAlias = Callable[[str, str], bool]
"""Tells whether the whole of a text matches a pattern; TimeoutError when that takes too long."""
_LONGEST = 80
_OPERATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "<": operator.lt, "<=": operator.le, "==": operator.eq,
    "!=": operator.ne, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def broken_by(predicate: Predicate, ports: Mapping[str, Any], match: Match) -> str | None:
    """Return None where a predicate holds of the values of its ports, else what breaks it: `result = -3`."""
    return _Asking(ports, match).broken(predicate.formula, True)


class _NoneThere(Exception):
    """An operation is asked of None."""


class _NotANumber(Exception):
    """A comparison is asked of nan."""


class _Asking:
    """One question to the values of some ports."""

    __slots__ = ("_match", "_ports")

    def __init__(self, ports: Mapping[str, Any], match: Match) -> None:
        self._ports = ports
        self._match = match

    def broken(self, formula: Formula, wanted: bool) -> str | None:
        """Return why a formula is not as wanted, None where it is."""
        match formula:
            case Not(part):
                return self.broken(part, not wanted)
            case And(parts):
                return self._all(parts, True) if wanted else self._any(parts, False)
            case Or(parts):
                return self._any(parts, True) if wanted else self._all(parts, False)
            case _:
                return self._atom(formula, wanted)

    def _all(self, parts: tuple[Formula, ...], wanted: bool) -> str | None:
        for part in parts:
            why = self.broken(part, wanted)
            if why is not None:
                return why
        return None

    def _any(self, parts: tuple[Formula, ...], wanted: bool) -> str | None:
        found: dict[str, None] = {}
        for part in parts:
            why = self.broken(part, wanted)
            if why is None:
                return None
            found[why] = None
        return ", ".join(found)

    def _atom(self, atom: Any, wanted: bool) -> str | None:
        try:
            if bool(self._truth(atom)) is wanted:
                return None
        except _NoneThere as at:
            return f"{at} is None"
        except _NotANumber as at:
            return f"{at} is not a number"
        except TimeoutError:
            return f"{written(atom)} took too long{self._values(atom)}"
        except Exception as error:  # noqa: BLE001 - values are the user's: whatever their operations raise breaks the atom
            return f"{written(atom)} raised {type(error).__name__}: {error}"
        return self._values(atom).removeprefix(", with ") or written(atom)

    def _truth(self, atom: Any) -> Any:
        match atom:
            case Compare(op, left, right):
                return _OPERATIONS[op](self._ordered(left), self._ordered(right))
            case Member(item, of, negated):
                return (self._item(item, of) in self._there(of)) is not negated
            case IsNone(leaf, negated):
                return (self._value(leaf) is None) is not negated
            case Matches(leaf, pattern):
                return self._match(pattern, self._there(leaf))
            case Multiple(term, step, negated):
                return _is_multiple(self._there(term), step) is not negated
            case Truth(leaf):
                return self._there(leaf)
        raise TypeError(f"{type(atom).__name__} is no atom")

    def _item(self, item: Term, of: Term) -> Any:
        """Return what is looked for; None may be, where it is said among constants."""
        is_said = isinstance(of, Constant) and isinstance(of.value, frozenset | tuple | list) and None in of.value
        return self._value(item) if is_said else self._there(item)

    def _there(self, term: Term) -> Any:
        value = self._value(term)
        if value is None:
            raise _NoneThere(written(term))
        return value

    def _ordered(self, term: Term) -> Any:
        """Return what is compared; nan is neither less nor more nor equal, so its atom is broken either way."""
        value = self._there(term)
        if isinstance(value, float) and math.isnan(value):
            raise _NotANumber(written(term))
        return value

    def _value(self, term: Term) -> Any:
        match term:
            case Leaf(port, path):
                value = self._ports[port]
                for depth, key in enumerate(path):
                    if value is None:
                        raise _NoneThere(str(Leaf(port, path[:depth])))
                    value = _followed(value, key)
                return value
            case Length(of):
                return len(self._there(of))
            case Constant(value):
                return value
            case Arithmetic(op, left, right):
                return _computed(op, self._there(left), self._there(right))

    def _values(self, atom: Any) -> str:
        """Return what the atom was asked about: `, with len(result) = 7`."""
        shown = {}
        for term in _terms(atom):
            try:
                value = repr(self._value(term))
            except Exception:  # noqa: BLE001 - a value that cannot be shown is left out
                continue
            shown[written(term)] = value if len(value) <= _LONGEST else f"{value[:_LONGEST]} ..."
        return f", with {', '.join(f'{term} = {value}' for term, value in shown.items())}" if shown else ""


def _followed(value: Any, key: str | int) -> Any:
    if isinstance(key, int) or isinstance(value, Mapping):
        return value[key]
    return getattr(value, key)


def _computed(op: str, left: Any, right: Any) -> Any:
    if op == "*" and not (_is_number(left) and _is_number(right)):
        # a text times a number is as long as the number says, and no constraint means that
        raise TypeError(f"{type(left).__name__} times {type(right).__name__} is no product of numbers")
    return _OPERATIONS[op](left, right)


def _is_number(value: Any) -> bool:
    return not isinstance(value, str | bytes | bytearray | list | tuple)


def _is_multiple(value: Any, step: float) -> bool:
    rest = value % step
    if isinstance(rest, int):
        return rest == 0
    # fractions of two are rounded: 0.3 is a multiple of 0.1, as it is to pydantic
    nearest = min(abs(rest), abs(abs(rest) - abs(step)))
    return bool(nearest <= abs(step) * 1e-9 * max(1.0, abs(value / step)))


def _terms(atom: Any) -> tuple[Term, ...]:
    """Return the leaves and lengths in an atom."""
    found: list[Term] = []
    todo: list[Any] = [atom]
    while todo:
        said = todo.pop()
        match said:
            case Leaf() | Length():
                found.append(said)
            case Compare(_, left, right) | Arithmetic(_, left, right) | Member(left, right):
                todo += [right, left]
            case IsNone(of) | Matches(of) | Multiple(of) | Truth(of):
                todo.append(of)
    return tuple(dict.fromkeys(found))
