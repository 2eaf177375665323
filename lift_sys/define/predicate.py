"""The words of the constraint language: a predicate over leaves of named ports, read from text and never run as code.

An atom whose operation raises is broken, whichever way it is asked: where x is None, `not x > 0` is as broken as
`x > 0`. So `Not` above an atom turns its answer around, and never an answer that it could not give. An atom over None
is broken, but for `IsNone` and a `Member` of constants with None among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = [
    "And",
    "Arithmetic",
    "Compare",
    "Constant",
    "Formula",
    "IsNone",
    "Leaf",
    "Length",
    "Matches",
    "Member",
    "Multiple",
    "Not",
    "Or",
    "Predicate",
    "Term",
    "Truth",
    "leaves_in",
    "written",
]

ArithmeticOp: TypeAlias = Literal["+", "-", "*"]
CompareOp: TypeAlias = Literal["<", "<=", "==", "!=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value that a port carries: the port itself, or what fields and items lead to in it: `plan.claims[0].text`.

    A field of a TypedDict and of a named tuple is in the path by its name, however it was written.
    """

    port: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return self.port + "".join(f".{key}" if isinstance(key, str) else f"[{key}]" for key in self.path)


@dataclass(frozen=True, slots=True)
class Length:
    """How many items a leaf has: `len(plan.claims)`."""

    of: Leaf


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, text, bool or None, or a frozenset, tuple or list of these."""

    value: Any

    def __hash__(self) -> int:
        return hash(repr(self.value)) if isinstance(self.value, list) else hash(self.value)


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """A sum, difference or product."""

    op: ArithmeticOp
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Compare:
    """Two terms in an order; a chain `0 <= x < 10` is read as `And` of its pairs."""

    op: CompareOp
    left: Term
    right: Term


@dataclass(frozen=True, slots=True)
class Member:
    """One term is in another, or is not: `tone in {'plain', 'dry'}`, `'x' not in tags`."""

    item: Term
    of: Term
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsNone:
    """A leaf is None, or is not; `x == None` is read as this, too."""

    of: Leaf
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Matches:
    """The whole of a text matches a regular expression: `matches(text, '[a-z]+')`."""

    of: Leaf
    pattern: str


@dataclass(frozen=True, slots=True)
class Multiple:
    """A number is a multiple of a step: `x % 3 == 0`; `negated` says that it is none: `x % 3 != 0`."""

    of: Leaf | Length
    step: int | float
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Truth:
    """A leaf of type bool is true."""

    of: Leaf


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold, asked from the left until one does not."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part holds, asked from the left until one does."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Formula


Term: TypeAlias = Leaf | Length | Constant | Arithmetic
Formula: TypeAlias = Compare | Member | IsNone | Matches | Multiple | Truth | And | Or | Not


@dataclass(frozen=True, slots=True)
class Predicate:
    """What a text says of ports, ready to be asked of values and to be propagated."""

    text: str
    formula: Formula
    ports: frozenset[str] = field(init=False)
    """The ports that it names."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ports", frozenset(leaf.port for leaf in leaves_in(self.formula)))


def leaves_in(said: Formula | Term) -> Iterator[Leaf]:
    """Yield the leaves of a formula or term, from the left, each as often as it is named."""
    match said:
        case Leaf():
            yield said
        case Length(of) | IsNone(of) | Matches(of) | Multiple(of) | Truth(of):
            yield from leaves_in(of)
        case Arithmetic(_, left, right) | Compare(_, left, right) | Member(left, right):
            yield from leaves_in(left)
            yield from leaves_in(right)
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves_in(part)
        case Not(part):
            yield from leaves_in(part)


def written(said: Formula | Term) -> str:
    """Return a formula or term as text that is read as the same."""
    match said:
        case Leaf() | Length() | Constant() | Arithmetic():
            return _written_term(said)
        case And(parts):
            return " and ".join(map(_part, parts))
        case Or(parts):
            return " or ".join(map(_part, parts))
        case Not(part):
            return f"not {_part(part)}"
        case _:
            return _written_atom(said)


def _written_atom(said: Compare | Member | IsNone | Matches | Multiple | Truth) -> str:
    match said:
        case Compare(op, left, right):
            return f"{_term(left)} {op} {_term(right)}"
        case Member(item, of, negated):
            return f"{_term(item)} {'not in' if negated else 'in'} {_term(of)}"
        case IsNone(leaf, negated):
            return f"{leaf} is {'not ' if negated else ''}None"
        case Matches(leaf, pattern):
            return f"matches({leaf}, {pattern!r})"
        case Multiple(number, step, negated):
            return f"{_written_term(number)} % {step!r} {'!=' if negated else '=='} 0"
        case Truth(leaf):
            return str(leaf)


def _written_term(said: Term) -> str:
    match said:
        case Leaf():
            return str(said)
        case Length(of):
            return f"len({of})"
        case Constant(value):
            return _literal(value)
        case Arithmetic(op, left, right):
            return f"{_term(left)} {op} {_term(right)}"


def _term(term: Term) -> str:
    return f"({written(term)})" if isinstance(term, Arithmetic) else written(term)


def _part(part: Formula) -> str:
    return f"({written(part)})" if isinstance(part, And | Or | Not) else written(part)


def _literal(value: Any) -> str:
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_literal, value)))}}}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))}{',' if len(value) == 1 else ''})"
    return repr(value)
