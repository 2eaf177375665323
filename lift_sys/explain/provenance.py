"""Why a value is what it is: the exact slice behind a place, read from a run that is in memory or was kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from lift_sys.define import Constraint, Node
from lift_sys.execute import antecedents
from lift_sys.explain.prov_export import prov_document
from lift_sys.record import KeptConstraint, KeptEvent, KeptRun, KeptStep, RunRecord, kept_slice

__all__ = ["RunExplanation", "explained", "slice_of", "tainted"]

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


def explained(record: RunRecord, gid: int) -> RunExplanation:
    """Return the explanation of a step of a run in memory; its constraints are the ones that were checked."""
    kept, number = kept_slice(record, gid)
    found: list[Constraint] = []
    for step in slice_of(record, gid):
        node, fill = record.state.node(step), record.fill_of(step)
        found.extend(node.own_constraints if node is not None else ())
        found.extend(fill.by.own_constraints if fill is not None and isinstance(fill.by, Node) else ())
    return RunExplanation(kept, number, found)


class RunExplanation:
    """The slice behind one place of a run: steps, inputs, prompts, model, fill, constraint checks, person.

    `known` are the constraints of a run in memory: with their functions, which a kept run does not have.
    """

    def __init__(self, kept: KeptRun, number: int, known: Sequence[Constraint] = ()) -> None:
        self._kept = kept
        self._step = kept.steps[number]
        self._known = {(c.strength, c.text, c.origin): c for c in known}

    @cached_property
    def _rests_on(self) -> list[KeptStep]:
        """Every step that the place rests on, upstream first, itself last."""
        steps = self._kept.steps
        order: list[KeptStep] = []
        seen: set[int] = set()
        todo = [(self._step.id, False)]
        while todo:
            number, done = todo.pop()
            if done:
                order.append(steps[number])
            elif number not in seen:
                seen.add(number)
                todo.append((number, True))
                todo.extend((before, False) for before in reversed(steps[number].used))
        return order

    @cached_property
    def _slice(self) -> list[KeptStep]:
        return [step for step in self._rests_on if step.is_shown]

    @cached_property
    def _events(self) -> Mapping[int, list[KeptEvent]]:
        found: dict[int, list[KeptEvent]] = {}
        for event in self._kept.events_of(self._slice):
            if event.data and event.step is not None:
                found.setdefault(event.step, []).append(event)
        return found

    @property
    def constraints(self) -> Sequence[Constraint]:
        """The constraints that were checked along the slice."""
        return tuple(dict.fromkeys(self._said(c) for step in self._slice for c in step.constraints))

    def _said(self, kept: KeptConstraint) -> Constraint:
        return self._known.get((kept.strength, kept.text, kept.origin)) or kept.said()

    def steps(self) -> Sequence[str]:
        """Return the step paths of the slice, upstream first."""
        return [step.path for step in self._slice]

    def __str__(self) -> str:
        asked = self._step
        lines = [f"{asked.path} {'=' if asked.status == 'done' else 'has no value:'} {status_of(asked)}"]
        for step in reversed(self._slice):
            lines.append(f"  {step.path}: {status_of(step)}")
            lines.extend(f"    {line}" for line in self._details(step))
        lines.extend(f"  input {name} = {short(self._kept.inputs[name])}" for name in self._inputs())
        lines.append(f"  of {self._kept.graph}, run {self._kept.run_id}")
        return "\n".join(lines)

    def _details(self, step: KeptStep) -> Iterator[str]:
        if step.node:
            yield f"by {step.node} ({step.place})"
        for name, value in step.inputs.items():
            yield f"given {name} = {short(value)}"
        if step.fill is not None:
            yield f"filled by {step.fill}"
        for event in self._events.get(step.id, ()):
            yield f"{event.kind}: {', '.join(f'{name}={short(repr(said))}' for name, said in event.data.items())}"
        events = self._events.get(step.id, ())
        broken = {event.data.get("origin") for event in events if event.kind == "constraint.broken"}
        for constraint in step.constraints:
            if constraint.origin not in broken:  # the event says so
                yield f"{'held' if step.status == 'done' else 'asked'}: {constraint.said()}"

    def _inputs(self) -> list[str]:
        """Return the graph's inputs that the place rests on, in the order of its parameters."""
        taken = {name for step in self._rests_on for name in step.takes}
        return [name for name in self._kept.inputs if name in taken]

    def to_prov(self) -> Mapping[str, Any]:
        """Return the slice as W3C PROV-JSON: an activity per step, an entity per value, an agent per fill."""
        return prov_document(self._kept, self._slice, self._inputs())


def status_of(step: KeptStep) -> str:
    """Return what became of a step: its value, its error, or what it waits for."""
    if step.error is not None:
        return f"failed: {step.error}"
    if step.status == "open":
        return "an open hole"
    return "nothing yet" if step.value is None else short(step.value)


def short(value: object) -> str:
    """Return a value on one line of bounded length."""
    text = str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 4] + " ..."
