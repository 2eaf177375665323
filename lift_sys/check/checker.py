"""A drawn graph becomes a CheckedGraph, or every Diagnostic at once."""

from __future__ import annotations

from collections.abc import Container, Iterator
from difflib import get_close_matches
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin
from weakref import WeakKeyDictionary

from lift_sys.check.rules.constraints import constraint_faults
from lift_sys.check.rules.edges import edge_fault
from lift_sys.check.rules.source import check_source, lines_of_matches
from lift_sys.check.rules.straight import only_calls_nodes
from lift_sys.check.rules.wiring import wiring_faults
from lift_sys.define import (
    At,
    Const,
    Fill,
    Graph,
    Hole,
    Made,
    Node,
    Operand,
    Parameter,
    Place,
    Shape,
    Sketch,
    file_place,
    fits,
    projected_type,
    reachable,
    refuse_recursion,
    signature_text,
    type_name,
)
from lift_sys.errors import DefinitionError, Diagnostic, LiftBug

__all__ = ["CheckedGraph", "check", "diagnose", "of_fill"]

_LITERAL = (bool, int, float, str, bytes)
_TAKES_ITS_OWN = (*_LITERAL, list, dict, tuple, set, frozenset, None, type(None), Literal)
_TOKEN = object()
_sound: WeakKeyDictionary[Graph[..., Any], tuple[Fill, ...]] = WeakKeyDictionary()
"""Graphs without a fault, with the fills they were judged with: `check` and `run` ask one after the other."""


class CheckedGraph:
    """A graph without a fault; only `check` makes one."""

    __slots__ = ("graph",)

    def __init__(self, graph: Graph[..., Any], token: object) -> None:
        if token is not _TOKEN:
            raise LiftBug("a CheckedGraph is made by check() alone")
        self.graph = graph


def check(graph: Graph[..., Any]) -> CheckedGraph:
    """Return the graph as checked; DefinitionError with every diagnostic where it is unsound."""
    found = diagnose(graph)
    if found:
        raise DefinitionError(diagnostics=found)
    return CheckedGraph(graph, _TOKEN)


def diagnose(graph: Graph[..., Any]) -> list[Diagnostic]:
    """Return every fault: of the drawing as far as it came, of the body's source, of edges, output and fills."""
    if _sound.get(graph) is graph.fills:
        return []
    found = _diagnosed(graph)
    if not found:
        _sound[graph] = graph.fills
    return found


def _diagnosed(graph: Graph[..., Any]) -> list[Diagnostic]:
    found: dict[Diagnostic, None] = {}
    try:
        sketch = graph.sketch
        _refuse_rings(sketch, graph.name, (graph,))
    except DefinitionError as error:
        read = _of_source(graph)
        matched = lines_of_matches(graph.fn) if any(d.code == "LS303" for d in read) else set()
        found.update(dict.fromkeys(d for d in error.diagnostics if not _said_better(d, read, matched)))
        found.update(dict.fromkeys(read))
        return list(found)
    seen: set[Any] = set()
    found.update(dict.fromkeys(_of_graph(graph, sketch, seen)))
    if graph.fills:
        found.update(dict.fromkeys(_of_fills(graph)))
    found.update(dict.fromkeys(constraint_faults(_spoken_of(graph))))
    return list(found)


def _spoken_of(graph: Graph[..., Any]) -> Iterator[Node[..., Any]]:
    """Yield the nodes that a run may call, as far as can be seen: drawn, called by bodies, or standing in holes."""
    yield graph
    yield from graph.called()
    yield from reachable(graph)
    yield from (fill.by for fill in graph.fills if isinstance(fill.by, Node))


def _refuse_rings(sketch: Sketch, path: str, inside: tuple[Graph[..., Any], ...]) -> None:
    """Draw every graph within; DefinitionError when one is drawn inside itself."""
    for place in sketch.places:
        if place.kind == "graph" and isinstance(place.node, Graph):
            inner = f"{path}/{place.path}"
            refuse_recursion(place.node, inside, inner)
            _refuse_rings(place.node.sketch, inner, (*inside, place.node))
        for body in place.bodies:
            _refuse_rings(body, path, inside)


def _of_source(graph: Graph[..., Any]) -> list[Diagnostic]:
    """Return what the source of a body says; inferred edges have none."""
    return check_source(graph.fn) if graph.listing is None else []


