"""Which leaves can matter to a few constraints: those between the leaves that they speak of."""

from __future__ import annotations

from collections.abc import Iterable

from lift_sys.resolve.leaf_network import LeafNetwork, Mode

__all__ = ["between"]


def between(leaves: LeafNetwork, within: frozenset[int], touched: Iterable[int]) -> frozenset[int]:
    """Return what is left of some variables when no end is left that nobody speaks of.

    A value that goes to many places is told to each of them; where nothing is said of it there, and it goes no further,
    that changes nothing.
    """
    beside: dict[int, set[int]] = {variable: set() for variable in within}
    for variable in within:
        for other in leaves.out[Mode.JOINT][variable]:
            if other in within:
                beside[variable].add(other)
                beside[other].add(variable)
    targets = {target for target, _, _ in leaves.choices}
    kept = {*touched, *leaves.length_of, *leaves.sized, *targets}
    ends = [v for v in within if len(beside[v]) < 2 and not _is_kept(leaves, v, kept)]
    while ends:
        end = ends.pop()
        for other in beside.pop(end, ()):
            beside[other].discard(end)
            if len(beside[other]) < 2 and not _is_kept(leaves, other, kept):
                ends.append(other)
    return frozenset(beside)


def _is_kept(leaves: LeafNetwork, variable: int, kept: set[int]) -> bool:
    return variable in kept or leaves.owner[variable] >= 0 or bool(leaves.hull_of[variable])
