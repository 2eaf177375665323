"""`lift-sys diff`: two kept runs of one graph, explained by the least changed cause."""

from __future__ import annotations

from lift_sys.errors import DefinitionError
from lift_sys.explain import compare
from lift_sys.serve.console import COMPLETE, FAILED, write, write_json
from lift_sys.serve.kept import is_kept, kept_run_of

__all__ = ["diff"]


def diff(left: str, right: str, *, json: bool = False) -> int:
    """Explain two runs of one graph by the least changed cause. Exit code 0: the same; 1: they differ.

    Parameters
    ----------
    left
        A run that was kept with `lift-sys run --record FILE`.
    right
        Another run of the same graph.
    json
        Write one JSON object: same, causes (each with what follows from it), and what differs.
    """
    for named in (left, right):
        if not is_kept(named):
            raise DefinitionError(
                f"{named} names no run file\n  help: keep a run with lift-sys run {named} --record FILE.json"
            )
    found = compare(kept_run_of(left), kept_run_of(right))
    if json:
        write_json(found.to_json())
    else:
        write(str(found))
    return COMPLETE if found.same else FAILED
