"""Keys: a hash of values that does not depend on the order of execution, the process or the machine."""

from __future__ import annotations

import dataclasses
import hashlib
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any

import orjson
from pydantic import BaseModel

__all__ = ["NotHashable", "key_of", "short_key"]


class NotHashable(TypeError):
    """A value has no canonical form."""


def _canonical(value: Any) -> Any:
    """Return a value that JSON can say without two different values becoming one."""
    if value is None or (isinstance(value, bool | str) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return {"enum": [type(value).__qualname__, value.name]}
    if isinstance(value, int):
        # orjson refuses integers over 64 bits
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": value.hex() if math.isfinite(value) else repr(value)}
    if isinstance(value, bytes | bytearray):
        return {"bytes": value.hex()}
    if isinstance(value, BaseModel):
        return {"of": type(value).__qualname__, "fields": _canonical(dict(value))}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        named = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"of": type(value).__qualname__, "fields": _canonical(named)}
    return _container(value)


def _container(value: Any) -> Any:
    if isinstance(value, Mapping):
        pairs = [[_canonical(k), _canonical(v)] for k, v in value.items()]
        return {"dict": sorted(pairs, key=lambda pair: orjson.dumps(pair[0]))}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [_canonical(v) for v in value]}
    if isinstance(value, set | frozenset):
        return {"set": sorted((_canonical(v) for v in value), key=orjson.dumps)}
    if hasattr(value, "isoformat") or type(value).__module__ in {"decimal", "uuid", "pathlib", "fractions"}:
        return {"of": type(value).__qualname__, "text": str(value)}
    raise NotHashable(f"{type(value).__name__} has no canonical form: {value!r:.80}")


def key_of(*parts: Any) -> bytes:
    """Return the blake2b hash of the canonical JSON of the parts; True, 1 and 1.0 differ.

    Raises NotHashable for a value that is no builtin, dataclass, enum or pydantic model.
    """
    return hashlib.blake2b(orjson.dumps(_canonical(list(parts))), digest_size=20).digest()


def short_key(*parts: Any) -> str:
    """Return six letters that tell values apart in a path; values without a canonical form count by their type."""
    try:
        return key_of(*parts).hex()[:6]
    except NotHashable:
        return key_of([type(p).__qualname__ for p in parts]).hex()[:6]
