"""Sketches become templates: sub-graphs are drawn into their callers, operands become slots.

A sub-graph is no step of its own: each inner step waits for just those outer slots that it uses, so that what does not
need a hole runs, on both sides of the border.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lift_sys.check import CheckedGraph
from lift_sys.define import (
    At,
    Border,
    Const,
    Fill,
    Graph,
    Hole,
    Made,
    Node,
    Operand,
    Place,
    Sketch,
    Trail,
    refuse_recursion,
)
from lift_sys.resolve.plan import CALL, ITEMS, UNSET, Detail, Kind, Plan, Template

__all__ = ["resolve", "template_of_call", "template_of_graph"]

Fills = Mapping[Node[..., Any], Fill]
Found = Operand | int
"""Where a value of a sketch is found: a slot of the template, or an operand whose places are slots of it."""
_BODY_KINDS = {"each": Kind.EACH, "branch": Kind.BRANCH, "loop": Kind.LOOP}
_LEAFY = frozenset({Kind.EACH, Kind.BRANCH, Kind.GRAPH, Kind.HOLE, Kind.INPUT})
"""What may have its leaves one by one: a body's output was drawn, and a hole may be filled with a graph."""


def resolve(checked: CheckedGraph) -> Plan:
    """Return the plan of a checked graph with its fills: who waits for whom."""
    graph = checked.graph
    template = template_of_graph(graph, {}, asks=True)
    return Plan(graph.name, template, tuple(p.name for p in graph.shape.parameters))


def template_of_graph(
    graph: Graph[..., Any],
    outer: Fills,
    inside: tuple[Graph[..., Any], ...] = (),
    *,
    asks: bool = False,
    drawn: bool = False,
) -> Template:
    """Return the template of a graph; fills from outside stand before the graph's own.

    With `asks`, its last step asks what the graph's constraints do: no step around it does. As it is `drawn`, the steps
    of graphs that are called as a whole are there, too.
    """
    refuse_recursion(graph, inside, graph.name)
    border = Border(graph) if asks and graph.asked_of_run else None
    builder = _Builder(graph.name, {**_by_hole(graph), **outer}, (*inside, graph), drawn)
    template = builder.built(graph.sketch, border=border)
    template.stops = graph.on_error == "stop"
    return template


def template_of_call(node: Node[..., Any], positional: int, names: tuple[str, ...], fill: Fill | None) -> Template:
    """Return the template of one call with so many positional arguments and these keywords: a child step."""
    builder = _Builder(node.name, {} if fill is None else {node._replaces: fill}, ())
    sketch = Sketch(node.name)
    total = positional + len(names)
    sketch.places = [Place("input", f"item{k}", Any) for k in range(total)]
    sketch.inputs = list(range(total))
    operands = [At(k) for k in range(total)]
    kwargs: dict[str, Operand] = dict(zip(names, operands[positional:], strict=True))
    call = Place("call", "", node.shape.result, node=node, args=tuple(operands[:positional]), kwargs=kwargs or None)
    sketch.places.append(call)
    sketch.output = At(total)
    template = builder.built(sketch)
    template.is_call = True
    return template


def _by_hole(graph: Graph[..., Any]) -> Fills:
    return {fill.hole: fill for fill in graph.fills}


def _said(trail: Trail) -> str:
    return "".join(f".{key}" if how == "field" else f"[{key!r}]" for how, key in trail)


