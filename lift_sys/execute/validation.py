"""Values are validated where they enter: run inputs, model output, a person's answer, fill output."""

from __future__ import annotations

import dataclasses
from functools import lru_cache
from typing import Any, is_typeddict

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError

__all__ = ["adapter_of", "misfit"]

_ANY_CLASS = ConfigDict(arbitrary_types_allowed=True)


def _made(declared: Any) -> TypeAdapter[Any] | None:
    carries_own = isinstance(declared, type) and (
        issubclass(declared, BaseModel) or dataclasses.is_dataclass(declared) or is_typeddict(declared)
    )
    try:
        return TypeAdapter(declared) if carries_own else TypeAdapter(declared, config=_ANY_CLASS)
    except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError, NameError, TypeError):
        # a type that pydantic cannot describe is judged by the type checker alone
        return None


_remembered = lru_cache(maxsize=4096)(_made)


def adapter_of(declared: Any) -> TypeAdapter[Any] | None:
    """Return the validator of a type; None for Any and for what pydantic cannot describe."""
    if declared is Any or declared is object or declared is None:
        return None
    try:
        return _remembered(declared)
    except TypeError:  # an annotation that cannot be hashed
        return _made(declared)


def misfit(value: Any, declared: Any, *, strict: bool = True) -> tuple[Any, str | None]:
    """Return the validated value and None, or the value as it is and what is wrong with it.

    As for type checkers, a bool is an int, and an int is a float: what they let pass is no fault here.
    """
    adapter = adapter_of(declared)
    if adapter is None:
        return value, None
    try:
        return adapter.validate_python(value, strict=strict), None
    except ValidationError as error:
        found = error.errors(include_url=False)
        asked = [e["loc"] for e in found if e["type"] in ("int_type", "float_type") and isinstance(e["input"], bool)]
        if strict and asked:
            counted = value
            for place in asked:
                counted = _counted(counted, place)
            if counted is not value:
                validated, wrong = misfit(counted, declared)
                return (validated if wrong is None else value), wrong
        faults = [f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in found]
        return value, "; ".join(faults[:5])


def _counted(value: Any, place: tuple[int | str, ...]) -> Any:
    """Return a value with the bool at a place as a number: itself, or what a list, tuple or dict holds there.

    What is not found in the value names a member of a union.
    """
    kind = type(value)
    if kind is bool:
        return int(value)
    if not place:
        return value
    at, rest = place[0], place[1:]
    if kind is dict and at in value:
        inner = _counted(value[at], rest)
        return value if inner is value[at] else {**value, at: inner}
    if kind in (list, tuple) and isinstance(at, int) and at < len(value):
        inner = _counted(value[at], rest)
        return value if inner is value[at] else kind([*value[:at], inner, *value[at + 1 :]])
    return _counted(value, rest)
