"""`lift-sys check`: every fault of a graph at once, before anything runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from lift_sys.check import witness_of
from lift_sys.define import ConstraintSummary, Graph
from lift_sys.errors import Diagnostic
from lift_sys.explain import standings, warnings_of
from lift_sys.judges import judge_project_types
from lift_sys.serve.console import COMPLETE, FAILED, complain, write, write_json
from lift_sys.serve.target import graph_of

__all__ = ["check", "judge_edges"]

_BEHIND_THE_HALL = ("lift_sys.engine",)
"""Of lift_sys only what declares nodes matters to an edge; the rooms behind the hall would take mypy's time."""


_STANDINGS = {
    "verified": "verified before the run",
    "checked": "asked at run time",
    "tainted": "resting on a deferred hole",
}


async def check(target: str, *, json: bool = False) -> int:
    """Say every fault of a graph at once; exit code 1 where there is one. Inferred edges are judged by mypy too.

    Parameters
    ----------
    target
        The graph: `pkg.mod:graph` or `file.py:graph`.
    json
        Write one JSON object: sound, diagnostics, warnings, steps, holes, constraints.
    """
    graph = graph_of(target)
    found = graph.check() or await judge_edges(graph)
    is_drawn = all(one.code == "LS502" for one in found)
    steps, holes = (len(graph.nodes), len(graph.holes)) if is_drawn else (0, 0)
    said = graph.constraint_summary() if is_drawn else ConstraintSummary()
    warned = warnings_of(graph) if not found else []
    stand = Counter[str](standings(graph).values() if said and not found else ())
    if json:
        told = {"sound": not found, "diagnostics": [vars(one) for one in found], "warnings": warned}
        standing = {name: stand[name] for name in ("verified", "checked", "tainted")}
        write_json({**told, "steps": steps, "holes": holes, "constraints": {**said.as_json(), **standing}})
    elif found:
        for one in found:
            write(str(one))
        counted = [_counted(len(found), "fault") + f" in {target}", *([str(said)] if said else [])]
        complain("; ".join(counted), f"lift-sys explain {found[0].code}")
    else:
        counted = [_counted(steps, "step"), _counted(holes, "open hole"), *([str(said)] if said else [])]
        counted += [f"{stand[name]} {words}" for name, words in _STANDINGS.items() if stand[name]]
        write(f"{target} is sound: {', '.join(counted)}")
        for warning in warned:
            complain(f"warning: {warning}")
    return FAILED if found else COMPLETE


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


async def judge_edges(graph: Graph[..., Any]) -> Sequence[Diagnostic]:
    """Return what mypy holds against the edges that were inferred for a graph and those within it.

    Raises DefinitionError where the graph cannot be drawn: ask `graph.check()` first.
    """
    witness = witness_of(graph)
    if not witness.edges:
        return []
    faults = await judge_project_types(witness.text, witness.roots, skip=_BEHIND_THE_HALL)
    return list(dict.fromkeys(witness.diagnostic(fault.line, fault.message) for fault in faults))
