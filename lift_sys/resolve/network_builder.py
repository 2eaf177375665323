"""A graph's sketches become the network of its leaves, and each constraint an instance at every step of its node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lift_sys.define import (
    MISSING,
    NO_DEFAULT,
    At,
    Const,
    Constraint,
    Fill,
    Graph,
    Hole,
    Made,
    Node,
    Operand,
    Place,
    Shape,
    Sketch,
    leaf_step,
)
from lift_sys.resolve.bound_types import bound
from lift_sys.resolve.leaf_network import (
    ELEMENT,
    LENGTH,
    ROOT,
    Flow,
    Hull,
    LeafNetwork,
    Region,
    RegionKind,
    Trail,
)
from lift_sys.resolve.said import standing_in

__all__ = ["Instance", "StepPorts", "WholeNetwork", "network_of"]

Found = tuple[int, Trail]
"""A slot, and where in its value."""
Fills = Mapping[Node[..., Any], Fill]


@dataclass(slots=True)
class StepPorts:
    """One step: where its parameters and its result are; `open` says that nothing stands in its hole."""

    path: str
    node: Node[..., Any]
    region: int
    ports: dict[str, int]
    result: int
    open: bool
    fill: Fill | None = None


@dataclass(slots=True)
class Instance:
    """A constraint at one step: `ports` are the slots that its names mean there."""

    constraint: Constraint
    step: StepPorts
    shape: Shape
    ports: dict[str, int]


@dataclass(slots=True)
class WholeNetwork:
    """The leaves of a graph with its steps and what is said at each of them."""

    leaves: LeafNetwork = field(default_factory=LeafNetwork)
    steps: list[StepPorts] = field(default_factory=list)
    instances: list[Instance] = field(default_factory=list)


def network_of(graph: Graph[..., Any]) -> WholeNetwork:
    """Return the network of a graph that can be drawn; fills stand where `with_fills` put them."""
    builder = _Builder()
    builder.whole_graph(graph)
    for around in builder.leaves.regions:
        if around.kind is RegionKind.BODY:
            # whether a body must run is asked of every map, whoever speaks of its length
            builder.leaves.variable(around.items, (LENGTH,))
    return builder.made


class _Builder:
    """Walks sketches; `passed` says of a slot which slots it only hands on, with the trails of both."""

    def __init__(self) -> None:
        self.made = WholeNetwork()
        self.leaves = self.made.leaves
        self.soft: set[int] = set()
        """slots that a demand may narrow: parameters, and the results of open holes"""
        self.passed: dict[int, list[tuple[Trail, Found]]] = {}

    def whole_graph(self, graph: Graph[..., Any]) -> None:
        env: list[Found] = [(0, ())] * len(graph.sketch.places)
        ports: dict[str, int] = {}
        for index, parameter in zip(graph.sketch.inputs, graph.shape.parameters, strict=True):
            slot = self._port(parameter.type, ROOT, graph.name, parameter.name)
            ports[parameter.name] = slot
            env[index] = (slot, ())
        fills = {fill.hole: fill for fill in graph.fills}
        output = self._expand(graph.sketch, graph.name, env, fills, ROOT)
        result = self._handed_on(graph.shape.result, ROOT, graph.name, "result", output)
        self._say(StepPorts(graph.name, graph, ROOT, ports, result, open=False))

    # --- places ---------------------------------------------------------------------------------------------------

    def _expand(self, sketch: Sketch, path: str, env: list[Found], fills: Fills, region: int) -> Found:
        for index, place in enumerate(sketch.places):
            if place.kind != "input":
                at = f"{path}/{place.path}" if place.path else path
                env[index] = self._place(place, at, path, env, fills, region)
        return self._found(sketch.output, env, region, path)

    def _place(self, place: Place, at: str, path: str, env: list[Found], fills: Fills, region: int) -> Found:
        if place.node is not None:
            return self._step(place, place.node, at, env, fills, region)
        source = self._found(place.args[0], env, region, at)
        if place.kind == "each":
            return self._each(place, source, at, env, fills, region)
        if place.kind == "branch":
            return self._branch(place, path, env, fills, region)
        for body in place.bodies:
            inside = self._region(RegionKind.TURN, region, at)
            inner = self._inner(body, at, env, inside)
            self._expand(body, f"{at}[*]", inner, fills, inside)
        # what a loop gives is what its type says, whatever its turns did
        return self.leaves.add_slot(place.type, region, at, "result"), ()

    def _step(self, place: Place, node: Node[..., Any], at: str, env: list[Found], fills: Fills, region: int) -> Found:
        ports = self._ports(place, node.shape, at, env, region)
        fill = fills.get(node._replaces) or (node.default_fill if isinstance(node, Hole) else None)
        standing = standing_in(fill)
        inside = standing if isinstance(standing, Graph) else node if fill is None and isinstance(node, Graph) else None
        gives = self._bound(node.shape, ports)
        if isinstance(inside, Graph):
            output = self._graph(inside, node.shape, ports, at, fills, region)
            result = self._handed_on(gives, region, at, "result", output)
        elif fill is not None and fill.kind == "deferred":
            source = self.leaves.add_slot(MISSING, region, at, "result", fill.by)
            result = self._handed_on(gives, region, at, "result", (source, ()))
        elif standing is not None:
            source = self.leaves.add_slot(standing.shape.result, region, at, "result")
            result = self._handed_on(gives, region, at, "result", (source, ()))
        else:
            result = self.leaves.add_slot(gives, region, at, "result")
        is_open = isinstance(node, Hole) and (fill is None or fill.kind == "person")
        if is_open:
            self.soft.add(result)
        step = StepPorts(at, node, region, ports, result, is_open, fill)
        self._say(step)
        if standing is not None:
            self._say_of(standing, step)
        return result, ()

    def _ports(self, place: Place, shape: Shape, at: str, env: list[Found], region: int) -> dict[str, int]:
        ports: dict[str, int] = {}
        for position, parameter in enumerate(shape.parameters):
            if parameter.variadic:
                continue
            if position < len(place.args) and not parameter.keyword_only:
                operand: Operand = place.args[position]
            elif place.kwargs and parameter.name in place.kwargs:
                operand = place.kwargs[parameter.name]
            elif parameter.default is not NO_DEFAULT:
                operand = Const(parameter.default)
            else:
                continue
            source = self._found(operand, env, region, at)
            declared = bound(parameter.type, [(parameter.type, self.leaves.type_at(*source))])
            port = ports[parameter.name] = self._port(declared, region, at, parameter.name)
            self._flow(source, port)
        return ports

    def _bound(self, shape: Shape, ports: Mapping[str, int]) -> Any:
        """Return what a step gives, with the type variables of its node bound by what it is given."""
        slots = self.leaves.slots
        return bound(shape.result, [(p.type, slots[ports[p.name]].type) for p in shape.parameters if p.name in ports])

    def _graph(
        self, graph: Graph[..., Any], called: Shape, ports: dict[str, int], at: str, fills: Fills, region: int
    ) -> Found:
        """Return what a graph gives where something of the shape `called` is called: itself, or its hole."""
        sketch = graph.sketch
        inner: list[Found] = [(0, ())] * len(sketch.places)
        given = graph.shape.given_by(called)
        for index, parameter in zip(sketch.inputs, graph.shape.parameters, strict=True):
            slot = ports.get(given[parameter.name].name, -1) if parameter.name in given else -1
            inner[index] = (slot if slot >= 0 else self._port(parameter.type, region, at, parameter.name), ())
        within = {**{fill.hole: fill for fill in graph.fills}, **fills}
        return self._expand(sketch, at, inner, within, region)

    def _each(self, place: Place, source: Found, at: str, env: list[Found], fills: Fills, region: int) -> Found:
        items = self._port(self.leaves.type_at(*source), region, at, "items")
        self._flow(source, items)
        inside = self._region(RegionKind.BODY, region, at, items)
        body = place.bodies[0]
        inner = self._inner(body, at, env, inside)
        for index in body.inputs:
            element = self._port(body.places[index].type, inside, f"{at}[*]", "item")
            self.leaves.add_flow(Flow(items, (ELEMENT,), element, (), back=(True, True)))
            inner[index] = (element, ())
        output = self._expand(body, f"{at}[*]", inner, fills, inside)
        result = self.leaves.add_slot(place.type, region, at, "result")
        # an item that is handed on unchanged reaches the result, too; what is asked of results is asked inside
        self.leaves.add_flow(Flow(output[0], output[1], result, (ELEMENT,), back=(False, True)))
        self.leaves.add_flow(Flow(items, (LENGTH,), result, (LENGTH,), back=(True, True)))
        self.passed[result] = [((ELEMENT,), output)]
        return result, ()

    def _branch(self, place: Place, path: str, env: list[Found], fills: Fills, region: int) -> Found:
        sources: list[Found] = []
        regions: list[int] = []
        for arm, body in enumerate(place.bodies):
            inside = self._region(RegionKind.ARM, region, f"{path} ({'otherwise' if arm else 'then'})")
            inner = self._inner(body, path, env, inside)
            output = self._expand(body, path, inner, fills, inside)
            name = "otherwise" if arm else "then"
            sources.append((self._handed_on(Any, inside, path, name, output), ()))
            regions.append(inside)
        result = self.leaves.add_slot(place.type, region, path, "branch")
        number = self.leaves.add_hull(Hull(result, (), tuple(sources), tuple(regions)))
        for inside, (arm_result, _) in zip(regions, sources, strict=True):
            self.leaves.regions[inside].hull = number
            # a value asked of the branch is asked of the arm that gives it
            self.leaves.add_flow(Flow(arm_result, (), result, (), forward=False, back=(False, True)))
        self.passed[result] = [((), source) for source in sources]
        return result, ()

    def _inner(self, body: Sketch, at: str, env: list[Found], region: int) -> list[Found]:
        """Return the environment of a body, with what it takes from around it as parameters of its own."""
        inner: list[Found] = [(0, ())] * len(body.places)
        for index in body.inputs:
            inner[index] = (self._port(body.places[index].type, region, at, "item"), ())
        for outer, index in body.imports:
            slot = self._port(body.places[index].type, region, at, body.places[index].path or "value")
            self._flow(self._found(outer, env, region, at), slot)
            inner[index] = (slot, ())
        return inner

    # --- operands and slots ---------------------------------------------------------------------------------------

    def _found(self, operand: Operand, env: list[Found], region: int, at: str) -> Found:
        if isinstance(operand, At):
            slot, trail = env[operand.place]
            for how, key in operand.trail:
                step = leaf_step(self.leaves.type_at(slot, trail), how, key)
                # what no constraint can name gets a name that none has
                trail += (f"[{key!r}]" if step is None else step,)
            return slot, trail
        if isinstance(operand, Const):
            return self.leaves.add_slot(MISSING, region, at, "constant", operand.value), ()
        return self._container(operand, env, region, at), ()

    def _container(self, operand: Made, env: list[Found], region: int, at: str) -> int:
        items = [self._found(item, env, region, at) for item in operand.items]
        made = self.leaves.add_slot(list[Any] if operand.build is list else Any, region, at, "value")
        keys: tuple[Any, ...] = operand.keys or tuple(range(len(items)))
        for key, item in zip(keys, items, strict=True):
            if isinstance(key, int | str):
                self.leaves.add_flow(Flow(item[0], item[1], made, (key,), back=(False, self._same(item[0], made))))
        self.passed[made] = [((key,), item) for key, item in zip(keys, items, strict=True)]
        if operand.build in (list, tuple):
            size = self.leaves.add_slot(MISSING, region, at, "size", len(items))
            self.leaves.add_flow(Flow(size, (), made, (LENGTH,)))
            if items:
                self.leaves.add_hull(Hull(made, (ELEMENT,), tuple(items)))
                for item in items:
                    back = (False, self._same(item[0], made))
                    self.leaves.add_flow(Flow(item[0], item[1], made, (ELEMENT,), forward=False, back=back))
                    self.passed[made].append(((ELEMENT,), item))
        return made

    def _port(self, declared: Any, region: int, at: str, name: str) -> int:
        slot = self.leaves.add_slot(declared, region, at, name)
        self.soft.add(slot)
        return slot

    def _flow(self, source: Found, port: int) -> None:
        """Let a parameter have a value; what it asks for narrows the holes and parameters that give the value."""
        same = self._same(source[0], port)
        self.leaves.add_flow(Flow(source[0], source[1], port, (), back=(False, same)))
        if same:
            self._ask_for(source, port)

    def _handed_on(self, declared: Any, region: int, at: str, name: str, source: Found) -> int:
        """Add a slot that has what another gives, and return it."""
        slot = self.leaves.add_slot(declared, region, at, name)
        self.leaves.add_flow(Flow(source[0], source[1], slot, (), back=(False, self._same(source[0], slot))))
        self.passed[slot] = [((), source)]
        if self._same(source[0], slot):
            self._ask_for(source, slot)
        return slot

    def _ask_for(self, source: Found, slot: int) -> None:
        """Let what is asked of a slot narrow the holes and parameters that give its value."""
        for origin, trail in self._origins(source):
            self.leaves.add_flow(Flow(origin, trail, slot, (), forward=False, back=(True, False)))

    def _same(self, one: int, other: int) -> bool:
        """Whether two slots are of one region: nothing flows backward out of an arm or a body."""
        return self.leaves.slots[one].region == self.leaves.slots[other].region

    def _origins(self, found: Found) -> Iterator[Found]:
        """Yield the slots that a demand may narrow, behind all that only hands on."""
        slot, trail = found
        if slot in self.soft:
            yield found
            return
        for at, (source, to) in self.passed.get(slot, ()):
            if trail[: len(at)] == at:
                yield from self._origins((source, to + trail[len(at) :]))

    def _region(self, kind: RegionKind, parent: int, path: str, items: int = -1) -> int:
        self.leaves.regions.append(Region(kind, parent, path, items))
        return len(self.leaves.regions) - 1

    # --- what is said ---------------------------------------------------------------------------------------------

    def _say(self, step: StepPorts) -> None:
        self.made.steps.append(step)
        ports = {**step.ports, "result": step.result}
        for constraint in step.node.own_constraints:
            self.made.instances.append(Instance(constraint, step, step.node.shape, ports))

    def _say_of(self, standing: Node[..., Any], step: StepPorts) -> None:
        """Say what is said of the node that stands in a hole, under the names of its own parameters."""
        given = standing.shape.given_by(step.node.shape)
        ports = {name: step.ports[asked.name] for name, asked in given.items() if asked.name in step.ports}
        ports["result"] = step.result
        for constraint in standing.own_constraints:
            self.made.instances.append(Instance(constraint, step, standing.shape, ports))
