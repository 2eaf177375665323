"""What a name, a field or an item in a constraint leads to: a leaf of a port, as far as declared types say."""

from __future__ import annotations

import ast
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from lift_sys.define.predicate import Leaf
from lift_sys.define.projection import MISSING, field_names, fixed_length, projected, unwrapped
from lift_sys.define.shape import Shape

__all__ = ["RESULT", "Prose", "Unknown", "leaf_of", "leaf_type", "port_names"]

RESULT = "result"
"""The port of what a node gives."""
_UNIONS = (typing.Union, types.UnionType)


class Prose(Exception):
    """A text says something that the constraint language has no words for."""


class Unknown:
    """A name that no port, or a field that no type has: what is `said`, how it is `written`, and what is `known`."""

    __slots__ = ("known", "owner", "said", "written")

    def __init__(self, said: str, known: Sequence[str], written: str, owner: str = "") -> None:
        self.said, self.known, self.written, self.owner = said, known, written, owner


def port_names(shape: Shape) -> list[str]:
    """Return the names that a constraint may use: the parameters and `result`."""
    return list(dict.fromkeys([*(p.name for p in shape.parameters), RESULT]))


def leaf_type(shape: Shape, leaf: Leaf) -> Any:
    """Return the declared type of a leaf: Any where nobody says."""
    declared = _port_type(shape, leaf.port)
    for key in leaf.path:
        declared = _step(declared, key)[0]
    return Any if declared is MISSING else declared


def leaf_of(said: ast.expr, shape: Shape | None, unknown: list[Unknown]) -> Leaf:
    """Return the leaf that an expression names; Prose where it names none.

    A name or field that does not exist is put in `unknown`, and its leaf stands for what was meant. Without a shape
    every name may be a port.
    """
    trail: list[str | int] = []
    while not isinstance(said, ast.Name):
        if isinstance(said, ast.Attribute):
            trail.append(said.attr)
        elif isinstance(said, ast.Subscript):
            trail.append(_index(said.slice))
        else:
            raise Prose
        said = said.value
    port = said.id
    if any(isinstance(key, str) and key.startswith("_") for key in trail):
        raise Prose
    if shape is None:
        return Leaf(port, tuple(reversed(trail)))
    names = port_names(shape)
    if port not in names:
        unknown.append(Unknown(port, names, port))
        return Leaf(port, tuple(reversed(trail)))
    return _followed(port, _port_type(shape, port), trail[::-1], unknown)


def _followed(port: str, declared: Any, trail: list[str | int], unknown: list[Unknown]) -> Leaf:
    leaf = Leaf(port)
    for key in trail:
        inner, named = _step(declared, key)
        if inner is MISSING:
            known = field_names(unwrapped(declared)) if isinstance(key, str) else []
            said = key if isinstance(key, str) else f"[{key}]"
            unknown.append(Unknown(said, known, str(Leaf(port, (*leaf.path, key))), str(leaf)))
            inner = Any
        leaf, declared = Leaf(port, (*leaf.path, named)), inner
    return leaf


def _port_type(shape: Shape, port: str) -> Any:
    if port == RESULT:
        return shape.result
    parameter = shape.named(port)
    return Any if parameter is None or parameter.variadic else parameter.type


def _index(said: ast.expr) -> str | int:
    """Return a constant index: a number, or the name of a field of a TypedDict."""
    sign = 1
    if isinstance(said, ast.UnaryOp) and isinstance(said.op, ast.USub):
        sign, said = -1, said.operand
    if isinstance(said, ast.Constant) and type(said.value) is int:
        return sign * said.value
    if isinstance(said, ast.Constant) and type(said.value) is str and sign == 1:
        return _Item(said.value)
    raise Prose


class _Item(str):
    """A key in brackets, which is a field of a TypedDict and of nothing else."""

    __slots__ = ()


def _step(declared: Any, key: str | int) -> tuple[Any, str | int]:
    """Return the type of a field or item, or MISSING, and the key as a leaf's path has it."""
    declared = unwrapped(declared)
    if get_origin(declared) in _UNIONS:
        found = [_step(arm, key) for arm in get_args(declared) if arm is not type(None)]
        there = [named for inner, named in found if inner is not MISSING]
        return (Any, there[0]) if there else (MISSING, key)
    kind = get_origin(declared) or declared
    if isinstance(key, int):
        return _item(declared, kind, key)
    if typing.is_typeddict(kind):
        return projected(declared, "item", str(key)), str(key)
    if isinstance(key, _Item) or _is_method(kind, key):
        raise Prose
    return projected(declared, "field", key), key


def _is_method(kind: Any, name: str) -> bool:
    """Whether a class has something to call under a name: a method is no value that a port carries."""
    if kind is Any or not isinstance(kind, type) or name in field_names(kind):
        return False
    member = inspect.getattr_static(kind, name, None)
    return callable(member) or isinstance(member, classmethod | staticmethod)


def _item(declared: Any, kind: Any, key: int) -> tuple[Any, str | int]:
    if not isinstance(kind, type) or kind in (Any, object):
        return Any, key
    if issubclass(kind, Mapping | str | bytes) or not issubclass(kind, Sequence):
        raise Prose
    size = fixed_length(declared)
    inner = projected(declared, "item", key)
    if size is None or inner is MISSING:
        return inner, key
    key %= size
    names = getattr(kind, "_fields", None)
    return (projected(declared, "field", names[key]), names[key]) if names else (inner, key)
