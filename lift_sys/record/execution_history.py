"""What happened in a run: outcome, closures, events and values, folded from the machine and the log."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from lift_sys.define import (
    Border,
    Cancelled,
    Closure,
    Complete,
    Event,
    Failed,
    Fill,
    Graph,
    Hole,
    Incomplete,
    Node,
    Operand,
    leaves,
    type_name,
)
from lift_sys.errors import Deadlock, LiftError
from lift_sys.execute import (
    Block,
    EventLog,
    Recall,
    RunState,
    ancestors_by_call,
    inlined_graphs,
    path_of,
    ports_of,
    reached_from,
    steps_of,
    value_of,
)
from lift_sys.resolve import UNSET, Kind

__all__ = ["RunRecord"]

_STEPS = (Kind.CALL, Kind.HOLE, Kind.GRAPH)
_SHAPES = (Kind.EACH, Kind.BRANCH, Kind.LOOP)


class RunRecord:
    """One execution as it was when it ended; there is no status that somebody sets.

    `recall` is what is known of steps from before a hole was withdrawn, while something of the run waits.
    """

    def __init__(
        self, graph: Graph[..., Any], state: RunState, log: EventLog, root: Block, recall: Recall | None = None
    ) -> None:
        self.graph = graph
        self.state = state
        self.log = log
        self.root = root
        self.recall = recall
        self.cancelled = False

    @property
    def run_id(self) -> str:
        """The run's name, unique over machines."""
        return self.log.run_id

    @cached_property
    def outcome(self) -> Complete[Any] | Incomplete | Failed | Cancelled:
        """How it ended; every output is accounted for."""
        state = self.state
        if self.cancelled:
            return Cancelled()
        errors = self._errors()
        if errors:
            held_up = reached_from(state, errors)
            if self.graph.on_error == "stop":
                # what was cut short, or not begun, has no value either
                held_up |= {gid for gid in steps_of(state, *_STEPS, *_SHAPES) if state.values[gid] is UNSET}
            skipped = self._paths(held_up)
            return Failed({path_of(state, gid): error for gid, error in errors.items()}, skipped)
        if self.closures:
            return Incomplete(self.closures, self._paths(reached_from(state, state.closures)))
        value = state.values[self.root.out]
        if value is UNSET:
            waiting = [path_of(state, gid) for gid in steps_of(state, *_STEPS, *_SHAPES) if state.values[gid] is UNSET]
            stuck = Deadlock(f"{', '.join(waiting[:5]) or self.graph.name} wait for what cannot come")
            return Failed({self.graph.name: stuck}, waiting)
        return Complete(value)

    def _errors(self) -> dict[int, BaseException]:
        """Return the steps that failed; a child's failure that its parent handled is no failure of the run.

        Where a graph that is called as a whole hands on the error of a step of its own, it is the step that failed.
        """
        state = self.state
        found: dict[int, BaseException] = {}
        graphs: set[int] = set()
        for gid, error in state.errors.items():
            callers = ancestors_by_call(state, gid)
            handing_on = {c for c in callers if state.errors.get(c) is error and self._is_graph(c)}
            # a caller that went on, to its end or to a hole, has handled the error or raised its own
            went_on = any(
                state.values[caller] is not UNSET or caller in state.errors or caller in state.stuck
                for caller in callers
                if caller not in handing_on
            )
            if not went_on:
                found[gid] = error
                graphs |= handing_on
        return {gid: error for gid, error in found.items() if gid not in graphs}

    def _is_graph(self, gid: int) -> bool:
        """Whether what is called at a step is a graph: its own, or one that stands in its hole."""
        fill = self.state.standing_fill(gid)
        return isinstance(self.state.node(gid) if fill is None else fill.by, Graph)

    @cached_property
    def closures(self) -> Sequence[Closure]:
        """The holes that were reached and are open, in the order of their paths."""
        state = self.state
        return sorted((self._closure(gid) for gid in state.closures), key=lambda c: c.path)

    def _closure(self, gid: int) -> Closure:
        state = self.state
        hole: Any = state.node(gid)
        fill = state.standing_fill(gid)
        return Closure(
            hole=hole,
            path=path_of(state, gid),
            inputs=ports_of(state, gid),
            blocks=self._paths(reached_from(state, [gid])),
            expected=hole.shape.result,
            constraints=tuple(hole.constraints),
            question=str(fill.by) if fill is not None and fill.kind == "person" else "",
        )

    def _paths(self, gids: Sequence[int] | set[int]) -> list[str]:
        """Return the paths of those that are steps: calls, holes, and maps, branches and loops that cannot go on."""
        state = self.state
        found = set()
        for gid in gids:
            kind = state.kind(gid)
            if gid in state.closures or gid in state.errors:
                continue
            if isinstance(state.node(gid), Border):
                continue  # the graph itself, which nobody drew as a step
            if kind in _STEPS:
                found.add(path_of(state, gid))
            elif kind in _SHAPES and (gid not in state.opened or self._asks_until(gid)):
                found.add(path_of(state, gid) + ("[*]" if kind == Kind.EACH else ""))
        return sorted(found)

    def _asks_until(self, gid: int) -> bool:
        """Whether a step is a loop that cannot tell whether to turn again: it waits as a branch for its condition."""
        state = self.state
        return state.kind(gid) == Kind.LOOP and state.opened[gid].template is state.detail(gid).bodies[0]

    @cached_property
    def events(self) -> Sequence[Event]:
        """What happened, in order."""
        return [self.log.event(seq, self.path_of) for seq in range(len(self.log))]

    def path_of(self, gid: int) -> str:
        """Return a step's path."""
        return path_of(self.state, gid)

    # --- places ---------------------------------------------------------------------------------------------------

    @cached_property
    def places(self) -> dict[str, int]:
        """Every step by its path; the graph's own name is its output."""
        found = {path_of(self.state, gid): gid for gid in reversed(steps_of(self.state, *_SHAPES, *_STEPS))}
        found[self.graph.name] = self.root.out
        return found

    def step(self, place: Any) -> int:
        """Return the step at a path, or the only step of a node.

        Raises LiftError naming the nearest paths when there is none, or all of them when there are several.
        """
        if isinstance(place, str):
            return self._at_path(place)
        if not isinstance(place, Node):
            called = {node.name: None for gid in steps_of(self.state, *_STEPS) if (node := self.state.node(gid))}
            raise LiftError(
                f"run {self.run_id}: {place!r:.80} is {type(place).__name__}, neither a node nor the path of a step; "
                f"nodes: {', '.join(list(called)[:8]) or 'none'}; paths: {', '.join(list(self.places)[:8])}"
            )
        if place.is_graph and place.fn is self.graph.fn and place.name == self.graph.name:
            # with other fills it is the same graph
            return self.root.out
        found = [gid for gid in steps_of(self.state, *_STEPS) if self._is_step_of(gid, place)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise LiftError(
                f"run {self.run_id}: no step of {place.name} was reached; reached: {', '.join(list(self.places)[:8])}"
            )
        paths = ", ".join(path_of(self.state, gid) for gid in found[:8])
        raise LiftError(f"run {self.run_id}: {place.name} has {len(found)} steps; choose one by run.at(path): {paths}")

    def _is_step_of(self, gid: int, node: Node[..., Any]) -> bool:
        called = self.state.node(gid)
        return called is not None and called._replaces is node._replaces and (node is node._replaces or called is node)

    def _at_path(self, path: str) -> int:
        from difflib import get_close_matches

        gid = self.places.get(path, self.places.get(f"{self.graph.name}/{path}"))
        if gid is None:
            near = get_close_matches(path, list(self.places), 3, 0.4) or list(self.places)[:5]
            raise LiftError(f"run {self.run_id}: no step at {path!r}; did you mean {', '.join(near)}?")
        return gid

    def value_at(self, place: str | Node[..., Any]) -> Any:
        """Return the value of a step, or of a sub-graph; an error is raised, and an open one says what it waits for."""
        graph = self._inlined(place)
        if graph is None:
            return self._value_of_step(self.step(place))
        output, base = graph
        value = value_of(self.state, output, base)
        if value is UNSET:
            wanting = [base + leaf.place for leaf in leaves(output)]
            return self._value_of_step(next(gid for gid in wanting if self.state.values[gid] is UNSET))
        return value

    def _inlined(self, place: str | Node[..., Any]) -> tuple[Operand, int] | None:
        """Return the output of a sub-graph whose steps are the run's own, None where the place is a step."""
        if isinstance(place, str):
            names = {place, f"{self.graph.name}/{place}"}
            if names & self.places.keys():
                return None
            found = [graph for graph in inlined_graphs(self.state) if graph[0] in names]
        else:
            found = [graph for graph in inlined_graphs(self.state) if graph[1]._replaces is place._replaces]
        if len(found) > 1:
            paths = ", ".join(path for path, *_ in found[:8])
            raise LiftError(
                f"run {self.run_id}: {found[0][1].name} has {len(found)} steps; choose one by run.at(path): {paths}"
            )
        return found[0][2:] if found else None

    def _value_of_step(self, gid: int) -> Any:
        state = self.state
        value = state.values[gid]
        if value is not UNSET:
            return value
        path = path_of(state, gid)
        if gid in state.errors:
            raise state.errors[gid]
        if gid in state.closures:
            hole: Hole[..., Any] = self._closure(gid).hole
            raise LiftError(f"{path} is an open hole; fill it with run.resume({hole.name}.fill(...))")
        waits = [path_of(state, c) for c in state.closures if gid in reached_from(state, [c])]
        broken = [path_of(state, e) for e in state.errors if gid in reached_from(state, [e])]
        reason = f"waits for the hole {waits[0]}" if waits else f"was skipped, as {broken[0]} failed" if broken else ""
        raise LiftError(f"{path} has no value: it {reason or 'was not reached'}")

    def fill_of(self, gid: int) -> Fill | None:
        """Return what stands in a step's hole."""
        return self.state.standing_fill(gid)

    def __repr__(self) -> str:
        return f"<record of {self.run_id}: {type_name(type(self.outcome))}>"
