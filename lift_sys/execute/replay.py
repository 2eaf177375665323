"""A run again from its record: finished steps are answered, whatever their order, if their inputs are as before."""

from __future__ import annotations

from lift_sys.execute.paths import path_of, same, steps_of
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import UNSET, Kind

__all__ = ["answer_from"]


def answer_from(before: RunState, state: RunState) -> int:
    """Answer the ready steps of a new machine by those of an earlier one; return how many were.

    A step is answered when the same path had a value for inputs that are the same: identical, or equal and of one type.
    The others stay ready.
    """
    known = {
        path_of(before, gid): gid for gid in steps_of(before, Kind.CALL, Kind.HOLE) if before.values[gid] is not UNSET
    }
    answered, left = 0, []
    while state.ready:
        gid = state.ready.popleft()
        old = known.get(path_of(state, gid))
        if old is None or not same(state.arguments(gid), before.arguments(old)):
            left.append(gid)
            continue
        answered += 1
        state.finish(gid, before.values[old])
    state.ready.extend(left)
    return answered
