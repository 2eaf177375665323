"""The type of a field or item of a value, as far as its declared type says."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args, get_origin

__all__ = ["MISSING", "field_names", "fixed_length", "is_typed_dict", "leaf_step", "projected", "unwrapped"]

MISSING: Any = object()
"""Said of a field that the type certainly does not have."""


def unwrapped(declared: Any) -> Any:
    """Return the type without Annotated, NewType and the None of an Optional."""
    while True:
        if get_origin(declared) is Annotated:
            declared = get_args(declared)[0]
        elif hasattr(declared, "__supertype__"):
            declared = declared.__supertype__
        elif get_origin(declared) in (typing.Union, types.UnionType):
            some = [a for a in get_args(declared) if a is not type(None)]
            if len(some) != 1:
                return declared
            declared = some[0]
        else:
            return declared


def field_names(declared: Any) -> list[str]:
    """Return the fields that a type declares: pydantic models, dataclasses, named tuples, annotated classes."""
    kind = get_origin(declared) or declared
    if not isinstance(kind, type):
        return []
    names = list(getattr(kind, "model_fields", ()) or getattr(kind, "_fields", ()))
    if dataclasses.is_dataclass(kind):
        names += [f.name for f in dataclasses.fields(kind)]
    for base in reversed(kind.__mro__):
        names += [n for n in inspect.get_annotations(base) if not n.startswith("_")]
    return list(dict.fromkeys(names))


def fixed_length(declared: Any) -> int | None:
    """Return how many items a tuple type has, None where that is not fixed."""
    declared = unwrapped(declared)
    if get_origin(declared) is tuple:
        args = get_args(declared)
        return None if len(args) == 2 and args[1] is Ellipsis else 0 if args == ((),) else len(args)
    names = getattr(declared, "_fields", None)
    return len(names) if isinstance(names, tuple) and isinstance(declared, type) else None


def is_typed_dict(declared: Any) -> bool:
    """Whether a type is a TypedDict, or None besides: its fields are items."""
    declared = unwrapped(declared)
    return typing.is_typeddict(get_origin(declared) or declared)


def leaf_step(declared: Any, how: str, key: Any) -> str | int | None:
    """Return a field or item as the path of a leaf has it, None where no path leads there.

    A field of a named tuple is there by its name, an item of another tuple by its place from the front, whichever way
    it was written; a value of a dict is no leaf.
    """
    if type(key) is not int:
        return key if isinstance(key, str) and (how == "field" or is_typed_dict(declared)) else None
    size = fixed_length(declared)
    if size is None:
        return key if key >= 0 else None
    if not -size <= key < size:
        return None
    names = getattr(unwrapped(declared), "_fields", None)
    found: str | int = names[key] if names else key % size
    return found


def projected(declared: Any, how: str, key: Any) -> Any:
    """Return the type of `value.key` (how = "field") or `value[key]` (how = "item"): Any if unknown, or MISSING."""
    declared = unwrapped(declared)
    if declared is Any or declared is object or isinstance(declared, typing.TypeVar):
        return Any
    if get_origin(declared) in (typing.Union, types.UnionType):
        found = [projected(arm, how, key) for arm in get_args(declared)]
        return MISSING if MISSING in found else Any
    return _field(declared, key) if how == "field" else _item(declared, key)


def _field(declared: Any, name: str) -> Any:
    kind = get_origin(declared) or declared
    if not isinstance(kind, type):
        return Any
    if typing.is_typeddict(kind):
        return MISSING if not hasattr(dict, name) else Any
    hints = _hints(declared if isinstance(declared, type) else kind)
    if name in hints:
        return Any if get_args(declared) and _generic(hints[name]) else hints[name]
    member = getattr(kind, name, MISSING)
    if isinstance(member, property) and member.fget is not None:
        return member.fget.__annotations__.get("return", Any) if not _textual(member.fget) else Any
    if member is not MISSING or _answers_any_name(kind):
        return Any
    extra = getattr(kind, "model_config", {})
    return Any if isinstance(extra, Mapping) and extra.get("extra") == "allow" else MISSING


def _answers_any_name(kind: type) -> bool:
    """Whether a class finds its attributes by itself; pydantic's own way of doing that knows no other names."""
    giver = next((c for c in kind.__mro__ if "__getattr__" in vars(c)), None)
    return giver is not None and giver.__module__.partition(".")[0] != "pydantic"


def _item(declared: Any, key: Any) -> Any:
    kind = get_origin(declared) or declared
    args = get_args(declared)
    if typing.is_typeddict(kind):
        return _hints(kind).get(key, MISSING)
    if not isinstance(kind, type):
        return Any
    if kind is tuple and isinstance(key, int):
        return _tuple_item(declared, args, key)
    if issubclass(kind, Mapping):
        return args[1] if len(args) == 2 else Any
    if issubclass(kind, Sequence) and kind is not str:
        return declared if isinstance(key, slice) else args[0] if len(args) == 1 else Any
    return Any if kind is str or hasattr(kind, "__getitem__") else MISSING


def _tuple_item(declared: Any, args: tuple[Any, ...], key: int) -> Any:
    size = fixed_length(declared)
    if size is None:
        return args[0] if args else Any
    return args[key] if -size <= key < size else MISSING


def _hints(kind: type) -> dict[str, Any]:
    try:
        hints = typing.get_type_hints(kind, include_extras=True)
    except (NameError, TypeError, AttributeError):
        hints = dict.fromkeys(field_names(kind), Any)
    fields: Any = getattr(kind, "model_fields", None)
    if isinstance(fields, dict):
        # a parametrised pydantic generic keeps its substituted types only here
        hints.update({name: f.annotation for name, f in fields.items() if getattr(f, "annotation", None) is not None})
    return hints


def _generic(hint: Any) -> bool:
    return isinstance(hint, typing.TypeVar) or any(_generic(a) for a in get_args(hint))


def _textual(fn: Any) -> bool:
    return isinstance(fn.__annotations__.get("return"), str)
