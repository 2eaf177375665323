"""Child steps: what a running body calls, with the slot of its parent, recorded for when the body starts again.

A body has a slot exactly while no call of its is under way. The first call takes the slot along: the child runs in the
parent's place, so a limit of one never deadlocks and never runs two bodies. Further calls beside it wait for slots of
their own; the last one to end leaves its slot to the parent, which goes on. A call that waits for a hole, or for the
steps of a graph, gives its slot to the pool. A body that goes on beside calls of its own has a slot while that step
lasts; only what tasks of its own do after other awaits than calls is stepped by the event loop, unseen. When nothing
else of the run can move, parked bodies are unwound; they start again when the hole is filled, and are then answered
from the record by the children that had finished.

Parked is a body that awaits a child which cannot go on, tasks of its own, a lock, a stream or a queue (awaiting). One
that awaits anything else beside such a child is left alone, and so are its callers and its children: only its timeout
and the deadline end it. That is known of the body itself; a task that it has started for work of its own is not looked
at, and is cancelled with a parked body that waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import CoroutineType
from typing import TYPE_CHECKING, Any

import anyio

from lift_sys.define import Fill, Graph, Hole, Node, fault
from lift_sys.errors import StepError
from lift_sys.execute.awaiting import awaits_unseen
from lift_sys.execute.block import Block, Child
from lift_sys.execute.dataflow import ancestors_by_call, caller_of, reached_from
from lift_sys.execute.elsewhere import Elsewhere
from lift_sys.execute.execution_context import StepScope, Unwound
from lift_sys.execute.paths import copied, same
from lift_sys.execute.replay import Recall
from lift_sys.execute.restart import hold, is_within, put_back_failed, release
from lift_sys.execute.slots import after_this_step, this_task
from lift_sys.resolve import UNSET, Kind, Template, template_of_call, template_of_graph

if TYPE_CHECKING:
    from lift_sys.execute.graph_executor import GraphExecutor

__all__ = ["ChildSteps"]

_CUT_SHORT = "cancelled by the body that called it"


class ChildSteps:
    """Runs the children of running bodies for one executor."""

    def __init__(self, executor: GraphExecutor, fills: Mapping[Node[..., Any], Fill], recall: Recall | None) -> None:
        self._executor = executor
        self._fills = fills
        self._recall = recall
        self.elsewhere = Elsewhere(executor)
        self._templates: dict[Any, Template] = {}
        # bodies that wait for the output of a child: by the child's output step
        self._waits: dict[int, list[anyio.Event]] = {}
        self._unwound: set[int] = set()
        # outputs of child graphs that cannot come, with the error that they rest on
        self._doomed: dict[int, BaseException] = {}
        # whether steps are more than their bodies (of child graphs, or recalled), and those that are suspended
        self.graphs = recall is not None
        self._running: dict[int, anyio.CancelScope] = {}
        # bodies with calls under way
        self._calling: dict[int, StepScope] = {}
        # bodies that were told to go on and have not yet
        self._called_back = 0

    async def call(self, scope: StepScope, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the value of a child step, running it unless the record answers."""
        executor = self._executor
        state = executor.state
        self._refuse(scope, node)
        self._calling[scope.gid] = scope
        args, kwargs = copied(args), copied(kwargs)
        child = self._recorded(scope, node, args, kwargs)
        if child is None:
            child = self._opened(scope, node, args, kwargs)
        elif not child.block.template.is_call:
            release(state, child.block)
        out = child.block.out
        if scope.calls is None:
            scope.calls = {}
        task, calls = this_task(), scope.calls
        slot = not calls and scope.beside != "left"
        calls[task] = calls.get(task, 0) + 1
        try:
            while state.values[out] is UNSET and out not in state.errors and not self._is_doomed(child.block):
                if self._runs_in_place(child.block):
                    if not slot:
                        await executor.slots.take()
                        slot = True
                    await self._run_in_place(out)
                else:
                    had, slot = slot, False
                    if had:
                        executor.slots.free()
                        executor.wake()
                    await self._wait(child.block)
        finally:
            await self._go_on(scope, task, slot)
        if child.block.template.stops and out in self._doomed:
            self._give_up(child.block)
        if state.values[out] is UNSET:
            raise state.errors[out] if out in state.errors else self._doomed[out]
        return state.values[out]

    async def _go_on(self, scope: StepScope, task: Any, slot: bool) -> None:
        """End one call of a body: the last one leaves it with a slot, others have one for the task's next step."""
        executor, calls = self._executor, scope.calls
        assert calls is not None
        # a body that handles its cancellation runs, too; whoever has the slot is never this body's own
        cancelled = None if slot else await executor.slots.take_shielded()
        calls[task] -= 1
        if not calls[task]:
            del calls[task]
        if calls:
            after_this_step(executor.slots.free)
            # what is left of this body may wait for holes alone
            executor.wake()
        else:
            self._calling.pop(scope.gid, None)
        if not calls and scope.wants is not None and executor.slots.want_no_more(scope.wants):
            # the body waits to go on beside this call: it has the slot of the call now
            scope.wants.set()
            scope.wants, scope.beside = None, "left"
        if cancelled is not None:
            raise cancelled

    # --- opening --------------------------------------------------------------------------------------------------

    def _refuse(self, scope: StepScope, node: Node[..., Any]) -> None:
        """Let an effect call nothing, nor a body that has been told to end: what it does then, it has not done."""
        if self._unwound and self._is_unwound(scope.gid):
            raise Unwound
        caller = self._executor.state.node(scope.gid)
        if caller is not None and caller.options.effect == "effect":
            raise fault(
                "LS111",
                caller.place,
                f"{caller.name} has effect='effect' and calls {node.name}: it would run again when {node.name} waits",
                "move the effect into a node of its own and call that",
            )

    def _recorded(
        self, scope: StepScope, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Child | None:
        """Return the child that this call was answered by when the body ran before."""
        if scope.used is None:
            scope.used = set()
        known = self._executor.state.children.get(scope.gid, ())
        if len(scope.used) == len(known):
            return None
        for index, child in enumerate(known):
            if index in scope.used or not _is_same(child.node, node):
                continue
            if same(child.args, args) and same(child.kwargs, kwargs):
                scope.used.add(index)
                self._begin_again_if_cut(child)
                return child
        return None

    def _begin_again_if_cut(self, child: Child) -> None:
        """Forget that a child was cut short by its caller: the caller never saw that as an error of the child."""
        state, out = self._executor.state, child.block.out
        if out in state.errors and state.errors[out].args == (_CUT_SHORT,) and child.node.options.effect != "effect":
            del state.errors[out]

    def _opened(self, scope: StepScope, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Child:
        state = self._executor.state
        inputs = self._inputs(node, args, kwargs)
        key = (node, len(args), tuple(kwargs))
        template = self._templates.get(key)
        if template is None:
            template = self._templates[key] = self._template(node, len(args), tuple(kwargs))
        siblings = state.children.setdefault(scope.gid, [])
        assert scope.used is not None
        scope.used.add(len(siblings))
        self.graphs = self.graphs or not template.is_call
        block = state.open_root(template, inputs, scope.gid)
        # neither the child nor its caller changes what the record knows it by
        child = Child(node, copied(args), copied(kwargs), block)
        siblings.append(child)
        if self._recall is not None:
            self._recall.answer(state, self._executor.log, block.base)
        if self._runs_in_place(block) and state.ready and state.ready[-1] == block.out:
            state.ready.pop()
        self._executor.note_reached()
        return child

    def fills(self) -> dict[Node[..., Any], Fill]:
        """Return what stands in the holes of the run."""
        return {**self._fills, **{hole: standing[0] for hole, standing in self._executor.state.fills.items()}}

    def _template(self, node: Node[..., Any], positional: int, names: tuple[str, ...]) -> Template:
        fills = self.fills()
        if isinstance(node, Graph) and not node.is_called and node._replaces not in fills:
            return template_of_graph(node, fills)
        fill = fills.get(node._replaces) or (node.default_fill if isinstance(node, Hole) else None)
        return template_of_call(node, positional, names, fill)

    def _inputs(self, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        try:
            bound = node.shape.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise fault(
                "LS108", node.place, f"{node.name}: {error}", f"the signature is {node.name}{node.shape.signature}"
            ) from None
        if isinstance(node, Graph) and not node.is_called:
            bound.apply_defaults()
            return list(bound.arguments.values())
        return [*args, *kwargs.values()]

    def _runs_in_place(self, block: Block) -> bool:
        """Whether a child is one body to run, and not a graph whose steps the workers run."""
        state, out = self._executor.state, block.out
        is_body = block.template.is_call and state.kind(out) in (Kind.CALL, Kind.HOLE)
        return is_body and out not in state.opened and out not in state.closures

    # --- running --------------------------------------------------------------------------------------------------

    async def _run_in_place(self, gid: int) -> None:
        """Run a child in the slot that its parent's call has."""
        executor = self._executor
        try:
            executor.state.stuck.discard(gid)
            suspended = executor.start(gid)
            if suspended is not None:
                executor.wake()
                await executor.carry_on(gid, suspended)
        finally:
            self._refuse_to_vanish(gid)
        if gid in executor.state.stuck:
            # a grandchild waits for a hole: this body waits with it
            raise self._ending_of_caller(gid)

    def _is_unwound(self, gid: int) -> bool:
        """Whether a body has been told to end because a child of it waits for a hole."""
        return any(child.block.out in self._unwound for child in self._executor.state.children.get(gid, ()))

    def _refuse_to_vanish(self, gid: int) -> None:
        """Give a child that its parent cancelled an error of its own: every step has an ending."""
        state = self._executor.state
        if self._executor.is_cut or self._is_unwound(state.home[gid].parent):
            # it begins again with its caller
            return
        if state.values[gid] is UNSET and not (gid in state.errors or gid in state.closures or gid in state.stuck):
            self._executor.failed(gid, StepError(_CUT_SHORT))

    async def _wait(self, block: Block) -> None:
        """Wait until a child has its output, or nothing else can move."""
        event, out = anyio.Event(), block.out
        self._waits.setdefault(out, []).append(event)
        try:
            await event.wait()
        except BaseException:
            if not block.template.is_call and not self._executor.is_cut:
                self._give_up(block)
            raise
        finally:
            if event.is_set():
                self._called_back -= 1
            else:
                self._forget(out, event)
        if out in self._unwound:
            raise self._ending_of_caller(out)

    def _ending_of_caller(self, out: int) -> Unwound:
        """Return what ends the body that called a child; it is told, whatever it makes of that."""
        self._calling[self._executor.state.home[out].parent].unwound = True
        return Unwound()

    def _give_up(self, graph: Block) -> None:
        """Begin no more steps of a child graph that nobody waits for any more, and end those that run."""
        state = self._executor.state
        cut = [gid for gid in self._running if is_within(state, state.home[gid], graph)]
        hold(state, graph, cut)
        for gid in cut:
            self._running[gid].cancel()

    async def perform(self, gid: int) -> int:
        """Run a body; one of a child graph ends, too, when the body that called the graph is cancelled.

        Return how many steps were ready before it ended.
        """
        executor = self._executor
        if self._recall is not None and self._recall.answer_one(gid, executor.state, executor.log):
            executor.recalled(gid)
            return 0
        caller = caller_of(executor.state, gid)
        with anyio.CancelScope() as scope:
            if caller >= 0:
                self._running[gid] = scope
            before = len(executor.state.ready)
            try:
                suspended = executor.start(gid)
                if suspended is not None:
                    executor.wake()
                    before = await executor.carry_on(gid, suspended)
                return before
            finally:
                if self._running.get(gid) is scope:
                    del self._running[gid]
        executor.note("step.cancelled", gid, {"by": executor.path_of(caller)})
        return len(executor.state.ready)

    def start_again(self, scope: StepScope) -> None:
        """Let a body that is tried again be answered by its finished children, and run the failed ones again."""
        state = self._executor.state
        scope.used = None
        put_back_failed(state, scope.gid)
        for child in state.children.get(scope.gid, ()):
            self._doomed.pop(child.block.out, None)
        self._executor.wake()

    def _forget(self, out: int, event: anyio.Event) -> None:
        self._waits[out].remove(event)
        if not self._waits[out]:
            del self._waits[out]

    # --- news -----------------------------------------------------------------------------------------------------

    def tell_answered(self) -> None:
        """Wake who waits for the output of a child graph."""
        state = self._executor.state
        for block in state.answered:
            self._wake(block.out)
        state.answered.clear()

    def tell_failed(self, gid: int) -> None:
        """Fail a child graph as soon as its output cannot come any more."""
        for out in list(self._waits):
            if out == gid or self._is_doomed(self._executor.state.home[out], (gid,)):
                self._wake(out)

    def _is_doomed(self, block: Block, errors: Iterable[int] | None = None) -> bool:
        """Whether a child graph has no output because of one of these errors (of all, if not said)."""
        out = block.out
        if block.template.is_call or out in self._doomed:
            return out in self._doomed
        state = self._executor.state
        for gid in state.errors if errors is None else errors:
            # what a body of the graph called is the body's to handle
            if gid == out or not is_within(state, state.home[gid], block):
                continue
            if block.template.stops or out in reached_from(state, [gid]):
                self._doomed[out] = state.errors[gid]
                return True
        return False

    def unwind(self) -> bool:
        """End the bodies that wait for holes, as nothing else can move; return whether any body is going on."""
        if self._called_back or self.elsewhere.moves():
            return True
        state = self._executor.state
        going_on = {gid for gid in self._calling if self.goes_on(gid)}
        kept = reached_from(state, going_on) if going_on else set()
        waits = [out for out in self._waits if out not in kept and going_on.isdisjoint(ancestors_by_call(state, out))]
        held_up = reached_from(state, state.closures).union(state.closures)
        # a child that waits for a place, and no hole, may get it from a body that is unwound
        for out in [out for out in waits if out in held_up] or ([] if self.elsewhere else waits):
            self._unwound.add(out)
            self._wake(out)
        return self._called_back > 0 or self.elsewhere.resolve() or bool(going_on)

    def goes_on(self, gid: int) -> bool:
        """Whether a body with calls under way awaits something beside them that the engine does not see."""
        scope = self._calling.get(gid)
        body = None if scope is None or scope.lent else scope.body
        return body is not None and body.__class__ is CoroutineType and not body.cr_running and awaits_unseen(body)

    def _wake(self, out: int) -> None:
        for event in self._waits.pop(out, ()):
            self._called_back += 1
            event.set()


def _is_same(one: Node[..., Any], other: Node[..., Any]) -> bool:
    """Whether two nodes are one; a body that starts again makes its `using(...)` anew."""
    return one is other or (one._replaces is other._replaces and one.name == other.name)
