"""Generic classes seen as one of their bases: a `dict[str, int]` as an `Iterable[str]`."""

from __future__ import annotations

import collections
import collections.abc as abc
from types import GenericAlias
from typing import Any, Generic, Never, Protocol, TypeVar, Union, get_args, get_origin

__all__ = ["is_protocol", "seen_as", "variances"]

_BASES: dict[Any, tuple[str, tuple[tuple[Any, tuple[Any, ...]], ...]]] = {
    abc.Iterator: ("T", ((abc.Iterable, ("T",)),)),
    abc.Generator: ("TSR", ((abc.Iterator, ("T",)),)),
    abc.Reversible: ("T", ((abc.Iterable, ("T",)),)),
    abc.Collection: ("T", ((abc.Iterable, ("T",)), (abc.Container, ("T",)))),
    abc.Sequence: ("T", ((abc.Reversible, ("T",)), (abc.Collection, ("T",)))),
    abc.MutableSequence: ("T", ((abc.Sequence, ("T",)),)),
    abc.Set: ("T", ((abc.Collection, ("T",)),)),
    abc.MutableSet: ("T", ((abc.Set, ("T",)),)),
    abc.Mapping: ("KT", ((abc.Collection, ("K",)),)),
    abc.MutableMapping: ("KT", ((abc.Mapping, ("K", "T")),)),
    abc.KeysView: ("T", ((abc.Set, ("T",)),)),
    abc.ValuesView: ("T", ((abc.Collection, ("T",)),)),
    abc.AsyncIterator: ("T", ((abc.AsyncIterable, ("T",)),)),
    abc.AsyncGenerator: ("TS", ((abc.AsyncIterator, ("T",)),)),
    abc.Coroutine: ("KST", ((abc.Awaitable, ("T",)),)),
    list: ("T", ((abc.MutableSequence, ("T",)),)),
    collections.deque: ("T", ((abc.MutableSequence, ("T",)),)),
    set: ("T", ((abc.MutableSet, ("T",)),)),
    frozenset: ("T", ((abc.Set, ("T",)),)),
    dict: ("KT", ((abc.MutableMapping, ("K", "T")), (abc.Reversible, ("K",)))),
    collections.defaultdict: ("KT", ((dict, ("K", "T")),)),
    collections.OrderedDict: ("KT", ((dict, ("K", "T")),)),
    collections.ChainMap: ("KT", ((abc.MutableMapping, ("K", "T")),)),
    collections.Counter: ("T", ((dict, ("T", int)),)),
    str: ("", ((abc.Sequence, (str,)),)),
    bytes: ("", ((abc.Sequence, (int,)),)),
    bytearray: ("", ((abc.MutableSequence, (int,)),)),
    range: ("", ((abc.Sequence, (int,)),)),
}
"""What the builtin containers are, as the standard library's stubs say it: parameters, then bases in terms of them."""

_COVARIANT = frozenset(
    {
        abc.AsyncIterable, abc.AsyncIterator, abc.Awaitable, abc.Collection, abc.Container, abc.ItemsView,
        abc.Iterable, abc.Iterator, abc.KeysView, abc.Reversible, abc.Sequence, abc.Set, abc.ValuesView, frozenset,
        tuple, type,
    }
)  # fmt: skip
_VARIANCES: dict[Any, tuple[str, ...]] = {
    abc.Mapping: ("invariant", "covariant"),
    abc.Generator: ("covariant", "contravariant", "covariant"),
    abc.Coroutine: ("covariant", "contravariant", "covariant"),
    abc.AsyncGenerator: ("covariant", "contravariant"),
}


def variances(origin: Any, count: int) -> tuple[str, ...]:
    """Return how each parameter of a generic class varies; "unknown" where only its body would tell."""
    if origin in _COVARIANT:
        return ("covariant",) * count
    if origin in _VARIANCES:
        return _VARIANCES[origin]
    parameters = getattr(origin, "__parameters__", ())
    if len(parameters) != count:
        return ("invariant",) * count
    return tuple(_variance(parameter) for parameter in parameters)


def _variance(parameter: Any) -> str:
    if getattr(parameter, "__infer_variance__", False):
        return "unknown"
    if getattr(parameter, "__covariant__", False):
        return "covariant"
    return "contravariant" if getattr(parameter, "__contravariant__", False) else "invariant"


def seen_as(have: Any, origin: Any) -> tuple[Any, ...] | None:
    """Return the arguments with which a type is the generic class `origin`; None if it is not, or nobody said."""
    waiting, seen = [have], set()
    while waiting:
        current = waiting.pop(0)
        own = get_origin(current) or current
        if own is origin:
            return _arguments(current, own)
        if own not in seen:
            seen.add(own)
            waiting += _bases(current, own)
    return None


def _arguments(current: Any, own: Any) -> tuple[Any, ...]:
    """Return the arguments of a generic type; a bare one has Any for each."""
    if given := get_args(current):
        return given
    parameters = _BASES[own][0] if own in _BASES else getattr(own, "__parameters__", ())
    return tuple(Any for _ in parameters)


def _bases(current: Any, own: Any) -> list[Any]:
    """Return the bases of a type with its arguments put in."""
    if own is tuple:
        parts = get_args(current) or (Any, Ellipsis)
        parts = parts[:1] if parts[-1:] == (Ellipsis,) else parts
        return [GenericAlias(abc.Sequence, (_union_of(parts),))]
    if own in _BASES:
        letters, said = _BASES[own]
        letter_is: dict[Any, Any] = dict(zip(letters, _arguments(current, own), strict=False))
        return [GenericAlias(base, tuple(letter_is.get(part, part) for part in parts)) for base, parts in said]
    if not isinstance(own, type):
        return []
    known = dict(zip(getattr(own, "__parameters__", ()), _arguments(current, own), strict=False))
    bases = vars(own).get("__orig_bases__", own.__bases__)
    return [_put_in(base, known) for base in bases if get_origin(base) not in (Generic, Protocol)]


def _union_of(parts: tuple[Any, ...]) -> Any:
    return Union.__getitem__(parts) if parts else Never


def _put_in(base: Any, known: dict[Any, Any]) -> Any:
    """Return a base with its type variables replaced by what they are."""
    if isinstance(base, TypeVar):
        return known.get(base, base)
    parameters = getattr(base, "__parameters__", ())
    if not get_args(base) or not parameters:
        return base
    return base[tuple(known.get(parameter, parameter) for parameter in parameters)]


def is_protocol(declared: Any) -> bool:
    """Tell whether a class asks for structure instead of ancestry."""
    own = get_origin(declared) or declared
    return isinstance(own, type) and bool(getattr(own, "_is_protocol", False))
