"""`lift-sys why`: a run of a graph, and the slice behind one place of it."""

from __future__ import annotations

from lift_sys.errors import DefinitionError, LiftError
from lift_sys.serve.console import COMPLETE, write, write_json
from lift_sys.serve.run import Given, run_graph
from lift_sys.serve.target import arguments, fills, graph_of

__all__ = ["why"]


async def why(
    target: str,
    place: str,
    *,
    arg: Given = None,
    fill: Given = None,
    defer: Given = None,
    model: str | None = None,
    json: bool = False,
) -> int:
    """Run a graph and explain the value, error or open hole at one place.

    Parameters
    ----------
    target
        The graph: `pkg.mod:graph` or `file.py:graph`.
    place
        The step: `article/draft`, `article/check_fact[3]`.
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
    graph = graph_of(target)
    filled = graph.with_fills(*fills(graph, fill or [], defer or []))
    ended = await run_graph(filled, arguments(graph, arg or []), model)
    try:
        explained = ended.why(place)
    except LiftError as error:
        raise DefinitionError(f"{error}\n  help: `lift-sys graph {target} --json` lists the steps") from error
    if json:
        write_json(explained.to_prov())
    else:
        write(str(explained))
    return COMPLETE
