"""The domains of all variables while they get narrower: every narrowing is a fact with its reason.

The domain of a variable is the hull of what is known: kinds, two bounds, a finite set, excluded values, a step. One
that becomes empty refutes what was said, kills the arm that it stands in, or leaves a list without items.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable
from fractions import Fraction
from functools import partial
from typing import Any, Final, NamedTuple

from lift_sys.resolve.absent_items import NOT_THERE, items_in
from lift_sys.resolve.columns import Column, copied
from lift_sys.resolve.domains import NONE, NUMBER, Bound, Number, kind_of, whole_above, whole_below
from lift_sys.resolve.leaf_network import LENGTH, LeafNetwork, Mode, RegionKind

__all__ = ["ALLOWED", "HI", "LO", "MASK", "OUT_OF", "SIDES", "STEP", "Domains", "Fact", "Refuted", "plus"]

LO: Final = 1
HI: Final = 2
MASK: Final = 4
ALLOWED: Final = 8
OUT_OF: Final = 16
STEP: Final = 32
SIDES: Final = (LO, HI, MASK, ALLOWED, OUT_OF, STEP)
"""The sides of a domain, as bits."""
_NARROWINGS: Final = 64


class Fact(NamedTuple):
    """One side of a variable's domain, and what it follows from: an assumption (-1: none) and earlier facts."""

    variable: int
    side: int
    value: Any
    assumption: int
    before: tuple[int, ...]
    rule: str


_fact = partial(tuple.__new__, Fact)
"""Make a fact of a tuple: what the class does by itself, and half of the time that it takes."""


class Refuted(Exception):
    """What was said cannot hold: `said` are the assumptions, `facts` those that leave nothing, in `state`."""

    def __init__(self, state: Domains, facts: tuple[int, ...]) -> None:
        super().__init__(facts)
        self.state = state
        self.facts = facts
        self.said = state.said_in(facts)


