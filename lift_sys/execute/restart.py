"""What begins again when a run goes on: failed steps if asked, and bodies whose children have been set free."""

from __future__ import annotations

from lift_sys.execute.dataflow import ancestors_by_call, caller_of
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import UNSET, Kind

__all__ = ["is_in_place", "put_back_failed", "restart_callers"]


def is_in_place(state: RunState, gid: int) -> bool:
    """Whether a step is a child that its caller's body runs, and no worker."""
    block = state.home[gid]
    return block.parent >= 0 and block.template.is_call and block.out == gid


def put_back_failed(state: RunState) -> None:
    """Put the failed bodies back to be run again; what a caller has handled stays as it is."""
    for gid in list(state.errors):
        caller = caller_of(state, gid)
        if state.kind(gid) not in (Kind.CALL, Kind.HOLE) or (caller >= 0 and state.values[caller] is not UNSET):
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
