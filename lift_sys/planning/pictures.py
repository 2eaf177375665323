"""A plan as a picture: Mermaid or DOT, arrows from the hole that gives to the one that depends on it."""

from __future__ import annotations

from typing import Any

__all__ = ["PICTURES"]

_COLOURS = {"open": "#fff3c4", "resolved": "#c8e6c9", "deferred": "#e0e0e0"}


def to_mermaid(graph: dict[str, Any]) -> str:
    """Return a Mermaid flowchart; ids and names stand in it as they are."""
    lines = ["flowchart LR"]
    lines += [f'  {node["id"]}["{node["id"]} {_mermaid(node["name"])}"]:::{node["status"]}' for node in graph["nodes"]]
    lines += [f"  {edge['from']} --> {edge['to']}" for edge in graph["edges"]]
    lines += [f"  classDef {status} fill:{colour},color:#000" for status, colour in _COLOURS.items()]
    return "\n".join(lines) + "\n"


def _mermaid(name: str) -> str:
    return " ".join(name.replace("#", "#35;").replace('"', "#quot;").split())


def to_dot(graph: dict[str, Any]) -> str:
    """Return a DOT digraph; ids and names stand in it as they are."""
    lines = ["digraph holes {", "  rankdir=LR;", "  node [shape=box, style=filled];"]
    for node in graph["nodes"]:
        label = f"{node['id']} {' '.join(node['name'].split())}".replace("\\", "\\\\").replace('"', '\\"')
        lines.append(f'  {node["id"]} [label="{label}", fillcolor="{_COLOURS[node["status"]]}"];')
    lines += [f"  {edge['from']} -> {edge['to']};" for edge in graph["edges"]]
    return "\n".join([*lines, "}"]) + "\n"


PICTURES = {"mermaid": to_mermaid, "dot": to_dot}
