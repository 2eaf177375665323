"""A prompt as plain values: what to do, what is given, what comes out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError, to_json

from lift_sys.errors import DefinitionError

__all__ = ["PromptParameter", "PromptSpec", "shown"]


@dataclass(frozen=True, slots=True)
class PromptParameter:
    """One input of a prompt."""

    name: str
    type: Any
    description: str = ""


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """A function that a model answers: its docstring are the instructions, its result type the answer."""

    name: str
    instructions: str
    parameters: tuple[PromptParameter, ...]
    result: Any


def shown(value: Any, place: str) -> str:
    """Return a value as a model reads it: texts as they are, all else as JSON that is the same in every run.

    `place` names the value in the error about one that has no JSON form.
    """
    if isinstance(value, str) and not isinstance(value, Enum):
        return value
    try:
        return to_json(_ordered(value), inf_nan_mode="constants", fallback=_repr_of).decode()
    except (PydanticSerializationError, ValueError) as fault:
        raise DefinitionError(
            f"{place}: {type(value).__name__} cannot be shown to a model ({fault}). Pass a text, number, list, dict, "
            "dataclass or pydantic model, or give the class a __repr__."
        ) from fault


def _repr_of(value: Any) -> str:
    plain: Any = object.__repr__
    if type(value).__repr__ is plain:
        # It would show a memory address, and the same question would never be asked twice.
        raise ValueError(f"{type(value).__name__} has no JSON form")
    return repr(value)


def _ordered(value: Any) -> Any:
    """Return the value with sets in a fixed order, since theirs changes from run to run."""
    if isinstance(value, BaseModel):
        return {name: _ordered(getattr(value, name)) for name in type(value).model_fields}
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: _ordered(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: _ordered(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted((_ordered(item) for item in value), key=lambda item: to_json(item, fallback=_repr_of))
    if isinstance(value, list | tuple):
        return [_ordered(item) for item in value]
    return value
