"""Runs that were kept: which command-line words name one, and how one is written."""

from __future__ import annotations

import json
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from lift_sys.define import Run
from lift_sys.errors import DefinitionError
from lift_sys.explain import openlineage_events
from lift_sys.record import KeptRun, parse_run, read_run_file, write_atomically

__all__ = ["is_kept", "keep", "keep_lineage", "kept_run_of"]


def is_kept(named: str) -> bool:
    """Whether a word names a run file and not a graph: it ends in .json, or is a file that is no Python."""
    path = Path(named)
    return path.suffix == ".json" or (path.suffix != ".py" and path.is_file())


def kept_run_of(named: str) -> KeptRun:
    """Return the run that a file holds; DefinitionError names the nearest file where there is none."""
    path = Path(named)
    if not path.is_file():
        folder = path.parent
        there = sorted(found.name for found in folder.glob("*.json")) if folder.is_dir() else []
        near = get_close_matches(path.name, there, 1)
        cure = f"did you mean {folder / near[0]}?" if near else "write one with lift-sys run TARGET --record FILE"
        raise DefinitionError(f"there is no run file {named}\n  help: {cure}")
    return read_run_file(path)


def keep(ended: Run[Any], target: str, path: str) -> None:
    """Write a run to a file, whole or not at all."""
    write_atomically(Path(path), json.dumps({**ended.to_record(), "target": target}) + "\n")


def keep_lineage(ended: Run[Any], path: str) -> None:
    """Write the OpenLineage events of a run to a file, one on each line."""
    events = openlineage_events(parse_run(dict(ended.to_record()), ended.id))
    write_atomically(Path(path), "".join(json.dumps(event) + "\n" for event in events))
