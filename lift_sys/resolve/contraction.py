"""Leaves that are one value become one variable: whether constraints can hold together is asked of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lift_sys.resolve.domains import Declared
from lift_sys.resolve.leaf_network import LeafNetwork, Mode
from lift_sys.resolve.literals import Above, Below, Differ, Either, Kinds, Literal, NotIn, OneOf, Other, Same, Stepped

__all__ = ["contracted", "renamed"]


def contracted(net: LeafNetwork) -> tuple[LeafNetwork, list[int]]:
    """Return a network with one variable for each value, and by variable which one that is."""
    groups = _groups(net)
    names = {group: number for number, group in enumerate(sorted(set(groups)))}
    to = [names[group] for group in groups]
    new = LeafNetwork(slots=net.slots, regions=net.regions, hulls=net.hulls)
    new.keys = [net.keys[group] for group in names]
    new.declared = _met(net, to, len(names))
    new.owner = [-1] * len(names)
    new.hull_of = [[] for _ in names]
    for variable, length in enumerate(net.owner):
        if length >= 0:
            new.owner[to[variable]] = to[length]
    new.length_of = {to[text]: to[length] for text, length in net.length_of.items()}
    new.sized = {length: text for text, length in new.length_of.items()}
    new.index = {key: to[variable] for key, variable in net.index.items()}
    new.choices = [(to[target], tuple([to[s] for s in sources]), arms) for target, sources, arms in net.choices]
    for number, (_, sources, _) in enumerate(new.choices):
        for source in sources:
            new.hull_of[source].append(number)
    out: list[dict[int, None]] = [{} for _ in names]
    for source, targets in enumerate(net.out[Mode.JOINT]):
        out[to[source]].update((to[target], None) for target in targets if to[target] != to[source])
    joined = [list(targets) for targets in out]
    new.out = (joined, joined)
    return new, to


def _groups(net: LeafNetwork) -> list[int]:
    """Return by variable the first of those that are the same value: flows that go both ways, in one region."""
    out = net.out[Mode.JOINT]
    groups = [-1] * len(net.keys)
    regions = [net.region_of(variable) for variable in range(len(net.keys))]
    for first in range(len(groups)):
        if groups[first] >= 0:
            continue
        groups[first] = first
        if net.owner[first] >= 0:
            continue
        todo, here = [first], regions[first]
        while todo:
            one = todo.pop()
            for other in out[one]:
                if groups[other] < 0 and net.owner[other] < 0 and one in out[other] and regions[other] == here:
                    groups[other] = first
                    todo.append(other)
    return groups


def _met(net: LeafNetwork, to: list[int], size: int) -> list[Declared]:
    """Return what the types of all leaves of a value say together; a set is left to propagation."""
    found: list[Declared | None] = [None] * size
    for variable, here in enumerate(net.declared):
        known = found[to[variable]]
        if known is None:
            found[to[variable]] = here
        elif known is not here:
            allowed = here.allowed if known.allowed is None else known.allowed
            if known.allowed is not None and here.allowed is not None:
                allowed = known.allowed & here.allowed
            found[to[variable]] = Declared(
                known.mask & here.mask,
                max(known.lo, here.lo),
                min(known.hi, here.hi),
                allowed,
                whole=known.whole or here.whole,
            )
    return [known or Declared() for known in found]


def renamed(literals: Sequence[Literal], to: list[int]) -> tuple[Literal, ...]:
    """Return literals of the variables that stand for theirs."""
    return tuple(_renamed(literal, to) for literal in literals)


def _renamed(literal: Literal, to: list[int]) -> Literal:
    match literal:
        case Above() | Below() | Kinds() | OneOf() | NotIn() | Stepped():
            return replace(literal, var=to[literal.var])
        case Differ(low, high):
            return replace(literal, low=to[low], high=to[high])
        case Same(left, right):
            return replace(literal, left=to[left], right=to[right])
        case Either(arms):
            return Either(tuple(renamed(arm, to) for arm in arms))
        case Other(_, _, variables):
            return replace(literal, variables=tuple((leaf, to[variable]) for leaf, variable in variables))
    return literal
