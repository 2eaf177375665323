"""A value as it is kept outside the process: JSON where JSON can say it, else the text of its repr."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel

from lift_sys.execute import key_of

__all__ = ["KeptValue", "kept_data", "kept_value", "printable"]

_LONGEST_REPR = 10_000
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")
_SAID_AS_TEXT = frozenset({"decimal", "uuid", "pathlib", "fractions"})
_BUILTINS = ("NoneType", "bool", "int", "float", "str", "list", "dict")


class _NotPortable(TypeError):
    """JSON cannot say a value."""


@dataclass(frozen=True, slots=True)
class KeptValue:
    """A value that outlives its process.

    `type` is its class (`int`, `shop:Plan`). `json` is the value where JSON can say it; else `repr` is its text, which
    nothing can be made of again. `key` is a hash that tells any two values apart (True, 1 and 1.0 too); it is empty
    for what has no canonical form.
    """

    type: str
    json: Any = None
    repr: str | None = None
    key: str = ""

    @property
    def identity(self) -> str:
        """What two values have in common exactly when they are equal, as far as was kept."""
        if self.key:
            return self.key
        said = json.dumps(self.json, sort_keys=True) if self.repr is None else _ADDRESS.sub("", self.repr)
        return f"{self.type} {said}"

    def __str__(self) -> str:
        if self.repr is not None:
            return self.repr
        name = self.type.rpartition(":")[2].rpartition(".")[2]
        if isinstance(self.json, str):
            said = json.dumps(self.json, ensure_ascii=False)
            return said if self.type == "str" else f"{name}({said})"
        if self.type in _BUILTINS:
            return repr(self.json)
        if isinstance(self.json, dict):
            return f"{name}({', '.join(f'{key}={value!r}' for key, value in self.json.items())})"
        if isinstance(self.json, list) and self.type == "tuple":
            return repr(tuple(self.json))
        return f"{name}({self.json!r})"


def kept_value(value: Any) -> KeptValue:
    """Return a value as it can be kept; never raises, whatever the value's own methods do."""
    kind = type(value)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}:{kind.__qualname__}"
    try:
        key = key_of(value).hex()
    except Exception:  # noqa: BLE001 - a user's value: what has no canonical form has no key, however it says so
        key = ""
    try:
        return KeptValue(name, json=_as_json(value), key=key)
    except Exception:  # noqa: BLE001 - as above: then its repr is what can be kept
        return KeptValue(name, repr=_repr_of(value), key=key)


def kept_data(value: Any) -> Any:
    """Return what an event says as JSON; parts that JSON cannot say are their repr."""
    if isinstance(value, Mapping):
        return {str(name): kept_data(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [kept_data(part) for part in value]
    kept = kept_value(value)
    return kept.json if kept.repr is None else kept.repr


def printable(text: str) -> str:
    """Return a text that every file can hold: halves of surrogate pairs are escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def _repr_of(value: Any) -> str:
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001 - a user's __repr__ may raise anything
        text = f"<{type(value).__name__}, whose repr raised {type(error).__name__}>"
    text = printable(text)
    return text if len(text) <= _LONGEST_REPR else text[: _LONGEST_REPR - 4] + " ..."


def _as_json(value: Any) -> Any:
    if value is None or (isinstance(value, bool | int) and not isinstance(value, Enum)):
        return value
    if isinstance(value, Enum):
        return _as_json(value.value)
    if isinstance(value, str):
        value.encode()  # half of a surrogate pair is no text in any file
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _NotPortable(repr(value))
        return value
    if isinstance(value, BaseModel):
        return _fields(dict(value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _fields({field.name: getattr(value, field.name) for field in dataclasses.fields(value)})
    return _container(value)


def _fields(named: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _as_json(part) for name, part in named.items()}


def _container(value: Any) -> Any:
    if isinstance(value, Mapping) and all(type(name) is str for name in value):
        return _fields(value)
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((_as_json(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    if hasattr(value, "isoformat") or type(value).__module__ in _SAID_AS_TEXT:
        return str(value)
    raise _NotPortable(f"{type(value).__name__} is nothing that JSON can say")
