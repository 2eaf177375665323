"""Who waits for whom in an opened run: forward to what a step holds up, backward to what a value came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lift_sys.execute.block import Block
from lift_sys.execute.leaves import led_to, outside
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import ITEMS, UNSET, Kind

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
    taps = {tap: trail for trail, tap in detail.taps} if detail else {}
    for dependant in template.dependants[local]:
        # who takes a leaf waits for that leaf alone, and a map that is open for its items
        is_led = dependant in taps and led_to(state, gid, taps[dependant])[0] != gid
        if not is_led and base + dependant not in state.opened:
            yield base + dependant
    for follower in detail.followed_by if detail else ():
        if base + follower not in state.opened:
            yield base + follower
    yield from state.waiting_outside(gid)
    if local == template.out:
        if block.owner >= 0:
            yield block.owner
            index = (gid - block.base) // template.size
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
    detail = template.details.get(local)
    if kind == Kind.MAKE and detail is not None and detail.trail:
        leaf, _, conditions = led_to(state, base + template.slots[local][0], detail.trail)
        return [leaf, *conditions]
    found = _lengths(state, gid) if kind == Kind.EACH else [base + slot for slot in template.slots[local]]
    if gid in state.opened:
        for opened in _blocks_of(state, gid):
            size = opened.template.size
            found.extend(opened.base + k * size + opened.template.out for k in range(opened.count))
    found.extend(child.block.out for child in state.children.get(gid, ()))
    return found


def _lengths(state: RunState, gid: int) -> list[int]:
    """Return the steps that decide how many items a map goes over."""
    found: list[int] = []
    while True:
        block, local, base = state.where(gid)
        detail, slots = block.template.details[local], block.template.slots[local]
        opened = state.opened.get(gid)
        if detail.follows >= 0:
            gid = base + detail.follows
            continue
        if detail.elements is not None:
            return found
        if opened is None or opened.items is None:
            return [*found, base + slots[0]]
        gid, _, conditions = led_to(state, base + slots[0], (ITEMS,))
        found += conditions
        if state.kind(gid) != Kind.EACH:
            return found


def _of_input(state: RunState, block: Block, local: int, index: int) -> list[int]:
    owner = block.owner
    if owner < 0:
        return []
    source = outside(state, block, local, index)
    if source >= 0:
        return [source]
    around, owner_local, base = state.where(owner)
    if around.template.kinds[owner_local] == Kind.LOOP:
        turns = around.template.details[owner_local].bodies[1]
        before = [b for b in _blocks_of(state, owner) if b.base < block.base and b.template is turns]
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
