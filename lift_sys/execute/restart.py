"""What begins again when a run goes on: failed steps if asked, and bodies whose children have been set free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lift_sys.execute.block import Block
from lift_sys.execute.dataflow import ancestors_by_call, caller_of
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import UNSET, Kind

__all__ = ["hold", "is_in_place", "is_within", "put_back_failed", "release", "restart_callers"]

_HELD = 1 << 40
"""More than any step waits for: nothing makes it ready before it is released."""


def is_in_place(state: RunState, gid: int) -> bool:
    """Whether a step is a child that its caller's body runs, and no worker."""
    block = state.home[gid]
    return block.parent >= 0 and block.template.is_call and block.out == gid


def put_back_failed(state: RunState, of: int = -1) -> None:
    """Put failed bodies back to be run again, all or those that one body called; what a caller handled stays."""
    for gid in list(state.errors):
        caller = caller_of(state, gid)
        if state.kind(gid) not in (Kind.CALL, Kind.HOLE) or (caller >= 0 and state.values[caller] is not UNSET):
            continue
        if of >= 0 and of not in ancestors_by_call(state, gid):
            continue
        block, local, base = state.where(gid)
        if any(state.values[base + slot] is UNSET for slot in block.template.slots[local]):
            # it failed before it could begin: the inputs of the run were refused, and will be again
            continue
        del state.errors[gid]
        if not is_in_place(state, gid):
            state.ready.append(gid)


def restart_callers(state: RunState, gid: int) -> None:
    """Start the bodies again that wait for a child hole; their finished children are answered from the record."""
    for caller in (gid, *ancestors_by_call(state, gid)):
        if is_in_place(state, caller):
            if caller in state.ready:
                state.ready.remove(caller)
        elif caller in state.stuck:
            state.stuck.discard(caller)
            state.ready.append(caller)


def hold(state: RunState, root: Block, cut: Iterable[int]) -> None:
    """Let no more steps of a child graph begin; those that were cut are as if they had not begun."""
    again = set(cut)
    ready = set(state.ready)
    for gid in _steps_within(state, root):
        if gid in again or gid in ready:
            state.need[gid] = _HELD
        elif state.need[gid] and gid not in state.opened:
            state.need[gid] += _HELD
    left = [gid for gid in state.ready if state.need[gid] != _HELD]
    state.ready.clear()
    state.ready.extend(left)


def release(state: RunState, root: Block) -> None:
    """Let the steps of a child graph begin again that were held."""
    for gid in _steps_within(state, root):
        if state.need[gid] >= _HELD:
            state.need[gid] -= _HELD
            if not state.need[gid] and state.values[gid] is UNSET and gid not in state.errors:
                state._advance(gid)
                state._drain()


def is_within(state: RunState, block: Block, root: Block) -> bool:
    """Whether a block is a child graph's own, or was opened in it."""
    while block.owner >= 0:
        block = state.home[block.owner]
    return block is root


def _steps_within(state: RunState, root: Block) -> Iterator[int]:
    for block in list(state.blocks):
        if is_within(state, block, root):
            yield from range(block.base, block.base + block.template.size * block.count)
