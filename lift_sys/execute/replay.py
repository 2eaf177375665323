"""A run again from its record: steps that ended are answered, whatever their order, if their inputs are as before."""

from __future__ import annotations

from typing import Any

from lift_sys.define import Node
from lift_sys.execute.block import Child
from lift_sys.execute.dataflow import ancestors_by_call
from lift_sys.execute.events import EventLog
from lift_sys.execute.paths import identity_of, same, steps_of
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import UNSET, Kind

__all__ = ["Recall"]

_STEPS = (Kind.CALL, Kind.HOLE)


class Recall:
    """What an earlier machine knew of its steps, but for those of one hole and the bodies that called it.

    A step is answered when the same place had a value, or an error, for inputs that are the same: identical, or equal
    and of one type. Its events are told again.
    """

    def __init__(self, before: RunState, log: EventLog, withdrawn: Node[..., Any]) -> None:
        self._before = before
        self._log = log
        steps = steps_of(before, *_STEPS)
        holes = [gid for gid in steps if _calls(before, gid, withdrawn)]
        rests = {caller for gid in holes for caller in ancestors_by_call(before, gid)}.union(holes)
        self._known = {
            identity_of(before, gid): gid
            for gid in steps
            if gid not in rests and (before.values[gid] is not UNSET or gid in before.errors)
        }
        self._open = {identity_of(before, gid): gid for gid in before.closures}
        self._lines: dict[int, list[int]] = {}
        for seq in range(len(log)):
            self._lines.setdefault(log.step_of(seq), []).append(seq)

    def answer(self, state: RunState, log: EventLog, since: int = 0) -> None:
        """Answer the ready steps, from an id on, of a machine that runs again; the others stay ready."""
        before, left = self._before, []
        while state.ready:
            gid = state.ready.popleft()
            old = self._known.get(identity_of(state, gid)) if gid >= since else None
            if old is None or not same(state.arguments(gid), before.arguments(old)):
                left.append(gid)
                continue
            self._tell(old, gid, log)
            self._call_again(old, gid, state)
            if old in before.errors:
                state.fail(gid, before.errors[old])
            else:
                state.finish(gid, before.values[old])
        state.ready.extend(left)
        self._reach_again(state, log)

    def _reach_again(self, state: RunState, log: EventLog) -> None:
        """Tell of the holes that were open before as they were told of then; who listens has heard of them."""
        reached = state.reached.copy()
        state.reached.clear()
        for gid in reached:
            # the calls of a body that runs again are made again
            waits = gid in state.closures and state.home[gid].parent < 0
            old = self._open.get(identity_of(state, gid)) if waits else None
            if old is not None and same(state.arguments(gid), self._before.arguments(old)):
                self._tell(old, gid, log)
            else:
                state.reached.append(gid)

    def _call_again(self, old: int, gid: int, state: RunState) -> None:
        """Open what the body of an ended step had called; it is answered in its turn."""
        before = self._before
        for child in before.children.get(old, ()):
            block = child.block
            inputs = [before.values[block.base + parameter] for parameter in block.template.params]
            again = state.open_root(block.template, inputs, gid)
            state.children.setdefault(gid, []).append(Child(child.node, child.args, child.kwargs, again))

    def _tell(self, old: int, gid: int, log: EventLog) -> None:
        was = self._log
        for seq in self._lines.get(old, ()):
            log.add(was.kind_of(seq), gid, was.time_of(seq), was.data.get(seq, {}))


def _calls(state: RunState, gid: int, node: Node[..., Any]) -> bool:
    called = state.node(gid)
    return called is not None and called._replaces is node._replaces
