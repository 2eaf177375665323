"""The known word that an unknown one was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["nearest"]


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the nearest of the known words; None when there are none."""
    import difflib  # only a mistake pays for it

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.0)
    return found[0] if found else None
