"""Leaf by leaf: where a trail into the value of a step leads while that value as a whole is not there.

A container that was drawn knows which step is which of its leaves, and a branch, a map or a graph that is open knows
whose output is its own. So a projection waits for its leaf alone, and the same way tells what it was made from: of a
graph that stands in a hole, the steps inside that gave the leaf, and not the hole as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lift_sys.define import Trail
from lift_sys.errors import StepError
from lift_sys.execute.block import Block
from lift_sys.execute.open_steps import OpenSteps
from lift_sys.resolve import ITEMS, UNSET, Kind

__all__ = ["goes_ahead", "items_at", "items_of", "led_to", "outside", "taps_of_inputs"]

_WHOLE = frozenset({Kind.CALL, Kind.LOOP, Kind.CONST})


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
        return (outer, trail) if _has_leaves(state, outer) else None
    opened = state.opened.get(gid)
    if opened is None or kind == Kind.LOOP:
        return None
    if kind == Kind.EACH:
        (how, key), count = trail[0], opened.count
        is_item = how == "item" and type(key) is int and -count <= key < count
        return (opened.out + range(count)[key] * opened.template.size, trail[1:]) if is_item else None
    return opened.out, trail


def _into_made(block: Block, local: int, base: int, trail: Trail) -> tuple[int, Trail] | None:
    slots, detail = block.template.slots[local], block.template.details[local]
    if detail.made is None:
        return base + slots[0], detail.trail + trail
    position = None if trail[0] == ITEMS else detail.made.position(*trail[0])
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
    if block.items is not None:
        return block.items[index]
    detail = around.template.details.get(owner_local)
    if detail is not None and detail.follows >= 0:
        source = state.opened[base + detail.follows]
        return source.out + index * source.template.size
    return -1


def _has_leaves(state: OpenSteps, gid: int) -> bool:
    return gid >= 0 and state.kind(gid) not in _WHOLE


def items_of(state: OpenSteps, gid: int) -> tuple[int, list[int] | None, list[Any] | None]:
    """Return how many items a map goes over, with the steps that give them or with their values, if either is there.

    Raises StepError where what it maps over is no list.
    """
    block, local, base = state.where(gid)
    detail = block.template.details[local]
    if detail.follows >= 0:
        return state.opened[base + detail.follows].count, None, None
    steps = _known_items(state, gid)
    if steps is not None:
        return len(steps), steps, None
    whole = state.values[base + block.template.slots[local][0]]
    try:
        column = list(whole)
    except Exception as error:  # a user's __iter__ may raise anything
        raise StepError(f"each maps over a list, and {whole!r:.80} is not one: {error}") from error
    return len(column), None, column


def goes_ahead(state: OpenSteps, gid: int) -> bool:
    """Whether an open map has items, but no whole list of them yet."""
    block, local, base = state.where(gid)
    slots = block.template.slots[local]
    return bool(slots) and state.values[base + slots[0]] is UNSET


def _known_items(state: OpenSteps, gid: int) -> list[int] | None:
    """Return the steps that give a map its items, whether their list is whole or not; None where the list must say."""
    block, local, base = state.where(gid)
    elements = block.template.details[local].elements
    if elements is not None:
        return [base + slot for slot in elements]
    source = base + block.template.slots[local][0]
    if not _has_leaves(state, source):
        return None
    leaf, rest, _ = led_to(state, source, (ITEMS,))
    return items_at(state, leaf) if len(rest) == 1 else None


def items_at(state: OpenSteps, gid: int) -> list[int] | None:
    """Return the steps of the items of a list that was drawn, or that an open map makes."""
    block, local, base = state.where(gid)
    opened = state.opened.get(gid)
    if opened is not None and block.template.kinds[local] == Kind.EACH:
        return [opened.out + index * opened.template.size for index in range(opened.count)]
    detail = block.template.details.get(local)
    if detail is None or detail.made is None or detail.made.build not in (list, tuple):
        return None
    return [base + slot for slot in block.template.slots[local]]


def taps_of_inputs(state: OpenSteps, block: Block, supplied: bool) -> Iterator[tuple[int, int, Trail]]:
    """Yield who takes leaves of a new block's inputs, with the step outside that has them and the trail.

    The parameters are left out where their values are there already.
    """
    template = block.template
    for inner in template.tapped:
        if supplied and inner in template.params:
            continue
        for index in range(block.count):
            outer = outside(state, block, inner, index)
            if _has_leaves(state, outer):
                base = block.base + index * template.size
                yield from ((base + local, outer, trail) for trail, local in template.details[inner].taps)
            elif block.items is None:
                # what all instances have in common, or items of one body
                break
