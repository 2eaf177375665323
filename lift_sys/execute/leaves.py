"""Leaf by leaf: where a trail into the value of a step leads while that value as a whole is not there.

A container that was drawn knows which step is which of its leaves, and a branch, a map or a graph that is open knows
whose output is its own. So a projection waits for its leaf alone, and the same way tells what it was made from.
"""

from __future__ import annotations

from typing import Any

from lift_sys.define import Trail
from lift_sys.execute.block import Block
from lift_sys.execute.open_steps import OpenSteps
from lift_sys.resolve import UNSET, Kind

__all__ = ["follow", "has_leaves", "led_to", "outside"]

_WHOLE = frozenset({Kind.CALL, Kind.LOOP, Kind.CONST})


def follow(value: Any, trail: Trail) -> Any:
    """Return what a trail of fields and items finds in a value."""
    for how, key in trail:
        value = getattr(value, key) if how == "field" else value[key]
    return value


def has_leaves(state: OpenSteps, gid: int) -> bool:
    """Whether a step may have its leaves one by one."""
    return state.kind(gid) not in _WHOLE


def led_to(state: OpenSteps, gid: int, trail: Trail, *, settled: bool = False) -> tuple[int, Trail, list[int]]:
    """Return the step to which a trail into a step's value leads, as far as the run is open, and the rest of the trail.

    Third are the conditions of the branches on the way, which the leaf rests on, too. With `settled` the first step on
    the way that has its value is far enough.
    """
    conditions: list[int] = []
    while trail and not (settled and state.values[gid] is not UNSET):
        ahead = _ahead(state, gid, trail)
        if ahead is None:
            break
        if state.kind(gid) == Kind.BRANCH:
            block, local, base = state.where(gid)
            conditions.append(base + block.template.slots[local][0])
        gid, trail = ahead
    return gid, trail, conditions


def _ahead(state: OpenSteps, gid: int, trail: Trail) -> tuple[int, Trail] | None:
    """Return the next step on a trail; None where the step itself must have its value first."""
    block, local, base = state.where(gid)
    kind = block.template.kinds[local]
    if kind == Kind.MAKE:
        return _into_made(block, local, base, trail)
    if kind == Kind.INPUT:
        outer = outside(state, block, local, (gid - block.base) // block.template.size)
        return (outer, trail) if outer >= 0 and has_leaves(state, outer) else None
    opened = state.opened.get(gid)
    if opened is None or kind == Kind.LOOP:
        return None
    if kind == Kind.EACH:
        (how, key), count = trail[0], opened.count
        is_item = how == "item" and type(key) is int and -count <= key < count
        return (opened.out + range(count)[key] * opened.template.size, trail[1:]) if is_item else None
    node = block.template.node_at(local)
    # what a hole must hold is said of its whole result
    return (opened.out, trail) if kind == Kind.BRANCH or node is None or not node.constraints else None


def _into_made(block: Block, local: int, base: int, trail: Trail) -> tuple[int, Trail] | None:
    slots, detail = block.template.slots[local], block.template.details[local]
    if detail.made is None:
        return base + slots[0], detail.trail + trail
    position = detail.made.position(*trail[0])
    return None if position is None else (base + slots[position], trail[1:])


def outside(state: OpenSteps, block: Block, local: int, index: int) -> int:
    """Return the step for whose value an input of an instance stands; -1 where it is a value of its own."""
    owner = block.owner
    if owner < 0:
        return -1
    around, owner_local, base = state.where(owner)
    for outer, inner in block.template.imports:
        if inner == local:
            return base + outer
    detail = around.template.details.get(owner_local)
    if detail is None:
        return -1
    if detail.elements is not None:
        return base + detail.elements[index]
    if detail.follows >= 0:
        source = state.opened[base + detail.follows]
        return source.out + index * source.template.size
    return -1
