"""Type variables bound at one step: what `first(items: list[T]) -> T` gives where it is called with a `list[int]`."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar, get_args, get_origin

__all__ = ["bound"]

_UNIONS = (typing.Union, types.UnionType)


def bound(result: Any, given: Iterable[tuple[Any, Any]]) -> Any:
    """Return a result's type with its variables bound by pairs of a parameter's type and its argument's.

    A variable that is bound to two types, or to none, is Any.
    """
    if not _is_open(result):
        return result
    binding: dict[TypeVar, Any] = {}
    for declared, have in given:
        _match(declared, have, binding)
    return _put(result, binding)


def _is_open(declared: Any) -> bool:
    return isinstance(declared, TypeVar) or any(_is_open(part) for part in get_args(declared))


def _match(declared: Any, have: Any, binding: dict[TypeVar, Any]) -> None:
    if get_origin(declared) is Annotated:
        declared = get_args(declared)[0]
    if isinstance(declared, TypeVar):
        known = binding.setdefault(declared, have)
        if known != have:
            binding[declared] = Any
        return
    if get_origin(have) is Annotated:
        have = get_args(have)[0]
    if get_origin(declared) in _UNIONS:
        _match_union(declared, have, binding)
        return
    parts, others = get_args(declared), get_args(have)
    if get_origin(declared) is get_origin(have) and len(parts) == len(others):
        for part, other in zip(parts, others, strict=True):
            _match(part, other, binding)


def _match_union(declared: Any, have: Any, binding: dict[TypeVar, Any]) -> None:
    """Bind the variable of `T | None` to what is left of a type beside the other members."""
    open_parts = [part for part in get_args(declared) if _is_open(part)]
    closed = [part for part in get_args(declared) if not _is_open(part)]
    members = get_args(have) if get_origin(have) in _UNIONS else (have,)
    left = tuple(member for member in members if member not in closed)
    if len(open_parts) == 1 and left:
        _match(open_parts[0], typing.Union[left], binding)  # noqa: UP007 - the members are known at run time


def _put(declared: Any, binding: dict[TypeVar, Any]) -> Any:
    """Return a type with variables replaced; Any where it cannot be built again."""
    if isinstance(declared, TypeVar):
        return binding.get(declared, Any)
    if not _is_open(declared):
        return declared
    parts = tuple(_put(part, binding) for part in get_args(declared))
    if get_origin(declared) in _UNIONS:
        return typing.Union[parts]  # noqa: UP007 - the members are known at run time
    try:
        return get_origin(declared)[parts]
    except TypeError:
        return Any
