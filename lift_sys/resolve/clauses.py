"""Choices in a predicate: `a or b`. An arm that cannot hold is dropped, the last one holds, several give their hull."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from lift_sys.resolve.domain_state import SIDES, plus
from lift_sys.resolve.domains import NONE, NUMBER, Bound, kind_of
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
    Same,
    variables_of,
)

if TYPE_CHECKING:
    from lift_sys.resolve.propagation import Propagation

__all__ = ["Clause", "narrow_choice", "open_arms", "refuting"]

Effect: TypeAlias = tuple[int, Bound, Bound, frozenset[Any] | None]
"""What an arm leaves of a variable: kinds, bounds, finite set."""


@dataclass(eq=False, slots=True)
class Clause:
    """Arms of which one holds, because of one assumption and earlier facts."""

    said: int
    region: int
    arms: tuple[tuple[Literal, ...], ...]
    before: tuple[int, ...]
    variables: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        self.variables = frozenset[int]().union(*map(variables_of, self.arms))


def narrow_choice(state: Propagation, clause: Clause) -> None:
    """Let a choice narrow what it can."""
    if clause in state.settled:
        return
    open_ones: list[tuple[tuple[Literal, ...], dict[int, Effect]]] = []
    refuters: tuple[int, ...] = clause.before
    for arm in clause.arms:
        effects, against = _effects(state, arm)
        if effects is None:
            refuters += against
        else:
            open_ones.append((arm, effects))
    if not open_ones:
        state.kill(clause.region, (state.note_relation(clause.said, refuters),))
    elif len(open_ones) == 1:
        # said once: a relation that is said again has its ends visited again, and so this choice, for ever
        state.settled.add(clause)
        state.assume(open_ones[0][0], clause.said, refuters, clause.region)
    else:
        _hull(state, clause, [effects for _, effects in open_ones], refuters)


def refuting(state: Propagation, literals: tuple[Literal, ...]) -> tuple[int, ...] | None:
    """Return the facts that refute literals as they stand; None where they may all hold."""
    effects, facts = _effects(state, literals)
    return facts if effects is None else None


def open_arms(state: Propagation, clause: Clause) -> list[tuple[Literal, ...]]:
    """Return the arms that may hold, where nothing tells which: none where the hull is all that the choice says."""
    found = [(arm, effects) for arm in clause.arms if (effects := _effects(state, arm)[0]) is not None]
    if len(found) < 2 or clause.region in state.dead:
        return []
    touched = {variable for _, effects in found for variable in effects}
    simple = all(isinstance(literal, Above | Below | Kinds | OneOf | NotIn) for arm, _ in found for literal in arm)
    if simple and len(touched) == 1:
        counted = [effects for _, effects in found if any(e[0] & NUMBER for e in effects.values())]
        finite = all(e[3] is not None or not e[0] & NUMBER for _, effects in found for e in effects.values())
        if len(counted) < 2 or finite:
            return []
    if any(_is_known(state, arm, effects) for arm, effects in found):
        return []
    return [arm for arm, _ in found]


def _is_known(state: Propagation, arm: tuple[Literal, ...], effects: dict[int, Effect]) -> bool:
    """Whether an arm holds already."""
    if not all(isinstance(literal, Above | Below | Kinds | OneOf) for literal in arm):
        return False
    return all(effect == _now(state, variable) for variable, effect in effects.items())


def _now(state: Propagation, variable: int) -> Effect:
    return state.mask[variable], state.lo[variable], state.hi[variable], state.allowed[variable]


def _effects(state: Propagation, arm: tuple[Literal, ...]) -> tuple[dict[int, Effect] | None, tuple[int, ...]]:
    """Return what an arm leaves of each variable; or None and the facts that refute it."""
    effects: dict[int, Effect] = {}
    for literal in arm:
        if isinstance(literal, Above | Below | Kinds | OneOf | NotIn):
            left = _met(effects.get(literal.var) or _now(state, literal.var), literal)
            if not left[0]:
                return None, _whys(state, literal.var)
            effects[literal.var] = left
            continue
        against = _against(state, literal, effects)
        if against is not None:
            return None, against
    return effects, ()


def _against(state: Propagation, literal: Literal, effects: dict[int, Effect]) -> tuple[int, ...] | None:
    """Return the facts that refute a relation; None where it may hold."""
    match literal:
        case Never():
            return ()
        case Differ(low, high, by):
            least, most = effects.get(low) or _now(state, low), effects.get(high) or _now(state, high)
            if plus(least[1], *by) > most[2]:
                return (*_whys(state, low), *_whys(state, high))
        case Same(left, right, None):
            one, other = (effects.get(v) or _now(state, v) for v in (left, right))
            if _apart(one, other):
                return (*_whys(state, left), *_whys(state, right))
        case Either(arms):
            refuted = [_effects(state, inner) for inner in arms]
            if all(inner is None for inner, _ in refuted):
                return tuple(fact for _, against in refuted for fact in against)
    return None


def _met(known: Effect, literal: Above | Below | Kinds | OneOf | NotIn) -> Effect:
    mask, lo, hi, allowed = known
    match literal:
        case Above(_, bound):
            lo = max(lo, bound)
        case Below(_, bound):
            hi = min(hi, bound)
        case Kinds(_, kinds):
            mask &= kinds
        case OneOf(_, values, kinds):
            mask &= kinds
            allowed = values if allowed is None else allowed & values
        case NotIn(_, values):
            if allowed is not None:
                allowed = allowed - values
            if lo == hi and lo[0] in values and not lo[1]:
                mask &= ~NUMBER
    return _settled(mask, lo, hi, allowed)


def _settled(mask: int, lo: Bound, hi: Bound, allowed: frozenset[Any] | None) -> Effect:
    if lo > hi:
        mask &= ~NUMBER
    if allowed is not None:
        allowed = frozenset(v for v in allowed if kind_of(v) & mask and (kind_of(v) != NUMBER or lo <= (v, 0) <= hi))
        kinds = NONE
        for value in allowed:
            kinds |= kind_of(value)
        mask &= kinds
        numbers = [value for value in allowed if kind_of(value) == NUMBER]
        if numbers:
            lo, hi = max(lo, (min(numbers), 0)), min(hi, (max(numbers), 0))
    return mask, lo, hi, allowed


def _apart(one: Effect, other: Effect) -> bool:
    """Whether two domains have no value in common."""
    kinds = one[0] & other[0] & ~NONE
    if kinds == NUMBER and (one[1] > other[2] or other[1] > one[2]):
        return True
    return not kinds or (one[3] is not None and other[3] is not None and not one[3] & other[3])


def _hull(state: Propagation, clause: Clause, arms: list[dict[int, Effect]], refuters: tuple[int, ...]) -> None:
    """Narrow the variables that every arm says something of."""
    for variable in arms[0]:
        effects = [effects[variable] for effects in arms if variable in effects]
        if len(effects) < len(arms):
            continue
        before = (*refuters, *_whys(state, variable))
        mask = 0
        for effect in effects:
            mask |= effect[0]
        state.keep_kinds(variable, mask, clause.said, before, "one of the choices")
        counted = [effect for effect in effects if effect[0] & NUMBER]
        if counted:
            state.raise_low(variable, min(e[1] for e in counted), clause.said, before, "one of the choices")
            state.lower_high(variable, max(e[2] for e in counted), clause.said, before, "one of the choices")
        sets = [effect[3] if effect[0] & ~NONE else frozenset[Any]() for effect in effects]
        some = [values for values in sets if values is not None]
        if len(some) == len(sets):
            state.allow(variable, frozenset[Any]().union(*some), clause.said, before, "one of the choices")


def _whys(state: Propagation, variable: int) -> tuple[int, ...]:
    return tuple(fact for side in SIDES if (fact := state.why[side][variable]) >= 0)
