"""Relations that are not native: sums, products, choices that stay open; asked of z3, part by part.

Only what hangs together with a relation is told to the solver: what propagation knows of each leaf there, and the
differences, equalities and choices between them, each tracked by the assumptions that it rests on. Without z3 (the
extra `z3`) and where it cannot tell, nothing is known: an answer is "refuted" or nothing.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from typing import Any

from lift_sys.define import Arithmetic, Compare, Constant, Formula, Leaf, Length, Member, Multiple, Term
from lift_sys.resolve.clauses import open_arms
from lift_sys.resolve.domain_state import ALLOWED, HI, LO, MASK, OUT_OF, STEP
from lift_sys.resolve.domains import NONE, NUMBER, Bound, kind_of
from lift_sys.resolve.leaf_network import ROOT
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
    variables_of,
)
from lift_sys.resolve.propagation import Propagation

__all__ = ["refuted_by_solver"]

_EFFORT = 2_000_000
"""z3's own measure of work for one question: the same on every machine, some tenths of a second."""


@cache
def _has_solver() -> bool:
    return importlib.util.find_spec("z3") is not None


def refuted_by_solver(state: Propagation) -> frozenset[int] | None:
    """Return assumptions that cannot hold together by a relation that is not native; None where nothing shows such."""
    if not (state.others or state.stuck or state.clauses or state.step) or not _has_solver():
        return None
    said = [known for known in _relations(state) if known[2]]
    asked = _parts(state, said)
    for variables, relations in asked:
        found = _Problem(state, variables).refuted(relations)
        if found is not None:
            return found
    return None


_Relation = tuple[int, Literal, frozenset[int], tuple[int, ...]]
"""Of a relation in the steps that always run: its assumption, itself, its variables, the facts that it rests on."""


def _relations(state: Propagation) -> Iterator[_Relation]:
    for said, other, region, before in state.others:
        if region == ROOT:
            yield said, other, variables_of((other,)), before
    for clause in state.clauses:
        if clause.region == ROOT:
            yield clause.said, Either(clause.arms), clause.variables, clause.before
    for difference, fact in state.differences:
        if state.region[difference.low] == ROOT:
            yield -1, difference, variables_of((difference,)), (fact,)


def _parts(state: Propagation, said: list[_Relation]) -> list[tuple[frozenset[int], list[_Relation]]]:
    """Return the connected parts that propagation alone cannot settle."""
    of: dict[int, list[int]] = {}
    for number, (_, _, variables, _) in enumerate(said):
        for variable in variables:
            of.setdefault(variable, []).append(number)
    open_clauses = {id(c.arms) for c in state.clauses if c.region == ROOT and open_arms(state, c)}
    parts: list[tuple[frozenset[int], list[_Relation]]] = []
    seen: set[int] = set()
    for start, (_, literal, _, _) in enumerate(said):
        if start in seen or not _is_unsettled(state, literal, open_clauses):
            continue
        numbers, inside, todo = {start}, set[int](), list(said[start][2])
        while todo:
            variable = todo.pop()
            if variable in inside:
                continue
            inside.add(variable)
            todo.extend(_equal(state, variable))
            for number in of.get(variable, ()):
                if number not in numbers:
                    numbers.add(number)
                    todo.extend(said[number][2])
        seen |= numbers
        parts.append((frozenset(inside), [said[number] for number in sorted(numbers)]))
    return parts


def _is_unsettled(state: Propagation, literal: Literal, open_clauses: set[int]) -> bool:
    """Whether propagation alone does not tell whether a relation can hold."""
    if isinstance(literal, Either):
        return id(literal.arms) in open_clauses
    if isinstance(literal, Differ) and (literal.low in state.step or literal.high in state.step):
        return True
    return isinstance(literal, Other) or bool(variables_of((literal,)) & state.stuck)


