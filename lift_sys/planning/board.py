"""The board: an inventory and where its holes stand, as one value that every answer is read from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from lift_sys.errors import PlanningError
from lift_sys.planning.fold import Standing, Status, fold
from lift_sys.planning.inventory import Inventory
from lift_sys.planning.nearest import nearest
from lift_sys.planning.planned_hole import PlannedHole, in_order, number
from lift_sys.planning.propagation_log import Entry, Given
from lift_sys.planning.soundness import order_of

__all__ = ["Board"]


class Board:
    """What is planned and what is done; raises PlanningError when holes are unknown or wait in a circle."""

    def __init__(self, inventory: Inventory, entries: Iterable[Entry] = ()) -> None:
        self.inventory = inventory
        self.holes: Mapping[str, PlannedHole] = inventory.holes
        self.order: Sequence[str] = order_of(inventory.holes, inventory.file)
        """Each id after those it depends on."""
        self.standing: Standing = fold(entries)

    @cached_property
    def dependants(self) -> Mapping[str, Sequence[str]]:
        """By id: the holes that depend on it directly, in order."""
        found: dict[str, list[str]] = {hole_id: [] for hole_id in self.holes}
        for hole_id in in_order(self.holes):
            for giver in self.holes[hole_id].depends_on:
                found[giver].append(hole_id)
        return found

    def hole(self, hole_id: str) -> PlannedHole:
        """Return a hole; PlanningError names the nearest when there is none of that id."""
        found = self.holes.get(hole_id)
        if found is None:
            near = nearest(hole_id, self.holes)
            words = f"the nearest is {near} {self.holes[near].name}" if near else "it has no holes yet"
            message = f"there is no hole {hole_id!r} in the inventory; {words}"
            raise PlanningError("unknown_hole", message, file=self.inventory.file)
        return found

    def status(self, hole_id: str) -> Status:
        """Return where a hole stands, by the log."""
        return self.standing.status(hole_id)

    def is_resolved(self, hole_id: str) -> bool:
        """Say whether a hole is resolved now."""
        return hole_id in self.standing.resolved

    def blockers(self, hole_id: str) -> list[str]:
        """Return what a hole waits for: its dependencies that are not resolved, in order."""
        return in_order(giver for giver in self.holes[hole_id].depends_on if not self.is_resolved(giver))

    def is_ready(self, hole_id: str) -> bool:
        """Say whether a hole can be worked on: open, not deferred, and nothing blocks it."""
        return self.status(hole_id) == "open" and not self.blockers(hole_id)

    def in_phase(self, phase: int | None = None, *, most: int | None = None) -> list[str]:
        """Return the ids of one phase, of all phases up to `most`, or of all, in order."""
        return in_order(
            hole.id
            for hole in self.holes.values()
            if (phase is None or hole.phase == phase) and (most is None or hole.phase <= most)
        )

    @cached_property
    def in_force(self) -> Sequence[Given]:
        """What resolved holes told others and the inventory still says, by giver and receiver."""
        told = (given for given in self.standing.given if self.is_resolved(given.giver) and given in self.sayable)
        return sorted(told, key=lambda given: (number(given.giver), number(given.receiver)))

    @cached_property
    def sayable(self) -> Mapping[Given, None]:
        """Everything that holes would tell their dependants, each once."""
        return {given: None for hole_id in in_order(self.holes) for given in self.gifts(hole_id)}

    def gifts(self, giver: str) -> list[Given]:
        """Return what a hole tells its direct dependants when it is resolved."""
        hole = self.holes[giver]
        return [Given(giver, receiver, text) for receiver in self.dependants[giver] for text in hole.gives_to(receiver)]

    def reached(self, hole_id: str) -> list[str]:
        """Return the resolved holes that rest on a hole, directly or through resolved ones, in order."""
        seen: set[str] = set()
        frontier = [hole_id]
        while frontier:
            for dependant in self.dependants[frontier.pop()]:
                if self.is_resolved(dependant) and dependant not in seen:
                    seen.add(dependant)
                    frontier.append(dependant)
        return in_order(seen)
