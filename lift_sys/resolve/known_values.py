"""What can be said of values before a run: constants, inputs that are given, and what is taken or made of these."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from lift_sys.define import follow
from lift_sys.resolve.interval import Interval
from lift_sys.resolve.plan import UNSET, Kind, Template

__all__ = ["is_true", "known_values", "number_of_items"]


def known_values(template: Template, given: Mapping[int, Any]) -> dict[int, Any]:
    """Return the values of a template that are known before it runs, by local number."""
    found = dict(given)
    for local in range(template.size):
        if template.kinds[local] == Kind.CONST:
            found[local] = template.initial[local]
        elif template.kinds[local] == Kind.MAKE and all(slot in found for slot in template.slots[local]):
            value = _made(template, local, [found[slot] for slot in template.slots[local]])
            if value is not UNSET:
                found[local] = value
    return found


def _made(template: Template, local: int, parts: list[Any]) -> Any:
    detail = template.details[local]
    try:
        return detail.made.build(parts) if detail.made is not None else follow(parts[0], detail.trail)
    except Exception:  # noqa: BLE001 - a user's value: what its fields raise is said when it runs
        return UNSET


def is_true(value: Any) -> Any:
    """Return whether a condition holds; UNSET where it cannot be asked."""
    try:
        return bool(value)
    except Exception:  # noqa: BLE001 - a user's __bool__ may raise anything: the run will say so
        return UNSET


def number_of_items(
    template: Template, local: int, values: Mapping[int, Any], counts: Mapping[int, Interval], path: str
) -> Interval:
    """Return how many items a map has: known where its list was drawn, is given, or is another map's."""
    detail = template.details[local]
    if detail.elements is not None:
        return Interval.exactly(len(detail.elements))
    source = detail.follows if detail.follows >= 0 else template.slots[local][0]
    if source in counts:
        return counts[source]
    try:
        return Interval.exactly(len(values[source]))
    except Exception:  # noqa: BLE001 - not known, or a user's value without a length
        return Interval(0, math.inf, frozenset({f"the number of items of {path}"}))
