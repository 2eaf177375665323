"""What is said of nodes in constraints: each is prose, or can be read, or is a fault."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Iterable, Iterator
from typing import Any

from lift_sys.define import Constraint, Node, file_place, port_names
from lift_sys.errors import DefinitionError, Diagnostic

__all__ = ["constraint_faults"]

_MOST_LINES = 400
"""How far below its first line a docstring's line is looked for."""


def constraint_faults(nodes: Iterable[Node[..., Any]]) -> Iterator[Diagnostic]:
    """Yield the constraints of nodes that are plainly meant to be computed and cannot be."""
    for node in dict.fromkeys(nodes):
        for constraint in node.own_constraints:
            try:
                constraint.predicate_for(node.shape)
            except DefinitionError as error:
                for said in error.diagnostics:
                    yield Diagnostic(said.code, _place(constraint, node), said.message, said.help)
            yield from _of_check(constraint, node)


def _of_check(constraint: Constraint, node: Node[..., Any]) -> Iterator[Diagnostic]:
    known = port_names(node.shape)
    for name in constraint.taken(node.shape):
        if name not in known:
            yield Diagnostic(
                "LS501",
                _place(constraint, node),
                f"the check of `{constraint.text}` takes `{name}`, and {node.name} has no port of that name",
                f"the ports: {', '.join(known)}; a check is given those that it names: `check=lambda result: ...`",
            )


def _place(constraint: Constraint, node: Node[..., Any]) -> str:
    """Return where a constraint is written: its own line, the docstring's, or else that of its node."""
    if constraint.place:
        return f"{constraint.place} {node.name}"
    code = getattr(inspect.unwrap(node.fn), "__code__", None)
    if code is None:
        return node.place
    words = f"{constraint.strength} {constraint.text}"[:40]
    first = code.co_firstlineno
    for line in range(first, first + _MOST_LINES):
        said = " ".join(linecache.getline(code.co_filename, line).split())
        if words.split(" ", 1)[0] in said and said and _same_start(said, words):
            return f"{file_place(code.co_filename, line, node.__module__)} {node.name}"
    return node.place


def _same_start(said: str, words: str) -> bool:
    """Whether a line says these words, as far as the line goes: a sentence may go on below it."""
    at = said.find(words.split(" ", 1)[0])
    tail = said[at:]
    return tail.startswith(words) or (len(tail) > len("SHOULD ") and words.startswith(tail))
