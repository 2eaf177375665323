"""`lift-sys run`: one run of a graph, and what to do next where a hole is open."""

from __future__ import annotations

import os
import shlex
from typing import Annotated, Any

from cyclopts import Parameter

from lift_sys.define import Cancelled, Closure, Complete, Failed, Graph, Incomplete, Run
from lift_sys.engine import Engine
from lift_sys.errors import ConstraintConflict, DefinitionError
from lift_sys.serve.console import COMPLETE, FAILED, INCOMPLETE, complain, jsonable, write, write_json
from lift_sys.serve.kept import keep, keep_lineage
from lift_sys.serve.target import arguments, fills, graph_of

__all__ = ["Given", "outcome_of", "run", "run_graph", "tell_unsound"]

Given = Annotated[list[str] | None, Parameter(consume_multiple=True)]
"""An option that is given once for several values, or several times."""


async def run(
    target: str,
    *,
    arg: Given = None,
    fill: Given = None,
    defer: Given = None,
    auto: bool = False,
    model: str | None = None,
    record: str | None = None,
    openlineage: str | None = None,
    json: bool = False,
) -> int:
    """Run a graph and write its value. Exit code 3: holes wait; what they were given is shown.

    Parameters
    ----------
    target
        The graph: `pkg.mod:graph` or `file.py:graph`.
    arg
        An argument as `name=JSON`: `--arg topic='"holes"' --arg most=3`.
    fill
        What stands in a hole, as `hole=pkg.mod:function`.
    defer
        A value that stands in a hole for now, as `hole=JSON`; what rests on it is tainted.
    auto
        Fill each hole that constraints leave one value for, or that one candidate fits; recorded as derived.
    model
        The model that answers prompts which name none: `local`, `openai:...`.
    record
        A file to keep the run in, for `why`, `diff` and `plan`. It holds inputs, values and prompts.
    openlineage
        A file for OpenLineage events of the run, one on each line.
    json
        Write one JSON object: outcome, value, holes, errors, run_id.
    """
    graph = graph_of(target)
    filled = graph.with_fills(*fills(graph, fill or [], defer or []))
    given = arguments(graph, arg or [])
    try:
        ended = await run_graph(_derived(filled) if auto else filled, given, model)
    except DefinitionError as error:
        return tell_unsound(error, json)
    except ConstraintConflict as error:
        return _in_conflict(error, json)
    _keep(ended, target, record, openlineage)
    if json:
        write_json(_as_json(ended))
    else:
        _tell(ended, target, arg or [])
    return outcome_of(ended)


def _keep(ended: Run[Any], target: str, record: str | None, openlineage: str | None) -> None:
    """Write the files that were asked for."""
    if record is not None:
        keep(ended, target, record)
    if openlineage is not None:
        keep_lineage(ended, openlineage)


def _derived(graph: Graph[..., Any]) -> Graph[..., Any]:
    """Return the graph with every fill that nobody has to choose; one may be derived from another."""
    from lift_sys.resolve import derived_fills

    while not graph.check() and (found := tuple(derived_fills(graph))):
        for fill in found:
            complain(f"{fill.hole.name} is filled, {fill.name}")
        graph = graph.with_fills(*found)
    return graph


async def run_graph(graph: Graph[..., Any], given: dict[str, Any], model: str | None) -> Run[Any]:
    """Run a graph once, on an engine that is closed afterwards."""
    if model is not None:
        os.environ["LIFT_SYS_MODEL"] = model
    engine = Engine()
    try:
        return await engine.run(graph, **given)
    finally:
        await engine.aclose()


def outcome_of(ended: Run[Any]) -> int:
    """Return the exit code of a run."""
    return {Complete: COMPLETE, Incomplete: INCOMPLETE}.get(type(ended.outcome), FAILED)


def tell_unsound(error: DefinitionError, json: bool) -> int:
    """Say what is wrong with a graph; wrong use without diagnostics is not ours to tell."""
    if not error.diagnostics:
        raise error
    if json:
        write_json({"outcome": "unsound", "diagnostics": [vars(found) for found in error.diagnostics]})
    else:
        for found in error.diagnostics:
            write(str(found))
    return FAILED


def _in_conflict(error: ConstraintConflict, json: bool) -> int:
    """Say which constraints cannot hold together, and what would mend that."""
    if json:
        repairs = [[str(constraint) for constraint in repair] for repair in error.repairs]
        write_json({"outcome": "conflict", "core": [str(constraint) for constraint in error.core], "repairs": repairs})
    else:
        write(str(error))
    return FAILED


def _as_json(ended: Run[Any]) -> dict[str, Any]:
    outcome = ended.outcome
    return {
        "outcome": type(outcome).__name__.lower(),
        "run_id": ended.id,
        "value": jsonable(outcome.value) if isinstance(outcome, Complete) else None,
        "tainted": ended.tainted,
        "holes": [_closure_as_json(closure) for closure in ended.holes],
        "blocked": list(outcome.blocked) if isinstance(outcome, Incomplete) else [],
        "errors": {path: f"{type(e).__name__}: {e}" for path, e in outcome.errors.items()}
        if isinstance(outcome, Failed)
        else {},
    }


def _closure_as_json(closure: Closure) -> dict[str, Any]:
    return {
        "hole": closure.hole.name,
        "path": closure.path,
        "inputs": {name: jsonable(value) for name, value in closure.inputs.items()},
        "blocks": list(closure.blocks),
        "constraints": [str(constraint) for constraint in closure.constraints],
    }


def _tell(ended: Run[Any], target: str, given: list[str]) -> None:
    """Write the value, or what is missing for it."""
    outcome = ended.outcome
    if isinstance(outcome, Complete):
        if isinstance(outcome.value, str):
            write(outcome.value)
        else:
            write_json(outcome.value, indent=2)
        if ended.tainted:
            complain("the value is tainted: it rests on a deferred hole")
    elif isinstance(outcome, Incomplete):
        _tell_holes(ended, outcome, target, given)
    elif isinstance(outcome, Failed):
        for path, error in outcome.errors.items():
            complain(f"{path}: {type(error).__name__}: {error}")
        if outcome.skipped:
            complain(f"skipped, as they depend on it: {', '.join(outcome.skipped)}")
    elif isinstance(outcome, Cancelled):
        complain("the run was cancelled")


def _tell_holes(ended: Run[Any], outcome: Incomplete, target: str, given: list[str]) -> None:
    """Write each closure, and on the other stream the command that goes on."""
    known = {event.data["hole"]: event.data.get("facts", ()) for event in ended.events if event.kind == "hole.narrowed"}
    for closure in outcome.closures:
        write(str(closure))
        for constraint in closure.constraints:
            write(f"  {constraint}")
        for fact in known.get(closure.path, ()):
            write(f"  known: {fact}")
        if closure.question:
            write(f"  asked: {closure.question}")
    if outcome.blocked:
        write(f"blocked: {', '.join(outcome.blocked)}")
    if not outcome.closures:
        return
    hole = outcome.closures[0].hole.name
    again = " ".join([f"lift-sys run {target}", *(f"--arg {shlex.quote(pair)}" for pair in given)])
    waiting = len(outcome.closures)
    complain(
        f"incomplete: {waiting} {'hole waits' if waiting == 1 else 'holes wait'}",
        f"{again} --fill {hole}=pkg.mod:function",
    )
