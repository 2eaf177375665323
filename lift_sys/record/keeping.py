"""From a run in memory to one that can be kept: the machine and the log become steps that name each other."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from lift_sys.define import Border, Fill, Node
from lift_sys.execute import Block, antecedents, caller_of, code_key, key_of, path_of, ports_of, steps_of
from lift_sys.record.execution_history import RunRecord
from lift_sys.record.kept_run import (
    KeptConstraint,
    KeptError,
    KeptEvent,
    KeptFill,
    KeptRun,
    KeptStep,
    KeptUsage,
    StepKind,
)
from lift_sys.record.kept_value import kept_data, kept_value, printable
from lift_sys.resolve import UNSET, Kind

__all__ = ["kept_run", "kept_slice"]

_KINDS: Mapping[int, StepKind] = {
    Kind.CALL: "call", Kind.HOLE: "hole", Kind.GRAPH: "graph", Kind.EACH: "each", Kind.BRANCH: "branch",
    Kind.LOOP: "loop",
}  # fmt: skip
_OF_MODELS = ("model.requested", "model.answered")


def kept_run(record: RunRecord, started: float | None = None) -> KeptRun:
    """Return a whole run; `started` is in seconds since the epoch."""
    # what is no step has a place of its own where it failed, and where it is the output
    others = [gid for gid in (*record.state.errors, record.root.out) if record.state.kind(gid) not in _KINDS]
    return _Keeper(record, timed=True).kept([*steps_of(record.state, *_KINDS), *others], started, every_event=True)


def kept_slice(record: RunRecord, gid: int) -> tuple[KeptRun, int]:
    """Return the part of a run that one step rests on, upstream first, and the step's number in it."""
    # when each step ran stands in a log that is as long as the whole run
    keeper = _Keeper(record, timed=False)
    order: list[int] = []
    seen: set[int] = set()
    todo = [(gid, False)]
    while todo:
        step, done = todo.pop()
        if done:
            order.append(step)
        elif step not in seen:
            seen.add(step)
            todo.append((step, True))
            todo.extend((before, False) for before in reversed(keeper.rests_on(step)[0]))
    return keeper.kept(order, None, every_event=False), len(order) - 1


