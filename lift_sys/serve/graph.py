"""`lift-sys graph`: a graph as a picture or as data."""

from __future__ import annotations

from typing import Any, Literal

from lift_sys.define import Graph, Hole
from lift_sys.serve.console import COMPLETE, write, write_json
from lift_sys.serve.target import graph_of

__all__ = ["graph"]


def graph(target: str, *, format: Literal["mermaid", "json"] = "mermaid", json: bool = False) -> int:  # noqa: A002 - the option's name
    """Show a graph: as Mermaid text, or as JSON with steps, edges and how many constraints there are.

    Parameters
    ----------
    target
        The graph: `pkg.mod:graph` or `file.py:graph`.
    format
        `mermaid` (paste it into Markdown) or `json`.
    json
        The same as `--format json`.
    """
    drawn = graph_of(target)
    if json or format == "json":
        write_json(_as_json(drawn))
    else:
        write(drawn.to_mermaid())
        said = drawn.constraint_summary()
        if said:
            write(f"%% constraints: {said}")
    return COMPLETE


def _as_json(drawn: Graph[..., Any]) -> dict[str, Any]:
    """Return steps by path, edges between them, and what the graph takes."""
    exported = drawn.to_networkx()
    steps = [{"path": path, "node": node.name, "hole": isinstance(node, Hole)} for path, node in drawn.nodes.items()]
    inputs = [{"name": p.name, "required": p.required} for p in drawn.shape.parameters]
    edges = [list(edge[:2]) for edge in exported.edges]
    counted = drawn.constraint_summary().as_json()
    return {"graph": drawn.name, "inputs": inputs, "steps": steps, "edges": edges, "constraints": counted}
