"""`lift-sys plan`: what a run of a graph may cost, said before it asks any model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lift_sys.define import Budget, Graph
from lift_sys.errors import DefinitionError
from lift_sys.explain import Measured, Measurements, measured
from lift_sys.providers import token_price
from lift_sys.resolve import BudgetConflict, GraphCost, Price, StepCost, Use, budget_conflicts, cost_of
from lift_sys.serve.console import COMPLETE, FAILED, write, write_json
from lift_sys.serve.kept import kept_run_of
from lift_sys.serve.run import Given, tell_unsound
from lift_sys.serve.target import fills, graph_of, known_arguments

__all__ = ["plan"]

_UNITS = {"requests": "", "tokens": "", "cost": "US dollars", "latency": "s", "seconds": "s"}


def plan(
    target: str,
    *,
    arg: Given = None,
    fill: Given = None,
    defer: Given = None,
    model: str | None = None,
    runs: Given = None,
    json: bool = False,
) -> int:
    """Say what a run may take: requests, tokens, money and seconds, each from a least to a most. Nothing is run.

    Exit code 1: the graph is unsound, or its budget cannot be kept.

    Parameters
    ----------
    target
        The graph: `pkg.mod:graph` or `file.py:graph`.
    arg
        An argument that is known, as `name=JSON`: it tells how many items a map has, and which arm is taken.
    fill
        What stands in a hole, as `hole=pkg.mod:function`.
    defer
        A value that stands in a hole for now, as `hole=JSON`.
    model
        The model that answers prompts which name none: `local`, `openai:...`.
    runs
        Past runs, kept with `lift-sys run --record FILE`: what they took is said beside what is certain.
    json
        Write one JSON object: total, steps, holes, conflicts, measured.
    """
    graph = graph_of(target)
    filled = graph.with_fills(*fills(graph, fill or [], defer or []))
    faults = filled.check()
    if faults:
        return tell_unsound(DefinitionError(diagnostics=faults), json)
    default = model or os.environ.get("LIFT_SYS_MODEL") or "local"
    given, prices = known_arguments(graph, arg or []), _prices(filled, default)
    found = cost_of(filled, given, prices=prices, default_model=default)
    past = measured([kept_run_of(file) for file in runs or []], graph.label)
    expected = cost_of(filled, given, prices=prices, default_model=default, experience=past.experience()).unbounded
    conflicts = budget_conflicts(found, graph.budget)
    if json:
        write_json(_as_json(found, past, expected, conflicts, graph.budget))
    else:
        write("\n".join(_told(found, past, expected, conflicts, graph.budget)))
    return FAILED if conflicts else COMPLETE


def _prices(graph: Graph[..., Any], default: str) -> dict[str, Price]:
    """Return the prices of the models that a graph names, as far as anybody here knows them."""
    standing = [*graph.fills, *(getattr(node, "default_fill", None) for node in graph.nodes.values())]
    names = {default, *(str(fill.by) for fill in standing if fill is not None and fill.kind == "model" and fill.by)}
    known = {name: token_price(name) for name in sorted(names)}
    return {name: Price(*price) for name, price in known.items() if price is not None}


def _told(
    cost: GraphCost, past: Measurements, expected: Use, conflicts: Sequence[BudgetConflict], budget: Budget | None
) -> Iterator[str]:
    yield f"{cost.graph}: what a run that completes takes, from the plan alone; nothing was asked"
    yield from (f"  {line}" for line in _use_lines(cost.total))
    if budget is not None and (budget.tokens is not None or budget.cost is not None):
        yield "  (a budget of tokens or money is looked at before each request: the last answers may pass it)"
    unknown = sorted(_unknown(cost.total))
    if unknown:
        yield "not known:"
        yield from (f"  {name}" for name in unknown)
    yield "steps:"
    for step in cost.steps:
        yield f"  {step.path} ({step.node}){_how_often(step)}: {', '.join(_use_lines(step.each))}"
    if cost.holes:
        yield f"open holes, where a run ends incomplete: {', '.join(cost.holes)}"
    if past.runs:
        yield from _past_lines(past, expected)
    for conflict in conflicts:
        yield f"conflict: {conflict}"


def _how_often(step: StepCost) -> str:
    if (step.times.low, step.times.high) == (1, 1):
        return ""
    return (
        f", each of {step.times.said('calls')}" if not step.times.is_unknown else ", each call, how many is not known"
    )


def _use_lines(use: Use) -> Iterator[str]:
    said = {"requests": use.requests, "tokens": use.tokens, "cost": use.cost, "latency": use.latency}
    for name, interval in said.items():
        yield f"{name} {interval.said(_UNITS[name])}"


def _unknown(use: Use) -> frozenset[str]:
    return use.requests.unknown | use.tokens.unknown | use.cost.unknown | use.latency.unknown


def _past_lines(past: Measurements, expected: Use) -> Iterator[str]:
    yield f"measured in {past.runs} {'run' if past.runs == 1 else 'runs'}, which is no promise:"
    yield f"  steps as they were, put together: {', '.join(_use_lines(expected))}"
    if past.whole:
        yield f"  a whole run: {_quantities(past.whole)}"
    for label, found in past.nodes.items():
        yield f"  {label}: {_quantities(found)}"


def _quantities(found: Mapping[str, Measured]) -> str:
    return "; ".join(
        f"{name} {one.least:.4g}"
        if one.least == one.most
        else f"{name} {one.least:.4g} to {one.most:.4g} (p50 {one.p50:.4g}, p95 {one.p95:.4g}, of {one.times})"
        for name, one in found.items()
    )


def _as_json(
    cost: GraphCost, past: Measurements, expected: Use, conflicts: Sequence[BudgetConflict], budget: Budget | None
) -> dict[str, Any]:
    return {
        "graph": cost.graph,
        "total": cost.total.to_json(),
        "budget": None if budget is None else vars(budget),
        "steps": [
            {"path": step.path, "node": step.node, "times": step.times.to_json(), "each": step.each.to_json(),
             "total": step.total.spent()}
            for step in cost.steps
        ],
        "holes": list(cost.holes),
        "unknown": sorted(_unknown(cost.total)),
        "conflicts": [
            {"what": one.what, "least": one.least, "allowed": one.allowed,
             "parts": [{"path": path, "least": least} for path, least in one.parts]}
            for one in conflicts
        ],
        "measured": {
            "runs": past.runs,
            "expected": expected.to_json() if past.runs else None,
            "items": {path: one.to_json() for path, one in past.items.items()},
            "whole": {name: one.to_json() for name, one in past.whole.items()},
            "nodes": {
                label: {name: one.to_json() for name, one in found.items()} for label, found in past.nodes.items()
            },
        },
    }  # fmt: skip
