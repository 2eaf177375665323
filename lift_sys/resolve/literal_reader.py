"""Predicates become literals: `not` moves inwards to the atoms, and each atom says that its leaves are there.

An atom that is asked of None, or of a list's item that is not there, is broken. Numbers are taken as exact: a float
that only rounding makes right is no solution here.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from lift_sys.define import (
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
    Term,
    Truth,
    leaves_in,
)
from lift_sys.resolve.domains import ANY, NONE, NUMBER, OTHER, SIZED, TEXT, Number, is_finite, kind_of
from lift_sys.resolve.leaf_network import LENGTH, LeafNetwork
from lift_sys.resolve.literals import (
    Above,
    Below,
    Differ,
    Either,
    Kinds,
    Literal,
    Never,
    NotIn,
    OneOf,
    Other,
    Same,
    Stepped,
)

__all__ = ["literals_of", "turned"]

_THERE = ANY & ~NONE
_SWAPPED = {"<": ">", "<=": ">=", "==": "==", "!=": "!=", ">": "<", ">=": "<="}
_OPPOSITE = {"<": ">=", "<=": ">", "==": "!=", "!=": "==", ">": "<=", ">=": "<"}


def literals_of(
    formula: Formula, ports: Mapping[str, int], leaves: LeafNetwork, *, negated: bool = False
) -> tuple[Literal, ...]:
    """Return what a formula says of the variables of a step, all of which hold; an empty tuple says nothing."""
    return tuple(_Reader(ports, leaves).said(formula, negated))


def turned(literal: Other, leaves: LeafNetwork) -> tuple[Literal, ...] | None:
    """Return what holds where a comparison of numbers does not; None of what may be broken in another way."""
    atom = literal.atom
    if not isinstance(atom, Compare) or not literal.variables:
        return None
    if any(leaves.declared[variable].mask & ~NONE != NUMBER for _, variable in literal.variables):
        return None
    negated = not literal.negated
    reader = _Turner(dict(literal.variables), leaves)
    op = _OPPOSITE[atom.op] if negated else atom.op
    return tuple(reader._linear(op, atom.left, atom.right, atom, negated))


class _Reader:
    def __init__(self, ports: Mapping[str, int], leaves: LeafNetwork) -> None:
        self.ports = ports
        self.leaves = leaves

    def said(self, formula: Formula, negated: bool) -> Iterator[Literal]:
        match formula:
            case Not(part):
                yield from self.said(part, not negated)
            case And(parts) | Or(parts):
                if isinstance(formula, And) is not negated:
                    for part in parts:
                        yield from self.said(part, negated)
                else:
                    yield Either(tuple(tuple(self.said(part, negated)) for part in parts))
            case _:
                yield from self._atom(formula, negated)

    def _atom(self, atom: Formula, negated: bool) -> Iterator[Literal]:
        leaves = list(leaves_in(atom))
        known = all(leaf.port in self.ports for leaf in leaves)
        if not known or any(self._var(term) < 0 for term in _numbers_in(atom)):
            # a parameter that this call leaves out, or a field that only what stands in a hole has: nobody can say
            yield Other(atom, negated, ())
            return
        for leaf in leaves:
            yield from self._there(leaf, isinstance(atom, IsNone) or _takes_none(atom))
        yield from self._of_kind(atom)
        if self._compares_in_ways_of_its_own(atom):
            yield self._other(atom, negated)
            return
        match atom:
            case Compare(op, left, right):
                yield from self._compare(_OPPOSITE[op] if negated else op, left, right, atom, negated)
            case IsNone(of, given):
                yield Kinds(self._var(of), _THERE if given is not negated else NONE)
            case Truth(of):
                yield OneOf(self._var(of), frozenset({not negated}), NUMBER)
            case Multiple(Leaf() | Length() as of, int(step), given) if given is negated:
                yield Kinds(self._var(of), NUMBER)
                yield Stepped(self._var(of), step)
            case Member(Leaf() | Length() as item, Constant(values), given) if _is_hashed(values):
                yield from self._member(item, values, given is not negated)
            case _:
                yield self._other(atom, negated)

    def _of_kind(self, atom: Formula) -> Iterator[Literal]:
        """Say that what is measured has a length, and that what is matched is a text: asked of another it is broken."""
        for term in _numbers_in(atom):
            if not isinstance(term, Length) and not isinstance(atom, Matches):
                continue
            kinds = TEXT if isinstance(atom, Matches) else TEXT | SIZED
            measured = self._var(term.of if isinstance(term, Length) else term)
            if self.leaves.declared[measured].mask & ~NONE & ~kinds:
                yield Kinds(measured, kinds)

    def _compares_in_ways_of_its_own(self, atom: Formula) -> bool:
        """Whether an atom asks a value of a class that may equal numbers and texts, or be compared with them."""
        if isinstance(atom, IsNone | Truth):
            return False
        asked = [self.leaves.declared[self._var(term)] for term in _numbers_in(atom)]
        if not any(k.mask & (SIZED | OTHER) and not k.mask & NUMBER and k.allowed is None for k in asked):
            return False
        is_equality = isinstance(atom, Compare) and atom.op == "==" and len(asked) == 2
        return not is_equality or asked[0].mask != asked[1].mask

    def _there(self, leaf: Leaf, may_be_none: bool) -> Iterator[Literal]:
        """Say that a leaf is there, and everything on the way to it."""
        slot = self.ports[leaf.port]
        for position in range(len(leaf.path) + (not may_be_none)):
            before = leaf.path[:position]
            found = self.leaves.variable(slot, before)
            if found >= 0 and self.leaves.declared[found].mask & NONE:
                yield Kinds(found, _THERE)
            if position < len(leaf.path) and isinstance(key := leaf.path[position], int):
                size = self.leaves.variable(slot, (*before, LENGTH))
                if size >= 0:
                    yield Above(size, (key + 1 if key >= 0 else -key, 0))

    def _var(self, of: Leaf | Length) -> int:
        leaf, end = (of.of, (LENGTH,)) if isinstance(of, Length) else (of, ())
        return self.leaves.variable(self.ports[leaf.port], (*leaf.path, *end))

    def _other(self, atom: Formula, negated: bool) -> Other:
        found = []
        for term in _numbers_in(atom):
            found.append((term, self._var(term)))
        return Other(atom, negated, tuple(found))

    def _member(self, item: Leaf | Length, values: Any, negated: bool) -> Iterator[Literal]:
        some = frozenset(value for value in values if value is not None)
        none = NONE if None in values else 0
        if negated:
            yield NotIn(self._var(item), some)
            yield Kinds(self._var(item), ANY & ~none)
            if isinstance(values, frozenset) and self.leaves.declared[self._var(item)].mask & (SIZED | OTHER):
                # a list cannot be looked for in a set, and nobody can say which values cannot
                hashed = Kinds(self._var(item), NONE | NUMBER | TEXT)
                yield Either(((hashed,), (Other(Member(item, Constant(values)), True, ()),)))
        else:
            yield OneOf(self._var(item), some, _kinds(some) | none)

    def _compare(self, op: str, left: Term, right: Term, atom: Formula, negated: bool) -> Iterator[Literal]:
        if isinstance(left, Constant) and isinstance(right, Leaf | Length):
            left, right, op = right, left, _SWAPPED[op]
        if isinstance(left, Leaf | Length) and isinstance(right, Constant) and kind_of(right.value) != NUMBER:
            yield from self._against_constant(op, left, right.value, atom, negated)
        elif isinstance(left, Leaf) and isinstance(right, Leaf) and op == "==":
            yield Same(self._var(left), self._var(right))
        elif isinstance(left, Leaf) and isinstance(right, Leaf) and not self._count(left, right):
            yield self._other(atom, negated)
        else:
            yield from self._linear(op, left, right, atom, negated)

    def _count(self, *leaves: Leaf | Length) -> bool:
        """Whether leaves are numbers for certain: texts are compared in an order of their own."""
        return all(self.leaves.declared[self._var(leaf)].mask & ~NONE == NUMBER for leaf in leaves)

    def _against_constant(
        self, op: str, left: Leaf | Length, value: Any, atom: Formula, negated: bool
    ) -> Iterator[Literal]:
        try:
            values = frozenset({value})
        except TypeError:
            values = None
        if op == "==" and values is not None:
            yield OneOf(self._var(left), values, kind_of(value))
        elif op == "!=" and values is not None:
            yield NotIn(self._var(left), values)
        elif kind_of(value) == TEXT and self._count(left):  # to put a number and a text in order raises
            yield Never()
        else:
            yield self._other(atom, negated)

    def _linear(self, op: str, left: Term, right: Term, atom: Formula, negated: bool) -> Iterator[Literal]:
        sum_of = self._weighed(left, right)
        if sum_of is None:
            yield self._other(atom, negated)
            return
        factors, constant = sum_of
        if self._may_add_other_values(op, left, right, factors):
            yield self._other(atom, negated)
            return
        factors = {var: factor for var, factor in factors.items() if factor}
        if op not in ("==", "!="):
            yield from (Kinds(var, NUMBER) for var in factors if self.leaves.declared[var].mask != NUMBER)
        if not factors:
            if not _holds(op, constant):
                yield Never()
        elif len(factors) == 1:
            only = next(iter(factors))
            yield from _bounded(only, factors[only], constant, op)
        elif len(factors) == 2 and sum(factors.values()) == 0 and op != "!=":
            yield from self._differ(factors, constant, op)
        else:
            yield self._other(atom, negated)

    def _may_add_other_values(self, op: str, left: Term, right: Term, factors: Mapping[int, Number]) -> bool:
        """Whether a sum may be one of texts, or raise though it cancels out: `x == x - 0` where x is a list."""
        if not isinstance(left, Arithmetic) and not isinstance(right, Arithmetic):
            return False
        if all(self.leaves.declared[variable].mask & ~NONE == NUMBER for variable in factors):
            return False
        return op == "!=" or not all(factors.values()) or not (_is_shifted(left) and _is_shifted(right))

    def _differ(self, factors: dict[int, Number], constant: Number, op: str) -> Iterator[Literal]:
        """`factor * (plus - minus) + constant op 0` as a difference."""
        one, other = factors
        factor = factors[one]
        plus, minus = (one, other) if factor > 0 else (other, one)
        by = _divided(constant, factor if factor > 0 else -factor)
        if op == "==" and by % 1 and all(self.leaves.declared[variable].whole for variable in (plus, minus)):
            yield Never()
        elif op == "==":
            yield Same(plus, minus, by)
        elif op in ("<", "<="):
            yield self._less(plus, minus, by, op == "<")
        else:
            yield self._less(minus, plus, -by, op == ">")

    def _less(self, low: int, high: int, by: Number, strict: bool) -> Differ:
        if self.leaves.declared[low].whole and self.leaves.declared[high].whole:
            return Differ(low, high, (math.floor(by) + 1 if strict else math.ceil(by), 0))
        return Differ(low, high, (by, 1 if strict else 0))

    def _weighed(self, left: Term, right: Term) -> tuple[dict[int, Number], Number] | None:
        """Return two terms as one sum, None where it is none, or of numbers that are too great to reckon with."""
        try:
            found = _difference(self._sum(left), self._sum(right))
        except OverflowError:
            return None
        return found if found is not None and all(map(is_finite, (*found[0].values(), found[1]))) else None

    def _sum(self, term: Term) -> tuple[dict[int, Number], Number] | None:
        """Return a term as factors of variables and a constant; None where it is no such sum."""
        match term:
            case Constant(bool() | int() | float() as value) if is_finite(value):
                return {}, value
            case Leaf() | Length():
                return {self._var(term): 1}, 0
            case Arithmetic("*", left, right):
                return _product(self._sum(left), self._sum(right))
            case Arithmetic(op, left, right):
                second = self._sum(right)
                return _difference(self._sum(left), _scaled(second, -1) if op == "+" else second)
        return None


class _Turner(_Reader):
    """Reads an atom whose leaves are known to be there."""

    def __init__(self, variables: Mapping[Leaf | Length, int], leaves: LeafNetwork) -> None:
        super().__init__({}, leaves)
        self.variables = variables

    def _var(self, of: Leaf | Length) -> int:
        return self.variables[of]


_Sum: TypeAlias = "tuple[dict[int, Number], Number] | None"


def _difference(left: _Sum, right: _Sum) -> _Sum:
    if left is None or right is None:
        return None
    factors = dict(left[0])
    for var, factor in right[0].items():
        factors[var] = factors.get(var, 0) - factor
    return factors, left[1] - right[1]


def _scaled(said: _Sum, by: Number) -> _Sum:
    return None if said is None else ({var: factor * by for var, factor in said[0].items()}, said[1] * by)


def _product(left: _Sum, right: _Sum) -> _Sum:
    if left is None or right is None or (left[0] and right[0]):
        return None
    return _scaled(left, right[1]) if left[0] else _scaled(right, left[1])


def _bounded(var: int, factor: Number, constant: Number, op: str) -> Iterator[Literal]:
    """`factor * var + constant op 0` as bounds, or as a value."""
    limit = _divided(-constant, factor)
    if factor < 0:
        op = _SWAPPED[op]
    match op:
        case "<" | "<=":
            yield Below(var, (limit, -1 if op == "<" else 0))
        case ">" | ">=":
            yield Above(var, (limit, 1 if op == ">" else 0))
        case "==":
            yield OneOf(var, frozenset({limit}), NUMBER)
        case _:
            yield NotIn(var, frozenset({limit}))


def _divided(value: Number, by: Number) -> Number:
    """Return an exact quotient."""
    if by == 1:
        return value
    if by == -1:
        return -value
    exact = Fraction(value) / Fraction(by)
    return exact.numerator if exact.denominator == 1 else exact


def _holds(op: str, value: Number) -> bool:
    return {"<": value < 0, "<=": value <= 0, "==": value == 0, "!=": value != 0, ">": value > 0}.get(op, value >= 0)


def _is_shifted(term: Term) -> bool:
    """Whether a term is a leaf, a constant, or a leaf with a constant added."""
    if not isinstance(term, Arithmetic):
        return True
    sides = (term.left, term.right)
    return (
        term.op != "*"
        and any(isinstance(s, Constant) for s in sides)
        and not any(isinstance(s, Arithmetic) for s in sides)
    )


def _takes_none(atom: Formula) -> bool:
    """Whether an atom may be asked of None."""
    return isinstance(atom, Member) and isinstance(atom.of, Constant) and None in _items(atom.of.value)


def _items(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, frozenset | set | list | tuple) else ()


def _kinds(values: frozenset[Any]) -> int:
    mask = 0
    for value in values:
        mask |= kind_of(value)
    return mask


def _numbers_in(said: Formula | Term) -> Iterator[Leaf | Length]:
    """Yield the leaves and lengths of an atom, each once in the order in which they are read."""
    match said:
        case Leaf() | Length():
            yield said
        case Arithmetic(_, left, right) | Compare(_, left, right) | Member(left, right):
            yield from _numbers_in(left)
            yield from _numbers_in(right)
        case IsNone(of) | Matches(of) | Multiple(of) | Truth(of):
            yield of


def _is_hashed(values: Any) -> bool:
    """Whether constants can be items of a set; `x in 'abc'` asks for a part of a text."""
    try:
        items = frozenset(values) if isinstance(values, frozenset | tuple | list) else None
    except TypeError:
        return False
    return items is not None and all(kind_of(item) != NUMBER or is_finite(item) for item in items)
