"""Text becomes a predicate, or is prose; it is parsed as an expression and never evaluated.

What is plainly meant to be computed and cannot be read is a fault (LS501), so that a slip of the pen does not pass for
a sentence.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable
from typing import Any

from lift_sys.define.predicate import (
    And,
    Arithmetic,
    Compare,
    CompareOp,
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
)
from lift_sys.define.predicate_faults import bad_pattern, is_computation, misnamed, not_computed, too_much, unparsed
from lift_sys.define.predicate_leaves import Prose, Unknown, leaf_of, leaf_type
from lift_sys.define.projection import unwrapped
from lift_sys.define.shape import Shape

__all__ = ["LONGEST", "read_predicate", "refuse_prose"]

LONGEST = 500
"""How many characters a predicate may have."""
_DEEPEST = 20
_ORDER: dict[type[ast.cmpop], CompareOp] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Gt: ">", ast.GtE: ">=",
}  # fmt: skip
_SUMS: dict[type[ast.operator], Any] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}


def read_predicate(text: str, shape: Shape, place: str = "") -> Predicate | None:
    """Return what a text says of the ports of a shape; None where it is prose.

    Raises DefinitionError (LS501) where it is plainly meant to be computed but names an unknown port or field, does not
    parse, or is longer or deeper than a predicate may be; `place` is where it was written.
    """
    said = _plain(text)
    try:
        tree = _parsed(said)
    except SyntaxError:
        fault = unparsed(said, shape, place)
        if fault is not None:
            raise fault from None
        return None
    except (RecursionError, MemoryError):
        raise too_much(said, place, f"it is nested deeper than {_DEEPEST}") from None
    except ValueError:  # characters that no source has
        return None
    if _depth(tree) > _DEEPEST:
        if is_computation(tree):
            raise too_much(said, place, f"it is nested deeper than {_DEEPEST}")
        return None
    formula = _Reading(shape, said, place).read(tree)
    if formula is None:
        return None
    if len(said) > LONGEST:
        raise too_much(said, place, f"it has {len(said)} characters, and {LONGEST} are the most")
    return Predicate(text, formula)


def refuse_prose(text: str, place: str = "") -> None:
    """Raise DefinitionError (LS501) where a text is no predicate, whatever ports there may be."""
    said = _plain(text)
    try:
        tree = _parsed(said)
        readable = _depth(tree) <= _DEEPEST and len(said) <= LONGEST
        readable = readable and _Reading(None, said, place).read(tree) is not None
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        readable = False
    if not readable:
        raise not_computed(said, place)


def _plain(text: str) -> str:
    """Return the text on one line, without its full stop and the backticks around it."""
    said = text.strip().removesuffix(".").rstrip()
    if said.startswith("`") and said.endswith("`") and "`" not in said.strip("`"):
        said = said.strip("`").strip()
    if "'" not in said and '"' not in said:
        said = " ".join(said.split())
    return said


def _parsed(said: str) -> ast.expr:
    with warnings.catch_warnings():
        # a `\d` that is not said as a raw text is read as it was meant, and `x is 3` is prose
        warnings.simplefilter("ignore")
        return ast.parse(said, mode="eval").body


def _depth(tree: ast.expr) -> int:
    """Return how deep expressions stand in each other, without recursion: a text may be of any depth."""
    deepest, todo = 0, [(tree, 1)]
    while todo:
        node, depth = todo.pop()
        deepest = max(deepest, depth)
        todo.extend((inner, depth + 1) for inner in ast.iter_child_nodes(node) if isinstance(inner, ast.expr))
    return deepest


class _Reading:
    """Reads one expression; what has no word in the language raises Prose."""

    def __init__(self, shape: Shape | None, text: str, place: str) -> None:
        self._shape = shape
        self._text = text
        self._place = place
        self._unknown: list[Unknown] = []
        self._leaves = 0

    def read(self, tree: ast.expr) -> Formula | None:
        """Return the formula; None where it is prose, DefinitionError where it names what does not exist."""
        try:
            formula = self._formula(tree)
        except Prose:
            return None
        if self._unknown:
            fault = misnamed(self._text, self._unknown, self._place) if is_computation(tree) else None
            if fault is not None:
                raise fault
            return None
        return formula if self._leaves else None

    def _formula(self, said: ast.expr) -> Formula:
        match said:
            case ast.BoolOp(op=ast.And(), values=values):
                return And(tuple(map(self._formula, values)))
            case ast.BoolOp(values=values):
                return Or(tuple(map(self._formula, values)))
            case ast.UnaryOp(op=ast.Not(), operand=inner):
                return Not(self._formula(inner))
            case ast.Compare(left=left, ops=ops, comparators=others):
                sides = [left, *others]
                parts = [self._pair(op, a, b) for op, a, b in zip(ops, sides, others, strict=False)]
                return parts[0] if len(parts) == 1 else And(tuple(parts))
            case ast.Call(func=ast.Name(id="matches"), args=[of, ast.Constant(value=str(pattern))], keywords=[]):
                return self._matches(of, pattern)
            case _:
                return self._truth(said)

    def _truth(self, said: ast.expr) -> Truth:
        known = len(self._unknown)
        leaf = self._leaf(said)
        if self._shape is None or len(self._unknown) > known:
            return Truth(leaf)
        if unwrapped(leaf_type(self._shape, leaf)) is not bool:
            raise Prose
        return Truth(leaf)

    def _matches(self, of: ast.expr, pattern: str) -> Matches:
        leaf = self._leaf(of)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what may mean something else one day means what it does today
                re.compile(pattern)
        except (re.error, RecursionError, OverflowError) as error:
            raise bad_pattern(self._text, pattern, error, self._place) from None
        return Matches(leaf, pattern)

    def _pair(self, op: ast.cmpop, left: ast.expr, right: ast.expr) -> Formula:
        if isinstance(op, ast.In | ast.NotIn):
            return Member(self._term(left), self._term(right), isinstance(op, ast.NotIn))
        negated = isinstance(op, ast.IsNot | ast.NotEq)
        if isinstance(op, ast.Is | ast.IsNot | ast.Eq | ast.NotEq) and _is_none(right):
            return IsNone(self._leaf(left), negated)
        if isinstance(op, ast.Is | ast.IsNot) and isinstance(right, ast.Constant) and type(right.value) is bool:
            truth = self._truth(left)
            return Not(truth) if right.value is negated else truth
        if type(op) not in _ORDER:
            raise Prose
        if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Mod):
            return self._multiple(left, right, op)
        return Compare(_ORDER[type(op)], self._term(left), self._term(right))

    def _multiple(self, left: ast.BinOp, right: ast.expr, op: ast.cmpop) -> Multiple:
        step: Any = left.right.value if isinstance(left.right, ast.Constant) else None
        is_zero = isinstance(right, ast.Constant) and type(right.value) is int and right.value == 0
        if type(step) not in (int, float) or not step or not is_zero or not isinstance(op, ast.Eq | ast.NotEq):
            raise Prose
        of = self._term(left.left)
        if not isinstance(of, Leaf | Length):
            raise Prose
        return Multiple(of, step, isinstance(op, ast.NotEq))

    def _term(self, said: ast.expr) -> Term:
        match said:
            case ast.Call(func=ast.Name(id="len"), args=[of], keywords=[]):
                return Length(self._leaf(of))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _SUMS:
                return Arithmetic(_SUMS[type(op)], self._term(left), self._term(right))
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return self._leaf(said)
            case _:
                return Constant(_constant(said))

    def _leaf(self, said: ast.expr) -> Leaf:
        self._leaves += 1
        return leaf_of(said, self._shape, self._unknown)


def _is_none(said: ast.expr) -> bool:
    return isinstance(said, ast.Constant) and said.value is None


def _constant(said: ast.expr) -> Any:
    match said:
        case ast.Constant(value=value) if value is None or type(value) in (int, str, bool):
            return value
        case ast.Constant(value=float() as value) if math.isfinite(value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()) as positive):
            value = _constant(positive)
            if type(value) is bool:
                raise Prose
            return -value
        case ast.Set(elts=items):
            return _held(frozenset, items)
        case ast.Tuple(elts=items):
            return _held(tuple, items)
        case ast.List(elts=items):
            return _held(list, items)
        case _:
            raise Prose


def _held(build: Callable[[Any], Any], items: list[ast.expr]) -> Any:
    try:
        return build(map(_constant, items))
    except TypeError:  # a list in a set
        raise Prose from None
