"""A run again from its record: steps that ended are answered, whatever their order, if their inputs are as before."""

from __future__ import annotations

from collections import deque
from copy import copy
from typing import Any, Literal

from lift_sys.define import Node
from lift_sys.execute.block import Child
from lift_sys.execute.dataflow import ancestors_by_call
from lift_sys.execute.events import EventLog
from lift_sys.execute.paths import identity_of, same, steps_of
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import UNSET, Kind

__all__ = ["Recall"]

_STEPS = (Kind.CALL, Kind.HOLE)


class _Before:
    """An earlier machine, and what its log says of each step."""

    def __init__(self, state: RunState, log: EventLog) -> None:
        self.state = state
        self.log = log
        self.lines: dict[int, list[int]] = {}
        for seq in range(len(log)):
            self.lines.setdefault(log.step_of(seq), []).append(seq)

    def resting_on(self, node: Node[..., Any]) -> set[int]:
        """Return the steps of a hole, and those whose bodies called it."""
        holes = [gid for gid in steps_of(self.state, *_STEPS) if _calls(self.state, gid, node)]
        return {caller for gid in holes for caller in ancestors_by_call(self.state, gid)}.union(holes)


class Recall:
    """What an earlier machine knew of its steps, but for those of one hole and the bodies that called it.

    A step is answered when the same place had a value, or an error, for inputs that are the same: identical, or equal
    and of one type. Its events are told again. Of places that the machine did not come to, that is known which was
    known to itself: what a withdrawn fill had led to is not run again where another leads to it.
    """

    def __init__(self, state: RunState, log: EventLog, withdrawn: Node[..., Any], known: Recall | None = None) -> None:
        self._before = before = _Before(state, log)
        self._known: dict[str, tuple[_Before, int]] = {} if known is None else known._without(withdrawn)
        self._errors: Literal["all", "effects", "none"] = "all"
        rests = before.resting_on(withdrawn)
        for gid in steps_of(state, *_STEPS):
            if gid in rests:
                self._known.pop(identity_of(state, gid), None)
            elif state.values[gid] is not UNSET or gid in state.errors:
                self._known[identity_of(state, gid)] = (before, gid)
        self._open = {identity_of(state, gid): gid for gid in state.closures}

    def _without(self, node: Node[..., Any]) -> dict[str, tuple[_Before, int]]:
        rests = {before: before.resting_on(node) for before, _ in self._known.values()}
        return {identity: (before, gid) for identity, (before, gid) in self._known.items() if gid not in rests[before]}

    def going_on(self, *, retry_failed: bool) -> Recall:
        """Return what is known to a run that goes on: all but errors; those of effects, too, if none is tried again."""
        twin = copy(self)
        twin._errors, twin._open = "none" if retry_failed else "effects", {}
        return twin

    def answer(self, state: RunState, log: EventLog, since: int = 0) -> None:
        """Answer the ready steps, from an id on, of a machine that runs again; the others stay ready."""
        self._answer_all(state, log, since)
        self._reach_again(state, log)

    def _answer_all(self, state: RunState, log: EventLog, since: int, *, ended: bool = False) -> None:
        ready, left, found = state.ready, list[int](), deque[int]()
        while True:
            fresh = []
            while ready and ready[-1] >= since:  # what was opened last stands last
                fresh.append(ready.pop())
            found.extend(reversed(fresh))
            if not found:
                break
            gid = found.popleft()
            if not self.answer_one(gid, state, log, ended=ended):
                left.append(gid)
        ready.extend(left)

    def answer_one(self, gid: int, state: RunState, log: EventLog, *, ended: bool = False) -> bool:
        """Answer a step that would run, and what its body had called; return whether it is known.

        Where the body that called it has `ended`, its error is known in any case.
        """
        before, old = self._known.get(identity_of(state, gid), (self._before, -1))
        was = before.state
        if old < 0 or not (ended or self._stands(was, old)) or not _is_as_before(state, gid, was, old):
            return False
        self._tell(before, old, gid, log)
        first = len(state.values)
        self._call_again(was, old, gid, state)
        self._answer_all(state, log, first, ended=True)
        if old in was.errors:
            state.fail(gid, was.errors[old])
        else:
            state.finish(gid, was.values[old])
        return True

    def _stands(self, before: RunState, old: int) -> bool:
        """Whether a step is answered as it ended: one that failed may be run again."""
        if before.values[old] is not UNSET or self._errors == "all":
            return True
        return self._errors == "effects" and _is_effect(before, old)

    def _reach_again(self, state: RunState, log: EventLog) -> None:
        """Tell of the holes that were open before as they were told of then; who listens has heard of them."""
        reached = state.reached.copy()
        state.reached.clear()
        for gid in reached:
            # the calls of a body that runs again are made again
            waits = gid in state.closures and state.home[gid].parent < 0
            old = self._open.get(identity_of(state, gid)) if waits else None
            if old is not None and same(state.arguments(gid), self._before.state.arguments(old)):
                self._tell(self._before, old, gid, log)
            else:
                state.reached.append(gid)

    def _call_again(self, before: RunState, old: int, gid: int, state: RunState) -> None:
        """Open what the body of an ended step had called; it is answered in its turn."""
        for child in before.children.get(old, ()):
            block = child.block
            inputs = [before.values[block.base + parameter] for parameter in block.template.params]
            again = state.open_root(block.template, inputs, gid)
            state.children.setdefault(gid, []).append(Child(child.node, child.args, child.kwargs, again))

    def _tell(self, before: _Before, old: int, gid: int, log: EventLog) -> None:
        was = before.log
        for seq in before.lines.get(old, ()):
            log.add(was.kind_of(seq), gid, was.time_of(seq), was.data.get(seq, {}))


def _calls(state: RunState, gid: int, node: Node[..., Any]) -> bool:
    called = state.node(gid)
    return called is not None and called._replaces is node._replaces


def _is_as_before(state: RunState, gid: int, before: RunState, old: int) -> bool:
    """Whether a step is what it was, with the same in its hole, and has the inputs that it had."""
    node, was = state.node(gid), before.node(old)
    if node is None or was is None or node.fn is not was.fn:
        return False
    return state.standing_fill(gid) is before.standing_fill(old) and same(state.arguments(gid), before.arguments(old))


def _is_effect(state: RunState, gid: int) -> bool:
    fill = state.standing_fill(gid)
    standing = (state.node(gid), None if fill is None else fill.by)
    return any(isinstance(node, Node) and node.options.effect == "effect" for node in standing)
