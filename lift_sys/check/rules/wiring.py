"""Edges that nobody wants: a parameter that no step takes, a hole that no value could ever leave."""

from __future__ import annotations

import contextlib
import itertools
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Never, NoReturn, Union, get_args, get_origin

import annotated_types as at

from lift_sys.define import Graph, Hole, Sketch, leaves, signature_text, type_name
from lift_sys.errors import DefinitionError, Diagnostic

__all__ = ["empty_because", "wiring_faults"]

_BOUNDS: dict[type[Any], str] = {
    at.Gt: "gt", at.Ge: "ge", at.Lt: "lt", at.Le: "le", at.MinLen: "min_length", at.MaxLen: "max_length"
}  # fmt: skip
_LOWER, _UPPER = (at.Gt, at.Ge), (at.Lt, at.Le)
_SHORTEST, _LONGEST = (at.MinLen,), (at.MaxLen,)


def wiring_faults(graph: Graph[..., Any], sketch: Sketch) -> Iterator[Diagnostic]:
    """Yield what is wrong with the wiring of a drawn graph beside its edges."""
    yield from _unused(graph, sketch)
    yield from _without_values(sketch, graph.name)


def _asked_about(graph: Graph[..., Any]) -> Iterator[str]:
    """Yield the ports that the graph's own words ask about; what its types ask makes no use of a parameter."""
    for constraint in graph.own_constraints:
        if not constraint.origin.startswith("type of "):
            # what cannot be read is told as that
            with contextlib.suppress(DefinitionError):
                yield from constraint.ports(graph.shape)


def _unused(graph: Graph[..., Any], sketch: Sketch) -> Iterator[Diagnostic]:
    """Yield the parameters that no step takes; a leading underscore says that this is meant."""
    left = {index for index in sketch.inputs if not sketch.places[index].path.startswith("_")}
    left -= {leaf.place for leaf in leaves(sketch.output)}
    for place in sketch.places:
        if not left:
            return
        for operand in (*place.args, *(place.kwargs or {}).values()):
            left -= {leaf.place for leaf in leaves(operand)}
        for body in place.bodies:
            left -= {outer.place for outer, _ in body.imports}
    asked_about = set(_asked_about(graph)) if left else set()
    for index in sorted(left):
        place = sketch.places[index]
        if place.path in asked_about:
            continue
        yield Diagnostic(
            "LS206",
            graph.place,
            f"no step of {graph.name} takes its parameter `{place.path}: {type_name(place.type)}`",
            f"pass `{place.path}` to a step, or drop it: `{signature_text(graph, without=place.path)}`; "
            f"to keep it unused, call it `_{place.path}`",
        )


def _without_values(sketch: Sketch, label: str) -> Iterator[Diagnostic]:
    for place in sketch.places:
        node = place.node
        if node.__class__ is Hole:
            assert node is not None
            why = empty_because(node.shape.result)
            if why:
                yield Diagnostic(
                    "LS208",
                    f"{node.place.partition(' ')[0]} {label}/{place.path or node.name}",
                    f"the hole {node.name} promises {type_name(node.shape.result)}, and {why}: nothing can fill it",
                    f"promise a type that has values: `{signature_text(node, result=_with_values(node.shape.result))}`",
                )
        for body in place.bodies:
            yield from _without_values(body, label)


def _with_values(declared: Any) -> Any:
    """Return the type without what makes it empty; None where nothing is left, as of a hole that only has an effect."""
    bare = get_args(declared)[0] if get_origin(declared) is Annotated else None
    return None if bare is None or empty_because(bare) else bare


def empty_because(declared: Any) -> str:
    """Return why no value has a type; empty where one may have it."""
    if declared in (Never, NoReturn):
        return "no value has that type"
    origin, args = get_origin(declared), get_args(declared)
    if origin is Annotated:
        return empty_because(args[0]) or _nothing_between(declared.__metadata__)
    if origin in (Union, types.UnionType):
        reasons = [empty_because(arm) for arm in args]
        return reasons[0] if all(reasons) else ""
    if origin is Literal and not args:
        return "it lists no value"
    if origin is tuple and args[-1:] != (Ellipsis,):
        return next((reason for reason in map(empty_because, args) if reason), "")
    return ""


def _nothing_between(marks: tuple[Any, ...]) -> str:
    """Return the bounds that leave nothing between them."""
    parts = [part for mark in marks for part in (mark if isinstance(mark, at.GroupedMetadata) else (mark,))]
    for below, above in ((_LOWER, _UPPER), (_SHORTEST, _LONGEST)):
        lows = [(getattr(part, _BOUNDS[type(part)]), part) for part in parts if type(part) in below]
        highs = [(getattr(part, _BOUNDS[type(part)]), part) for part in parts if type(part) in above]
        for (low, lower), (high, upper) in itertools.product(lows, highs):
            open_end = isinstance(lower, at.Gt) or isinstance(upper, at.Lt)
            if low > high or (low == high and open_end):
                return f"no value keeps to both {lower!r} and {upper!r}"
    return ""
