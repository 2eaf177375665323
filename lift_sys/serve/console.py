"""The two streams of the command line: results on standard output, everything said to a person on standard error."""

from __future__ import annotations

import json
import os
import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

__all__ = [
    "COMPLETE",
    "FAILED",
    "INCOMPLETE",
    "INTERRUPTED",
    "NOT_PASSED",
    "WRONG_USE",
    "OutputClosed",
    "complain",
    "jsonable",
    "person",
    "write",
    "write_json",
]

COMPLETE = 0
FAILED = 1
WRONG_USE = 2
INCOMPLETE = 3
NOT_PASSED = 4
INTERRUPTED = 130


class OutputClosed(OSError):
    """Standard output cannot be written to, so a result would be lost; `quiet` when the reader chose to leave."""

    def __init__(self, message: str, *, quiet: bool = False) -> None:
        super().__init__(message)
        self.quiet = quiet


@cache
def person() -> Console:
    """Return the console on which a person is spoken to: standard error, without colour where NO_COLOR is set."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str, help: str = "") -> None:  # noqa: A002 - the word of a Diagnostic
    """Say what went wrong, and below it what to do, on standard error: one line each."""
    if sys.stderr is None:
        return
    lines = [f"lift-sys: {' '.join(message.split())}"]
    if help:
        lines.append(f"  help: {' '.join(help.split())}")
    try:
        sys.stderr.write("\n".join(lines) + "\n")
        sys.stderr.flush()
    except OSError:
        return


def write(text: str) -> None:
    """Write a result, ending in one newline; raise OutputClosed when nobody can read it."""
    if sys.stdout is None:
        raise OutputClosed("the result cannot be written: standard output is closed")
    try:
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        raise OutputClosed("the reader of standard output has gone", quiet=True) from None
    except (OSError, ValueError) as error:
        _forget_output()
        raise OutputClosed(f"the result cannot be written to standard output: {error}") from None


def write_json(value: Any, *, indent: int | None = None) -> None:
    """Write a result as JSON, on one line unless `indent` is given."""
    write(json.dumps(jsonable(value), ensure_ascii=False, indent=indent))


def jsonable(value: Any) -> Any:
    """Return a value as JSON can hold it: models and dataclasses as objects, sets as lists, anything else as text."""
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value, fallback=repr, bytes_mode="base64", inf_nan_mode="null")
    except (PydanticSerializationError, ValueError, RecursionError):
        return repr(value)


def _forget_output() -> None:
    """Point standard output at nothing, so that the interpreter does not fail on it once more when it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
    finally:
        os.close(nowhere)