class Domains:
    """Arrays by variable; `dirty` are the sides that changed since a variable was last visited."""

    __slots__ = (
        "allowed",
        "changed",
        "counts",
        "dead",
        "dirty",
        "facts",
        "hi",
        "lo",
        "mask",
        "mode",
        "net",
        "out_of",
        "region",
        "step",
        "stuck",
        "whole",
        "why",
    )  # fmt: skip

    def __init__(self, net: LeafNetwork, mode: Mode) -> None:
        self.net = net
        self.mode = mode
        size = len(net.keys)
        self.lo: Column[Bound] = [d.lo for d in net.declared]
        self.hi: Column[Bound] = [d.hi for d in net.declared]
        self.mask: Column[int] = [d.mask for d in net.declared]
        self.allowed: Column[frozenset[Any] | None] = [d.allowed for d in net.declared]
        self.out_of: dict[int, frozenset[Any]] = {}
        self.step: dict[int, int] = {}
        self.whole: list[bool] = [d.whole for d in net.declared]
        self.region: list[int] = [net.region_of(v) for v in range(size)]
        self.why: dict[int, Column[int]] = {side: [-1] * size for side in SIDES}
        self.facts: list[Fact] = []
        self.dirty: dict[int, int] = {}
        self.changed: Callable[[int], None] = lambda variable: None
        self.dead: dict[int, tuple[int, ...]] = {}
        """regions that cannot run, and the facts that say so"""
        self.counts: list[int] | defaultdict[int, int] = [0] * size
        self.stuck: set[int] = set()
        """variables that were narrowed too often to go on: what is known of them is right, and may not be all"""

    def copy_to(self, other: Domains, *, sparse: bool = False) -> None:
        """Give another the same domains; they go apart from here. With `sparse` these may not change any more."""
        other.net, other.mode = self.net, self.mode
        other.lo, other.hi = copied(self.lo, sparse=sparse), copied(self.hi, sparse=sparse)
        other.mask, other.allowed = copied(self.mask, sparse=sparse), copied(self.allowed, sparse=sparse)
        other.out_of, other.step = dict(self.out_of), dict(self.step)
        other.whole, other.region = self.whole, self.region
        other.why = {side: copied(known, sparse=sparse) for side, known in self.why.items()}
        other.facts = self.facts[:]
        other.dirty, other.dead = dict(self.dirty), dict(self.dead)
        other.counts = defaultdict(int) if sparse else [0] * len(self.region)
        other.stuck = set(self.stuck)
        other.changed = lambda variable: None

    def said_in(self, facts: Iterable[int]) -> frozenset[int]:
        """Return the assumptions that facts follow from."""
        seen: set[int] = set()
        said: set[int] = set()
        todo = [fact for fact in facts if fact >= 0]
        while todo:
            number = todo.pop()
            if number in seen:
                continue
            seen.add(number)
            fact = self.facts[number]
            if fact.assumption >= 0:
                said.add(fact.assumption)
            todo.extend(before for before in fact.before if before >= 0)
        return frozenset(said)

    # --- narrowing ------------------------------------------------------------------------------------------------

    def _note(self, variable: int, side: int, value: Any, said: int, before: tuple[int, ...], rule: str) -> None:
        self.why[side][variable] = len(self.facts)
        self.facts.append(_fact((variable, side, value, said, before, rule)))
        dirty = self.dirty
        if variable in dirty:
            dirty[variable] |= side
        else:
            dirty[variable] = side
            self.changed(variable)

    def note_relation(self, said: int, before: tuple[int, ...]) -> int:
        """Note that a relation was said, and return the fact of it."""
        self.facts.append(_fact((-1, 0, None, said, before, "said")))
        return len(self.facts) - 1

    def raise_low(self, variable: int, bound: Bound, said: int, before: tuple[int, ...], rule: str) -> None:
        """Narrow from below."""
        if bound <= self.lo[variable]:
            return
        if self.whole[variable] and (bound[1] or type(bound[0]) is not int):
            bound = whole_above(bound)
        if variable in self.step:
            bound = _stepped(bound, self.step[variable], up=True)
            before = (*before, self.why[STEP][variable])
        if bound <= self.lo[variable] or self._too_often(variable):
            return
        self.lo[variable] = bound
        self._note(variable, LO, bound, said, before, rule)
        self._settle_bounds(variable)

    def lower_high(self, variable: int, bound: Bound, said: int, before: tuple[int, ...], rule: str) -> None:
        """Narrow from above."""
        if bound >= self.hi[variable]:
            return
        if self.whole[variable] and (bound[1] or type(bound[0]) is not int):
            bound = whole_below(bound)
        if variable in self.step:
            bound = _stepped(bound, self.step[variable], up=False)
            before = (*before, self.why[STEP][variable])
        if bound >= self.hi[variable] or self._too_often(variable):
            return
        self.hi[variable] = bound
        self._note(variable, HI, bound, said, before, rule)
        self._settle_bounds(variable)

    def _too_often(self, variable: int) -> bool:
        self.counts[variable] += 1
        if self.counts[variable] <= 2 * _NARROWINGS:
            return False
        self.stuck.add(variable)
        return True

    def _settle_bounds(self, variable: int) -> None:
        if self.lo[variable] > self.hi[variable]:
            before = (self.why[LO][variable], self.why[HI][variable])
            self.keep_kinds(variable, ~NUMBER, -1, before, "no number is left")
            return
        if variable in self.out_of:
            self._step_over_excluded(variable)
        if self.allowed[variable] is not None:
            self._filter(variable)

    def _step_over_excluded(self, variable: int) -> None:
        """Move a bound off a value that is excluded."""
        excluded = self.out_of[variable]
        by = self.why[OUT_OF][variable]
        for bound, narrow, side in (
            (self.lo[variable], self.raise_low, LO),
            (self.hi[variable], self.lower_high, HI),
        ):
            if not bound[1] and bound[0] in excluded:
                narrow(variable, (bound[0], 1 if side == LO else -1), -1, (self.why[side][variable], by), "excluded")

    def keep_kinds(self, variable: int, mask: int, said: int, before: tuple[int, ...], rule: str) -> None:
        """Leave only these kinds of value."""
        left = self.mask[variable] & mask
        if left == self.mask[variable]:
            return
        self.mask[variable] = left
        self._note(variable, MASK, left, said, (*before, self.why[MASK][variable]), rule)
        if not left:
            self._empty(variable)
        elif self.allowed[variable] is not None:
            self._filter(variable)

    def allow(
        self, variable: int, values: frozenset[Any], said: int, before: tuple[int, ...], rule: str, none: int = NONE
    ) -> None:
        """Leave only these values, and None if `none` says so."""
        known = self.allowed[variable]
        left = values if known is None else frozenset(value for value in known if value in values)
        if known is None or len(left) < len(known):
            if known is not None:
                before = (*before, self.why[ALLOWED][variable])
            self.allowed[variable] = left
            self._note(variable, ALLOWED, left, said, before, rule)
            self._filter(variable)
        if not none:
            self.keep_kinds(variable, ~NONE, said, before, rule)

    def exclude(self, variable: int, values: frozenset[Any], said: int, before: tuple[int, ...], rule: str) -> None:
        """Leave out these values."""
        known = self.out_of.get(variable, frozenset())
        if values <= known or self._too_often(variable):
            return
        if known:
            before = (*before, self.why[OUT_OF][variable])
        self.out_of[variable] = known | values
        self._note(variable, OUT_OF, known | values, said, before, rule)
        if self.allowed[variable] is not None:
            self._filter(variable)
        self._step_over_excluded(variable)

    def multiple(self, variable: int, step: int, said: int, before: tuple[int, ...], rule: str) -> None:
        """Leave only multiples of a step."""
        known = self.step.get(variable, 1)
        both = math.lcm(known, step)
        if both == known:
            return
        if known > 1:
            before = (*before, self.why[STEP][variable])
        self.step[variable] = both
        self._note(variable, STEP, both, said, before, rule)
        low, high = self.lo[variable], self.hi[variable]
        self.raise_low(variable, _stepped(low, both, up=True), -1, (self.why[LO][variable],), "multiple")
        self.lower_high(variable, _stepped(high, both, up=False), -1, (self.why[HI][variable],), "multiple")
        if self.allowed[variable] is not None:
            self._filter(variable)

    def _filter(self, variable: int) -> None:
        """Drop the values of a finite set that another side excludes, and tighten the other sides by what is left."""
        known = self.allowed[variable]
        assert known is not None
        lo, hi, mask, step = self.lo[variable], self.hi[variable], self.mask[variable], self.step.get(variable, 0)
        excluded = self.out_of.get(variable, frozenset())
        left = frozenset(v for v in known if v not in excluded and _is_within(v, lo, hi, mask, step))
        why = self.why
        if len(left) < len(known):
            before = tuple(why[side][variable] for side in SIDES if why[side][variable] >= 0)
            self.allowed[variable] = left
            self._note(variable, ALLOWED, left, -1, before, "left of the set")
        here = (why[ALLOWED][variable],)
        mask = 0
        for value in left:
            mask |= kind_of(value)
        self.keep_kinds(variable, mask | NONE, -1, here, "of these values")
        if mask & NUMBER and self.mask[variable] & NUMBER:
            numbers = [value for value in left if kind_of(value) == NUMBER]
            self.raise_low(variable, (min(numbers), 0), -1, here, "least of the set")
            self.lower_high(variable, (max(numbers), 0), -1, here, "greatest of the set")

    # --- nothing is left ------------------------------------------------------------------------------------------

    def _empty(self, variable: int) -> None:
        facts = (self.why[MASK][variable],)
        length = self.net.owner[variable]
        if length >= 0:
            self.lower_high(length, (0, 0), -1, facts, "no item can be there")
            return
        items = items_in(self, facts) if self.net.length_of else set()
        if not items:
            self.kill(self.region[variable], facts)
        for length, position in items if len(items) == 1 else ():
            # what holds of every item holds of this one only if it is there
            self.lower_high(length, (position, 0), -1, facts, NOT_THERE)

    def kill(self, region: int, facts: tuple[int, ...]) -> None:
        """Say that the steps of a region cannot run; raises Refuted where they must."""
        if region in self.dead:
            return
        around = self.net.regions[region]
        if around.kind == RegionKind.ROOT:
            raise Refuted(self, facts)
        self.dead[region] = facts
        for inner, known in enumerate(self.net.regions):
            if known.parent in self.dead and inner not in self.dead:
                self.dead[inner] = facts
        if around.kind == RegionKind.ARM:
            self._close_arm(self.net.hulls[around.hull].regions, around.parent)
        elif around.kind == RegionKind.BODY:
            length = self.net.index.get((around.items, (LENGTH,)), -1)
            if length >= 0:
                self.lower_high(length, (0, 0), -1, facts, "its body cannot run")

    def _close_arm(self, arms: tuple[int, ...], parent: int) -> None:
        """Let the arms that are left say what their branch gives."""
        if all(arm in self.dead for arm in arms):
            self.kill(parent, tuple({fact for arm in arms for fact in self.dead[arm]}))
            return
        for target, sources, regions in self.net.choices:
            if regions == arms:
                self.join(target, sources, regions)

    # --- the hull of several --------------------------------------------------------------------------------------

    def join(self, target: int, sources: Iterable[int], regions: tuple[int, ...]) -> None:
        """Narrow a target to the hull of its sources; arms that cannot run do not count."""
        dead = self.dead
        gone = tuple(fact for region in regions for fact in dead.get(region, ()))
        alive = [s for k, s in enumerate(sources) if not regions or regions[k] not in dead]
        why, mask = self.why, 0
        for source in alive:
            mask |= self.mask[source]
        masks = tuple([why[MASK][s] for s in alive])
        self.keep_kinds(target, mask, -1, gone + masks, "one of the arms")
        counted = [s for s in alive if self.mask[s] & NUMBER]
        if counted:
            low, high = min(self.lo[s] for s in counted), max(self.hi[s] for s in counted)
            rest = gone + masks
            self.raise_low(target, low, -1, rest + tuple([why[LO][s] for s in counted]), "one of the arms")
            self.lower_high(target, high, -1, rest + tuple([why[HI][s] for s in counted]), "one of the arms")
        self._join_sets(target, alive, gone)

    def _join_sets(self, target: int, alive: list[int], gone: tuple[int, ...]) -> None:
        why = self.why
        sets = [self.allowed[s] if self.mask[s] & ~NONE else frozenset[Any]() for s in alive]
        some = [s for s in sets if s is not None]
        if alive and len(some) == len(sets):
            before = gone + tuple([why[side][s] for s in alive for side in (ALLOWED, MASK)])
            self.allow(target, frozenset().union(*some), -1, before, "one of the arms")
        steps = [self.step.get(s, 0) for s in alive if self.mask[s] & NUMBER]
        if steps and all(steps):
            before = gone + tuple([why[STEP][s] for s in alive])
            self.multiple(target, math.gcd(*steps), -1, before, "one of the arms")


def plus(bound: Bound, by: Number, steps: int = 0) -> Bound:
    """Return a bound moved by a number; an infinite one stays where it is."""
    value = bound[0]
    return bound if value in (math.inf, -math.inf) else (value + by, bound[1] + steps)


def _stepped(bound: Bound, step: int, *, up: bool) -> Bound:
    """Return the nearest multiple of a step inside a bound."""
    value, steps = bound
    if value in (math.inf, -math.inf):
        return bound
    exact = Fraction(value) / step
    count = math.ceil(exact) if up else math.floor(exact)
    if steps and count == exact:
        count += 1 if up else -1
    return (count * step, 0)


def _is_within(value: Any, lo: Bound, hi: Bound, mask: int, step: int) -> bool:
    kind = kind_of(value)
    if not kind & mask:
        return False
    if kind != NUMBER:
        return True
    return lo <= (value, 0) <= hi and (not step or value % step == 0)
