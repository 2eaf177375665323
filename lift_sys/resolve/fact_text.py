"""Facts in the words of the language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lift_sys.resolve.domain_state import ALLOWED, HI, LO, MASK, OUT_OF, STEP, Domains, Fact
from lift_sys.resolve.domains import ANY, NONE, NUMBER, OTHER, SIZED, TEXT
from lift_sys.resolve.leaf_network import LeafNetwork

__all__ = ["domain_texts", "fact_text"]

_KINDS = {NONE: "None", NUMBER: "a number", TEXT: "a text", SIZED: "a container", OTHER: "another value"}


def fact_text(leaves: LeafNetwork, fact: Fact) -> str:
    """Return a fact as `result >= 0`."""
    return _said(leaves.text_of(fact.variable), fact.side, fact.value)


def domain_texts(state: Domains, ground: Domains, variable: int) -> Iterator[tuple[int, str]]:
    """Yield what is known of a variable beyond types and constants, with the side of the domain."""
    text = state.net.text_of(variable)
    for side, here, there in (
        (LO, state.lo[variable], ground.lo[variable]),
        (HI, state.hi[variable], ground.hi[variable]),
        (MASK, state.mask[variable], ground.mask[variable]),
        (ALLOWED, state.allowed[variable], ground.allowed[variable]),
        (OUT_OF, state.out_of.get(variable), ground.out_of.get(variable)),
        (STEP, state.step.get(variable), ground.step.get(variable)),
    ):
        if here != there:
            yield side, _said(text, side, here)


def _said(text: str, side: int, value: Any) -> str:
    if side in (LO, HI):
        sign = ">" if side == LO else "<"
        return f"{text} {sign}{'' if value[1] else '='} {value[0]}"
    if side == MASK:
        return _kind_said(text, value)
    if side == STEP:
        return f"{text} % {value} == 0"
    values = sorted(map(repr, value))
    if side == OUT_OF:
        return f"{text} not in {{{', '.join(values)}}}"
    return f"{text} == {values[0]}" if len(values) == 1 else f"{text} in {{{', '.join(values)}}}"


def _kind_said(text: str, mask: int) -> str:
    if mask == NONE:
        return f"{text} is None"
    if mask == ANY & ~NONE:
        return f"{text} is not None"
    kinds = " or ".join(said for kind, said in _KINDS.items() if mask & kind)
    return f"{text} is {kinds or 'nothing'}"
