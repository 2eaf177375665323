"""What can be wrong with a list of nodes, every fault at once, in the words of who wrote the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Any

from lift_sys.define.node_interface import Node
from lift_sys.define.reference import type_name
from lift_sys.define.shape import Parameter, file_place
from lift_sys.define.signature_text import signature_text
from lift_sys.define.types import fits
from lift_sys.errors import Diagnostic

if TYPE_CHECKING:
    from lift_sys.define.inference import Inference

__all__ = ["InferenceFaults"]


class InferenceFaults:
    """The faults of one inference."""

    def __init__(self, inference: Inference) -> None:
        self._inference = inference
        self._listing = inference.listing
        self._nodes = inference.nodes
        listing = self._listing
        self._call = f"{file_place(listing.filename, listing.line, listing.module)} {listing.name}"

    def found(self) -> list[Diagnostic]:
        """Return every fault, those of names before those of edges."""
        twins = list(self._duplicate_names())
        if twins:
            # who supplies whom cannot be said while two nodes answer to one name
            return twins
        return [*self._cycles(), *self._edges(), *self._inputs(), *self._idle()]

    def _naming(self) -> str:
        """Return the argument that names the graph, if it was given."""
        listing = self._listing
        return "" if listing.name == listing.output.name else f', name="{listing.name}"'

    def _at(self, node: Node[..., Any]) -> str:
        where = node.place.partition(" ")[0]
        return f"{where} {self._listing.name}/{node.name}"

    def _duplicate_names(self) -> Iterator[Diagnostic]:
        first: dict[str, Node[..., Any]] = {}
        for node in self._nodes:
            known = first.setdefault(node.name, node)
            if known is node:
                continue
            own = node.__qualname__.rpartition(".")[2]
            other = own if own != node.name else f"{node.name}_2"
            yield Diagnostic(
                "LS207",
                self._call,
                f"two nodes are called {node.name}: {known.label} ({_where(known)}) and {node.label} ({_where(node)})",
                f'give one of them a name of its own: `{own}.using(name="{other}")`',
            )

    def _cycles(self) -> Iterator[Diagnostic]:
        try:
            TopologicalSorter({node: self._inference.waits_for(node) for node in self._nodes}).prepare()
        except CycleError:
            yield from self._rings()

    def _rings(self) -> Iterator[Diagnostic]:
        """Yield one fault for each circle; every node that is in one has been asked for its way round."""
        told: set[Node[..., Any]] = set()
        for node in self._nodes:
            ring = self._ring(node)
            if ring is None or told & set(ring):
                continue
            told.update(ring)
            yield self._cycle(ring)

    def _cycle(self, ring: Sequence[Node[..., Any]]) -> Diagnostic:
        pairs = list(zip(ring, [*ring[1:], ring[0]], strict=True))
        path = " -> ".join(node.name for node in [*ring, ring[0]])
        takes = ", ".join(f"{taker.name} takes {giver.name}" for taker, giver in pairs)
        first, giver = pairs[0]
        renamed = signature_text(first, {giver.name: f"first_{giver.name}"})
        return Diagnostic(
            "LS201",
            self._at(first),
            f"steps wait for each other: {path} ({takes})",
            f"let one of them take an input instead: `{renamed}`; "
            "to repeat within a bound, write `await loop(body, start, until=..., most=10)` in a @graph",
        )

    def _ring(self, start: Node[..., Any]) -> list[Node[..., Any]] | None:
        """Return the shortest way from a node back to itself."""
        came: dict[Node[..., Any], Node[..., Any]] = {}
        waiting = [start]
        while waiting:
            node = waiting.pop(0)
            for supplier in self._inference.waits_for(node):
                if supplier is start:
                    ring = [node]
                    while ring[-1] is not start:
                        ring.append(came[ring[-1]])
                    return ring[::-1]
                if supplier not in came:
                    came[supplier] = node
                    waiting.append(supplier)
        return None

    def _edges(self) -> Iterator[Diagnostic]:
        for taker, parameter, suppliers in self._inference.supplied():
            if len(suppliers) > 1:
                yield self._ambiguous(taker, parameter, suppliers)
            elif suppliers and fits(suppliers[0].shape.result, parameter.type) is False:
                yield self._misfit(taker, parameter, suppliers[0])

    def _ambiguous(
        self, taker: Node[..., Any], parameter: Parameter, suppliers: Sequence[Node[..., Any]]
    ) -> Diagnostic:
        could = ", ".join(f"{s.name} ({type_name(s.shape.result)}, {_where(s)})" for s in suppliers)
        free = [s for s in suppliers if taker.shape.named(s.name) is None] or suppliers
        choices = " or ".join(f"`{signature_text(taker, {parameter.name: s.name})}`" for s in free[:3])
        return Diagnostic(
            "LS203",
            self._at(taker),
            f"{len(suppliers)} nodes could supply `{parameter.name}: {type_name(parameter.type)}` "
            f"of {taker.name}: {could}",
            f"name the parameter after its supplier: {choices}",
        )

    def _misfit(self, taker: Node[..., Any], parameter: Parameter, supplier: Node[..., Any]) -> Diagnostic:
        want, have = type_name(parameter.type), type_name(supplier.shape.result)
        retyped = signature_text(taker, types={parameter.name: supplier.shape.result})
        others = [
            n.name for n in self._nodes if n not in (taker, supplier) and fits(n.shape.result, parameter.type) is True
        ]
        hint = f"; {' and '.join(others)} would fit" if others else ""
        return Diagnostic(
            "LS204",
            self._at(taker),
            f"`{parameter.name}: {want}` of {taker.name} is supplied by the node of that name, "
            f"and {supplier.name} gives {have}",
            f"take what it gives: `{retyped}`; or rename the parameter{hint}",
        )

    def _inputs(self) -> Iterator[Diagnostic]:
        asked: dict[str, list[tuple[Node[..., Any], Parameter]]] = {}
        for taker, parameter, suppliers in self._inference.supplied():
            if not suppliers:
                asked.setdefault(parameter.name, []).append((taker, parameter))
        for name, takers in asked.items():
            (first, one), rest = takers[0], takers[1:]
            for taker, other in rest:
                if fits(one.type, other.type) is False and fits(other.type, one.type) is False:
                    yield Diagnostic(
                        "LS204",
                        self._at(taker),
                        f"the input `{name}` is {type_name(one.type)} for {first.name} and "
                        f"{type_name(other.type)} for {taker.name}",
                        f"give the two inputs two names: `{signature_text(taker, {name: f'{taker.name}_{name}'})}`",
                    )

    def _idle(self) -> Iterator[Diagnostic]:
        """Yield the nodes that do not lead to the output."""
        output = self._listing.output
        busy = self._inference.ancestors(output)
        inputs = [(taker, p) for taker, p, suppliers in self._inference.supplied() if not suppliers and taker in busy]
        for node in self._nodes:
            if node in busy:
                continue
            kept = [n.name for n in self._nodes if n is not node]
            could = {p.name: taker for taker, p in inputs if fits(node.shape.result, p.type) is not False}
            near = get_close_matches(node.name, list(could), 1)
            if near:
                taker = could[near[0]]
                cure = (
                    f"did you mean `{node.name}` for the parameter `{near[0]}` of {taker.name}? "
                    f"`{signature_text(taker, {near[0]: node.name})}`"
                )
            else:
                cure = (
                    f"take its result with a parameter named {node.name}, or leave it out: "
                    f"`Graph.from_nodes({', '.join(kept)}, output={output.name}{self._naming()})`"
                )
            yield Diagnostic(
                "LS205",
                self._call,
                f"{node.name} feeds nothing: what it gives ({type_name(node.shape.result)}, {_where(node)}) "
                f"does not lead to the output {output.name}",
                cure,
            )


def _where(node: Node[..., Any]) -> str:
    return node.place.partition(" ")[0]