class _Keeper:
    """Reads one record; what is asked for often is read once."""

    def __init__(self, record: RunRecord, *, timed: bool) -> None:
        self._record = record
        self._timed = timed
        self._state = record.state
        self._paths: dict[int, str] = {}
        root, names = record.root, [p.name for p in record.graph.shape.parameters]
        self._inputs = {root.base + k: name for name, k in zip(names, root.template.params, strict=True)}
        self._rests: dict[int, tuple[list[int], list[str]]] = {}
        self._codes: dict[int, str] = {}
        self._calls: dict[int, list[tuple[int, int]]] = {}

    def kept(self, gids: list[int], started: float | None, *, every_event: bool) -> KeptRun:
        """Return these steps as a run."""
        record, state = self._record, self._state
        ids = {gid: number for number, gid in enumerate(dict.fromkeys(gids))}
        events = tuple(self._events(ids, every_event))
        asked: dict[int, list[KeptEvent]] = {}
        for event in events:
            if event.kind in _OF_MODELS and event.step is not None:
                asked.setdefault(event.step, []).append(event)
        steps = tuple(self._step(gid, ids, asked) for gid in ids)
        value = state.values[record.root.out]
        log, graph = record.log, record.graph
        return KeptRun(
            graph=graph.name,
            label=graph.label,
            run_id=record.run_id,
            outcome=type(record.outcome).__name__.lower(),  # type: ignore[arg-type]  # the four classes are the four words
            steps=steps,
            inputs={name: kept_value(state.values[gid]) for gid, name in self._inputs.items()},
            events=events,
            output=ids.get(record.root.out),
            value=None if value is UNSET else kept_value(value),
            started=started,
            seconds=log.time_of(len(log) - 1) - log.began if len(log) else None,
            tainted=any(step.fill is not None and step.fill.kind == "deferred" for step in self._support(steps, ids)),
            code=self._code(graph.fn),
            python=".".join(map(str, sys.version_info[:2])),
        )

    def _support(self, steps: tuple[KeptStep, ...], ids: Mapping[int, int]) -> Iterator[KeptStep]:
        """Yield the steps that the output rests on."""
        seen: set[int] = set()
        out = ids.get(self._record.root.out)
        todo = [] if out is None else [out]
        while todo:
            number = todo.pop()
            if number not in seen:
                seen.add(number)
                yield steps[number]
                todo.extend(steps[number].used)

    # --- one step -------------------------------------------------------------------------------------------------

    def _step(self, gid: int, ids: Mapping[int, int], asked: Mapping[int, list[KeptEvent]]) -> KeptStep:
        state, node, fill = self._state, self._state.node(gid), self._record.fill_of(gid)
        used, takes = self.rests_on(gid)
        value, error = state.values[gid], state.errors.get(gid)
        began, ended = self._spans.get(gid, (None, None)) if self._timed else (None, None)
        owner, caller = state.home[gid].owner, caller_of(state, gid)
        within = owner if owner >= 0 else caller
        return KeptStep(
            id=ids[gid],
            path=self._path(gid),
            kind=_KINDS.get(state.kind(gid), "made"),
            status="failed" if error else "open" if gid in state.closures else "waiting" if value is UNSET else "done",
            node=node.label if node else "",
            name=node.name if node else "",
            place=node.place.rpartition(" ")[0] if node else "",
            effect=node.options.effect if node else "",
            code=self._code(node.fn) if node else "",
            fill=self._fill(fill) if fill is not None else None,
            inputs={name: kept_value(given) for name, given in self._ports(gid) if given is not UNSET},
            value=None if value is UNSET else kept_value(value),
            error=None if error is None else KeptError(type(error).__name__, printable(str(error))),
            used=tuple([ids[before] for before in used if before in ids]),
            takes=tuple(takes),
            decided_by=tuple([ids[before] for before in self._decides(gid) if before in ids]),
            within=ids.get(within),
            caller=ids.get(caller),
            constraints=_checked(node, fill),
            usage=_usage(asked.get(ids[gid], ())),
            started=began,
            seconds=None if began is None or ended is None else ended - began,
        )

    def _path(self, gid: int) -> str:
        if gid not in self._paths:
            self._paths[gid] = path_of(self._state, gid)
        return self._paths[gid]

    def _code(self, fn: Any) -> str:
        # by identity, as what can be called need not be hashable; the record holds it
        if id(fn) not in self._codes:
            self._codes[id(fn)] = code_key(fn)
        return self._codes[id(fn)]

    def _fill(self, fill: Fill) -> KeptFill:
        by, code = fill.by, ""
        if fill.kind == "deferred":
            code = kept_value(by).identity
        elif fill.kind == "model":
            code = key_of(by, dict(fill.settings)).hex()
        elif fill.kind != "person":
            code = self._code(by.fn if isinstance(by, Node) else by)
        return KeptFill(fill.kind, fill.name, fill.hole.label, code)

    def _ports(self, gid: int) -> Iterable[tuple[str, Any]]:
        if self._state.node(gid) is None:
            return ()
        try:
            return ports_of(self._state, gid).items()
        except TypeError:
            # a call that does not fit: that is the step's error
            return ()

    # --- what a step rests on -------------------------------------------------------------------------------------

    def rests_on(self, gid: int) -> tuple[list[int], list[str]]:
        """Return the steps and the graph's inputs behind a step, what lies between them looked through."""
        if gid not in self._rests:
            self._rests[gid] = self._behind([gid] if gid in self._inputs else self._before(gid))
        return self._rests[gid]

    def _behind(self, places: list[int]) -> tuple[list[int], list[str]]:
        steps, takes = dict[int, None](), dict[str, None]()
        todo, seen = list(reversed(places)), set[int]()
        while todo:
            gid = todo.pop()
            if gid in seen:
                continue
            seen.add(gid)
            if gid in self._inputs:
                takes[self._inputs[gid]] = None
            elif self._state.kind(gid) in _KINDS or gid in self._state.errors:
                steps[gid] = None
            else:
                todo.extend(reversed(self._before(gid)))
        return list(steps), list(takes)

    def _before(self, gid: int) -> list[int]:
        found = antecedents(self._state, gid)
        block, local, _ = self._state.where(gid)
        if block.owner < 0 <= block.parent and not block.template.slots[local]:
            kind = self._state.kind(gid)
            if kind not in (Kind.CONST, Kind.MAKE):
                return [*self._known_to_body(block.parent, gid), *found]
        return found

    def _known_to_body(self, parent: int, gid: int) -> list[int]:
        """Return what a body knew when it made a call: its inputs, and the calls that had ended."""
        block, _, base = self._state.where(parent)
        slots = [base + slot for slot in block.template.slots[parent - base]]
        own = self._state.home[gid]
        began = min((first for first, _ in self._lines_of(own)), default=0)
        slots.extend(out for out, ended in self._ended_calls(parent) if ended < began and out != own.out)
        return slots

    def _ended_calls(self, parent: int) -> list[tuple[int, int]]:
        """Return the outputs of the calls of a body that gave something, each with the line at which it ended."""
        if parent not in self._calls:
            blocks = [child.block for child in self._state.children.get(parent, ())]
            ends = [max((last for _, last in self._lines_of(b) if last is not None), default=-1) for b in blocks]
            called = zip(blocks, ends, strict=True)
            self._calls[parent] = [(b.out, end) for b, end in called if self._state.values[b.out] is not UNSET]
        return self._calls[parent]

    def _lines_of(self, block: Block) -> Iterator[tuple[int, int | None]]:
        steps = range(block.base, block.base + block.template.size * block.count)
        return (self._lines[gid] for gid in steps if gid in self._lines)

    def _decides(self, gid: int) -> list[int]:
        """Return the steps behind the condition of a branch, the items of a map, the start of a loop."""
        kind = self._state.kind(gid)
        if kind not in (Kind.EACH, Kind.BRANCH, Kind.LOOP, Kind.GRAPH):
            return []
        block, local, base = self._state.where(gid)
        detail = block.template.details.get(local)
        slots = [*block.template.slots[local], *((detail.elements or ()) if detail else ())]
        if detail is not None and detail.follows >= 0:
            slots.append(detail.follows)
        return self._behind([base + slot for slot in slots])[0]

    # --- the log --------------------------------------------------------------------------------------------------

    @cached_property
    def _lines(self) -> dict[int, tuple[int, int | None]]:
        """The first line of each step, and the line that ended it."""
        log = self._record.log
        found: dict[int, tuple[int, int | None]] = {}
        for seq in range(len(log)):
            gid, kind = log.step_of(seq), log.kind_of(seq)
            first = found.get(gid, (seq, None))[0]
            found[gid] = (first, seq if kind in ("step.finished", "step.failed") else found.get(gid, (0, None))[1])
        return found

    @cached_property
    def _spans(self) -> dict[int, tuple[float, float | None]]:
        """When each step began and ended, in seconds since the run began."""
        log = self._record.log
        return {
            gid: (log.time_of(first) - log.began, None if last is None else log.time_of(last) - log.began)
            for gid, (first, last) in self._lines.items()
        }

    def _events(self, ids: Mapping[int, int], every: bool) -> Iterator[KeptEvent]:
        log = self._record.log
        for seq in range(len(log)) if every else sorted(log.data):
            gid, kind = log.step_of(seq), log.kind_of(seq)
            if not every and gid not in ids:
                continue
            at, data = log.time_of(seq) - log.began, log.data.get(seq, {})
            path = self._path(gid) if gid >= 0 else ""
            yield KeptEvent(kind, seq, at, ids.get(gid), path, kept_data(data) if data else {})