def _equal(state: Propagation, variable: int) -> Iterator[int]:
    """Yield the variables that are the same value: flows that go both ways."""
    out = state.net.out[state.mode]
    for other in out[variable]:
        near = state.region[other] == state.region[variable] and (state.within is None or other in state.within)
        if near and variable in out[other]:
            yield other


class _Problem:
    """What is known of some variables, and of their relations, in the solver's terms."""

    def __init__(self, state: Propagation, variables: Iterable[int]) -> None:
        import z3

        self.z3: Any = z3
        self.state = state
        self.solver = z3.Solver()
        self.solver.set("rlimit", _EFFORT)
        self.numbers: dict[int, Any] = {}
        self.nones: dict[int, Any] = {}
        self.switches: dict[int, Any] = {}
        self.mixed = frozenset(v for v in variables if state.mask[v] & ~NONE & ~NUMBER)
        """what may be no number: texts are compared and added, too, and bounds say nothing of them"""
        for variable in sorted(variables):
            make = z3.Int if state.whole[variable] else z3.Real
            self.numbers[variable] = make(f"v{variable}")
            self.nones[variable] = z3.Bool(f"n{variable}")

    def refuted(self, relations: Iterable[_Relation]) -> frozenset[int] | None:
        """Return the assumptions of a refutation; None where the solver finds values, or cannot tell."""
        for variable in self.numbers:
            self._say_known(variable)
            for other in _equal(self.state, variable):
                self.solver.add(self.numbers[variable] == self.numbers[other])
                self.solver.add(self.nones[variable] == self.nones[other])
        for said, literal, variables, facts in relations:
            formula = self._formula(literal)
            if formula is not None:
                numbers = [self.state.why[MASK][variable] for variable in variables]
                self._say(formula, {said, *self.state.said_in([*facts, *numbers])})
        if self.solver.check(*self.switches.values()) != self.z3.unsat:
            return None
        core = {str(switch) for switch in self.solver.unsat_core()}
        return frozenset(number for number, switch in self.switches.items() if str(switch) in core)

    def _say(self, formula: Any, assumptions: Iterable[int]) -> None:
        switches = []
        for number in assumptions:
            if number >= 0:
                switches.append(self.switches.setdefault(number, self.z3.Bool(f"a{number}")))
        self.solver.add(self.z3.Implies(self.z3.And(switches), formula) if switches else formula)

    def _say_known(self, variable: int) -> None:
        """Say what propagation knows of a variable."""
        state, here = self.state, self.numbers[variable]
        if variable in self.mixed:
            return
        is_number = state.why[MASK][variable]
        for side, formula in (
            (LO, self._bounded(here, state.lo[variable], ">")),
            (HI, self._bounded(here, state.hi[variable], "<")),
            (MASK, None if state.mask[variable] & NONE else self.z3.Not(self.nones[variable])),
            (ALLOWED, self._one_of(variable, state.allowed[variable])),
            (OUT_OF, self._none_of(variable, state.out_of.get(variable, frozenset()))),
            (STEP, self._multiple(variable, state.step.get(variable, 0))),
        ):
            if formula is not None:
                self._say(formula, state.said_in([state.why[side][variable], is_number]))

    def _bounded(self, here: Any, bound: Bound, sign: str) -> Any:
        value, steps = bound
        if value in (math.inf, -math.inf):
            return None
        limit = self._number(value)
        if sign == ">":
            return here > limit if steps > 0 else here >= limit
        return here < limit if steps < 0 else here <= limit

    def _one_of(self, variable: int, values: frozenset[Any] | None) -> Any:
        if values is None or not values or any(kind_of(value) != NUMBER for value in values):
            return None
        here = self.numbers[variable]
        equal = [here == self._number(value) for value in values if _is_exact(value)]
        return self.z3.Or(self.nones[variable], *equal) if len(equal) == len(values) else None

    def _none_of(self, variable: int, values: frozenset[Any]) -> Any:
        some = frozenset(value for value in values if kind_of(value) == NUMBER)
        formula = self._one_of(variable, some)
        return None if formula is None else self.z3.Or(self.nones[variable], self.z3.Not(formula))

    def _multiple(self, variable: int, step: int) -> Any:
        return self.numbers[variable] % step == 0 if step and self.state.whole[variable] else None

    def _number(self, value: Any) -> Any:
        exact = Fraction(value)
        return (
            self.z3.IntVal(exact.numerator) if exact.denominator == 1 else self.z3.Q(exact.numerator, exact.denominator)
        )

    # --- formulas -------------------------------------------------------------------------------------------------

    def _formula(self, literal: Literal) -> Any:
        """Return a literal in the solver's terms; None where it has none."""
        if not isinstance(literal, Either) and variables_of((literal,)) & self.mixed:
            return None
        match literal:
            case Either(arms):
                parts = [self._all(arm) for arm in arms]
                return None if any(part is None for part in parts) else self.z3.Or(parts)
            case Differ(low, high, (by, steps)):
                left, right = self.numbers[low] + self._number(by), self.numbers[high]
                return left < right if steps else left <= right
            case Same(left, right, by):
                return self.numbers[left] + self._number(by or 0) == self.numbers[right]
            case Other(_, _, ()):
                return None
            case Other(atom, negated, variables):
                formula = self._atom(atom, dict(variables))
                return None if formula is None else self.z3.Not(formula) if negated else formula
            case Never():
                return self.z3.BoolVal(False)
        return self._about_one(literal)

    def _all(self, literals: Iterable[Literal]) -> Any:
        # an arm of which a part is not known may hold: it says less, which refutes nothing wrongly
        return self.z3.And([part for literal in literals if (part := self._formula(literal)) is not None])

    def _about_one(self, literal: Literal) -> Any:
        match literal:
            case Above(variable, bound):
                return self._bounded(self.numbers[variable], bound, ">")
            case Below(variable, bound):
                return self._bounded(self.numbers[variable], bound, "<")
            case Kinds(variable, mask):
                none = self.nones[variable]
                return none if mask == NONE else None if mask & NONE else self.z3.Not(none)
            case OneOf(variable, values, _):
                return self._one_of(variable, values)
            case NotIn(variable, values):
                return self._none_of(variable, values)
            case Stepped(variable, step):
                return self._multiple(variable, step)
        return None

    def _atom(self, atom: Formula, variables: dict[Leaf | Length, int]) -> Any:
        match atom:
            case Compare(op, left, right):
                one, other = self._term(left, variables), self._term(right, variables)
                if one is None or other is None:
                    return None
                return {
                    "<": one < other, "<=": one <= other, "==": one == other,
                    "!=": one != other, ">": one > other, ">=": one >= other,
                }[op]  # fmt: skip
            case Multiple(of, int(step), negated) if self.state.whole[variables[of]]:
                formula = self.numbers[variables[of]] % step == 0
                return self.z3.Not(formula) if negated else formula
            case Member(item, Constant(values), negated) if isinstance(values, frozenset | tuple | list):
                one = self._term(item, variables)
                if one is None or any(kind_of(value) != NUMBER for value in values):
                    return None
                formula = self.z3.Or([one == self._number(value) for value in values])
                return self.z3.Not(formula) if negated else formula
        return None

    def _term(self, term: Term, variables: dict[Leaf | Length, int]) -> Any:
        match term:
            case Leaf() | Length():
                variable = variables[term]
                only = self.state.mask[variable] & ~NONE == NUMBER
                return self.numbers[variable] if only else None
            case Constant(bool() | int() | float() as value) if _is_exact(value):
                return self._number(value)
            case Arithmetic(op, left, right):
                one, other = self._term(left, variables), self._term(right, variables)
                if one is None or other is None:
                    return None
                return one + other if op == "+" else one - other if op == "-" else one * other
        return None


def _is_exact(value: Any) -> bool:
    """Whether a number is one: no infinity, and not "not a number"."""
    return not isinstance(value, float) or math.isfinite(value)
