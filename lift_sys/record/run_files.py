"""Run files: one run in one file, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from lift_sys.errors import DefinitionError, StoreError
from lift_sys.record.kept_run import KeptRun, parse_run

__all__ = ["read_run_file", "write_atomically"]


def read_run_file(path: Path) -> KeptRun:
    """Return the run that a file holds; DefinitionError where it holds none."""
    try:
        said: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}\n  help: name a run file") from None
    except (ValueError, RecursionError) as error:
        raise DefinitionError(
            f"{path} is no run file: it is no JSON ({error})\n  help: write one with lift-sys run TARGET --record FILE"
        ) from None
    return parse_run(said, str(path))


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or not at all; only its owner may read it, as prompts and values stand in it.

    Raises StoreError when it cannot be written.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent or ".")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}") from None
