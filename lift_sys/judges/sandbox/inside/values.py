"""How plain values cross the wall: builtin types as JSON, what JSON lacks as tagged objects.

Both sides use this file, but only the judge's side matters for safety: what comes back is decoded by `decode`, which
builds nothing except builtin values and refuses everything it does not know. There is no pickle, marshal, repr or eval.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from math import isfinite
from typing import Any

__all__ = ["DEPTH", "TAGS", "NotPlain", "decode", "dumps", "encode", "loads"]

DEPTH = 100
"""How deep values may be nested; far below where the decoder of either side would run out of stack."""

_SAFE = 2**53
# Integers of one dict or set may not share a hash: a thousand of them already cost the judge a million comparisons.
_COLLIDING = 64


class NotPlain(ValueError):
    """A value, or a message, that may not cross the wall."""


def _refuse_constant(name: str) -> Any:
    raise NotPlain(f"{name} is not JSON")


dumps: Callable[[Any], str] = json.JSONEncoder(allow_nan=False, check_circular=False, separators=(",", ":")).encode
_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def loads(data: bytes) -> Any:
    """Return the JSON value that `data` holds, or raise NotPlain whatever is wrong with it."""
    try:
        return _decoder.decode(data.decode())
    except (ValueError, RecursionError) as error:
        raise NotPlain(f"not a JSON message: {error}") from None


def encode(value: Any, depth: int = DEPTH) -> Any:
    """Return what JSON can carry of a plain value: builtin types, and what inherits from them as the type itself."""
    kind = type(value)
    if kind is str or kind is bool or value is None:
        return value
    if kind is int:
        return value if -_SAFE <= value <= _SAFE else {"!int": hex(value)}
    if kind is float:
        return value if isfinite(value) else {"!float": repr(value)}
    if depth <= 0:
        raise NotPlain(f"nested deeper than {DEPTH}")
    if kind is list:
        return [encode(item, depth - 1) for item in value]
    for base in kind.__mro__:
        if base in _ENCODERS:
            return _ENCODERS[base](value, depth - 1)
    raise NotPlain(f"a {getattr(kind, '__name__', 'value')!s:.80} is not a plain value")


def _encode_dict(value: Any, depth: int) -> Any:
    items = list(dict.items(value))
    # A key that starts with "!" would read as a tag, so such a dict goes as pairs.
    if all(type(key) is str and key[:1] != "!" for key, _ in items):
        return {key: encode(item, depth) for key, item in items}
    return {"!dict": [[encode(key, depth), encode(item, depth)] for key, item in items]}


# What inherits from a builtin type (a named tuple, a Counter, an IntEnum) goes as that type, read by the type's own
# methods: what the subclass says of itself, in __eq__ or __iter__, is never asked.
_ENCODERS: dict[type, Callable[[Any, int], Any]] = {
    str: lambda value, depth: str.__str__(value),
    int: lambda value, depth: encode(int.__int__(value)),
    float: lambda value, depth: encode(float.__float__(value)),
    list: lambda value, depth: [encode(item, depth) for item in list.__iter__(value)],
    tuple: lambda value, depth: {"!tuple": [encode(item, depth) for item in tuple.__iter__(value)]},
    dict: _encode_dict,
    set: lambda value, depth: {"!set": [encode(item, depth) for item in set.__iter__(value)]},
    frozenset: lambda value, depth: {"!frozenset": [encode(item, depth) for item in frozenset.__iter__(value)]},
    bytes: lambda value, depth: {"!bytes": bytes.hex(value)},
    bytearray: lambda value, depth: {"!bytearray": bytearray.hex(value)},
    complex: lambda value, depth: {"!complex": [encode(value.real), encode(value.imag)]},
}


def decode(raw: Any, depth: int = DEPTH) -> Any:
    """Return the plain value behind decoded JSON, or raise NotPlain."""
    kind = type(raw)
    if kind is not list and kind is not dict:
        return raw
    if depth <= 0:
        raise NotPlain(f"nested deeper than {DEPTH}")
    if kind is list:
        return [decode(item, depth - 1) for item in raw]
    if len(raw) == 1:
        (tag,) = raw
        if tag[:1] == "!":
            return _decode_tagged(tag, raw[tag], depth - 1)
    return {_plain_key(key): decode(item, depth - 1) for key, item in raw.items()}


def _plain_key(key: str) -> str:
    if key[:1] == "!":
        raise NotPlain(f"unknown tag {key[:20]!r}")
    return key


def _decode_tagged(tag: str, raw: Any, depth: int) -> Any:
    make = _MAKERS.get(tag)
    if make is None:
        raise NotPlain(f"unknown tag {tag[:20]!r}")
    try:
        return make(raw, depth)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NotPlain(f"a malformed {tag}: {str(error)[:80]}") from None


def _make_int(raw: Any, depth: int) -> int:
    # Hexadecimal both ways: converting decimal digits takes quadratic time, and 3.11 refuses more than 4300 of them.
    if type(raw) is not str or "_" in raw or not raw.lstrip("-").startswith("0x"):
        raise NotPlain("an integer that is not hexadecimal")
    return int(raw, 16)


def _make_float(raw: Any, depth: int) -> float:
    if raw not in ("nan", "inf", "-inf"):
        raise NotPlain("a tagged float that is finite")
    return float(raw)


def _items(raw: Any, depth: int) -> list[Any]:
    if type(raw) is not list:
        raise NotPlain("a collection that is not a list")
    return [decode(item, depth) for item in raw]


def _distinct(keys: list[Any]) -> list[Any]:
    """Refuse keys chosen to collide: hashes of integers are predictable, so a set of them can be made quadratic."""
    if len(keys) > _COLLIDING:
        hashes = sorted(map(hash, keys))
        same = sum(left == right for left, right in pairwise(hashes))
        if same > _COLLIDING:
            raise NotPlain("too many keys with one hash")
    return keys


def _make_dict(raw: Any, depth: int) -> dict[Any, Any]:
    pairs = _items(raw, depth)
    if not all(type(pair) is list and len(pair) == 2 for pair in pairs):
        raise NotPlain("a dict that is not made of pairs")
    _distinct([key for key, _ in pairs])
    return dict(pairs)


def _make_complex(raw: Any, depth: int) -> complex:
    real, imag = _items(raw, depth)
    if type(real) is not float or type(imag) is not float:
        raise NotPlain("a complex number that is not two floats")
    return complex(real, imag)


_MAKERS: dict[str, Callable[[Any, int], Any]] = {
    "!int": _make_int,
    "!float": _make_float,
    "!tuple": lambda raw, depth: tuple(_items(raw, depth)),
    "!dict": _make_dict,
    "!set": lambda raw, depth: set(_distinct(_items(raw, depth))),
    "!frozenset": lambda raw, depth: frozenset(_distinct(_items(raw, depth))),
    "!bytes": lambda raw, depth: bytes.fromhex(raw),
    "!bytearray": lambda raw, depth: bytearray.fromhex(raw),
    "!complex": _make_complex,
}

TAGS = frozenset(_MAKERS)
"""The tags there are: an object with one of them as its only member stands for a value that JSON has no word for."""