def _checked(node: Node[..., Any] | None, fill: Fill | None) -> tuple[KeptConstraint, ...]:
    """Return what values were asked about at a step; in a graph that stands in a hole its own steps are asked."""
    if node is None or (fill is not None and fill.opens):
        return ()
    found = [*(node.of.asked_of_run if isinstance(node, Border) else node.asked)]
    if fill is not None and isinstance(fill.by, Node):
        found.extend(fill.by.asked)
    return tuple(KeptConstraint(c.strength, c.text, c.origin) for c in found)


def _usage(asked: Iterable[KeptEvent]) -> KeptUsage | None:
    """Return what the models of a step took; a sum with an unknown price is unknown."""
    requests, models, used = 0, dict[str, None](), list[Mapping[str, Any]]()
    for event in asked:
        models[str(event.data.get("model", ""))] = None
        if event.kind == "model.requested":
            requests += 1
        else:
            used.append(event.data.get("usage") or {})
    costs = [usage.get("cost") for usage in used]
    return (
        None
        if not models
        else KeptUsage(
            models=tuple(models),
            requests=requests,
            input_tokens=sum(int(usage.get("input_tokens") or 0) for usage in used),
            output_tokens=sum(int(usage.get("output_tokens") or 0) for usage in used),
            cost=None if None in costs else sum(float(cost) for cost in costs if cost is not None),
        )
    )
