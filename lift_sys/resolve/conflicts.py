"""Conflicts: minimal cores of MUSTs that cannot hold together, and the smallest repairs."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from lift_sys.define import Constraint
from lift_sys.errors import ConstraintConflict
from lift_sys.resolve.constraint_tracking import Reasoning, minimal, refuted
from lift_sys.resolve.domain_state import Refuted
from lift_sys.resolve.propagation import Propagation

__all__ = ["conflict_of", "should_conflicts", "unreachable"]

_ALL_OF = 12
"""Up to so many conflicting MUSTs, all repairs are found."""
_MOST = 64
_SEARCHED = 200
"""Among so many, one repair is found at least."""
_SHOWN = 4
"""How many constraints of a repair are named in a message."""


def conflict_of(
    reasoning: Reasoning,
    *,
    without: Iterable[Constraint] = (),
    give_up: Callable[[], bool] = lambda: False,
    repaired: bool = True,
) -> ConstraintConflict | None:
    """Return the conflict of the MUSTs, if they have one; `give_up` is asked while many repairs are looked for."""
    withdrawn = {reasoning.number_of(constraint) for constraint in without}
    active = [number for number in reasoning.musts if number not in withdrawn]
    core = reasoning.core(active)
    if core is None:
        return None
    said = [reasoning.constraints[number] for number in core]
    found, complete = _Repairs(reasoning, active, core, give_up).found() if repaired else ([], False)
    repairs = [[reasoning.constraints[number] for number in repair] for repair in found]
    return ConstraintConflict(_message(reasoning.graph.name, said, repairs), said, repairs, complete)


def should_conflicts(reasoning: Reasoning) -> list[tuple[Constraint, ...]]:
    """Return minimal sets of MUSTs and at least one SHOULD that cannot hold together, each SHOULD in at most one."""
    left = list(reasoning.shoulds)
    found: list[tuple[Constraint, ...]] = []
    while left:
        core = reasoning.refuted([*reasoning.musts, *left])
        if core is None or not set(core) & set(left):
            break
        # first as few SHOULDs as can be: what must hold is the reason, what should is the finding
        order = [*(n for n in core if n in left), *(n for n in core if n not in left)]
        smallest = _minimal_in(order, reasoning.refuted)
        found.append(tuple(reasoning.constraints[number] for number in smallest))
        left = [number for number in left if number not in smallest]
    return found


def unreachable(reasoning: Reasoning) -> list[tuple[str, tuple[Constraint, ...]]]:
    """Return the arms, bodies of maps and turns of loops that cannot run, each with a minimal reason."""
    try:
        state = reasoning.values[0].following(reasoning.said_of_values(reasoning.musts))
    except Refuted:
        return []
    found = []
    for region, facts in state.dead.items():
        around = state.net.regions[region]
        if around.parent in state.dead:
            continue
        core = minimal(state.said_in(facts), partial(_kills, reasoning, region))
        found.append((around.path, tuple(reasoning.constraints[number] for number in core)))
    return found


def _kills(reasoning: Reasoning, region: int, assumptions: list[int]) -> frozenset[int] | None:
    try:
        state = reasoning.values[0].following(reasoning.said_of_values(assumptions))
    except Refuted as refutation:
        return refutation.said
    return state.said_in(state.dead[region]) if region in state.dead else None


def _minimal_in(order: Sequence[int], refute: Callable[[list[int]], frozenset[int] | None]) -> tuple[int, ...]:
    core = list(order)
    for number in order:
        without = [other for other in core if other != number]
        if number in core and refute(without) is not None:
            core = without
    return tuple(core)


def made_by_model(constraint: Constraint) -> bool:
    """Whether a model assumed it: nobody said it."""
    return constraint.origin.startswith("model")


class _Repairs:
    """Minimal hitting sets of all minimal cores, found together (after Reiter's hitting set tree)."""

    def __init__(
        self, reasoning: Reasoning, active: Sequence[int], core: tuple[int, ...], give_up: Callable[[], bool]
    ) -> None:
        self.reasoning = reasoning
        self.give_up = give_up
        self.cores = [core]
        self.suspects: frozenset[int] = frozenset()
        left = list(active)
        known: frozenset[int] | None = frozenset(core)
        while known:
            # what is left without any of these can hold: every other core has one of them
            self.suspects |= known
            left = [number for number in left if number not in known]
            known = reasoning.refuted(left)
        self.active = active
        self.sound = self._without_suspects()
        self._order = sorted(
            range(len(reasoning.constraints)),
            key=lambda number: (not made_by_model(reasoning.constraints[number]), number),
        )
        self._rank = {number: rank for rank, number in enumerate(self._order)}

    def _without_suspects(self) -> Propagation:
        left = [number for number in self.active if number not in self.suspects]
        return self.reasoning.values[0].following(self.reasoning.said_of_values(left))

    def found(self) -> tuple[list[tuple[int, ...]], bool]:
        """Return the repairs, smallest first, and whether they are all."""
        repairs: list[frozenset[int]] = []
        queue: list[tuple[int, tuple[int, ...]]] = [(0, ())]
        seen: set[tuple[int, ...]] = {()}
        while queue:
            if self._is_enough(len(repairs)):
                return self._sorted(repairs or self._any_repair()), False
            _, ranks = heapq.heappop(queue)
            withdrawn = frozenset(self._order[rank] for rank in ranks)
            if any(repair <= withdrawn for repair in repairs):
                continue
            core = self._core_without(withdrawn)
            if core is None:
                repairs.append(withdrawn)
                continue
            for number in core:
                wider = tuple(sorted((*ranks, self._rank[number])))
                if wider not in seen:
                    seen.add(wider)
                    heapq.heappush(queue, (len(wider), wider))
        return self._sorted(repairs), True

    def _any_repair(self) -> list[frozenset[int]]:
        """Return one repair without a search, if that is not long: all that may be at fault, less what can stay."""
        withdrawn = sorted(self.suspects, key=self._rank.__getitem__)
        if len(withdrawn) > _SEARCHED:
            return []
        stays: list[int] = []
        for number in reversed(withdrawn):
            if refuted(self.sound, self.reasoning.said_of_values([*stays, number])) is None:
                stays.append(number)
        return [self.suspects.difference(stays)]

    def _is_enough(self, count: int) -> bool:
        in_conflict = {number for core in self.cores for number in core}
        return len(in_conflict) > _ALL_OF and (count >= _MOST or self.give_up())

    def _sorted(self, repairs: list[frozenset[int]]) -> list[tuple[int, ...]]:
        return [tuple(sorted(repair, key=self._rank.__getitem__)) for repair in repairs]

    def _core_without(self, withdrawn: frozenset[int]) -> tuple[int, ...] | None:
        """Return a minimal core that a withdrawal leaves; None where it leaves no conflict."""
        for core in self.cores:
            if not withdrawn & set(core):
                return core
        left = [number for number in sorted(self.suspects) if number not in withdrawn]
        found = refuted(self.sound, self.reasoning.said_of_values(left))
        if found is None:
            return None
        core = minimal(found, self.reasoning.refuted)
        self.cores.append(core)
        if not self.suspects.issuperset(core):
            # what may be withdrawn next can be held for sound no longer
            self.suspects |= set(core)
            self.sound = self._without_suspects()
        return core


def _message(name: str, core: Sequence[Constraint], repairs: Sequence[Sequence[Constraint]]) -> str:
    lines = [f"{name}: {'these cannot hold together' if len(core) > 1 else 'this cannot hold'}:"]
    lines += [f"  {constraint}" for constraint in core]
    if repairs:
        shown = repairs[:3]
        texts = Counter(constraint.text for constraint in {c for some in (core, *shown) for c in some})
        alike = {text for text, count in texts.items() if count > 1}
        lines.append("  help: withdraw " + _withdrawn(shown[0], alike))
        lines += [f"    or {_withdrawn(repair, alike)}" for repair in shown[1:]]
        if len(repairs) > 3:
            lines.append(f"    or one of {len(repairs) - 3} more sets")
    return "\n".join(lines)


def _withdrawn(repair: Sequence[Constraint], alike: Collection[str]) -> str:
    """Return what to withdraw; where several have one text, with their origins."""
    named = [f"`{c.strength} {c.text}`" + (f" [{c.origin}]" if c.text in alike else "") for c in repair[:_SHOWN]]
    more = [f"{len(repair) - _SHOWN} more"] if len(repair) > _SHOWN else []
    return " and ".join([*named, *more])
