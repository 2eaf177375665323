"""Whether a text matches a pattern, within a time limit: a pattern may take longer than anybody waits."""

from __future__ import annotations

from typing import Any

__all__ = ["matches"]

_SECONDS = 0.05


def matches(pattern: str, text: Any) -> bool:
    """Return whether the whole text matches; TimeoutError where that takes more than 50 ms."""
    import regex  # only a constraint that matches pays for it

    return regex.fullmatch(pattern, text, timeout=_SECONDS) is not None
