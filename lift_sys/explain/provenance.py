"""Why a value is what it is: the exact slice behind a place, read from the record."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from lift_sys.define import Constraint, Event
from lift_sys.execute import antecedents, path_of, ports_of
from lift_sys.record import RunRecord
from lift_sys.resolve import UNSET, Kind

__all__ = ["RunExplanation", "slice_of", "tainted"]

_SHOWN = (Kind.CALL, Kind.HOLE, Kind.GRAPH)
_LONGEST = 100


def slice_of(record: RunRecord, gid: int) -> list[int]:
    """Return the steps whose values a step rests on, upstream first, itself last."""
    seen: set[int] = set()
    order: list[int] = []
    todo: list[tuple[int, bool]] = [(gid, False)]
    while todo:
        step, done = todo.pop()
        if done:
            order.append(step)
        elif step not in seen:
            seen.add(step)
            todo.append((step, True))
            todo.extend((before, False) for before in reversed(antecedents(record.state, step)))
    return order


def tainted(record: RunRecord) -> bool:
    """Whether a deferred hole is in the support of the output."""
    for gid in slice_of(record, record.root.out):
        fill = record.fill_of(gid)
        if fill is not None and fill.kind == "deferred":
            return True
    return False


class RunExplanation:
    """The slice behind one place of a run: steps, inputs, prompts, model, fill, constraint checks, person."""

    def __init__(self, record: RunRecord, gid: int) -> None:
        self._record = record
        self._gid = gid

    @cached_property
    def _slice(self) -> list[int]:
        kind = self._record.state.kind
        return [gid for gid in slice_of(self._record, self._gid) if kind(gid) in _SHOWN]

    @cached_property
    def _events(self) -> dict[int, list[Event]]:
        log, found = self._record.log, dict[int, list[Event]]()
        for seq in log.data:
            found.setdefault(log.step_of(seq), []).append(log.event(seq, self._record.path_of))
        return found

    @property
    def constraints(self) -> Sequence[Constraint]:
        """The constraints that were checked along the slice."""
        found: dict[Constraint, None] = {}
        for gid in self._slice:
            node = self._record.state.node(gid)
            found.update(dict.fromkeys(c for c in (node.constraints if node else ()) if c.check is not None))
        return tuple(found)

    def steps(self) -> Sequence[str]:
        """Return the step paths of the slice, upstream first."""
        return [path_of(self._record.state, gid) for gid in self._slice]

    def __str__(self) -> str:
        record, state = self._record, self._record.state
        known = state.values[self._gid] is not UNSET
        lines = [f"{path_of(state, self._gid)} {'=' if known else 'has no value:'} {self._status(self._gid)}"]
        for gid in reversed(self._slice):
            lines.append(f"  {path_of(state, gid)}: {self._status(gid)}")
            lines.extend(f"    {line}" for line in self._details(gid))
        lines.extend(f"  input {name} = {_short(value)}" for name, value in self._inputs())
        lines.append(f"  of {record.graph.name}, run {record.run_id}")
        return "\n".join(lines)

    def _status(self, gid: int) -> str:
        state = self._record.state
        if gid in state.errors:
            return f"failed: {type(state.errors[gid]).__name__}: {state.errors[gid]}"
        if gid in state.closures:
            return "an open hole"
        return _short(state.values[gid])

    def _details(self, gid: int) -> list[str]:
        state = self._record.state
        node, fill = state.node(gid), self._record.fill_of(gid)
        lines = []
        if node is not None:
            lines.append(f"by {node.label} ({node.place.rpartition(' ')[0]})")
            try:
                given = ports_of(state, gid)
            except TypeError:
                given = {}
            lines.extend(f"given {name} = {_short(v)}" for name, v in given.items() if v is not UNSET)
        if fill is not None:
            lines.append(f"filled by {fill.kind} {fill.name}".rstrip())
        for event in self._events.get(gid, ()):
            lines.append(_event_line(event))
        lines.extend(f"held: {c}" for c in (node.constraints if node else ()) if c.check is not None)
        return lines

    def _inputs(self) -> list[tuple[str, Any]]:
        root, state = self._record.root, self._record.state
        names = [p.name for p in self._record.graph.shape.parameters]
        rests_on = set(slice_of(self._record, self._gid))
        given = zip(names, root.template.params, strict=True)
        return [(name, state.values[root.base + k]) for name, k in given if root.base + k in rests_on]

    def to_prov(self) -> Mapping[str, Any]:
        """Return the slice as W3C PROV-JSON: an activity per step, an entity per value, an agent per fill."""
        state = self._record.state
        document: dict[str, Any] = {
            "prefix": {"lift": "urn:lift-sys:", "run": f"urn:lift-sys:run:{self._record.run_id}:"},
            "entity": {}, "activity": {}, "agent": {}, "wasGeneratedBy": {}, "used": {}, "wasAssociatedWith": {},
        }  # fmt: skip
        for name, value in self._inputs():
            document["entity"][f"run:input-{name}"] = {"lift:value": _short(value)}
        for gid in self._slice:
            document["activity"][f"run:step-{gid}"] = {"lift:path": path_of(state, gid)}
            if state.values[gid] is not UNSET:
                entity = f"run:value-{gid}"
                document["entity"][entity] = {"lift:value": _short(state.values[gid])}
                document["wasGeneratedBy"][f"_:made-{gid}"] = {
                    "prov:entity": entity,
                    "prov:activity": f"run:step-{gid}",
                }
            self._say_used(document, gid)
            fill = self._record.fill_of(gid)
            if fill is not None:
                agent = f"lift:fill-{fill.hole.name}"
                document["agent"][agent] = {"lift:kind": fill.kind, "lift:name": fill.name}
                document["wasAssociatedWith"][f"_:by-{gid}"] = {
                    "prov:activity": f"run:step-{gid}",
                    "prov:agent": agent,
                }
        return {key: part for key, part in document.items() if part}

    def _say_used(self, document: dict[str, Any], gid: int) -> None:
        state, root = self._record.state, self._record.root
        names = [p.name for p in self._record.graph.shape.parameters]
        shown = set(self._slice)
        inputs = {root.base + k: f"run:input-{name}" for name, k in zip(names, root.template.params, strict=True)}
        # what lies between two steps (projections, containers, maps) is no activity: look through it
        todo, seen = antecedents(state, gid), set[int]()
        while todo:
            before = todo.pop()
            if before in seen:
                continue
            seen.add(before)
            entity = f"run:value-{before}" if before in shown else inputs.get(before)
            if entity is None:
                todo.extend(antecedents(state, before))
            elif before in inputs or state.values[before] is not UNSET:
                document["used"][f"_:use-{gid}-{before}"] = {
                    "prov:activity": f"run:step-{gid}",
                    "prov:entity": entity,
                }


def _event_line(event: Event) -> str:
    said = ", ".join(f"{key}={_short(value)}" for key, value in event.data.items())
    return f"{event.kind}: {said}"


def _short(value: Any) -> str:
    if value is UNSET:
        return "nothing yet"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + " ..."
