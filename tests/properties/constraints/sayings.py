"""What may be said of ports: random constraints with a meaning in plain Python, beside the text."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MultipleOf

__all__ = ["KINDS", "Kind", "Record", "Said", "Saying", "accepts", "asked_by", "bound", "claim", "difference", "saying"]

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Record:
    """A model with two fields."""

    low: Literal[0, 1, 2]
    high: Literal[0, 1, 2] | None


@dataclass(frozen=True)
class Kind:
    """A type, some of its values, what its leaves are, and what it asks of a leaf by itself.

    `exact` says that these are all of its values.
    """

    name: str
    type: Any
    values: tuple[Any, ...]
    leaf: str
    exact: bool = True
    asks: tuple[str, ...] = ()


_SMALL: Any = Literal[0, 1, 2]
_RECORDS = tuple(Record(low, high) for low in (0, 1, 2) for high in (0, 1, 2, None))
KINDS = {
    kind.name: kind
    for kind in (
        Kind("few", Literal[0, 2], (0, 2), "number"),
        Kind("small", _SMALL, (0, 1, 2), "number"),
        Kind("maybe", _SMALL | None, (0, 1, 2, None), "number"),
        Kind("text", Literal["", "a", "bc"], ("", "a", "bc"), "text"),
        Kind("flag", bool, (False, True), "flag"),
        Kind("record", Record, _RECORDS, "record"),
        Kind("maybe record", Record | None, (*_RECORDS[::3], None), "record"),
        Kind("pair", tuple[_SMALL, _SMALL], tuple((a, b) for a in range(3) for b in range(3)), "pair"),
        Kind("whole", int, (-3, -2, -1, 0, 1, 2, 3), "number", False),
        Kind("wide", int, tuple(range(-9, 10)), "number", False),
        Kind("real", float, (-2.0, -0.5, 0, 0.5, 1, 2), "number", False),
        Kind("maybe whole", int | None, (-2, -1, 0, 1, 2, None), "number", False),
        Kind("above", Annotated[int, Ge(0)], (-1, 0, 1, 2, 3), "number", False, ("{} >= 0",)),
        Kind("even", Annotated[int, MultipleOf(2), Le(2)], (-2, 0, 1, 2, 3), "number", False,
             ("{} % 2 == 0", "{} <= 2")),
        Kind("list", list[_SMALL], ((), (0,), (1,), (2,), (0, 2), (2, 0), (1, 1)), "list", False),
    )
}  # fmt: skip
_WIDER = {
    "small": ("few",),
    "maybe": ("few", "small"),
    "maybe record": ("record",),
    "whole": ("few", "small", "flag", "above", "even"),
    "real": ("few", "small", "flag", "whole", "above", "even"),
    "maybe whole": ("few", "small", "maybe", "flag", "whole", "above", "even"),
    "above": ("few", "small", "flag", "whole", "even"),
    "even": ("few", "small", "flag", "whole", "above"),
}


def accepts(param: str, source: str) -> bool:
    """Whether a value of one kind may go where another one is asked for."""
    return source == param or source in _WIDER.get(param, ())


@dataclass(frozen=True)
class Saying:
    """A formula: its text, its ports, and whether it holds (or its opposite) of the values of ports."""

    text: str
    ports: frozenset[str]
    holds: Callable[[Values, bool], bool]
    atom: bool = True


@dataclass(frozen=True)
class Said:
    """A saying with its strength."""

    strength: Literal["MUST", "SHOULD"]
    saying: Saying


@dataclass(frozen=True)
class _Term:
    """A leaf of a port; asked of what is not there, its value raises."""

    text: str
    port: str
    of: Callable[[Values], Any]
    leaf: str


# --- leaves -----------------------------------------------------------------------------------------------------------


def _leaves(port: str, kind: Kind) -> list[_Term]:
    found = [_Term(port, port, lambda values: values[port], kind.leaf)]
    if kind.leaf == "record":
        for name in ("low", "high"):
            found.append(_Term(f"{port}.{name}", port, _field(port, name), "number"))
    if kind.leaf == "pair":
        for index in (0, 1):
            found.append(_Term(f"{port}[{index}]", port, _item(port, index), "number"))
    if kind.leaf == "list":
        found.append(_Term(f"{port}[0]", port, _item(port, 0), "number"))
    if kind.leaf in ("list", "text"):
        found.append(_Term(f"len({port})", port, lambda values: len(values[port]), "number"))
    return found


def _field(port: str, name: str) -> Callable[[Values], Any]:
    return lambda values: getattr(values[port], name)


def _item(port: str, index: int) -> Callable[[Values], Any]:
    return lambda values: values[port][index]


# --- atoms ------------------------------------------------------------------------------------------------------------

_ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip


def _atom(text: str, ports: Sequence[str], ask: Callable[[Values], bool]) -> Saying:
    def holds(values: Values, wanted: bool) -> bool:
        try:
            return bool(ask(values)) is wanted
        except (TypeError, AttributeError, IndexError):
            return False

    return Saying(text, frozenset(ports), holds)


def _there(value: Any) -> Any:
    if value is None:
        raise TypeError("None is asked")
    return value


def _compared(left: _Term, op: str, by: float, right: _Term | None) -> Saying:
    """`left + by op right`, or `left op by`."""
    order = _ORDER[op]
    if right is None:
        return _atom(f"{left.text} {op} {by}", [left.port], lambda values: order(_there(left.of(values)), by))
    other = right
    shifted = f"{left.text} + {by}" if by > 0 else f"{left.text} - {-by}" if by < 0 else left.text
    return _atom(
        f"{shifted} {op} {right.text}",
        [left.port, right.port],
        lambda values: order(_there(left.of(values)) + by if by else _there(left.of(values)), _there(other.of(values))),
    )


def _member(term: _Term, some: tuple[Any, ...], negated: bool) -> Saying:
    def ask(values: Values) -> bool:
        value = term.of(values)
        return (value in some if None in some else _there(value) in some) is not negated

    written = ", ".join(map(repr, some))
    return _atom(f"{term.text} {'not in' if negated else 'in'} {{{written}}}", [term.port], ask)


def _is_none(term: _Term, negated: bool) -> Saying:
    said = f"{term.text} is {'not ' if negated else ''}None"
    return _atom(said, [term.port], lambda values: (term.of(values) is None) is not negated)


def _about(random: Random, term: _Term, native: bool) -> Saying:
    """Return an atom about one leaf."""
    if term.leaf == "text":
        if random.random() < 0.5:
            some = tuple(random.sample(("", "a", "bc", "x"), random.randint(1, 2)))
            return _member(term, some, random.random() < 0.3)
        value, op = random.choice(("", "a", "bc")), random.choice(("==", "!="))
        order = _ORDER[op]
        return _atom(f"{term.text} {op} {value!r}", [term.port], lambda v: order(_there(term.of(v)), value))
    if term.leaf == "flag" and random.random() < 0.7:
        return _atom(term.text, [term.port], lambda v: _there(term.of(v)))
    roll = random.random()
    if roll < 0.15:
        numbers: tuple[int | None, ...] = (0, 1, 2, 3, None)
        return _member(term, tuple(random.sample(numbers, random.randint(1, 3))), random.random() < 0.3)
    if roll < 0.25 and not term.text.startswith("len"):
        return _is_none(term, random.random() < 0.5)
    if roll < 0.35:
        step, negated = random.choice((2, 3)), not native and random.random() < 0.3
        said = f"{term.text} % {step} {'!=' if negated else '=='} 0"
        return _atom(said, [term.port], lambda v: (_there(term.of(v)) % step == 0) is not negated)
    return _compared(term, random.choice(tuple(_ORDER)), random.choice((-1, 0, 1, 1, 2)), None)


def _between(random: Random, one: _Term, other: _Term, native: bool) -> Saying:
    ops = ("<", "<=", "==", ">", ">=") if native else tuple(_ORDER)
    return _compared(one, random.choice(ops), random.choice((-1, 0, 0, 0, 1)), other)


# --- formulas ---------------------------------------------------------------------------------------------------------


def saying(random: Random, ports: Mapping[str, str], *, native: bool = False, depth: int = 1) -> Saying:
    """Return a random formula about ports of some kinds; with `native`, of what propagation promises to settle."""
    if depth and random.random() < 0.25:
        parts = tuple(saying(random, ports, native=native, depth=depth - 1) for _ in range(2))
        return _joined(random.choice(("and", "or", "or")), parts)
    terms = [term for port, kind in ports.items() for term in _leaves(port, KINDS[kind])]
    term = random.choice(terms)
    if term.leaf in ("record", "pair", "list"):
        return _is_none(term, random.random() < 0.7)
    same = [other for other in terms if other.leaf == term.leaf == "number" and other.text != term.text]
    made = _between(random, term, random.choice(same), native) if same and random.random() < 0.6 else None
    made = made or _about(random, term, native)
    if random.random() < 0.1 and not (native and (len(made.ports) > 1 or "%" in made.text)):
        return _not(made)
    may_be_none = [p for p in sorted(made.ports) if ports[p].startswith("maybe")]
    if may_be_none and random.random() < 0.5 and "None" not in made.text:
        return _joined("or", (*(_is_none(_leaves(p, KINDS[ports[p]])[0], False) for p in may_be_none), made))
    return made


def asked_by(kind: str, port: str) -> list[Saying]:
    """Return what a type asks of a port."""
    (term, *_) = _leaves(port, KINDS[kind])
    found = []
    for form in KINDS[kind].asks:
        op, number = form.split()[1], int(form.split()[-1])
        if op == "%":
            found.append(_atom(form.format(port), [port], lambda v: _there(v[port]) % 2 == 0))
        else:
            found.append(_compared(term, op, number, None))
    return found


def bound(port: str, op: str, value: int) -> Saying:
    """Return `port op value`."""
    return _compared(_leaves(port, KINDS["wide"])[0], op, value, None)


def difference(low: str, by: int, high: str) -> Saying:
    """Return `low + by <= high`."""
    return _compared(_leaves(low, KINDS["wide"])[0], "<=", by, _leaves(high, KINDS["wide"])[0])


def claim(random: Random, ports: Mapping[str, str]) -> Saying:
    """Return an atom that may be claimed of a node."""
    words = (*(f" {op} " for op in _ORDER), " in ", " is ")
    while True:
        made = saying(random, ports, native=True, depth=0)
        if made.atom and "%" not in made.text and any(word in made.text for word in words):
            return made


def _not(part: Saying) -> Saying:
    return Saying(f"not {_part(part)}", part.ports, lambda values, wanted: part.holds(values, not wanted), atom=False)


def _joined(word: str, parts: tuple[Saying, ...]) -> Saying:
    def holds(values: Values, wanted: bool) -> bool:
        each = [part.holds(values, wanted) for part in parts]
        return all(each) if (word == "and") is wanted else any(each)

    ports = frozenset[str]().union(*(part.ports for part in parts))
    return Saying(f" {word} ".join(map(_part, parts)), ports, holds, atom=False)


def _part(part: Saying) -> str:
    return part.text if part.atom else f"({part.text})"
