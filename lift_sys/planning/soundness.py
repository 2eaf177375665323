"""What must hold between the holes of one inventory: every id is known, and nobody waits in a circle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lift_sys.errors import PlanningError
from lift_sys.planning.nearest import nearest
from lift_sys.planning.planned_hole import PlannedHole, in_order

__all__ = ["order_of"]


def order_of(holes: Mapping[str, PlannedHole], file: str) -> list[str]:
    """Return the ids so that each comes after those it depends on; PlanningError when there is no such order."""
    for hole in holes.values():
        _demand_known("depends_on", "depends on", hole, hole.depends_on, holes, file)
        _demand_known("gives", "gives to", hole, hole.gives, holes, file)
    waiting = {hole.id: len(hole.depends_on) for hole in holes.values()}
    dependants: dict[str, list[str]] = {hole_id: [] for hole_id in holes}
    for hole in holes.values():
        for giver in hole.depends_on:
            dependants[giver].append(hole.id)
    order = [hole_id for hole_id, count in waiting.items() if not count]
    for hole_id in order:
        for dependant in dependants[hole_id]:
            waiting[dependant] -= 1
            if not waiting[dependant]:
                order.append(dependant)  # the list is the queue: what is appended is visited
    if len(order) < len(holes):
        raise _circle(holes, in_order(set(holes) - set(order)), file)
    return order


def _demand_known(
    key: str, verb: str, hole: PlannedHole, ids: Iterable[str], holes: Mapping[str, PlannedHole], file: str
) -> None:
    for named in ids:
        if named not in holes:
            near = nearest(named, holes)
            message = f"{hole.id} {verb} {named}, which is not in the inventory; the nearest is {near}"
            raise PlanningError("unknown_hole", message, file=file, line=hole.line_of(key))


def _circle(holes: Mapping[str, PlannedHole], stuck: list[str], file: str) -> PlanningError:
    """Return the fault for the first circle: from each stuck hole a stuck one can be reached, so walking finds it."""
    remaining = set(stuck)
    walked: dict[str, int] = {}
    path: list[str] = []
    here = stuck[0]
    while here not in walked:
        walked[here] = len(path)
        path.append(here)
        here = next(giver for giver in in_order(holes[here].depends_on) if giver in remaining)
    circle = path[walked[here] :]
    lowest = circle.index(in_order(circle)[0])
    circle = [*circle[lowest:], *circle[:lowest], circle[lowest]]
    message = f"holes wait for each other in a circle: {' -> '.join(circle)}; take one of these dependencies out"
    return PlanningError("cycle", message, file=file, line=holes[circle[0]].line_of("depends_on"), path=circle)