_SAYS_MORE = {
    "LS101": {"LS101", "LS107"},
    "LS104": {"LS101", "LS104", "LS105"},
    "LS108": {"LS107"},
    "LS301": {"LS101"},
    "LS302": {"LS101"},
    "LS305": {"LS107"},
    "LS306": {"LS101"},
    "LS307": {"LS101"},
    "LS308": {"LS101", "LS107"},
    "LS309": {"LS101"},
}
"""What the source says of a line, and what the drawing says of the same mistake with less of a remedy."""


def _said_better(diagnostic: Diagnostic, read: list[Diagnostic], matched: Container[int]) -> bool:
    """Whether the source has the same fault, with a remedy made of the user's own line."""
    line = diagnostic.place.partition(" ")[0]
    number = line.rpartition(":")[2]
    if diagnostic.code == "LS101" and number.isdigit() and int(number) in matched:
        return True
    same_line = [known for known in read if known.place.partition(" ")[0] == line]
    return any(diagnostic.code in _SAYS_MORE.get(known.code, ()) for known in same_line)


def _of_graph(graph: Graph[..., Any], sketch: Sketch, seen: set[Any]) -> Iterator[Diagnostic]:
    if graph.fn in seen:
        return
    seen.add(graph.fn)
    if not only_calls_nodes(graph.fn):
        yield from _of_source(graph)
    yield from wiring_faults(graph, sketch)
    yield from _of_sketch(sketch, graph.name, graph.fn.__module__, seen)
    declared, have = graph.shape.result, _type_of(sketch.output, sketch)
    if _known_misfit(have, declared):
        yield Diagnostic(
            "LS204",
            graph.place,
            f"{graph.name} returns {type_name(have)}, and says that it returns {type_name(declared)}",
            f"return what the signature says, or say what is returned: `{signature_text(graph, result=have)}`",
        )


def _of_sketch(sketch: Sketch, label: str, module: str, seen: set[Any]) -> Iterator[Diagnostic]:
    for place in sketch.places:
        node = place.node
        if node is not None:
            if not _fits_as_written(place, node.shape, sketch.places):
                yield from _of_call(place, node, sketch, label, module)
            if place.kind == "graph" and isinstance(node, Graph):
                yield from _of_graph(node, node.sketch, seen)
        for body in place.bodies:
            yield from _of_sketch(body, body.name, module, seen)
        if place.kind == "loop":
            yield from _of_loop(place, sketch, label, module)


def _fits_as_written(place: Place, shape: Shape, places: list[Place]) -> bool:
    """Whether each argument has the very type that its parameter declares: most edges, judged at no cost."""
    if place.kwargs or len(place.args) > shape.simple:
        return False
    for operand, parameter in zip(place.args, shape.parameters, strict=False):
        if not isinstance(operand, At) or operand.trail or places[operand.place].type is not parameter.type:
            return False
    return True


def _of_call(place: Place, node: Node[..., Any], sketch: Sketch, label: str, module: str) -> Iterator[Diagnostic]:
    shape = node.shape
    for index, operand in enumerate(place.args):
        yield from _of_edge(operand, _at(shape, index), index, place, sketch, label, module)
    for name, operand in (place.kwargs or {}).items():
        yield from _of_edge(operand, shape.named(name), len(place.args), place, sketch, label, module)


def _at(shape: Shape, index: int) -> Parameter | None:
    taken = shape.parameters
    if index < len(taken) and not taken[index].keyword_only:
        return taken[index]
    return next((p for p in taken if p.variadic), None)


def _of_edge(
    operand: Operand, parameter: Parameter | None, position: int, place: Place, sketch: Sketch, label: str, module: str
) -> Iterator[Diagnostic]:
    if parameter is None or parameter.type is Any:
        return
    have = _type_of(operand, sketch)
    if not _known_misfit(have, parameter.type):
        return
    where = file_place(sketch.filename, place.line, module)
    path = f"{where} {label}/{place.path}" if place.path else f"{where} {label}"
    yield edge_fault(path, place, parameter, position, have, _words(operand, sketch))


def _of_loop(place: Place, sketch: Sketch, label: str, module: str) -> Iterator[Diagnostic]:
    start, result = _type_of(place.args[0], sketch), place.type
    if _known_misfit(result, start):
        yield Diagnostic(
            "LS204",
            f"{file_place(sketch.filename, place.line, module)} {label}/{place.path}",
            f"the loop's body returns {type_name(result)}, and its next turn takes {type_name(start)}",
            "return the type that the body takes",
        )


