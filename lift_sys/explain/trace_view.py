"""Pictures of a graph: Mermaid with holes drawn as holes, networkx for analysis."""

from __future__ import annotations

from collections.abc import Container, Iterator, Set
from typing import Any

from lift_sys.define import Complete, Graph, Hole, Sketch
from lift_sys.record import RunRecord
from lift_sys.resolve import UNSET, Kind, Template, template_of_graph

__all__ = ["edges_of", "to_mermaid", "to_networkx"]

_STYLES = """  classDef hole stroke-dasharray: 6 4,fill:#fff8e1,stroke:#b28704
  classDef done fill:#e8f5e9,stroke:#2e7d32
  classDef failed fill:#ffebee,stroke:#c62828
  classDef waiting fill:#eceff1,stroke:#607d8b"""


def edges_of(template: Template, name: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """Return the steps (path to node) of a template and its bodies, and the edges between them."""
    steps: dict[str, Any] = {}
    edges: list[tuple[str, str]] = []
    _collect(template, name, {}, steps, edges)
    return steps, list(dict.fromkeys(edges))


def _collect(
    template: Template,
    label: str,
    given: dict[int, Set[str]],
    steps: dict[str, Any],
    edges: list[tuple[str, str]],
    control: Set[str] = frozenset(),
) -> Set[str]:
    """Add a template's steps and edges; return the steps whose values its output is made of.

    `control` are the steps that decide whether the template is run: its steps without inputs wait for them.
    """
    made_of: dict[int, Set[str]] = dict(given)
    for local in range(template.size):
        if local in made_of:
            continue
        kind = template.kinds[local]
        sources: Set[str] = set().union(*(made_of.get(slot, set()) for slot in _slots(template, local)))
        if kind not in (Kind.INPUT, Kind.CONST, Kind.MAKE):
            sources = sources or control
        tail = template.path_at(local)
        path = f"{label}/{tail}" if tail else label
        if kind in (Kind.CALL, Kind.HOLE, Kind.GRAPH):
            steps[path] = template.node_at(local)
            edges.extend((source, path) for source in sorted(sources))
            made_of[local] = {path}
        elif kind in (Kind.EACH, Kind.BRANCH, Kind.LOOP):
            made_of[local] = _collect_bodies(template, local, label, path, sources, made_of, steps, edges)
        else:
            made_of[local] = sources
    return made_of.get(template.out, set())


def _collect_bodies(
    template: Template,
    local: int,
    label: str,
    path: str,
    sources: Set[str],
    made_of: dict[int, Set[str]],
    steps: dict[str, Any],
    edges: list[tuple[str, str]],
) -> Set[str]:
    kind, detail = template.kinds[local], template.details[local]
    inner = path + "[*]" if kind != Kind.BRANCH else f"{label}/{detail.prefix}" if detail.prefix else label
    found: set[str] = set()
    for body in detail.bodies:
        given: dict[int, Set[str]] = dict.fromkeys(body.params, sources)
        given |= {
            inside: made_of.get(outer, set()) | (sources if kind == Kind.BRANCH else set())
            for outer, inside in body.imports
        }
        found |= _collect(body, inner, given, steps, edges, sources)
    return found


def _slots(template: Template, local: int) -> Iterator[int]:
    yield from template.slots[local]
    detail = template.details.get(local)
    if detail is not None:
        yield from detail.elements or ()
        if detail.follows >= 0:
            yield detail.follows


def to_mermaid(graph: Graph[..., Any], record: RunRecord | None = None) -> str:
    """Return a Mermaid flowchart; with a record, what is done, failed and waiting.

    What a run did not need, as the arm of a branch that was not taken, has no mark.
    """
    steps, edges = edges_of(template_of_graph(graph, {}, drawn=True), graph.name)
    numbers = {path: f"s{k}" for k, path in enumerate(steps)}
    statuses = dict(_statuses(record, steps)) if record is not None else {}
    open_holes = set(graph.holes)
    lines = ["flowchart LR"]
    for path, node in steps.items():
        title = path.partition("/")[2] or path
        is_hole = isinstance(node, Hole) and node in open_holes and statuses.get(path) not in ("done", "failed")
        lines.append(f'  {numbers[path]}{{{{"{title} ?"}}}}:::hole' if is_hole else f'  {numbers[path]}["{title}"]')
    lines.extend(f"  {numbers[source]} --> {numbers[target]}" for source, target in edges)
    lines.extend(f"  class {numbers[path]} {status}" for path, status in statuses.items() if status != "hole")
    return "\n".join([*lines, _STYLES])


def _statuses(record: RunRecord, steps: dict[str, Any]) -> Iterator[tuple[str, str]]:
    state, reached = record.state, dict[str, list[int]]()
    for path, gid in record.places.items():
        reached.setdefault(_pattern(path), []).append(gid)
    complete = isinstance(record.outcome, Complete)
    graph = record.graph
    unneeded = set[str]()
    _paths(graph.sketch, graph.name, reached, unneeded)
    for path in steps:
        gids = reached.get(path, [])
        if any(gid in state.closures for gid in gids):
            yield path, "hole"
        elif any(gid in state.errors for gid in gids):
            yield path, "failed"
        elif gids and all(state.values[gid] is not UNSET for gid in gids):
            yield path, "done"
        elif gids or not (complete or path in unneeded):
            yield path, "waiting"


def _paths(sketch: Sketch, prefix: str, reached: Container[str], unneeded: set[str]) -> set[str]:
    """Return the paths of the steps in a sketch; those of arms that were not taken, beside others, are `unneeded`."""
    found = set[str]()
    for place in sketch.places:
        path = f"{prefix}/{place.path}" if place.path else prefix
        if isinstance(place.node, Graph):
            found |= _paths(place.node.sketch, path, reached, unneeded)
        elif place.node is not None:
            found.add(path)
        inside = prefix if place.kind == "branch" else f"{path}[*]"
        bodies = [_paths(body, inside, reached, unneeded) for body in place.bodies]
        taken = [any(step in reached for step in body) for body in bodies]
        if place.kind == "branch" and any(taken):
            unneeded.update(*[body for body, is_taken in zip(bodies, taken, strict=True) if not is_taken])
        found.update(*bodies)
    return found


def _pattern(path: str) -> str:
    import re

    return re.sub(r"\[\d+\]", "[*]", path)


def to_networkx(graph: Graph[..., Any]) -> Any:
    """Return a networkx.DiGraph of step paths; a node's attributes are `node` and `hole`."""
    import networkx

    steps, edges = edges_of(template_of_graph(graph, {}, drawn=True), graph.name)
    drawn: Any = networkx.DiGraph(name=graph.name)
    for path, node in steps.items():
        drawn.add_node(path, node=node, hole=isinstance(node, Hole))
    drawn.add_edges_from(edges)
    return drawn
