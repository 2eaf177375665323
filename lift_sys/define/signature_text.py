"""A node's signature as text that can be pasted: `async def draft(plan: Plan, tone: str = 'plain') -> str`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from lift_sys.define.node_interface import Node
from lift_sys.define.reference import type_name
from lift_sys.define.shape import NO_DEFAULT, Parameter

__all__ = ["signature_text"]

_NOTHING: Mapping[str, Any] = {}
_STARS: Mapping[Any, str] = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def signature_text(
    node: Node[..., Any],
    names: Mapping[str, str] = _NOTHING,
    *,
    types: Mapping[str, Any] = _NOTHING,
    without: str = "",
    result: Any = NO_DEFAULT,
    name: str = "",
) -> str:
    """Return the first line of a node's function, with some parameters renamed, retyped or left out."""
    shape = node.shape
    parts = ["ctx: RunContext[Any]"] if node.takes_context else []
    starred = False
    for p in shape.parameters:
        if p.name == without:
            continue
        kind = shape.signature.parameters[p.name].kind
        if p.keyword_only and not starred:
            parts.append("*")
        starred = starred or p.keyword_only or kind is inspect.Parameter.VAR_POSITIONAL
        parts.append(_STARS.get(kind, "") + _parameter(p, names.get(p.name, p.name), types.get(p.name, p.type)))
    word = "async def" if node.threading == "async" else "def"
    own = name or node.__qualname__.rpartition(".")[2]
    given = shape.result if result is NO_DEFAULT else result
    arrow = "" if given is Any else f" -> {type_name(given)}"
    return f"{word} {own}({', '.join(parts)}){arrow}"


def _parameter(p: Parameter, name: str, declared: Any) -> str:
    text = name if declared is Any else f"{name}: {type_name(declared)}"
    if p.default is NO_DEFAULT:
        return text
    return f"{text} = {p.default!r}" if declared is not Any else f"{text}={p.default!r}"