class _Builder:
    """Builds one template; sub-graphs are expanded into it, bodies get builders of their own."""

    def __init__(self, name: str, fills: Fills, inside: tuple[Graph[..., Any], ...], drawn: bool = False) -> None:
        self.template = Template(name)
        self.fills = fills
        self.inside = inside
        self.drawn = drawn
        self._projections: dict[tuple[int, str], int] = {}
        self._functions: dict[Node[..., Any], Callable[..., Any] | None] = {}

    def built(self, sketch: Sketch, imported: tuple[int, ...] = (), border: Border | None = None) -> Template:
        """Return the finished template; `imported` are the outer slots of the sketch's imports, in their order."""
        template = self.template
        env: list[Found] = [0] * len(sketch.places)
        for index in sketch.inputs:
            env[index] = self._add(Kind.INPUT, sketch.places[index])
        template.params = tuple(range(len(sketch.inputs)))
        pairs = []
        for outer, (_, index) in zip(imported, sketch.imports, strict=True):
            local = env[index] = self._add(Kind.INPUT, sketch.places[index])
            pairs.append((outer, local))
        template.imports = tuple(pairs)
        output = self._expand(sketch, "", env, self.fills)
        template.out = self._slot(output) if border is None else self._border(border, self._slot(output))
        self._finish()
        return template

    def _border(self, border: Border, output: int) -> int:
        taken = [self.template.params[k] for k in border.takes]
        return self._add(CALL, Place("call", "", border.shape.result, node=border), (*taken, output))

    # --- places become steps --------------------------------------------------------------------------------------

    def _expand(self, sketch: Sketch, prefix: str, env: list[Found], fills: Fills) -> Found:
        for index, place in enumerate(sketch.places):
            kind = place.kind
            if kind == "call":
                env[index] = self._call(place, prefix, env, fills)
            elif kind == "graph":
                env[index] = self._graph(place, prefix, env, fills)
            elif kind != "input":
                env[index] = self._with_bodies(place, prefix, env, fills)
        return self._there(sketch.output, env)

    def _call(self, place: Place, prefix: str, env: list[Found], fills: Fills) -> int:
        """Add a call: most are of bare nodes by position, and cost as little as they say."""
        node = place.node
        assert node is not None
        slots = self._slots(place.args, env)
        if not place.kwargs and (not fills or node._replaces not in fills):
            function = self._function_of(node)
            if function is not None:
                local = self._add(CALL, place, slots)
                self.template.calls[local] = function
                if prefix:
                    self.template.details[local] = Detail(prefix=prefix)
                return local
        names: tuple[str, ...] = ()
        if place.kwargs:
            names = tuple(place.kwargs)
            slots += self._slots(tuple(place.kwargs.values()), env)
        return self._call_of(node, place, slots, names, prefix, fills)

    def _function_of(self, node: Node[..., Any]) -> Callable[..., Any] | None:
        """Return the function that a call of the node calls without more ado; None if there is more to do."""
        if node not in self._functions:
            self._functions[node] = node.fn if _is_bare(node) and not isinstance(node, Hole) else None
        return self._functions[node]

    def _call_of(
        self,
        node: Node[..., Any],
        place: Place,
        slots: tuple[int, ...],
        names: tuple[str, ...],
        prefix: str,
        fills: Fills,
    ) -> int:
        fill = fills.get(node._replaces) if fills else None
        if fill is None and isinstance(node, Hole):
            fill = node.default_fill
        kind = Kind.CALL
        bodies: tuple[Template, ...] = ()
        if fill is not None:
            kind, bodies = self._filled_kind(fill, fills)
        elif isinstance(node, Hole):
            kind = Kind.HOLE
        local = self._add(kind, place, slots)
        if fill is None and kind is Kind.CALL and not names and _is_bare(node):
            self.template.calls[local] = node.fn
        if names or fill is not None or prefix:
            self.template.details[local] = Detail(names=names, fill=fill, prefix=prefix, bodies=bodies)
        return local

    def _filled_kind(self, fill: Fill, fills: Fills) -> tuple[Kind, tuple[Template, ...]]:
        if fill.kind == "person":
            return Kind.HOLE, ()
        if fill.opens or (self.drawn and fill.kind == "graph"):
            standing: Any = fill.by
            return Kind.GRAPH, (template_of_graph(standing, fills, self.inside),)
        return Kind.CALL, ()

    def _graph(self, place: Place, prefix: str, env: list[Found], fills: Fills) -> Found:
        graph = place.node
        assert isinstance(graph, Graph)
        if graph._replaces in fills or (graph.is_bounded and not self.drawn):
            # a policy or a fill needs a call to wrap: the graph then runs as the body of one step
            return self._call(place, prefix, env, fills)
        path = f"{prefix}/{place.path}" if prefix else place.path
        refuse_recursion(graph, self.inside, path)
        sketch = graph.sketch
        inner: list[Found] = [0] * len(sketch.places)
        for position, (index, parameter) in enumerate(zip(sketch.inputs, graph.shape.parameters, strict=True)):
            if position < len(place.args):
                inner[index] = self._there(place.args[position], env)
            elif place.kwargs and parameter.name in place.kwargs:
                inner[index] = self._there(place.kwargs[parameter.name], env)
            else:
                inner[index] = Const(parameter.default)
        self.inside = (*self.inside, graph)
        output = self._expand(sketch, path, inner, {**_by_hole(graph), **fills})
        self.inside = self.inside[:-1]
        self.template.graphs.append((path, graph, At(output) if isinstance(output, int) else output))
        return output

    def _with_bodies(self, place: Place, prefix: str, env: list[Found], fills: Fills) -> int:
        source = self._there(place.args[0], env)
        elements: tuple[int, ...] | None = None
        follows = -1
        slots: tuple[int, ...] = ()
        if place.kind == "each" and isinstance(source, Made) and source.build in (list, tuple):
            elements = tuple([self._slot(item) for item in source.items])
        else:
            slots = (self._slot(source),)
            if place.kind == "each" and self.template.kinds[slots[0]] == Kind.EACH:
                follows, slots = slots[0], ()
        bodies = tuple(self._body(sketch, env, fills) for sketch in place.bodies)
        local = self._add(_BODY_KINDS[place.kind], place, slots)
        self.template.details[local] = Detail(
            bodies=bodies, most=place.most, elements=elements, follows=follows, prefix=prefix
        )
        if place.kind == "each" and slots:
            taken = self.template.details.get(slots[0])
            if taken is not None and taken.trail:
                self._tap(self.template.slots[slots[0]][0], (*taken.trail, ITEMS), local)
            else:
                self._tap(slots[0], (ITEMS,), local)
        return local

    def _body(self, sketch: Sketch, env: list[Found], fills: Fills) -> Template:
        imported = tuple(self._slot(self._there(outer, env)) for outer, _ in sketch.imports)
        return _Builder(sketch.name, fills, self.inside, self.drawn).built(sketch, imported)

    # --- operands become slots ------------------------------------------------------------------------------------

    def _there(self, operand: Operand, env: list[Found]) -> Found:
        """Return where this template has what a sketch's operand stands for."""
        if isinstance(operand, At):
            found = env[operand.place]
            return self._followed(found, operand.trail) if operand.trail else found
        if isinstance(operand, Made):
            items = [self._there(item, env) for item in operand.items]
            made = tuple([At(item) if isinstance(item, int) else item for item in items])
            return operand.with_items(made)
        return operand

    def _followed(self, found: Found, trail: Trail) -> Operand:
        """Return what a trail finds in an operand, leaf by leaf where the container was drawn."""
        if isinstance(found, At):
            return At(found.place, found.trail + trail)
        position = found.position(*trail[0]) if isinstance(found, Made) else None
        if isinstance(found, Made) and position is not None:
            inner, rest = found.items[position], trail[1:]
            return self._followed(inner, rest) if rest else inner
        return At(self._slot(found), trail)

    def _slots(self, operands: tuple[Operand, ...], env: list[Found]) -> tuple[int, ...]:
        slots = []
        for operand in operands:
            # most arguments are whole results
            found = env[operand.place] if type(operand) is At and not operand.trail else self._there(operand, env)
            slots.append(found if type(found) is int else self._slot(found))
        return tuple(slots)

    def _slot(self, operand: Found) -> int:
        if isinstance(operand, int):
            return operand
        if isinstance(operand, At):
            return self._projection(operand.place, operand.trail) if operand.trail else operand.place
        if isinstance(operand, Const):
            local = self._add(Kind.CONST, None)
            self.template.initial[local] = operand.value
            return local
        local = self._add(Kind.MAKE, None, tuple([self._slot(item) for item in operand.items]))
        self.template.details[local] = Detail(made=operand)
        return local

    def _projection(self, source: int, trail: Trail) -> int:
        key = (source, repr(trail))
        if key not in self._projections:
            details = self.template.details
            local = self._projections[key] = self._add(Kind.MAKE, None, (source,))
            details[local] = Detail(trail=trail, prefix=f"{self.template.path_at(source)}{_said(trail)}")
            self._tap(source, trail, local)
        return self._projections[key]

    def _tap(self, source: int, trail: Trail, local: int) -> None:
        """Note who takes a leaf: it is there as soon as it is done, whatever the others wait for."""
        if self.template.kinds[source] in _LEAFY:
            tapped = self.template.details.setdefault(source, Detail())
            tapped.taps = (*tapped.taps, (trail, local))

    # --- arrays ---------------------------------------------------------------------------------------------------

    def _add(self, kind: int, place: Place | None, slots: tuple[int, ...] = ()) -> int:
        template = self.template
        local = len(template.kinds)
        template.kinds.append(kind if kind == CALL else int(kind))
        template.initial.append(UNSET)
        template.slots.append(slots)
        template.calls.append(None)
        template.places.append(place)
        return local

    def _finish(self) -> None:
        """Count who waits for whom, once all slots are known."""
        template = self.template
        size = template.size = len(template.kinds)
        kinds, initial = template.kinds, template.initial
        waiting: list[list[int]] = [[] for _ in range(size)]
        need = template.need = [0] * size
        for local, slots in enumerate(template.slots):
            for slot in slots:
                waits = waiting[slot]
                # a step that takes one value twice waits for it once
                if initial[slot] is UNSET and (not waits or waits[-1] != local):
                    waits.append(local)
                    need[local] += 1
        supplied = need.copy()
        for parameter in template.params:
            for local in waiting[parameter]:
                supplied[local] -= 1
        template.dependants = [tuple(w) for w in waiting]
        template.watched = bytearray(size)
        template.watched[template.out] = 1
        for local, detail in template.details.items():
            self._watch(local, detail, need, supplied)
        template.tapped = tuple([k for k, detail in template.details.items() if detail.taps and kinds[k] == Kind.INPUT])
        passive = (Kind.INPUT, Kind.CONST)
        template.sources = tuple([k for k in range(size) if not need[k] and kinds[k] not in passive])
        template.supplied = (
            supplied,
            tuple([k for k in range(size) if not supplied[k] and kinds[k] not in passive]),
        )

    def _watch(self, local: int, detail: Detail, need: list[int], supplied: list[int]) -> None:
        watched = self.template.watched
        for body in detail.bodies:
            for outer, _ in body.imports:
                watched[outer] = 1
        for element in detail.elements or ():
            watched[element] = 1
        if detail.follows >= 0:
            # it opens when the map that it follows opens, not when that map is complete
            need[local] += 1
            supplied[local] += 1
            followed = self.template.details[detail.follows]
            followed.followed_by = (*followed.followed_by, local)


def _is_bare(node: Node[..., Any]) -> bool:
    """Whether a call of the node needs nothing but calling its function."""
    return (
        node.options.is_plain
        and not node.takes_context
        and node.threading == "async"
        and not node.is_graph
        and not node.asked
    )
