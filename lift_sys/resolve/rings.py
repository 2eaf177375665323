"""Rings of differences: `x < y`, `y <= x` cannot hold, whatever the bounds are.

Longest paths from potentials of zero (Bellman and Ford, swept in both directions in turn after Yen): a ring whose
differences add up to more than nothing is found in the steps that lead to a potential.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from lift_sys.resolve.domain_state import plus
from lift_sys.resolve.domains import Bound
from lift_sys.resolve.leaf_network import Mode
from lift_sys.resolve.literals import Differ

if TYPE_CHECKING:
    from lift_sys.resolve.propagation import Propagation

__all__ = ["Difference", "refute_rings"]

Difference: TypeAlias = tuple[Differ, int]
"""What was said, and the fact of it."""
_Arc: TypeAlias = tuple[int, int, Bound, int, int]
"""From one class of equal variables to another: by how much, the region, the fact."""


def refute_rings(state: Propagation) -> None:
    """Kill the region of each ring that cannot be; raises Refuted where it must run."""
    arcs = _arcs(state)
    while arcs:
        ring = _ring(_without_ends(arcs))
        if not ring:
            return
        region = max((arc[3] for arc in ring), key=lambda r: len(list(state.net.around(r))))
        state.kill(region, tuple(arc[4] for arc in ring))
        arcs = [arc for arc in arcs if arc[3] not in state.dead]


def _arcs(state: Propagation) -> list[_Arc]:
    """Return the differences between classes of variables that are one value."""
    out, within = state.net.out[Mode.JOINT], state.within
    classes: dict[int, int] = {}
    arcs: list[_Arc] = []
    for literal, fact in state.differences:
        region = state.region[literal.low]
        if region in state.dead:
            continue
        for variable in (literal.low, literal.high):
            if variable in classes:
                continue
            todo = [variable]
            while todo:
                one = todo.pop()
                if one not in classes:
                    classes[one] = variable
                    near = out[one] if within is None else [other for other in out[one] if other in within]
                    todo.extend(other for other in near if other not in classes and one in out[other])
        arcs.append((classes[literal.low], classes[literal.high], literal.by, region, fact))
    return arcs


def _without_ends(arcs: list[_Arc]) -> list[_Arc]:
    """Return the arcs that may lie on a ring: not those of classes that nothing leads to."""
    count: dict[int, int] = {}
    leaving: dict[int, list[_Arc]] = {}
    for arc in arcs:
        count[arc[1]] = count.get(arc[1], 0) + 1
        count.setdefault(arc[0], 0)
        leaving.setdefault(arc[0], []).append(arc)
    ends = [one for one, known in count.items() if not known]
    while ends:
        for arc in leaving.pop(ends.pop(), ()):
            count[arc[1]] -= 1
            if not count[arc[1]]:
                ends.append(arc[1])
    return [arc for left in leaving.values() for arc in left]


def _ring(arcs: list[_Arc]) -> list[_Arc]:
    """Return a ring that adds up to more than nothing, if there is one."""
    potential: dict[int, Bound] = {}
    for arc in arcs:
        potential[arc[0]] = potential[arc[1]] = (0, 0)
    by: dict[int, _Arc] = {}
    ordered = sorted(arcs)
    for turn in range(2 * len(potential) + 2):
        changed = False
        sweep: Iterable[_Arc] = ordered if turn % 2 == 0 else reversed(ordered)
        for arc in sweep:
            reached = plus(potential[arc[0]], *arc[2])
            if reached > potential[arc[1]]:
                potential[arc[1]], by[arc[1]], changed = reached, arc, True
        if not changed:
            return []
        if turn & (turn + 1) == 0 and (ring := _ring_of(by)):
            return ring
    return _ring_of(by)


def _ring_of(by: dict[int, _Arc]) -> list[_Arc]:
    """Return a ring among the steps that lead to potentials: one adds up to more than nothing, or there is none."""
    seen: dict[int, int] = {}
    for start in by:
        one = start
        while one in by and one not in seen:
            seen[one] = start
            one = by[one][0]
        if one in by and seen.get(one) == start:
            ring = [by[one]]
            while ring[-1][0] != one:
                ring.append(by[ring[-1][0]])
            return ring
    return []
