"""Rewriting an inventory: line ranges are exchanged, every other byte stays."""

from __future__ import annotations

from collections.abc import Sequence

from lift_sys.planning.inventory import Inventory, Section
from lift_sys.planning.lines import ending_of, in_line
from lift_sys.planning.planned_hole import PlannedHole

__all__ = ["block_of", "spliced"]


def spliced(inventory: Inventory, holes: Sequence[PlannedHole]) -> str:
    """Return the text with these holes instead of those it has.

    A hole that is as before keeps its lines, one that changed gets new keys and keeps its prose, one that is gone
    takes its prose along, and a new one comes after the hole that precedes it in `holes`.
    """
    splice = _Splice(inventory)
    wanted = {hole.id: hole for hole in holes}
    new = _by_predecessor(inventory, holes)
    first = inventory.sections[0].start if inventory.sections else len(inventory.lines)
    splice.keep(0, first)
    for hole in new.get(None, ()):
        splice.add(hole)
    position = first
    for section in inventory.sections:
        splice.keep(position, section.start)
        if section.id in wanted:
            splice.renew(section, wanted[section.id])
            for hole in new.get(section.id, ()):
                splice.add(hole)
        position = section.end
    splice.keep(position, len(inventory.lines))
    return "".join(splice.written)


def _by_predecessor(inventory: Inventory, holes: Sequence[PlannedHole]) -> dict[str | None, list[PlannedHole]]:
    """Return the new holes by the hole of the inventory behind which they belong."""
    new: dict[str | None, list[PlannedHole]] = {}
    standing: str | None = None
    for hole in holes:
        if hole.id in inventory.holes:
            standing = hole.id
        else:
            new.setdefault(standing, []).append(hole)
    return new


class _Splice:
    """Writes the new text piece by piece; blank lines are added around new blocks only."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.ending = ending_of(inventory.lines)
        self.written: list[str] = []
        self.added_last = False

    def keep(self, start: int, end: int) -> None:
        """Take lines over as they are."""
        self._put(self.inventory.lines[start:end])

    def renew(self, section: Section, hole: PlannedHole) -> None:
        """Take a section over; its block is written anew when the hole changed."""
        if hole == self.inventory.holes[section.id]:
            self.keep(section.start, section.end)
            return
        block = block_of(hole, self.ending)
        if not self.inventory.lines[section.keys_end - 1].endswith("\n"):
            block[-1] = block[-1].removesuffix(self.ending)
        self._put(block)
        self.keep(section.keys_end, section.end)

    def add(self, hole: PlannedHole) -> None:
        """Write a hole that was not there, with a blank line above it."""
        if self.written:
            if not self.written[-1].endswith("\n"):
                self.written[-1] += self.ending
            if self.written[-1].strip():
                self.written.append(self.ending)
        self.written += block_of(hole, self.ending)
        self.added_last = True

    def _put(self, lines: Sequence[str]) -> None:
        if lines and self.added_last:
            if lines[0].strip():
                self.written.append(self.ending)
            self.added_last = False
        self.written += lines


def block_of(hole: PlannedHole, ending: str = "\n") -> list[str]:
    """Return the heading and key lines of a hole, as an inventory is read."""
    said = [
        f"## {hole.id} {in_line(hole.name)}",
        f"- kind: {in_line(hole.kind)}",
        f"- type: {in_line(hole.type)}",
        f"- phase: {hole.phase}",
    ]
    if hole.depends_on:
        said.append(f"- depends_on: {', '.join(hole.depends_on)}")
    said += [f"- constraints: {in_line(text)}" for text in hole.constraints]
    for receiver, texts in hole.gives.items():
        said += [f"- gives: {receiver} {in_line(text)}" for text in texts] or [f"- gives: {receiver}"]
    said += [f"- accept: {in_line(command)}" for command in hole.accept]
    return [line + ending for line in said]
