"""`lift-sys why`: the slice behind one place of a run that was kept, or of a run made now."""

from __future__ import annotations

from lift_sys.define import Explanation
from lift_sys.errors import DefinitionError, LiftError
from lift_sys.explain import RunExplanation
from lift_sys.serve.console import COMPLETE, write, write_json
from lift_sys.serve.kept import is_kept, kept_run_of
from lift_sys.serve.run import Given, run_graph
from lift_sys.serve.target import arguments, fills, graph_of

__all__ = ["why"]


async def why(
    run: str,
    place: str,
    *,
    arg: Given = None,
    fill: Given = None,
    defer: Given = None,
    model: str | None = None,
    json: bool = False,
) -> int:
    """Explain the value, error or open hole at one place of a run.

    Parameters
    ----------
    run
        A run that was kept with `lift-sys run --record FILE`; or a graph, `pkg.mod:graph`, which is run now.
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
    explained: Explanation
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
