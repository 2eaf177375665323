"""What a computation gives, as far as its source tells: the result of the node that is offered in its place."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from types import GenericAlias
from typing import Any, get_origin

from lift_sys.check.rules.references import Tracked
from lift_sys.define import projected_type

__all__ = ["COMPUTING", "result_of"]

_OF_TREE: Mapping[type[ast.AST], Any] = {ast.JoinedStr: str, ast.FormattedValue: str, ast.Compare: bool}
_OF_BUILTIN: Mapping[str, type] = {
    **dict.fromkeys(("len", "int", "sum"), int),
    **dict.fromkeys(("str", "repr", "format"), str),
    **dict.fromkeys(("bool", "all", "any", "isinstance", "issubclass", "hasattr", "callable"), bool),
    "float": float,
}
_OF_ITEMS: Mapping[str, type] = {"list": list, "set": set, "sorted": list, "tuple": tuple}
"""Builtins that make a container of the items of another one."""
_TEXT_OF_TEXT = frozenset(
    {"capitalize", "casefold", "format", "join", "lower", "lstrip", "replace", "rstrip", "strip", "title", "upper"}
)
"""Methods of a text that give a text."""
COMPUTING = frozenset({*_OF_BUILTIN, *_OF_ITEMS})
"""Builtins that compute something of their arguments, and move into a node with them."""


def result_of(whole: ast.expr, types: Sequence[Any], known: Tracked) -> Any:
    """Return the type of what an expression gives; `types` are those of the values in it; object where nobody knows."""
    if isinstance(whole, ast.UnaryOp) and isinstance(whole.op, ast.Not):
        return bool
    if isinstance(whole, ast.Call):
        return _of_call(whole, known)
    if isinstance(whole, ast.Set):
        return GenericAlias(set, (_common(whole.elts, known),))
    if isinstance(whole, ast.Dict):
        keys = [key for key in whole.keys if key is not None]
        return GenericAlias(dict, (_common(keys, known), _common(whole.values, known)))
    if type(whole) in _OF_TREE:
        return _OF_TREE[type(whole)]
    if isinstance(whole, ast.BinOp) and isinstance(whole.op, ast.Div):
        return float
    constants = [type(part.value) for part in ast.walk(whole) if isinstance(part, ast.Constant)]
    kinds = {kind for kind in (*types, *constants) if kind is not Any}
    return kinds.pop() if len(kinds) == 1 and Any not in types else float if kinds == {int, float} else object


def _of_call(call: ast.Call, known: Tracked) -> Any:
    if isinstance(call.func, ast.Attribute):
        owner = known.type_of(call.func.value)
        return str if owner is str and call.func.attr in _TEXT_OF_TEXT else object
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in _OF_ITEMS or not call.args:
        return _OF_BUILTIN.get(name, object)
    inner = call.args[0]
    given = _of_call(inner, known) if isinstance(inner, ast.Call) else known.type_of(inner)
    found = projected_type(given, "item", 0) if get_origin(given) is list else object
    return GenericAlias(_OF_ITEMS[name], (found, ...) if name == "tuple" else (found,))


def _common(parts: Sequence[ast.expr], known: Tracked) -> Any:
    """Return the type that all parts have, object where they differ."""
    kinds = [known.type_of(part) for part in parts]
    return kinds[0] if kinds and kinds[0] is not Any and all(kind == kinds[0] for kind in kinds) else object
