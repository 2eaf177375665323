"""Items that facts speak of as if they were there: what holds of every item of a list holds of each that there is."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from lift_sys.resolve.domain_state import Domains

__all__ = ["NOT_THERE", "items_in"]

NOT_THERE: Final = "this item cannot be there"
"""The rule of a fact that rests on an item no more: it says of the length that the item is not there."""


def items_in(state: Domains, facts: Iterable[int]) -> set[tuple[int, float]]:
    """Return of which items facts were told what holds of every item: the variable of the length, and the position.

    Where nobody knows the position, it is infinite: an item of that position is never asked to be there.
    """
    found: set[tuple[int, float]] = set()
    seen: set[int] = set()
    todo = list(facts)
    while todo:
        number = todo.pop()
        if number < 0 or number in seen:
            continue
        seen.add(number)
        fact = state.facts[number]
        if fact.rule == NOT_THERE:
            continue
        todo.extend(fact.before)
        for before in fact.before:
            every = state.facts[before].variable if before >= 0 else -1
            length = state.net.owner[every] if every >= 0 else -1
            told = length >= 0 and fact.variable not in (-1, length)
            if told and state.net.depth_of(fact.variable) < state.net.depth_of(every):
                found.add((length, _position(state, fact.variable, length)))
    return found


def _position(state: Domains, item: int, length: int) -> float:
    if state.lo[length] == state.hi[length]:  # a list that was drawn: all of its items are there
        return 0
    _, trail = state.net.keys[item]
    return max((key for key in trail if isinstance(key, int) and key >= 0), default=math.inf)
