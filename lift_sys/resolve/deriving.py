"""Holes that constraints leave one value for, and holes that only one thing fits: fills that nobody has to choose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lift_sys.define import Fill, Graph
from lift_sys.resolve.constraint_tracking import reasoning_of
from lift_sys.resolve.fits import fits_by_type
from lift_sys.resolve.known_facts import only_value
from lift_sys.resolve.said import says_anything

__all__ = ["derived_fills"]


def derived_fills(graph: Graph[..., Any]) -> Iterator[Fill]:
    """Yield a fill for each open hole that constraints leave one value for, or that one candidate fits.

    Its name begins with `derived`, so that the record says that nobody chose it.
    """
    for hole in {hole._replaces: hole for hole in graph.holes}.values():
        value = only_value(reasoning_of(graph), hole) if says_anything(graph) else ()
        if value:
            yield Fill(hole._replaces, "code", by=_giving(value[0]), name=f"derived: only {value[0]!r:.60} is possible")
            continue
        fitting = fits_by_type(graph, hole)
        if len(fitting) == 1:
            fill = fitting[0].fill
            name = f"derived: only {fitting[0].candidate} fits"
            yield Fill(hole._replaces, fill.kind, by=fill.by, name=name, settings=fill.settings)


def _giving(value: Any) -> Any:
    async def derived(*args: Any, **kwargs: Any) -> Any:
        return value

    return derived
