"""Propagation: what is said of some leaves, carried along the flows to all that it bounds, each step with its reason.

Variables are visited in the plan's order, forward and then backward, until nothing gets narrower. It ends: a ring of
differences that would raise a bound for ever is found as such, and is the conflict; any other bound that is narrowed
more than 64 times stays as it is, and what rests on it is unknown.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lift_sys.resolve.clauses import Clause, narrow_choice
from lift_sys.resolve.domain_state import ALLOWED, HI, LO, MASK, OUT_OF, STEP, Domains, Refuted
from lift_sys.resolve.domains import ANY, HIGHEST, LOWEST, NONE, NUMBER, OTHER, SIZED, Number, kind_of
from lift_sys.resolve.leaf_network import LeafNetwork, Mode
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
from lift_sys.resolve.rings import Difference, refute_rings

__all__ = ["Propagation", "Refuted", "Statement"]

_RARE = ALLOWED | OUT_OF | STEP
_FEW = 16
"""So many times fewer statements than variables are few: they change little of what is known."""
EVERY_SIDE = LO | HI | MASK | ALLOWED | OUT_OF | STEP


@dataclass(frozen=True, slots=True)
class Statement:
    """Literals that hold in one region because of one assumption."""

    assumption: int
    region: int
    literals: tuple[Literal, ...]

    def of(self, literals: tuple[Literal, ...]) -> Statement:
        """Return the same of other literals."""
        return Statement(self.assumption, self.region, literals)


Edge = tuple[int, Number, int, int]
"""Of a difference: the variable at its other end, by how much and how many steps they differ, and the fact of it."""


class Propagation(Domains):
    """Domains that follow from statements; raises Refuted where nothing is left."""

    __slots__ = (
        "_at", "_backward", "_heap", "_later", "clauses", "differences", "downs", "of_one_item", "others",
        "pending", "same", "settled", "ups", "watched", "within",
    )  # fmt: skip

    def __init__(self, net: LeafNetwork, mode: Mode) -> None:
        super().__init__(net, mode)
        self._begin()
        self.within: frozenset[int] | None = None
        self.of_one_item = False
        for number in range(len(net.keys)):
            self._touch(number)
        self.run()

    def _begin(self) -> None:
        self.ups: dict[int, list[Edge]] = {}
        self.downs: dict[int, list[Edge]] = {}
        self.same: dict[int, list[tuple[int, Number | None, int]]] = {}
        self.differences: list[Difference] = []
        self.clauses: list[Clause] = []
        self.settled: set[Clause] = set()
        """choices of which one arm was left, and is said"""
        self.watched: dict[int, list[Clause]] = {}
        self.pending: dict[int, Clause] = {}
        self.others: list[tuple[int, Other, int, tuple[int, ...]]] = []
        """of a relation that is not native: its assumption, itself, its region, the facts that it rests on"""
        self._heap: list[int] = []
        self._later: list[int] = []
        self._backward = False
        self._at = -1
        self.changed = self._schedule

    def following(
        self,
        statements: Sequence[Statement],
        *,
        decided: Clause | None = None,
        within: frozenset[int] | None = None,
        of_one_item: bool = False,
    ) -> Propagation:
        """Return what also follows when statements are made; raises Refuted where they cannot hold.

        `decided` is a choice that need not be looked at again. `within` are the only variables that anything reaches;
        among them a value and where it goes are one. With `of_one_item` the statements are about one item of a list,
        nobody knows which: what follows of it holds of no other.
        """
        new = Propagation.__new__(Propagation)
        self.copy_to(new, sparse=within is not None or len(statements) * _FEW < len(self.region))
        new._begin()
        new.within, new.of_one_item = self.within, self.of_one_item or of_one_item
        if within is not None:
            new.within, new.mode = within, Mode.JOINT
        new.ups = {variable: list(edges) for variable, edges in self.ups.items()}
        new.downs = {variable: list(edges) for variable, edges in self.downs.items()}
        new.same = {variable: list(known) for variable, known in self.same.items()}
        new.differences, new.others, new.settled = list(self.differences), list(self.others), set(self.settled)
        for clause in self.clauses:
            if clause is not decided:
                new._watch(clause)
        new.state(statements)
        return new

    def state(self, statements: Iterable[Statement]) -> None:
        """Make statements, and let everything follow."""
        known = len(self.differences)
        for statement in statements:
            if statement.region not in self.dead:
                self.assume(statement.literals, statement.assumption, (), statement.region)
        if self.mode is Mode.JOINT and len(self.differences) > known:
            known = len(self.differences)
            # a ring would raise its bounds for ever
            refute_rings(self)
        self.run()
        if self.mode is Mode.JOINT and len(self.differences) > known:
            refute_rings(self)
            self.run()

    # --- what is said ---------------------------------------------------------------------------------------------

    def assume(self, literals: Sequence[Literal], said: int, before: tuple[int, ...], region: int) -> None:
        """Let literals hold."""
        for literal in literals:
            # most of what is said are bounds and differences
            if type(literal) is Above:
                self.raise_low(literal.var, literal.bound, said, before, "said")
            elif type(literal) is Below:
                self.lower_high(literal.var, literal.bound, said, before, "said")
            elif type(literal) is Differ:
                self._differ(literal, self.note_relation(said, before))
            elif isinstance(literal, Kinds | OneOf | NotIn | Stepped):
                self._narrow(literal, said, before)
            else:
                self._relate(literal, said, before, region)

    def _narrow(self, literal: Kinds | OneOf | NotIn | Stepped, said: int, before: tuple[int, ...]) -> None:
        match literal:
            case Kinds(variable, mask):
                self.keep_kinds(variable, mask, said, before, "said")
            case OneOf(variable, values, mask):
                self.keep_kinds(variable, mask, said, before, "said")
                self.allow(variable, values, said, before, "said", mask & NONE)
            case NotIn(variable, values):
                self.exclude(variable, values, said, before, "said")
            case Stepped(variable, step):
                self.multiple(variable, step, said, before, "said")

    def _relate(self, literal: Literal, said: int, before: tuple[int, ...], region: int) -> None:
        match literal:
            case Same():
                self._equate(literal, said, before)
            case Either(arms):
                self._watch(Clause(said, region, arms, before))
            case Other():
                self.others.append((said, literal, region, before))
            case Never():
                self.kill(region, (self.note_relation(said, before),))

    def _differ(self, literal: Differ, fact: int) -> None:
        by, steps = literal.by
        low, high = literal.low, literal.high
        self.ups.setdefault(low, []).append((high, by, steps, fact))
        self.downs.setdefault(high, []).append((low, -by, -steps, fact))
        self.differences.append((literal, fact))
        self._touch(low, LO)
        self._touch(high, HI)

    def _equate(self, literal: Same, said: int, before: tuple[int, ...]) -> None:
        fact = self.note_relation(said, before)
        for one, other, by in (
            (literal.left, literal.right, literal.by),
            (literal.right, literal.left, None if literal.by is None else -literal.by),
        ):
            self.keep_kinds(one, ANY & ~NONE if by is None else NUMBER, said, before, "said")
            self.same.setdefault(one, []).append((other, by, fact))
            self._differ(Differ(one, other, (by or 0, 0)), fact)
            self._touch(one)

    def _watch(self, clause: Clause) -> None:
        self.clauses.append(clause)
        self.pending[id(clause)] = clause
        for variable in clause.variables:
            self.watched.setdefault(variable, []).append(clause)

    # --- visiting -------------------------------------------------------------------------------------------------

    def _touch(self, variable: int, sides: int = EVERY_SIDE) -> None:
        """Have a variable visited as if these sides of it were new."""
        if variable not in self.dirty:
            self._schedule(variable)
            self.dirty[variable] = sides
        else:
            self.dirty[variable] |= sides

    def _schedule(self, variable: int) -> None:
        if self._backward:
            if variable < self._at:
                heapq.heappush(self._heap, -variable)
                return
        elif variable > self._at >= 0:
            heapq.heappush(self._heap, variable)
            return
        self._later.append(variable)

    def run(self) -> None:
        """Let everything follow that follows."""
        while self._later or self.pending:
            while self._later:
                self._sweep()
            waiting, self.pending = self.pending, {}
            for clause in waiting.values():
                if clause.region not in self.dead:
                    narrow_choice(self, clause)

    def _sweep(self) -> None:
        sign = -1 if self._backward else 1
        heap = self._heap = sorted([sign * variable for variable in self._later])
        self._later = []
        dirty, dead, region = self.dirty, self.dead, self.region
        while heap:
            variable = self._at = sign * heapq.heappop(heap)
            sides = dirty.pop(variable)
            if not dead or region[variable] not in dead:
                self._visit(variable, sides)
        self._at = -1
        self._backward = not self._backward

    def _visit(self, variable: int, sides: int) -> None:
        dead, within = self.dead, self.within
        for target in self.net.out[self.mode][variable]:
            if dead and self.region[target] in dead:
                continue
            if within is not None and target not in within:
                continue
            if self.of_one_item and self.net.depth_of(target) < self.net.depth_of(variable):
                continue
            self._hand_on(variable, target, sides)
        if sides & (LO | HI):
            self._move_bounds(variable)
        if variable in self.same:
            for other, by, relation in self.same[variable]:
                self._hand_on_set(variable, other, sides, by, relation)
        for number in self.net.hull_of[variable]:
            if within is None or self.net.choices[number][0] in within:
                self.join(*self.net.choices[number])
        self._tell(variable)

    def _tell(self, variable: int) -> None:
        """Let a length, a text or a choice look at what changed."""
        if variable in self.net.length_of or variable in self.net.sized:
            self._measure(variable)
        if variable in self.watched:
            for clause in self.watched[variable]:
                self.pending[id(clause)] = clause

    def _move_bounds(self, variable: int) -> None:
        if variable in self.ups and (low := self.lo[variable]) > LOWEST:
            lows, why = self.lo, self.why[LO][variable]
            for other, by, steps, relation in self.ups[variable]:
                if (moved := (low[0] + by, low[1] + steps)) > lows[other]:
                    self.raise_low(other, moved, -1, (why, relation), "difference")
        if variable in self.downs and (high := self.hi[variable]) < HIGHEST:
            highs, why = self.hi, self.why[HI][variable]
            for other, by, steps, relation in self.downs[variable]:
                if (moved := (high[0] + by, high[1] + steps)) < highs[other]:
                    self.lower_high(other, moved, -1, (why, relation), "difference")

    def _hand_on(self, variable: int, target: int, sides: int) -> None:
        """Let what is known of a value be known where it goes."""
        why = self.why
        if sides & LO and self.lo[variable] > self.lo[target]:
            self.raise_low(target, self.lo[variable], -1, (why[LO][variable],), "flow")
        if sides & HI and self.hi[variable] < self.hi[target]:
            self.lower_high(target, self.hi[variable], -1, (why[HI][variable],), "flow")
        if sides & MASK and self.mask[target] & ~self.mask[variable]:
            self.keep_kinds(target, self.mask[variable], -1, (why[MASK][variable],), "flow")
        if not sides & _RARE:
            return
        if sides & ALLOWED and (values := self.allowed[variable]) is not None:
            self.allow(target, values, -1, (why[ALLOWED][variable],), "flow")
        if sides & OUT_OF and variable in self.out_of:
            self.exclude(target, self.out_of[variable], -1, (why[OUT_OF][variable],), "flow")
        if sides & STEP and variable in self.step:
            self.multiple(target, self.step[variable], -1, (why[STEP][variable],), "flow")

    def _hand_on_set(self, variable: int, target: int, sides: int, by: Number | None, relation: int) -> None:
        """Let what is known of a value, but its bounds, be known of one that is equal or differs by a number."""
        why = self.why
        if by is None and sides & MASK:
            self.keep_kinds(target, self.mask[variable], -1, (why[MASK][variable], relation), "equal")
        if sides & ALLOWED and (values := self.allowed[variable]) is not None:
            moved = values if by is None else frozenset(v + by for v in values if kind_of(v) == NUMBER)
            self.allow(target, moved, -1, (why[ALLOWED][variable], relation), "equal")
        if sides & OUT_OF and variable in self.out_of:
            moved = frozenset(v + (by or 0) if kind_of(v) == NUMBER else v for v in self.out_of[variable])
            self.exclude(target, moved, -1, (why[OUT_OF][variable], relation), "equal")
        if sides & STEP and not by and variable in self.step:
            self.multiple(target, self.step[variable], -1, (why[STEP][variable], relation), "equal")

    def _measure(self, variable: int) -> None:
        """Let a finite set of texts bound its length, and a length leave out texts."""
        if variable in self.net.sized:
            text, length = self.net.sized[variable], variable
        else:
            text, length = variable, self.net.length_of[variable]
        values = self.allowed[text]
        if values is None or not all(isinstance(value, str) for value in values) or not values:
            return
        why, low, high = self.why, self.lo[length], self.hi[length]
        fit = frozenset(value for value in values if low <= (len(value), 0) <= high)
        if len(fit) < len(values):
            self.allow(text, fit, -1, (why[LO][length], why[HI][length]), "of this length")
        if fit and not self.mask[text] & (SIZED | OTHER):
            before = (why[ALLOWED][text], why[MASK][text])
            self.raise_low(length, (min(map(len, fit)), 0), -1, before, "shortest of the set")
            self.lower_high(length, (max(map(len, fit)), 0), -1, before, "longest of the set")
