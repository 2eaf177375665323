"""The DAGs that are measured, drawn as graphs."""

from __future__ import annotations

from typing import Any

from lift_sys import Graph, Node, graph, node
from scripts.benches.support.shapes import Body, Dag

__all__ = ["Nodes", "drawn", "nodes_of"]

Nodes = list[Node[..., int]]


def nodes_of(made: list[Body]) -> Nodes:
    """Return the bodies as nodes."""
    return [node(fn) for fn in made]


def drawn(dag: Dag, nodes: Nodes) -> Graph[..., list[int]]:
    """Return a DAG as a graph, not drawn yet; its result is a list of what the DAG's outputs give."""
    plan, outputs = dag.parents, dag.outputs

    async def shape(seed: int) -> list[int]:
        refs: list[Any] = []
        for parents in plan:
            if parents:
                refs.append(await nodes[len(parents)](*[refs[p] for p in parents]))
            else:
                refs.append(await nodes[0](seed))
        return [refs[k] for k in outputs]

    return graph(shape)
