"""How each constraint stands before anything runs: verified, asked of values at run time, tainted, or prose.

Verified uses only what producers guarantee: types, and what is said of results. It never uses a demand, nor the
constraint itself, nor anything that rests on a deferred hole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from lift_sys.define import Constraint
from lift_sys.resolve.claims import Part
from lift_sys.resolve.constraint_tracking import Reasoning
from lift_sys.resolve.network_builder import Instance

__all__ = ["Standing", "standing_of"]

Standing: TypeAlias = Literal["verified", "checked", "tainted", "prose"]


def standing_of(reasoning: Reasoning) -> Mapping[Constraint, Standing]:
    """Return how each MUST and SHOULD of a graph stands; one that has a `check` is asked at run time."""
    found: dict[Constraint, Standing] = {}
    guarantees = [number for number in reasoning.musts if _is_guarantee(reasoning, number)]
    tainted = _tainted_slots(reasoning)
    for number, constraint in enumerate(reasoning.constraints):
        places = reasoning.places[number]
        if any(slot in tainted for place in places for slot in place.ports.values()):
            found[constraint] = "tainted"
        elif constraint.check is None and _is_verified(reasoning, number, places, guarantees):
            found[constraint] = "verified"
        else:
            found[constraint] = "checked"
    for constraint in reasoning.prose:
        if constraint.strength != "MAY":
            found[constraint] = "prose" if constraint.check is None else "checked"
    return found


def _is_guarantee(reasoning: Reasoning, number: int) -> bool:
    """Whether an assumption is about results: a producer that breaks it gives nothing."""
    instance = reasoning.places[number][0]
    predicate = instance.constraint.predicate_for(instance.shape)
    return predicate is not None and "result" in predicate.ports


def _is_verified(reasoning: Reasoning, number: int, places: list[Instance], guarantees: list[int]) -> bool:
    others = [other for other in guarantees if other != number]
    for place in places:
        predicate = place.constraint.predicate_for(place.shape)
        if predicate is None:
            return False
        part = Part(reasoning, place.ports, place.step.region, predicate.formula, demands=False)
        if part.refuted([other for other in part.speaking if other in others]) is None:
            return False
    return True


def _tainted_slots(reasoning: Reasoning) -> set[int]:
    """Return the values that rest on a deferred hole."""
    steps = reasoning.whole.steps
    tainted = {step.result for step in steps if step.fill is not None and step.fill.kind == "deferred"}
    todo = list(tainted)
    results: dict[int, list[int]] = {}
    for step in steps:
        for port in step.ports.values():
            results.setdefault(port, []).append(step.result)
    while todo:
        slot = todo.pop()
        for after in (*reasoning.leaves.after(slot), *results.get(slot, ())):
            if after not in tainted:
                tainted.add(after)
                todo.append(after)
    return tainted