def _of_fills(graph: Graph[..., Any]) -> Iterator[Diagnostic]:
    known = {node._replaces for node in graph.nodes.values()} | {inner._replaces for inner in graph.nodes_within()}
    for fill in graph.fills:
        if fill.hole not in known and fill.hole not in reachable(graph):
            names = sorted(n.name for n in known if isinstance(n, Hole))
            near = get_close_matches(fill.hole.name, names, 1)
            meant = f"did you mean `{near[0]}.fill({fill.name})`? " if near and fill.kind == "code" else ""
            yield Diagnostic(
                "LS404",
                f"{fill.place} {graph.name}",
                f"a fill of {fill.hole.name} was given to {graph.name}, which does not call {fill.hole.name}",
                f"{meant}the holes of {graph.name}: {', '.join(names) or 'none'}",
            )
        yield from of_fill(fill)
        if fill.kind == "deferred":
            yield from _of_deferred(fill)


def _of_deferred(fill: Fill) -> Iterator[Diagnostic]:
    """Yield that a deferred value is of another type than the hole gives; those of classes are judged when they run."""
    value, declared = fill.by, fill.hole.shape.result
    if not (value is None or type(value) in _LITERAL) or not all(map(_is_builtin, _members(declared))):
        return
    have = type(value) if value is None or isinstance(value, float) else Literal[value]
    if fits(have, declared) is False:
        yield Diagnostic(
            "LS402",
            f"{fill.place} {fill.hole.name}",
            f"{value!r:.80} is deferred, and the hole {fill.hole.name} promises {type_name(declared)}",
            f"keep to {type_name(declared)}: `{fill.hole.name}.defer(value)` with a value of it",
        )


def _members(declared: Any) -> tuple[Any, ...]:
    return get_args(declared) if get_origin(declared) in (Union, UnionType) else (declared,)


def _is_builtin(declared: Any) -> bool:
    """Whether a type takes nothing but its own values: none that is made of another on the way in."""
    return declared in _TAKES_ITS_OWN or get_origin(declared) in _TAKES_ITS_OWN


def of_fill(fill: Fill) -> Iterator[Diagnostic]:
    """Yield how a fill's type differs from its hole's."""
    if fill.kind not in ("code", "graph"):
        return
    standing: Any = fill.by
    if not isinstance(standing, Node):
        standing = Node(standing)
    have, want = standing.shape, fill.hole.shape
    wrong = [*_parameters_that_differ(have, want)]
    if _known_misfit(have.result, want.result):
        wrong.append(f"it returns {type_name(have.result)}, the hole {type_name(want.result)}")
    if wrong:
        yield Diagnostic(
            "LS401",
            f"{fill.place} {fill.hole.name}",
            f"{fill.name} does not fit the hole {fill.hole.name}: {'; '.join(wrong)}",
            f"give it the signature `{signature_text(fill.hole, name=fill.name)}`",
        )


def _parameters_that_differ(have: Shape, want: Shape) -> Iterator[str]:
    if any(p.variadic for p in have.parameters):
        return
    for index, parameter in enumerate(want.parameters):
        taken = have.named(parameter.name)
        if taken is None and index < len(have.parameters) and not parameter.keyword_only:
            taken = have.parameters[index]
        if taken is None:
            yield f"it does not take {parameter.name}"
        elif _known_misfit(parameter.type, taken.type):
            yield f"{taken.name} takes {type_name(taken.type)}, and is given {type_name(parameter.type)}"
    for extra in have.parameters[len(want.parameters) :]:
        if extra.required and want.named(extra.name) is None:
            yield f"it also asks for {extra.name}, which nobody gives"


def _type_of(operand: Operand, sketch: Sketch) -> Any:
    if isinstance(operand, At):
        declared = sketch.places[operand.place].type
        for how, key in operand.trail:
            declared = projected_type(declared, how, key)
        return declared
    if isinstance(operand, Const):
        return None if operand.value is None else type(operand.value)
    if isinstance(operand, Made) and operand.build is tuple:
        return tuple[tuple(_type_of(item, sketch) for item in operand.items)]  # type: ignore[misc]  # known at run time
    kinds = [_type_of(item, sketch) for item in operand.items]
    if operand.build is list and kinds and all(kind == kinds[0] for kind in kinds):
        return list[kinds[0]]  # type: ignore[valid-type]  # known at run time
    return Any


def _words(operand: Operand, sketch: Sketch) -> str:
    if not isinstance(operand, At):
        return repr(operand.value) if isinstance(operand, Const) else "what is given"
    text = sketch.places[operand.place].path
    for how, key in operand.trail:
        text += f".{key}" if how == "field" else f"[{key!r}]"
    return text


def _known_misfit(have: Any, want: Any) -> bool:
    """Whether a value of one type certainly cannot go where the other is asked for."""
    return have is not want and fits(have, want) is False
