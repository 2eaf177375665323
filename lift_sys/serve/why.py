"""`lift-sys why`: the slice behind one place of a run that was kept, or of a run made now."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from lift_sys.define import Explanation, Graph, Node
from lift_sys.errors import DefinitionError, LiftError
from lift_sys.explain import RunExplanation
from lift_sys.resolve import facts_of, reasoning_of
from lift_sys.serve.console import COMPLETE, FAILED, write, write_json
from lift_sys.serve.kept import is_kept, kept_run_of
from lift_sys.serve.run import Given, run_graph
from lift_sys.serve.target import arguments, fills, graph_of

__all__ = ["why"]


async def why(
    run: str,
    place: str,
    *,
    claim: str | None = None,
    arg: Given = None,
    fill: Given = None,
    defer: Given = None,
    model: str | None = None,
    json: bool = False,
) -> int:
    """Explain the value, error or open hole at one place of a run; or why a claim follows, before any run.

    Parameters
    ----------
    run
        A run that was kept with `lift-sys run --record FILE`; or a graph, `pkg.mod:graph`, which is run now.
    place
        The step: `article/draft`, `article/check_fact[3]`.
    claim
        A claim about the ports of the node there, as `result >= 0`: which constraints it follows from. Nothing is run;
        exit code 1 where it does not follow.
    arg
        An argument as `name=JSON`.
    fill
        What stands in a hole, as `hole=pkg.mod:function`.
    defer
        A value that stands in a hole for now, as `hole=JSON`.
    model
        The model that answers prompts which name none.
    json
        Write W3C PROV-JSON.
    """
    explained: Explanation
    if claim is not None:
        if is_kept(run):
            raise DefinitionError(f"{run} is a run that was kept\n  help: a claim is asked of a graph: pkg.mod:graph")
        return _claimed(graph_of(run), place, claim, fills_of=(fill or [], defer or []), json=json)
    if is_kept(run):
        _refuse_running(run, arg=arg, fill=fill, defer=defer, model=model)
        kept = kept_run_of(run)
        explained = RunExplanation(kept, kept.at(place).id)
    else:
        explained = await _run_now(run, place, arg or [], fills_of=(fill or [], defer or []), model=model)
    if json:
        write_json(explained.to_prov())
    else:
        write(str(explained))
    return COMPLETE


def _claimed(graph: Graph[..., Any], place: str, claim: str, fills_of: tuple[list[str], list[str]], json: bool) -> int:
    """Say why a claim follows, or what is known where it does not."""
    filled = graph.with_fills(*fills(graph, *fills_of))
    node = _node_at(filled, place)
    proof = filled.why(node, claim)
    if proof is not None:
        write_json(proof.to_prov()) if json else write(str(proof))
        return COMPLETE
    paths = {path for path, known in filled.nodes.items() if known._replaces is node._replaces}
    known = [
        text
        for (path, _), sides in facts_of(reasoning_of(filled)).items()
        if path in paths
        for _, text in sides.values()
    ]
    if json:
        write_json({"follows": False, "claim": claim, "known": known})
    else:
        write(f"{node.name}: {claim} does not follow\n  known: {', '.join(known) or 'nothing but its types'}")
    return FAILED


def _node_at(graph: Graph[..., Any], place: str) -> Node[..., Any]:
    """Return the node at a path, or of a name."""
    nodes = graph.nodes
    found = nodes.get(place) or next((node for node in (graph, *nodes.values()) if node.name == place), None)
    if found is None:
        known = [*nodes, *dict.fromkeys(node.name for node in nodes.values())]
        near = get_close_matches(place, known, 1)
        raise DefinitionError(
            f"{place} is no step of {graph.name}\n  help: "
            + (f"did you mean {near[0]}?" if near else f"its steps: {', '.join(list(nodes)[:20])}")
        )
    return found


async def _run_now(
    target: str, place: str, arg: list[str], fills_of: tuple[list[str], list[str]], model: str | None
) -> Explanation:
    graph = graph_of(target)
    filled = graph.with_fills(*fills(graph, *fills_of))
    ended = await run_graph(filled, arguments(graph, arg), model)
    try:
        return ended.why(place)
    except LiftError as error:
        raise DefinitionError(f"{error}\n  help: `lift-sys graph {target} --json` lists the steps") from error


def _refuse_running(run: str, **given: object) -> None:
    said = [f"--{name}" for name, value in given.items() if value is not None]
    if said:
        raise DefinitionError(
            f"{', '.join(said)}: {run} is a run that was kept, and is not run again\n  help: name the graph instead"
        )
