"""A module of one small function per inferred edge, for a type checker to judge; only text is made here."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, get_args

from lift_sys.define import Graph, InferredEdge, Node, signature_text, type_name
from lift_sys.errors import Diagnostic

__all__ = ["Witness", "witness_of"]

_HEAD = '''"""Inferred edges; made to be judged, never to be imported."""
from typing import Any, TypeVar
from lift_sys.define import Node
{imports}
R = TypeVar("R")
anything: Any = None
def given(node: Node[..., R]) -> R:
    raise NotImplementedError
'''
_EDGE = "async def edge_{number}() -> None:\n    {call}\n"
_TYPES = re.compile(r'incompatible type "(?P<have>.+?)"; expected "(?P<want>.+?)"')


@dataclass(frozen=True)
class Witness:
    """The text, the edge that each line stands for, and where its modules are imported from.

    `unseen` are the edges between nodes that no module holds under a name: what is made in a function cannot be
    imported, so it is judged by its annotations alone.
    """

    text: str
    edges: Mapping[int, tuple[Graph[..., Any], InferredEdge]]
    roots: Sequence[str]
    unseen: Sequence[InferredEdge]

    def diagnostic(self, line: int, said: str) -> Diagnostic:
        """Return what a type checker says of a line of the text, in terms of the user's nodes."""
        if line not in self.edges:
            return Diagnostic("LS204", "inferred edges", f"they cannot be judged: {said}", "correct the module first")
        graph, edge = self.edges[line]
        types = _TYPES.search(said)
        have = types["have"] if types else type_name(edge.supplier.shape.result)
        want = types["want"] if types else type_name(edge.parameter.type)
        taker, name = edge.consumer, edge.parameter.name
        result = edge.supplier.shape.result
        retyped = signature_text(taker, types={name: result})
        takes = "" if _is_generic(result) else f"take what it gives: `{retyped}`; or "
        reason = "" if types else f" (mypy: {said})"
        return Diagnostic(
            "LS204",
            f"{taker.place.partition(' ')[0]} {graph.name}/{taker.name}",
            f"`{name}: {want}` of {taker.name} is supplied by {edge.supplier.name}, which gives {have}{reason}",
            f"{takes}put a node between them that gives {want}",
        )


def witness_of(graph: Graph[..., Any]) -> Witness:
    """Return the witness of all edges that were inferred for a graph and the graphs within it.

    Raises DefinitionError where the graph cannot be drawn.
    """
    names = _Names()
    functions: list[str] = []
    edges: list[tuple[Graph[..., Any], InferredEdge]] = []
    unseen: list[InferredEdge] = []
    for inner in dict.fromkeys((graph, *graph.nodes_within())):
        inferred = inner.inferred
        for edge in inferred.edges if inferred is not None else ():
            module = inferred.listing.module if inferred is not None else ""
            supplied = (
                {(e.consumer, e.parameter.name): e.supplier for e in inferred.edges} if inferred is not None else {}
            )
            taker, value = names.of(edge.consumer, module), _value(edge.supplier, supplied, names, module)
            if taker is None or value is None:
                unseen.append(edge)
                continue
            # what is called is given a name: its type is not inferred from where it goes
            named, value = (f"value = {value}; ", "value") if value.startswith("await ") else ("", value)
            call = f"{named}await {taker}({', '.join(_arguments(edge.consumer, {edge.parameter.name: value}))})"
            functions.append(_EDGE.format(number=len(edges), call=call))
            edges.append((inner, edge))
    head = _HEAD.format(imports="".join(names.imports()))
    first = head.count("\n") + 2
    return Witness(
        head + "".join(functions), {first + 2 * k: edge for k, edge in enumerate(edges)}, names.roots(), unseen
    )


def _value(
    node: Node[..., Any], supplied: Mapping[tuple[Node[..., Any], str], Node[..., Any]], names: _Names, module: str
) -> str | None:
    """Return an expression of what a node gives; where that depends on what it takes, its call. None without a name."""
    name = names.of(node, module)
    if name is None or not _is_generic(node.shape.result):
        return name and f"given({name})"
    suppliers = {p.name: supplied[node, p.name] for p in node.shape.parameters if (node, p.name) in supplied}
    values = {taken: _value(supplier, supplied, names, module) for taken, supplier in suppliers.items()}
    return f"await {name}({', '.join(_arguments(node, values))})"


def _is_generic(declared: Any) -> bool:
    return isinstance(declared, TypeVar) or any(map(_is_generic, get_args(declared)))


def _arguments(taker: Node[..., Any], values: Mapping[str, str | None]) -> Iterator[str]:
    """Yield the arguments of a call in which only some are of interest."""
    for p in taker.shape.parameters:
        if not p.variadic:
            value = values.get(p.name) or "anything"
            yield f"{p.name}={value}" if p.keyword_only else value


class _Names:
    """How the witness calls nodes: by the module that holds them, and the name they have there."""

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}
        self._held: dict[str, dict[int, str]] = {}

    def of(self, node: Node[..., Any], module: str) -> str | None:
        """Return the expression for a node; None where no module holds it under a name."""
        for where in dict.fromkeys((node.__module__, module)):
            name = self._names_in(where).get(id(node))
            if name is not None:
                alias = self._modules.setdefault(where, f"m{len(self._modules)}")
                return f"{alias}.{name}"
        return None

    def _names_in(self, module: str) -> dict[int, str]:
        if module not in self._held:
            found = sys.modules.get(module)
            importable = module != "__main__" and all(part.isidentifier() for part in module.split("."))
            space = vars(found) if found is not None and importable and getattr(found, "__file__", None) else {}
            self._held[module] = {id(value): name for name, value in space.items() if isinstance(value, Node)}
        return self._held[module]

    def imports(self) -> Iterator[str]:
        """Yield the import of each module that was named."""
        for module, alias in self._modules.items():
            yield f"import {module} as {alias}\n"

    def roots(self) -> Sequence[str]:
        """Return the folders from which the modules are imported."""
        found: dict[str, None] = {}
        for module in self._modules:
            parts = str(sys.modules[module].__file__).replace("\\", "/").split("/")
            depth = len(module.split(".")) + (parts[-1] == "__init__.py")
            found["/".join(parts[:-depth]) or "/"] = None
        return list(found)
