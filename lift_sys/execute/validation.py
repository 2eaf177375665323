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
    """Return the validated value and None, or the value as it is and what is wrong with it."""
    adapter = adapter_of(declared)
    if adapter is None:
        return value, None
    try:
        return adapter.validate_python(value, strict=strict), None
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, e['loc'])) or 'value'}: {e['msg']}" for e in error.errors(include_url=False)]
        return value, "; ".join(faults[:5])
