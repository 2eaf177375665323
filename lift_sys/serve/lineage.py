"""`lift-sys lineage`: a kept run as OpenLineage events, for whatever reads those; nothing is sent anywhere."""

from __future__ import annotations

import json as json_text

from lift_sys.errors import DefinitionError
from lift_sys.explain import openlineage_events
from lift_sys.serve.console import COMPLETE, write, write_json
from lift_sys.serve.kept import is_kept, kept_run_of

__all__ = ["lineage"]


def lineage(run: str, *, namespace: str = "lift-sys", json: bool = False) -> int:
    """Write a kept run as OpenLineage 2-0-2 run events, one on each line.

    Parameters
    ----------
    run
        A run that was kept with `lift-sys run --record FILE`.
    namespace
        The namespace of its jobs and data sets.
    json
        Write one JSON array instead of lines.
    """
    if not is_kept(run):
        raise DefinitionError(f"{run} names no run file\n  help: keep a run with lift-sys run {run} --record FILE.json")
    events = openlineage_events(kept_run_of(run), namespace)
    if json:
        write_json(events)
    else:
        write("\n".join(json_text.dumps(event) for event in events))
    return COMPLETE
