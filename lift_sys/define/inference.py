"""Inference: a graph from a list of nodes, whose edges follow from names and types.

A parameter is supplied by the node of its name, else by the only node whose result fits its type, else it is an input
of the graph. Three rules keep that from guessing:

- one name and type is one value: parameters of several nodes that share both have one supplier or are one input;
- what waits for a step does not supply it: names are settled first, then types, from the output backwards;
- a type that takes anything chooses nobody.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lift_sys.define.inference_faults import InferenceFaults
from lift_sys.define.node_interface import Node
from lift_sys.define.shape import NO_DEFAULT, Parameter, Shape
from lift_sys.define.sketch import At, Operand, Place, Sketch
from lift_sys.define.types import fits
from lift_sys.errors import DefinitionError

__all__ = ["Inference", "InferredEdge", "Listing"]

_TAKES_ANYTHING = (Any, object)


@dataclass(frozen=True, eq=False)
class Listing:
    """What was given to `Graph.from_nodes`, and where: the file, the line and the module of the call."""

    name: str
    nodes: tuple[Node[..., Any], ...]
    output: Node[..., Any]
    filename: str
    line: int
    module: str


@dataclass(frozen=True, eq=False)
class InferredEdge:
    """One parameter and the node that supplies it."""

    supplier: Node[..., Any]
    consumer: Node[..., Any]
    parameter: Parameter


@dataclass(eq=False)
class _Wanted:
    """One value that parameters of one name and type ask for: who takes it, and who could supply it."""

    name: str
    type: Any
    takers: list[tuple[Node[..., Any], Parameter]]
    suppliers: tuple[Node[..., Any], ...] = ()
    decided: bool = False


class Inference:
    """What follows from a listing; the faults are found all at once, when the sketch is asked for."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.nodes = listing.nodes
        self._named = {node.name: node for node in reversed(self.nodes)}
        self._asked: dict[Node[..., Any], list[_Wanted]] = {node: [] for node in self.nodes}
        self._wanted = self._collected()
        self._waits_for: dict[Node[..., Any], list[Node[..., Any]]] = {node: [] for node in self.nodes}
        self._decide()

    # --- who supplies what ----------------------------------------------------------------------------------------

    def _collected(self) -> list[_Wanted]:
        found: dict[str, list[_Wanted]] = {}
        for node in self.nodes:
            for parameter in node.shape.parameters:
                if parameter.variadic:
                    continue
                known = found.setdefault(parameter.name, [])
                same = next((w for w in known if _equal(w.type, parameter.type)), None)
                if same is None:
                    same = _Wanted(parameter.name, parameter.type, [])
                    known.append(same)
                same.takers.append((node, parameter))
                self._asked[node].append(same)
        return [wanted for known in found.values() for wanted in known]

    def _decide(self) -> None:
        for wanted in self._wanted:
            if wanted.name in self._named:
                self._settle(wanted, (self._named[wanted.name],))
        waiting, seen = [self.listing.output, *self.nodes], set[Node[..., Any]]()
        while waiting:
            node = waiting.pop(0)
            if node in seen:
                continue
            seen.add(node)
            for wanted in self._asked[node]:
                if not wanted.decided:
                    self._settle(wanted, tuple(self._fitting(wanted)))
            waiting[:0] = [supplier for supplier in self._waits_for[node] if supplier not in seen]

    def _settle(self, wanted: _Wanted, suppliers: tuple[Node[..., Any], ...]) -> None:
        wanted.decided, wanted.suppliers = True, suppliers
        for taker, _ in wanted.takers:
            self._waits_for[taker] += suppliers

    def _fitting(self, wanted: _Wanted) -> Iterator[Node[..., Any]]:
        """Yield the nodes whose result fits and that do not wait for who asks."""
        if wanted.type in _TAKES_ANYTHING:
            return
        takers = {taker for taker, _ in wanted.takers}
        for node in self.nodes:
            result = node.shape.result
            gives_nothing = result is None or result is type(None)
            if not gives_nothing and fits(result, wanted.type) and not takers & self.ancestors(node):
                yield node

    def ancestors(self, node: Node[..., Any]) -> set[Node[..., Any]]:
        """Return the node and all that it waits for."""
        found, waiting = {node}, [node]
        while waiting:
            new = [n for n in self._waits_for[waiting.pop()] if n not in found]
            found.update(new)
            waiting += new
        return found

    def waits_for(self, node: Node[..., Any]) -> Sequence[Node[..., Any]]:
        """Return the suppliers of a node, possible ones among them where nobody can choose."""
        return self._waits_for[node]

    def supplied(self) -> Iterator[tuple[Node[..., Any], Parameter, tuple[Node[..., Any], ...]]]:
        """Yield each parameter with its suppliers: none for an input, several where nobody can choose."""
        for wanted in self._wanted:
            for taker, parameter in wanted.takers:
                yield taker, parameter, wanted.suppliers

    @cached_property
    def edges(self) -> tuple[InferredEdge, ...]:
        """The inferred edges of a sound listing, in the order of the nodes and their parameters."""
        self._refuse_faults()
        found = {(taker, p.name): InferredEdge(s[0], taker, p) for taker, p, s in self.supplied() if s}
        return tuple(found[n, p.name] for n in self.nodes for p in n.shape.parameters if (n, p.name) in found)

    # --- inputs ---------------------------------------------------------------------------------------------------

    @cached_property
    def inputs(self) -> tuple[Parameter, ...]:
        """What no node supplies: required ones first, each in the order of the nodes and their parameters."""
        takers: dict[str, list[Parameter]] = {}
        for _, parameter, suppliers in self.supplied():
            if not suppliers:
                takers.setdefault(parameter.name, []).append(parameter)
        found = [self._input(name, taken) for name, taken in takers.items()]
        return tuple(sorted(found, key=lambda parameter: not parameter.required))

    def _input(self, name: str, taken: list[Parameter]) -> Parameter:
        """Return one input for all who take it: of the narrowest type, with a default if all agree on one."""
        types = [p.type for p in taken]
        narrowest = next((t for t in types if t is not Any and all(fits(t, other) for other in types)), types[0])
        default = taken[0].default
        agreed = all(p.default is default or (p.default is not NO_DEFAULT and p.default == default) for p in taken)
        return Parameter(name, narrowest, default if agreed else NO_DEFAULT)

    # --- what the graph is ----------------------------------------------------------------------------------------

    def _refuse_faults(self) -> None:
        found = InferenceFaults(self).found()
        if found:
            raise DefinitionError(diagnostics=found)

    @cached_property
    def shape(self) -> Shape:
        """The graph's inputs as parameters, the output's type as result."""
        self._refuse_faults()
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        parameters = [inspect.Parameter(p.name, kind, default=p.default, annotation=p.type) for p in self.inputs]
        result = self.listing.output.shape.result
        return Shape(
            parameters=self.inputs,
            result=result,
            signature=inspect.Signature(parameters, return_annotation=result),
            simple=len(self.inputs),
            required=sum(p.required for p in self.inputs),
        )

    @cached_property
    def drawn(self) -> tuple[Sketch, Any]:
        """The sketch, with the nodes in an order in which each comes after its suppliers, and the output's type."""
        self._refuse_faults()
        listing = self.listing
        sketch = Sketch(listing.name, filename=listing.filename)
        sketch.places = [Place("input", p.name, p.type) for p in self.inputs]
        sketch.inputs = list(range(len(self.inputs)))
        given = {p.name: index for index, p in enumerate(self.inputs)}
        at: dict[Node[..., Any], int] = {}
        suppliers = {(edge.consumer, edge.parameter.name): edge.supplier for edge in self.edges}
        for node in self._ordered():
            args: list[Operand] = []
            kwargs: dict[str, Operand] = {}
            for p in node.shape.parameters:
                if p.variadic:
                    continue
                supplier = suppliers.get((node, p.name))
                operand = At(given[p.name] if supplier is None else at[supplier])
                if p.keyword_only:
                    kwargs[p.name] = operand
                else:
                    args.append(operand)
            at[node] = len(sketch.places)
            sketch.places.append(
                Place(
                    "graph" if node.is_graph else "call",
                    node.name,
                    node.shape.result,
                    node=node,
                    args=tuple(args),
                    kwargs=kwargs or None,
                    line=listing.line,
                )
            )
        sketch.output = At(at[listing.output])
        return sketch, listing.output.shape.result

    def _ordered(self) -> Iterator[Node[..., Any]]:
        """Yield the nodes as they were listed, except that each comes after its suppliers."""
        done: dict[Node[..., Any], None] = {}
        waiting = list(reversed(self.nodes))
        while waiting:
            node = waiting[-1]
            missing = [s for s in self._waits_for[node] if s not in done]
            if node in done or not missing:
                waiting.pop()
                done[node] = None
            else:
                waiting += reversed(missing)
        yield from done


def _equal(left: Any, right: Any) -> bool:
    return left is right or bool(left == right)
