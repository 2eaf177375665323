"""The two streams of the tracker: results on standard output, all else on standard error."""

from __future__ import annotations

import sys

__all__ = ["result", "tell"]


def result(text: str) -> None:
    """Write a result; text that no encoding holds is escaped, as JSON would escape it."""
    _write(sys.stdout, text)


def tell(text: str) -> None:
    """Say something to a person."""
    _write(sys.stderr, text)
    sys.stderr.flush()


def _write(stream: object, text: str) -> None:
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    if hasattr(stream, "write"):
        stream.write(text if text.endswith("\n") else f"{text}\n")
