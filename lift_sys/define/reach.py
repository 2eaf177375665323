"""Which nodes a graph may call: those that were drawn, and those that the bodies of these name.

Calls in bodies are made at run time. What a body's source names, or closes over, is what can be known before.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from types import CodeType, ModuleType
from typing import Any

from lift_sys.define.graph import Graph
from lift_sys.define.node_interface import Node

__all__ = ["named_nodes", "reachable"]


def reachable(body: Any) -> set[Node[..., Any]]:
    """Return the nodes that a body, its fills and their bodies name, at any depth; twins count as their originals."""
    found: set[Node[..., Any]] = set()
    todo: list[Any] = [body, *(fill.by for fill in getattr(body, "fills", ()))]
    while todo:
        body = todo.pop()
        if isinstance(body, Node):
            if body._replaces in found:
                continue
            found.add(body._replaces)
        if isinstance(body, Graph):
            todo += [*body.called(), *(fill.by for fill in body.fills)]
        else:
            todo += named_nodes(getattr(body, "fn", body))
    return found


def named_nodes(fn: Any) -> Iterator[Node[..., Any]]:
    """Yield the nodes that a function's source names, itself or through modules, or that it closes over."""
    inner = inspect.unwrap(fn) if callable(fn) else fn
    code = getattr(inner, "__code__", None)
    if code is None:
        return
    names = set(_names(code))
    around = getattr(inner, "__globals__", {})
    held = [around[name] for name in names if name in around]
    for cell in inner.__closure__ or ():
        try:
            held.append(cell.cell_contents)
        except ValueError:  # a name that is not bound yet
            continue
    for value in held:
        if isinstance(value, Node):
            yield value
        elif isinstance(value, ModuleType):
            members = [vars(value).get(name) for name in names]
            yield from (member for member in members if isinstance(member, Node))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for const in code.co_consts:
        if isinstance(const, CodeType):
            yield from _names(const)
