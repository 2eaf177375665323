"""What past runs took: by node and by whole run. Measured, never promised."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lift_sys.record import KeptRun, KeptStep
from lift_sys.resolve import Experience, Interval, Use, name_of_call

__all__ = ["Measured", "Measurements", "measured"]

_QUANTITIES = ("requests", "tokens", "cost", "seconds")


@dataclass(frozen=True, slots=True)
class Measured:
    """How much was taken, over `times` measurements; p50 and p95 are values that were measured."""

    times: int
    least: float
    p50: float
    p95: float
    most: float

    @staticmethod
    def of(values: Iterable[float]) -> Measured | None:
        """Return the summary of some values; None where there are none."""
        found = sorted(values)
        if not found:
            return None
        return Measured(len(found), found[0], _rank(found, 0.5), _rank(found, 0.95), found[-1])

    def to_json(self) -> dict[str, Any]:
        """Return it as data."""
        return {"times": self.times, "min": self.least, "p50": self.p50, "p95": self.p95, "max": self.most}


@dataclass(frozen=True, slots=True)
class Measurements:
    """What `runs` runs took: each quantity of a whole run, and of one step of each node with what stood in it.

    `items` are how many items the maps of the graph had, by their paths.
    """

    runs: int
    whole: Mapping[str, Measured]
    nodes: Mapping[str, Mapping[str, Measured]]
    items: Mapping[str, Measured]

    def experience(self) -> Experience:
        """Return the least and the most of each, to plan with."""
        return Experience(
            {name: _as_use(name, found) for name, found in self.nodes.items()},
            {path: Interval(found.least, found.most) for path, found in self.items.items()},
        )


def measured(runs: Sequence[KeptRun], label: str) -> Measurements:
    """Return what past runs took; whole runs are those of the graph of that label that completed."""
    whole = [_of_run(run) for run in runs if run.label == label and run.outcome == "complete"]
    nodes: dict[str, list[Mapping[str, float]]] = {}
    for run in runs:
        below = _children(run)
        for step in run.steps:
            if step.is_shown and step.status == "done" and step.node:
                nodes.setdefault(_name(step), []).append(_of_step(step, below))
    summed = {name: _summed_up(found) for name, found in nodes.items()}
    return Measurements(len(runs), _summed_up(whole), summed, _items(run for run in runs if run.label == label))


def _name(step: KeptStep) -> str:
    fill = step.fill
    return name_of_call(step.node) if fill is None else name_of_call(step.node, fill.kind, fill.name)


def _items(runs: Iterable[KeptRun]) -> dict[str, Measured]:
    """Return how many items each map had that ended."""
    counts: dict[str, list[float]] = {}
    for run in runs:
        for step in run.steps:
            if step.kind == "each" and step.value is not None and isinstance(step.value.json, list):
                counts.setdefault(re.sub(r"\[\d+\]", "[*]", step.path), []).append(len(step.value.json))
    found = {path: Measured.of(count) for path, count in counts.items()}
    return {path: summary for path, summary in found.items() if summary is not None}


def _as_use(name: str, found: Mapping[str, Measured]) -> Use:
    parts = {what: Interval(one.least, one.most) for what, one in found.items()}
    unknown = Interval.open(f"what {name} takes")
    requests, tokens, cost, seconds = (parts.get(what, unknown) for what in _QUANTITIES)
    return Use(requests, tokens, cost, seconds, seconds)


def _summed_up(found: Sequence[Mapping[str, float]]) -> dict[str, Measured]:
    summaries = {name: Measured.of(one[name] for one in found if name in one) for name in _QUANTITIES}
    return {name: summary for name, summary in summaries.items() if summary is not None}


def _rank(ordered: Sequence[float], share: float) -> float:
    """Return the value that so great a share of all does not pass (nearest rank)."""
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _children(run: KeptRun) -> Mapping[int, list[KeptStep]]:
    found: dict[int, list[KeptStep]] = {}
    for step in run.steps:
        if step.caller is not None:
            found.setdefault(step.caller, []).append(step)
    return found


def _of_run(run: KeptRun) -> dict[str, float]:
    return _taken(run.steps, run.seconds)


def _of_step(step: KeptStep, below: Mapping[int, list[KeptStep]]) -> dict[str, float]:
    """Return what a step took, with all that its body called."""
    within, todo = [step], [step]
    while todo:
        children = below.get(todo.pop().id, ())
        within += children
        todo += children
    return _taken(within, step.seconds)


def _taken(steps: Iterable[KeptStep], seconds: float | None) -> dict[str, float]:
    usages = [step.usage for step in steps if step.usage is not None]
    found: dict[str, float] = {
        "requests": sum(usage.requests for usage in usages),
        "tokens": sum(usage.input_tokens + usage.output_tokens for usage in usages),
    }
    costs = [usage.cost for usage in usages]
    if None not in costs:
        found["cost"] = sum(cost for cost in costs if cost is not None)
    if seconds is not None:
        found["seconds"] = seconds
    return found
