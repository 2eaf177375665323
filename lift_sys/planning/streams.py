"""The two streams of the tracker: results on standard output, all else on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

__all__ = ["OutputClosed", "flush", "result", "tell"]


class OutputClosed(OSError):
    """A result could not be written, so it is lost; `quiet` when its reader chose to leave."""

    def __init__(self, message: str, *, quiet: bool = False) -> None:
        super().__init__(message)
        self.quiet = quiet


def result(text: str) -> None:
    """Write a result; text that no encoding holds is escaped, as JSON would escape it."""
    if sys.stdout is None:
        raise OutputClosed("the result cannot be written: standard output is closed")
    try:
        _write(sys.stdout, text)
    except OSError as error:
        raise _lost(error) from None


def flush() -> None:
    """Make sure that what was written is out; raises OutputClosed when it is lost."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError as error:
        raise _lost(error) from None


def tell(text: str) -> None:
    """Say something to a person, if one listens."""
    if sys.stderr is not None:
        with suppress(OSError):
            _write(sys.stderr, text)
            sys.stderr.flush()


def _lost(error: OSError) -> OutputClosed:
    # what the interpreter would still write at its end goes nowhere, instead of failing again
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return OutputClosed(f"the result cannot be written: {error.strerror}", quiet=isinstance(error, BrokenPipeError))


def _write(stream: TextIO, text: str) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    stream.write(text if text.endswith("\n") else f"{text}\n")
