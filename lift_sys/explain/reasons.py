"""What a graph's constraints say together, asked as users ask it.

What reasons is imported where it is asked: a graph of which nothing is said never needs it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lift_sys.define import Constraint, Fill, Fit, Graph, Node, WhatIf, fault, user_place
from lift_sys.errors import ConstraintConflict, Diagnostic, FillRefused
from lift_sys.resolve import fits_by_type, says_anything

if TYPE_CHECKING:
    from lift_sys.explain.claim_explanation import ClaimExplanation
    from lift_sys.resolve import Standing

__all__ = [
    "conflict",
    "conflict_faults",
    "consider_fills",
    "narrowings",
    "possible_fits",
    "reason",
    "refuse_conflict",
    "standings",
    "warnings_of",
]

_PATIENCE = 1.0
"""Seconds that are spent on repairs where there are many."""


def reason(graph: Graph[..., Any], question: str, /, **details: Any) -> Any:
    """Answer `conflict`, `why` (node, claim) or `what_if` (withdraw, fill)."""
    if question == "conflict":
        return conflict(graph)
    if question == "why":
        return _why(graph, **details)
    return _what_if(graph, **details)


def conflict(graph: Graph[..., Any]) -> ConstraintConflict | None:
    """Return the conflict of a graph's MUSTs, if they have one."""
    if not says_anything(graph):
        return None
    from lift_sys.resolve import conflict_of, reasoning_of

    known = reasoning_of(graph)
    if "conflict" not in known.answers:
        known.answers["conflict"] = conflict_of(known, give_up=_clock())
    found: ConstraintConflict | None = known.answers["conflict"]
    return found


def refuse_conflict(graph: Graph[..., Any]) -> None:
    """Raise the ConstraintConflict of a graph's MUSTs, if they have one."""
    found = conflict(graph)
    if found is not None:
        raise ConstraintConflict(str(found), found.core, found.repairs, found.repairs_complete)


def conflict_faults(graph: Graph[..., Any]) -> list[Diagnostic]:
    """Return the conflict of a sound graph as a diagnostic."""
    found = conflict(graph)
    if found is None:
        return []
    return [_as_diagnostic(found, graph.place, "")]


def consider_fills(graph: Graph[..., Any], held: Iterable[Fill], offered: Sequence[Fill]) -> list[dict[str, Any]]:
    """Return what open holes learn from fills, as data of events; FillRefused where they bring a conflict."""
    before = graph.with_fills(*held)
    after = before.with_fills(*offered)
    if not says_anything(after):
        return []
    found = conflict(after)
    if found is None:
        return narrowings(after, before)
    names = " and ".join(fill.name or fill.kind for fill in offered)
    holes = ", ".join(dict.fromkeys(fill.hole.name for fill in offered))
    place = f"{offered[0].place} {holes}"
    raise FillRefused(diagnostics=(_as_diagnostic(found, place, f"{names} cannot stand in {holes}: "),)) from found


def _as_diagnostic(found: ConstraintConflict, place: str, before: str) -> Diagnostic:
    said, _, cure = str(found).partition("\n  help: ")
    return Diagnostic("LS502", place, before + said, cure or "withdraw one of them")


def possible_fits(graph: Graph[..., Any], held: Iterable[Fill], hole: Node[..., Any]) -> Sequence[Fit]:
    """Return what fits a hole by its type and leaves no conflict with what stands in the others."""
    filled = graph.with_fills(*held)
    found = fits_by_type(graph, hole)
    if not says_anything(filled):
        return found
    return [fit for fit in found if conflict(filled.with_fills(fit.fill)) is None]


def narrowings(graph: Graph[..., Any], before: Graph[..., Any] | None = None) -> list[dict[str, Any]]:
    """Return what is known of open holes beyond their types, as data of events; with `before` only what is new."""
    if not says_anything(graph):
        return []
    from lift_sys.resolve import narrowed_holes, only_value, reasoning_of

    known = reasoning_of(graph)
    old = narrowed_holes(reasoning_of(before)) if before is not None else {}
    found = []
    for path, facts in narrowed_holes(known).items():
        new = [fact for fact in facts if fact not in old.get(path, ())]
        if new:
            found.append({"hole": path, "facts": new})
    for hole in graph.holes:
        for value in only_value(known, hole):
            found.append({"hole": hole.name, "only": value})
    return found


def warnings_of(graph: Graph[..., Any]) -> list[str]:
    """Return what a sound graph should be warned of: arms that cannot run, SHOULDs that cannot hold, vain budgets."""
    found = []
    if says_anything(graph):
        from lift_sys.resolve import reasoning_of, should_conflicts, unreachable

        known = reasoning_of(graph)
        for path, core in unreachable(known):
            found.append(f"{path} cannot run: {_and(core)}")
        for core in should_conflicts(known):
            found.append(f"{graph.name}: these cannot all hold: {_and(core)}")
    if graph.budget is not None:
        from lift_sys.resolve import budget_conflicts, cost_of

        found += [f"{graph.name}: {conflict}" for conflict in budget_conflicts(cost_of(graph), graph.budget)]
    return found


def standings(graph: Graph[..., Any]) -> Mapping[Constraint, Standing]:
    """Return how each MUST and SHOULD of a graph stands: verified, checked at run time, tainted, or prose."""
    from lift_sys.resolve import reasoning_of, standing_of

    return standing_of(reasoning_of(graph))


def _and(constraints: Iterable[Constraint]) -> str:
    return "; ".join(map(str, constraints))


def _why(graph: Graph[..., Any], *, node: Node[..., Any], claim: str) -> ClaimExplanation | None:
    _refuse_unasked(graph, node, isinstance(node, Node), "a node of the graph")
    _refuse_unasked(graph, claim, isinstance(claim, str), 'a text such as "result >= 0"')
    from lift_sys.explain.claim_explanation import ClaimExplanation
    from lift_sys.resolve import proof_of, reasoning_of

    proof = proof_of(reasoning_of(graph), node, claim)
    return None if proof is None else ClaimExplanation(proof)


def _refuse_unasked(graph: Graph[..., Any], given: Any, is_right: bool, wanted: str) -> None:
    if not is_right:
        where = f"{user_place()} {graph.name}"
        raise fault("LS503", where, f"{graph.name}.why(node, claim): {given!r:.80} is not {wanted}", f"give {wanted}")


def _what_if(graph: Graph[..., Any], *, withdraw: Iterable[Constraint], fill: Fill | None) -> WhatIf:
    from lift_sys.explain.what_if import what_if

    return what_if(graph, withdraw, fill, give_up=_clock())


def _clock() -> Callable[[], bool]:
    began = time.monotonic()
    return lambda: time.monotonic() - began > _PATIENCE
