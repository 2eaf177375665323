"""What could stand in a hole, by type: nodes of the project, values that the hole is given, literals.

Nothing is run here; whoever has captured inputs ranks what was found by trying it on them.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from lift_sys.check import of_fill
from lift_sys.define import (
    At,
    Fit,
    Graph,
    Hole,
    Node,
    Parameter,
    Place,
    Shape,
    Sketch,
    fault,
    field_names,
    fits,
    projected_type,
    type_name,
    user_place,
)
from lift_sys.errors import DefinitionError

__all__ = ["fits_by_type"]

_MOST_LITERALS = 8
_TAKES_ANYTHING = (Any, object)


def fits_by_type(graph: Graph[..., Any], hole: Node[..., Any]) -> Sequence[Fit]:
    """Return what could stand in a hole of a graph: nodes first, then values in its scope, then literals.

    Raises DefinitionError where the graph does not call the hole.
    """
    called = {node._replaces for node in graph.nodes.values()}
    if hole._replaces not in called:
        names = ", ".join(h.name for h in graph.holes) or "none"
        raise fault("LS404", user_place(), f"{graph.name} does not call {hole.name}", f"its open holes: {names}")
    found = [*_nodes(graph, hole), *_values(hole), *_literals(graph, hole)]
    return list({fit.candidate: fit for fit in reversed(found)}.values())[::-1]


# --- nodes of the project ---------------------------------------------------------------------------------------------


def _nodes(graph: Graph[..., Any], hole: Node[..., Any]) -> Iterator[Fit]:
    seen: set[Node[..., Any]] = set()
    for label, node in _project(graph):
        if node in seen or isinstance(node, Hole) or _contains(node, hole):
            continue
        seen.add(node)
        fill = hole.fill(node)
        if fits(node.shape.result, hole.shape.result) is True and not list(of_fill(fill)):
            yield Fit(label, fill, f"{_taken(node.shape)} -> {type_name(node.shape.result)} fits {_promised(hole)}")


def _project(graph: Graph[..., Any]) -> Iterator[tuple[str, Node[..., Any]]]:
    """Yield the nodes that the modules of the graph's own package hold, by the name under which they are imported."""
    root = graph.fn.__module__.partition(".")[0]
    for name, module in sorted(sys.modules.copy().items()):
        if module is not None and (name == root or name.startswith(root + ".")):
            for key, value in list(vars(module).items()):
                if isinstance(value, Node) and value.__module__ == name:
                    yield f"{name}:{key}", value


def _contains(node: Node[..., Any], hole: Node[..., Any]) -> bool:
    """Whether a graph calls the hole, so that standing in it would have no end."""
    if not isinstance(node, Graph):
        return False
    try:
        return any(called._replaces is hole._replaces for called in node.nodes.values())
    except DefinitionError:
        return True  # what cannot be drawn cannot stand anywhere


def _taken(shape: Shape) -> str:
    return f"({', '.join(f'{p.name}: {type_name(p.type)}' for p in shape.parameters)})"


def _promised(hole: Node[..., Any]) -> str:
    return f"{hole.name}{_taken(hole.shape)} -> {type_name(hole.shape.result)}"


# --- values in scope --------------------------------------------------------------------------------------------------


def _values(hole: Node[..., Any]) -> Iterator[Fit]:
    """Yield the hole's own inputs, and their fields."""
    wanted = hole.shape.result
    if wanted in _TAKES_ANYTHING:
        return
    for p in hole.shape.parameters:
        if fits(p.type, wanted) is True:
            yield _value(hole, p, "", p.type)
            continue
        for name in field_names(p.type):
            declared = projected_type(p.type, "field", name)
            if declared is not Any and fits(declared, wanted) is True:
                yield _value(hole, p, name, declared)


def _value(hole: Node[..., Any], parameter: Parameter, field: str, declared: Any) -> Fit:
    name = f"value {parameter.name}{'.' + field if field else ''}"
    shape = hole.shape

    def given(*args: Any, **kwargs: Any) -> Any:
        whole = shape.ports(args, kwargs)[parameter.name]
        return getattr(whole, field) if field else whole

    fill = hole.fill(_named(given, name, declared), name=name)
    return Fit(name, fill, f"{hole.name} is given it, and it is {_a(declared)}")


def _a(declared: Any) -> str:
    return f"a {type_name(declared)}"


def _named(give: Callable[..., Any], name: str, declared: Any) -> Callable[..., Any]:
    """Return an async function of any arguments that gives what `give` gives, declared as what it is."""

    async def fill(*args: Any, **kwargs: Any) -> Any:
        return give(*args, **kwargs)

    fill.__name__ = fill.__qualname__ = name
    fill.__annotations__["return"] = declared
    return fill


# --- literals ---------------------------------------------------------------------------------------------------------


def _literals(graph: Graph[..., Any], hole: Node[..., Any]) -> Iterator[Fit]:
    wanted = hole.shape.result
    said = [(value, f"it is one of {type_name(wanted)}") for value in _listed(wanted)]
    for value, taker, name in _defaults(graph.sketch, hole):
        if wanted in _TAKES_ANYTHING or fits(type(value), wanted) is not False:
            said.append((value, f"it is the default of `{name}` of {taker}, which takes what {hole.name} gives"))
    for value, why in said[:_MOST_LITERALS]:
        name = f"literal {value if isinstance(value, Enum) else repr(value)}"
        yield Fit(name, hole.fill(_named(_always(value), name, _type_of(value)), name=name), why)


def _type_of(value: Any) -> Any:
    """Return the narrowest type of a value."""
    return Literal[value] if isinstance(value, str | int | bytes | Enum | None) else type(value)


def _always(value: Any) -> Callable[..., Any]:
    return lambda *_, **__: value


def _listed(declared: Any) -> Iterator[Any]:
    """Yield the values of a type that has only some."""
    origin, args = get_origin(declared), get_args(declared)
    if origin is Annotated:
        yield from _listed(args[0])
    elif origin is Literal:
        yield from args
    elif origin in (Union, types.UnionType):
        for arm in args:
            yield from _listed(arm)
    elif declared is bool:
        yield from (True, False)
    elif declared is None or declared is type(None):
        yield None
    elif isinstance(declared, type) and issubclass(declared, Enum):
        yield from declared


def _defaults(sketch: Sketch, hole: Node[..., Any]) -> Iterator[tuple[Any, str, str]]:
    """Yield the defaults of the parameters that take what the hole gives, with the node and the parameter's name."""
    given = {
        k for k, place in enumerate(sketch.places) if place.node is not None and place.node._replaces is hole._replaces
    }
    for place in sketch.places:
        for parameter, operand in _operands(place):
            if isinstance(operand, At) and operand.place in given and not operand.trail and not parameter.required:
                yield parameter.default, getattr(place.node, "name", ""), parameter.name
        for body in place.bodies:
            yield from _defaults(body, hole)
        if isinstance(place.node, Graph):
            yield from _defaults(place.node.sketch, hole)


def _operands(place: Place) -> Iterator[tuple[Parameter, Any]]:
    if place.node is None:
        return
    shape = place.node.shape
    yield from zip((p for p in shape.parameters if not p.variadic), place.args, strict=False)
    for name, operand in (place.kwargs or {}).items():
        parameter = shape.named(name)
        if parameter is not None:
            yield parameter, operand
