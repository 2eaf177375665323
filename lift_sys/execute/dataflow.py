"""Who waits for whom in an opened run: forward to what a step holds up, backward to what a value came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lift_sys.execute.block import Block
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import UNSET, Kind, Template

__all__ = ["ancestors_by_call", "antecedents", "caller_of", "reached_from"]


def reached_from(state: RunState, seeds: Iterable[int]) -> set[int]:
    """Return the steps that have no value and cannot have one before the seeds; the seeds not among them."""
    start = set(seeds)
    found: set[int] = set()
    todo = list(start)
    while todo:
        for gid in _dependants(state, todo.pop()):
            if gid not in found and state.values[gid] is UNSET:
                found.add(gid)
                todo.append(gid)
    return found - start


def _dependants(state: RunState, gid: int) -> Iterator[int]:
    block, local, base = state.where(gid)
    template = block.template
    detail = template.details.get(local)
    taps = detail.taps if detail and gid in state.opened else ()
    items = state.opened[gid].count if taps else 0
    for dependant in template.dependants[local]:
        # who takes one item of an open map waits for that item alone
        if not any(tap == dependant and -items <= k < items for k, tap, _ in taps):
            yield base + dependant
    for follower in detail.followed_by if detail else ():
        if base + follower not in state.opened:
            yield base + follower
    yield from state.waiting_outside(gid)
    if local == template.out:
        if block.owner >= 0:
            yield block.owner
            index = (gid - block.base) // template.size
            start = state.where(block.owner)[2]
            yield from [start + tap for k, tap, _ in state.detail(block.owner).taps if index in (k, k + block.count)]
            for relay in state.relays.get(block.owner, ()):
                yield relay.base + index * relay.template.size + relay.template.params[0]
        elif block.parent >= 0:
            yield block.parent


def antecedents(state: RunState, gid: int) -> list[int]:
    """Return the steps whose values a step was made from."""
    block, local, base = state.where(gid)
    template = block.template
    kind = template.kinds[local]
    if kind == Kind.INPUT:
        return _of_input(state, block, local, (gid - block.base) // template.size)
    tapped = _tapped(state, template, local, base) if kind == Kind.MAKE else []
    if tapped:
        return tapped
    found = [base + slot for slot in template.slots[local]]
    if gid in state.opened:
        for opened in _blocks_of(state, gid):
            size = opened.template.size
            found.extend(opened.base + k * size + opened.template.out for k in range(opened.count))
    found.extend(child.block.out for child in state.children.get(gid, ()))
    return found


def _tapped(state: RunState, template: Template, local: int, base: int) -> list[int]:
    """Return the item of a map that a projection takes."""
    source = template.slots[local][0] if template.slots[local] else -1
    detail = template.details.get(source)
    opened = state.opened.get(base + source)
    if detail is None or opened is None:
        return []
    items = range(opened.count)
    return [
        opened.out + items[number] * opened.template.size
        for number, tap, _ in detail.taps
        if tap == local and -opened.count <= number < opened.count
    ]


def _of_input(state: RunState, block: Block, local: int, index: int) -> list[int]:
    owner = block.owner
    if owner < 0:
        return []
    around, owner_local, base = state.where(owner)
    for outer, inner in block.template.imports:
        if inner == local:
            return [base + outer]
    detail = around.template.details[owner_local]
    kind = around.template.kinds[owner_local]
    if detail.elements is not None:
        return [base + detail.elements[index]]
    if detail.follows >= 0:
        source = state.opened[base + detail.follows]
        return [source.out + index * source.template.size]
    if kind == Kind.LOOP:
        before = [b for b in _blocks_of(state, owner) if b.base < block.base and b.template is detail.bodies[1]]
        if before:
            return [before[-1].out]
    return [base + slot for slot in around.template.slots[owner_local]]


def _blocks_of(state: RunState, owner: int) -> list[Block]:
    if state.kind(owner) != Kind.LOOP:
        return [state.opened[owner]]
    return [block for block in state.blocks if block.owner == owner]


def caller_of(state: RunState, gid: int) -> int:
    """Return the step whose body called the block that a step is in, -1 if none did."""
    block = state.home[gid]
    while block.owner >= 0:
        block = state.home[block.owner]
    return block.parent


def ancestors_by_call(state: RunState, gid: int) -> list[int]:
    """Return the steps whose bodies wait for this one, the nearest first."""
    found = []
    caller = caller_of(state, gid)
    while caller >= 0:
        found.append(caller)
        caller = caller_of(state, caller)
    return found
