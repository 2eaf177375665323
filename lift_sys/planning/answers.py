"""The answers of the tracker, as the data that `--json` writes; ids in the order of their numbers. Pure."""

from __future__ import annotations

from typing import Any

from lift_sys.planning.board import Board
from lift_sys.planning.planned_hole import PlannedHole, in_order, number
from lift_sys.planning.propagation_log import Given

__all__ = ["FILTERS", "gate", "graph", "listed", "next_hole", "phase_status", "ready", "show", "what_if", "why"]

Answer = dict[str, Any]
FILTERS = ("open", "resolved", "deferred", "ready", "blocked")


def listed(board: Board, status: str | None = None, phase: int | None = None) -> Answer:
    """Return one line about each hole: `{holes: [{id, name, kind, type, phase, status, by, waits_for}]}`."""
    return {
        "holes": [_line(board, hole_id) for hole_id in board.in_phase(phase) if _passes(board, hole_id, status)],
    }


def _passes(board: Board, hole_id: str, status: str | None) -> bool:
    if status == "ready":
        return board.is_ready(hole_id)
    if status == "blocked":
        return not board.is_resolved(hole_id) and bool(board.blockers(hole_id))
    return status is None or board.status(hole_id) == status


def _line(board: Board, hole_id: str) -> Answer:
    hole = board.holes[hole_id]
    return {
        "id": hole.id,
        "name": hole.name,
        "kind": hole.kind,
        "type": hole.type,
        "phase": hole.phase,
        "status": board.status(hole_id),
        "by": board.standing.resolved.get(hole_id),
        "waits_for": board.blockers(hole_id),
    }


def show(board: Board, hole: PlannedHole) -> Answer:
    """Return all about a hole: its line in `list`, what the inventory says, who depends on it, what it was told."""
    return {
        **_line(board, hole.id),
        "depends_on": list(hole.depends_on),
        "dependants": list(board.dependants[hole.id]),
        "constraints": list(hole.constraints),
        "gives": {receiver: list(texts) for receiver, texts in hole.gives.items()},
        "accept": list(hole.accept),
        "received": why(board, hole)["received"],
        "line": hole.line,
    }


def ready(board: Board, phase: int | None = None) -> Answer:
    """Return the holes that can be worked on: `{ready: []}`."""
    return {"ready": [hole_id for hole_id in board.in_phase(phase) if board.is_ready(hole_id)]}


def next_hole(board: Board) -> Answer:
    """Return the ready hole on which most holes wait: `{next, unblocks, path}`, path a longest chain that waits for it.

    At a tie the lowest id; a chain runs through holes that are not resolved.
    """
    waiting = _waiting(board)
    position = {hole_id: index for index, hole_id in enumerate(board.order)}
    reach: dict[str, int] = {}
    length: dict[str, int] = {}
    for hole_id in reversed(board.order):
        behind = waiting[hole_id]
        reach[hole_id] = 0
        for dependant in behind:
            reach[hole_id] |= reach[dependant] | 1 << position[dependant]
        length[hole_id] = 1 + max((length[dependant] for dependant in behind), default=0)
    candidates = ready(board)["ready"]
    if not candidates:
        return {"next": None, "unblocks": 0, "path": []}
    best = max(candidates, key=lambda hole_id: (reach[hole_id].bit_count(), -number(hole_id)))
    path = [best]
    while waiting[path[-1]]:
        path.append(max(waiting[path[-1]], key=lambda hole_id: (length[hole_id], -number(hole_id))))
    return {"next": best, "unblocks": reach[best].bit_count(), "path": path}


def _waiting(board: Board) -> dict[str, list[str]]:
    """Return by id the unresolved holes that depend on it directly."""
    return {
        hole_id: [dependant for dependant in dependants if not board.is_resolved(dependant)]
        for hole_id, dependants in board.dependants.items()
    }


def phase_status(board: Board, phase: int) -> Answer:
    """Return how far a phase is: `{total, resolved: [], ready: [], blocked: {id: [open dependencies]}}`."""
    holes = board.in_phase(phase)
    unresolved = [hole_id for hole_id in holes if not board.is_resolved(hole_id)]
    return {
        "total": len(holes),
        "resolved": [hole_id for hole_id in holes if board.is_resolved(hole_id)],
        "ready": [hole_id for hole_id in holes if board.is_ready(hole_id)],
        "blocked": {hole_id: board.blockers(hole_id) for hole_id in unresolved if board.blockers(hole_id)},
    }


def gate(board: Board, phase: int, broken: list[str]) -> Answer:
    """Return whether all holes up to a phase are resolved and hold: `{passed, open: [], broken: [], later: {}}`.

    `later` names, for each open hole of these phases, the unresolved holes of later phases it waits for.
    """
    holes = board.in_phase(most=phase)
    unresolved = [hole_id for hole_id in holes if not board.is_resolved(hole_id)]
    later = {hole_id: _later_blockers(board, hole_id, phase) for hole_id in unresolved}
    return {
        "passed": not unresolved and not broken,
        "open": unresolved,
        "broken": broken,
        "later": {hole_id: blockers for hole_id, blockers in later.items() if blockers},
    }


def _later_blockers(board: Board, hole_id: str, phase: int) -> list[str]:
    seen: set[str] = set()
    frontier = [hole_id]
    while frontier:
        new = set(board.blockers(frontier.pop())) - seen
        seen |= new
        frontier += new
    return in_order(found for found in seen if board.holes[found].phase > phase)


def why(board: Board, hole: PlannedHole) -> Answer:
    """Return what a hole was told by holes that are resolved now: `{received: [{from, to, text}]}`."""
    return {"received": [_told(given) for given in board.in_force if given.receiver == hole.id]}


def what_if(board: Board, withdrawn: PlannedHole) -> Answer:
    """Return what a withdrawal would take along: `{falls: [], lost: [{from, to, text}]}`; nothing changes.

    `falls` are the resolved holes that rest on it through resolved ones; `lost` is what it and they told others.
    """
    falls = board.reached(withdrawn.id)
    gone = {withdrawn.id, *falls}
    return {"falls": falls, "lost": [_told(given) for given in board.in_force if given.giver in gone]}


def graph(board: Board) -> Answer:
    """Return the holes and who gives to whom: `{nodes: [{id, name, phase, status}], edges: [{from, to}]}`."""
    nodes = [_line(board, hole_id) for hole_id in board.in_phase()]
    return {
        "nodes": [{key: node[key] for key in ("id", "name", "phase", "status")} for node in nodes],
        "edges": [
            {"from": giver, "to": dependant} for giver in board.in_phase() for dependant in board.dependants[giver]
        ],
    }


def _told(given: Given) -> Answer:
    return {"from": given.giver, "to": given.receiver, "text": given.text}
