"""Whether a graph's constraints say anything: most graphs need nothing of what reasons about them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lift_sys.define import Fill, Graph, Hole, Node, Sketch

__all__ = ["says_anything", "standing_in"]


def says_anything(graph: Graph[..., Any]) -> bool:
    """Whether anything is said of a graph, or asked of a hole that gives Any: most graphs need no network."""
    nodes = dict.fromkeys(_nodes_of(graph.sketch))
    if any(isinstance(node, Hole) and node.shape.result is Any for node in nodes):
        return True
    standing = [node for fill in graph.fills if (node := standing_in(fill)) is not None]
    return any(
        constraint.strength != "MAY" and constraint.predicate_for(node.shape) is not None
        for node in (graph, *nodes, *standing)
        for constraint in node.own_constraints
    )


def _nodes_of(sketch: Sketch) -> Iterator[Node[..., Any]]:
    known: set[Node[..., Any]] = set()
    for place in sketch.places:
        node = place.node
        if node is not None and node not in known:
            known.add(node)
            yield node
            if isinstance(node, Graph):
                yield from _nodes_of(node.sketch)
                yield from (inner for fill in node.fills if (inner := standing_in(fill)) is not None)
        for body in place.bodies:
            yield from _nodes_of(body)


def standing_in(fill: Fill | None) -> Node[..., Any] | None:
    """Return what a fill of code or a graph lets stand in a hole; a plain function has a docstring and types, too."""
    if fill is None or fill.kind not in ("code", "graph"):
        return None
    standing: Any = fill.by
    return standing if isinstance(standing, Node) else Node(standing)
