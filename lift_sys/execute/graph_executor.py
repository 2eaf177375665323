"""The thin shell around the pure machine: workers take ready steps, run their bodies, and bring results back.

A few workers serve all steps. A body is stepped through a context of its own, so that context variables are not shared
between nodes; another worker is woken only when a body really suspends, so that bodies which never wait run one after
the other in one task, without a switch. A worker goes on with one successor of the step that it has just finished.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextvars import Context, copy_context
from functools import partial
from typing import Any

import anyio
from anyio.abc import TaskGroup
from anyio.lowlevel import checkpoint, checkpoint_if_cancelled

from lift_sys.define import Budget, Event, Fill, OnError, current_scope
from lift_sys.errors import LiftBug, StepTimeout
from lift_sys.execute.beside import Beside
from lift_sys.execute.call_policy import CallPolicies
from lift_sys.execute.child_steps import ChildSteps
from lift_sys.execute.clocks import Clocks
from lift_sys.execute.dataflow import caller_of, reached_from
from lift_sys.execute.endings import raised, returned
from lift_sys.execute.events import EventLog
from lift_sys.execute.execution_context import StepScope
from lift_sys.execute.paths import path_of
from lift_sys.execute.replay import Recall
from lift_sys.execute.resource_limits import Ledgers
from lift_sys.execute.restart import is_in_place
from lift_sys.execute.run_state import RunState
from lift_sys.execute.slots import Slots
from lift_sys.resolve import UNSET, Template

__all__ = ["GraphExecutor"]

_STEPS_BETWEEN_CHECKPOINTS = 256
_STEPS_BETWEEN_LOOKS = 8  # at the clock: bodies that never suspend may be slow
_SECONDS_BETWEEN_CHECKPOINTS = 0.05
_LINES_BETWEEN_KEEPING = 256
_NONE = -1
_COROUTINE = types.CoroutineType
_set_scope = current_scope.set

Suspended = tuple[Coroutine[Any, Any, Any], Context, Any, StepScope]


class GraphExecutor:
    """Runs a machine until nothing more can move.

    `limit` counts bodies that run at once. A body that waits for a child lends it its slot (child_steps).
    """

    def __init__(
        self,
        state: RunState,
        log: EventLog,
        policies: CallPolicies,
        *,
        limit: float,
        clock: Callable[[], float],
        deps: Any = None,
        providers: Any = None,
        on_event: Callable[[Event], None] | None = None,
        on_error: OnError = "continue",
        budget: Budget | None = None,
        fills: Iterable[Fill] = (),
        recall: Recall | None = None,
    ) -> None:
        self.state = state
        self.log = log
        self._lines, self._times = log.lines, log.times
        self.run_id = log.run_id
        self.slots = Slots(limit, self._on_free_slot)
        self.deps = deps
        self.providers = providers
        self.deadline = budget.seconds if budget is not None else None
        self.ledgers = Ledgers(budget)
        self.clocks = Clocks(state, self.goes_on)
        self.beside = Beside(state, self.slots, self.clocks)
        self._first_line = len(log)
        self.children = ChildSteps(self, {fill.hole: fill for fill in fills}, recall)
        self._policies = policies
        self._clock = clock
        self._on_event = on_event
        self._on_error = on_error
        self._bound: dict[tuple[Template, int], Callable[..., Any]] = {}
        self._idle: list[anyio.Event] = []
        self._workers = 0
        self._waking = False
        self._over = False
        self._stopping = False
        self._held_back: list[int] = []
        self._scope = anyio.CancelScope()
        self._group: TaskGroup | None = None
        self._context = copy_context()
        self._arguments = state.arguments

    # --- the run --------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Run until every step is done or waits for what cannot come in this run.

        After it returns, raises or is cancelled, no task that it started is alive.
        """
        self.note_reached()
        try:
            with anyio.move_on_after(self.deadline) as self._scope:
                async with anyio.create_task_group() as group:
                    self._group = group
                    self._workers = 1
                    await self._work()
        except BaseExceptionGroup as failed:
            if not (self._stopping and failed.split(anyio.get_cancelled_exc_class())[1] is None):
                # a worker raises only what is not a step's own error: interrupts, and faults of ours
                raise failed.exceptions[0] if len(failed.exceptions) == 1 else failed from None
        if self._stopping:
            cut = self._cut()
            for gid in cut:
                self.note("step.cancelled", gid, {"by": "an error of another step"})
            self.state.ready.extend([g for g in cut if not is_in_place(self.state, g)] + self._held_back)
        elif self._scope.cancelled_caught:
            for gid in (*self._cut(), *self.state.ready):
                self.run_late(gid)
            self.state.ready.clear()

    def run_late(self, gid: int) -> None:
        """Fail a step because the deadline of the run passed."""
        self.failed(gid, StepTimeout(f"{path_of(self.state, gid)}: the deadline of the run passed ({self.deadline} s)"))

    def _cut(self) -> list[int]:
        """Return the steps whose bodies were cut short; those that waited for a hole anyway are stuck."""
        state, log = self.state, self.log
        lines = range(self._first_line, len(log))
        begun = {log.step_of(seq) for seq in lines if log.kind_of(seq) == "step.started"}
        ended = state.errors.keys() | state.closures.keys() | state.stuck
        cut = sorted(gid for gid in begun if state.values[gid] is UNSET and gid not in ended)
        waiting = reached_from(state, state.closures) if cut else set()
        state.stuck |= waiting.intersection(cut)
        return [gid for gid in cut if gid not in waiting]

    @property
    def is_cut(self) -> bool:
        """Whether the run ends before its time, so that bodies end without an ending of their own."""
        return self._stopping or self._scope.cancel_called

    @property
    def is_late(self) -> bool:
        """Whether the run ends because its deadline passed."""
        return self._scope.cancel_called and not self._stopping

    def seconds_left(self, gid: int) -> float | None:
        """Return the seconds that a step has until it is out of time, None without a limit."""
        return self.clocks.left(gid, self._scope)

    async def _work(self) -> None:
        """Take ready steps until the run is over."""
        # trio begins a task in a cancelled nursery, and that would begin a body
        await checkpoint_if_cancelled()
        ready, slots = self.state.ready, self.slots
        left, due = _STEPS_BETWEEN_CHECKPOINTS, self._clock() + _SECONDS_BETWEEN_CHECKPOINTS
        while not self._over:
            self._waking = False
            if not ready or slots.active >= slots.limit:
                if not slots.active and not ready and not self.children.unwind():
                    self._end()
                    return
                await self._rest()
                continue
            slots.active += 1
            gid = ready.popleft()
            try:
                while gid != _NONE:
                    left -= 1
                    if not left % _STEPS_BETWEEN_LOOKS and (not left or self._clock() > due):
                        await checkpoint()
                        left, due = _STEPS_BETWEEN_CHECKPOINTS, self._clock() + _SECONDS_BETWEEN_CHECKPOINTS
                    before = len(ready)
                    if self.children.graphs:
                        before = await self.children.perform(gid)
                    elif (suspended := self.start(gid)) is not None:
                        if ready and slots.active < slots.limit and not self._waking:
                            self._wake_another()
                        before = await self.carry_on(gid, suspended)
                    if ready and (len(ready) > before or not slots.wanted):
                        gid = ready.pop() if len(ready) > before > 0 else ready.popleft()
                    else:
                        gid = _NONE
            finally:
                # a cancelled body, too, gives its slot to those that wait for one to end
                slots.give_back()

    @types.coroutine
    def carry_on(self, gid: int, suspended: Suspended) -> Generator[Any, Any, int]:
        """Step a body to its end through its own context; return how many steps were ready before it ended."""
        body, context, yielded, scope = suspended
        scope.body = body
        ready = self.state.ready
        beside, rest, given, told = False, None, None, None
        try:
            while True:
                resume: Callable[[Any], Any] = body.send
                try:
                    given = yield yielded
                except GeneratorExit:
                    body.close()
                    raise
                except BaseException as error:  # noqa: BLE001 - thrown into the body, which decides
                    told = given = error
                    resume = body.throw
                if scope.calls:
                    beside, given, resume = yield from self.beside.go_on(scope, body, given, resume).__await__()
                yielded = context.run(resume, given)
                if beside:
                    self.beside.rest(scope)
                    beside = False
        except StopIteration as stop:
            before = len(ready)
            undisturbed = given is None and told is None and not scope.unwound
            record = self.finished if undisturbed else partial(returned, self, scope, told or given)
            rest = record(gid, stop.value)
        except BaseException as ending:  # noqa: BLE001 - the seam to a node's body; what is not its own is raised again
            before = len(ready)
            rest = raised(self, scope, ending)
        if scope.calls or scope.beside:
            yield from self.beside.leave_behind(scope).__await__()
        if rest is not None:
            raise rest
        return before

    # --- one step -------------------------------------------------------------------------------------------------

    def start(self, gid: int) -> Suspended | None:
        """Begin a step's body; return what is left of it if it suspended."""
        state = self.state
        block = state.home[gid]
        template = block.template
        local = gid - block.base
        if block.count > 1:
            local %= template.size
        self._lines.append(gid)  # as EventLog says: a start, and below an end
        self._times.append(self._clock())
        if self._on_event is not None:
            self._tell_last()
        values, base, slots = state.values, gid - local, template.slots[local]
        call = template.calls[local]
        scope = StepScope()
        scope.executor = self
        scope.gid = gid
        context = self._context.copy()
        try:
            if call is None:
                args, kwargs = self._arguments(gid)
                body = self._call_of(template, local, gid)(*args, **kwargs)
            elif len(slots) == 1:
                body = call(values[base + slots[0]])
            else:
                body = call(*[values[base + slot] for slot in slots])
            if body.__class__ is not _COROUTINE:
                body = _awaited(body)
            run = context.run
            run(_set_scope, scope)
            yielded = run(body.send, None)
        except StopIteration as stop:
            self.finished(gid, stop.value)
            return None
        except Exception as error:  # noqa: BLE001 - the seam to a node's body: what it raises is the step's error
            self.failed(gid, error)
            return None
        except anyio.get_cancelled_exc_class() as ending:
            if (rest := raised(self, scope, ending)) is not None:
                raise rest from None
            return None
        return body, context, yielded, scope

    def _call_of(self, template: Template, local: int, gid: int) -> Callable[..., Any]:
        """Return what to call for a step that is not a bare function; compiled once per step."""
        key = (template, local)
        found = self._bound.get(key)
        if found is None:
            node = template.node_at(local)
            assert node is not None
            found = self._policies.compiled(node, self.state.standing_fill(gid))
            self._bound[key] = found
        return found

    def finished(self, gid: int, value: Any) -> None:
        """Record a step's value."""
        self._lines.append(~gid)
        self._times.append(self._clock())
        if self._on_event is not None:
            self._tell_last()
        elif len(self._lines) > _LINES_BETWEEN_KEEPING:
            self.log.keep()
        state = self.state
        state.finish(gid, value)
        if state.reached:
            self.note_reached()
        if state.answered:
            self.children.tell_answered()

    def recalled(self, gid: int) -> None:
        """Tell what has come of a step that an earlier record answered."""
        if gid in self.state.errors:
            self._broke(gid)
        self.note_reached()
        self.children.tell_answered()

    def failed(self, gid: int, error: BaseException) -> None:
        """Record that a step failed."""
        self.state.fail(gid, error)
        self.note("step.failed", gid, {"error": f"{type(error).__name__}: {error}"})
        self._broke(gid)

    def _broke(self, gid: int) -> None:
        """Tell who waits for a failed step, and stop the run if errors do."""
        self.children.tell_failed(gid)
        if self._on_error == "stop" and self._group is not None and caller_of(self.state, gid) < 0:
            self._stopping = True
            self._held_back.extend(self.state.ready)
            self.state.ready.clear()
            self._group.cancel_scope.cancel()

    def note_reached(self) -> None:
        """Write what the machine met by itself: holes, and steps that broke without a body."""
        state = self.state
        for gid in state.reached:
            error = state.errors.get(gid)
            if error is not None:
                self.note("step.failed", gid, {"error": f"{type(error).__name__}: {error}"})
                self._broke(gid)
            else:
                self.note("hole.reached", gid, {})
                self.clocks.stop(gid)
        state.reached.clear()

    def note(self, kind: str, gid: int, data: Mapping[str, Any]) -> None:
        """Write an event of any kind."""
        seq = self.log.add(kind, gid, self._clock(), data)
        if self._on_event is not None:
            self._on_event(self.log.event(seq, self.path_of))

    def _tell_last(self) -> None:
        if self._on_event is not None:
            self._on_event(self.log.event(len(self.log) - 1, self.path_of))

    def goes_on(self, gid: int) -> bool:
        """Whether a body that calls nodes awaits something else beside."""
        return self.children.goes_on(gid)

    def path_of(self, gid: int) -> str:
        """Return a step's path."""
        return path_of(self.state, gid)

    # --- slots and workers ----------------------------------------------------------------------------------------

    def _on_free_slot(self) -> None:
        """Have a worker look for what can move, as a slot came back from outside of one."""
        if self.state.ready or not self.slots.active:
            self._wake_another()

    def _wake_another(self) -> None:
        """Have one more worker look for ready steps; it wakes the next when its body suspends."""
        if self._waking or self._over:
            return
        if not self.state.ready and self.slots.active:
            return
        if self._idle:
            self._waking = True
            self._idle.pop().set()
        elif self.slots.active < self.slots.limit and self._group is not None:
            self._waking = True
            self._workers += 1
            self._group.start_soon(self._work)

    def wake(self) -> None:
        """Say that steps became ready outside a worker."""
        self._wake_another()

    async def _rest(self) -> None:
        event = anyio.Event()
        self._idle.append(event)
        await event.wait()

    def _end(self) -> None:
        if self.slots.wanted:
            raise LiftBug(f"run {self.run_id}: nothing moves, but {self.slots.wanted} bodies wait for a slot")
        self._over = True
        for event in self._idle:
            event.set()


async def _awaited(value: Any) -> Any:
    """Make a coroutine of whatever else a body gives to await."""
    return await value
