"""What is known of each place, in values to compare and in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from lift_sys.define import Node, type_name
from lift_sys.resolve import domain_state
from lift_sys.resolve.constraint_tracking import Reasoning
from lift_sys.resolve.domain_state import ALLOWED, HI, LO, MASK, OUT_OF, STEP, Refuted
from lift_sys.resolve.domains import NONE, NUMBER
from lift_sys.resolve.fact_text import domain_texts
from lift_sys.resolve.leaf_network import Trail
from lift_sys.resolve.network_builder import StepPorts
from lift_sys.resolve.propagation import Propagation

__all__ = ["Known", "facts_of", "narrowed_holes", "only_value", "still_known"]

Known = Mapping[tuple[str, str], Mapping[int, tuple[Any, str]]]
"""By place and leaf, by side: what is known, as a value and in words."""


def facts_of(reasoning: Reasoning, without: Collection[int] = ()) -> Known:
    """Return what is known beyond types and constants; nothing in a graph whose MUSTs cannot hold together."""
    state = _state(reasoning, without)
    if state is None:
        return {}
    ground = reasoning.ground
    # what stands between steps, as what an arm takes and gives, has no name of its own
    ports = {slot for step in reasoning.whole.steps for slot in (*step.ports.values(), step.result)}
    found: dict[tuple[str, str], dict[int, tuple[Any, str]]] = {}
    for variable, (slot, _) in enumerate(reasoning.leaves.keys):
        if slot not in ports or state.region[variable] in state.dead:
            continue
        for side, text in domain_texts(state, ground, variable):
            key = reasoning.leaves.path_of(variable), reasoning.leaves.text_of(variable)
            found.setdefault(key, {})[side] = (_value(state, variable, side), text)
    return found


def _state(reasoning: Reasoning, without: Collection[int]) -> Propagation | None:
    try:
        if not without:
            return reasoning.facts
        left = [number for number in reasoning.musts if number not in without]
        return reasoning.ground.following(reasoning.said_by(left))
    except Refuted:
        return None


def _value(state: Propagation, variable: int, side: int) -> Any:
    sides: dict[int, Any] = {
        LO: state.lo[variable],
        HI: state.hi[variable],
        MASK: state.mask[variable],
        ALLOWED: state.allowed[variable],
        OUT_OF: state.out_of.get(variable),
        STEP: state.step.get(variable),
    }
    return sides[side]


def still_known(after: Mapping[int, tuple[Any, str]], side: int, value: Any) -> bool:
    """Whether what one side of a leaf said is still known, or something narrower."""
    if side not in after:
        return False
    found = after[side][0]
    match side:
        case domain_state.LO | domain_state.OUT_OF:
            return bool(found >= value)
        case domain_state.HI | domain_state.ALLOWED:
            return bool(found <= value)
        case domain_state.MASK:
            return not found & ~value
    return bool(found % value == 0)


def narrowed_holes(reasoning: Reasoning, without: Collection[int] = ()) -> dict[str, tuple[str, ...]]:
    """Return what is known of each open hole's result beyond its type, by path.

    Of a hole whose type says nothing, that are also the types and fields which its consumers ask for.
    """
    state = _state(reasoning, without)
    if state is None:
        return {}
    open_results = {step.result: step.path for step in reasoning.whole.steps if step.open}
    ground = reasoning.ground
    found = {step.path: texts for step in reasoning.whole.steps if step.open and (texts := _asked_of(reasoning, step))}
    for variable, (slot, _) in enumerate(reasoning.leaves.keys):
        if slot in open_results and state.region[variable] not in state.dead:
            texts = _shortened(dict(domain_texts(state, ground, variable)), state, variable)
            if texts:
                path = open_results[slot]
                found[path] = found.get(path, ()) + texts
    return found


def _asked_of(reasoning: Reasoning, step: StepPorts) -> tuple[str, ...]:
    """Return the types and fields that are asked of a hole which gives Any."""
    if step.node.shape.result is not Any:
        return ()
    taken = reasoning.leaves.taken_from(step.result)
    said = [
        f"result{_written(trail)}: {'there' if declared is Any else type_name(declared)}"
        for trail, declared in taken
        if trail or declared is not Any
    ]
    return tuple(dict.fromkeys(said))


def _written(trail: Trail) -> str:
    return "".join(f".{key}" if isinstance(key, str) else f"[{key}]" for key in trail)


def _shortened(known: dict[int, str], state: Propagation, variable: int) -> tuple[str, ...]:
    """Return what is known without what other words of it say already."""
    bounds = (domain_state.LO, domain_state.HI)
    if domain_state.ALLOWED in known:
        return tuple(text for side, text in known.items() if side not in bounds)
    low, high = state.lo[variable], state.hi[variable]
    if low == high and all(side in known for side in bounds):
        rest = [text for side, text in known.items() if side not in bounds]
        return (f"{state.net.text_of(variable)} == {low[0]}", *rest)
    return tuple(known.values())


def only_value(reasoning: Reasoning, hole: Node[..., Any]) -> tuple[Any, ...]:
    """Return the only value that an open hole may give at all of its steps, in a tuple; empty if there are more."""
    state = _state(reasoning, ())
    steps = [step for step in reasoning.whole.steps if step.open and step.node._replaces is hole._replaces]
    if state is None or not steps:
        return ()
    found: list[Any] = []
    for step in steps:
        variable = reasoning.leaves.index.get((step.result, ()), -1)
        value = _only(state, variable) if variable >= 0 else ()
        if not value or (found and found != [value[0]]):
            return ()
        found = [value[0]]
    return tuple(found)


def _only(state: Propagation, variable: int) -> tuple[Any, ...]:
    mask, allowed = state.mask[variable], state.allowed[variable]
    if mask == NONE:
        return (None,)
    if mask & NONE:
        return ()
    if allowed is not None and len(allowed) == 1:
        return tuple(allowed)
    low, high = state.lo[variable], state.hi[variable]
    return (low[0],) if mask == NUMBER and low == high and state.whole[variable] else ()
