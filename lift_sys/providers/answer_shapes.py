"""From a result type to the JSON a model is asked for, and from its answer back to a value."""

from __future__ import annotations

import copy
import json
from typing import Any

from pydantic import PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticUndefinedAnnotation

from lift_sys.errors import DefinitionError
from lift_sys.providers.json_answers import json_in

__all__ = ["AnswerFault", "AnswerShape"]

_WRAPPED = "answer"
_MOST_ERRORS = 5


class AnswerFault(ValueError):
    """An answer that does not fit, said so that a model can do better."""


class AnswerShape:
    """What an answer of one result type looks like.

    Texts are asked for as they are. Everything else is asked for as a JSON object, because that is what providers can
    hold a model to: a type that is no object by itself comes as `{"answer": ...}`.
    """

    def __init__(self, result: Any, place: str) -> None:
        self.is_text = result is str
        self._adapter: TypeAdapter[Any] = _adapter_of(result, place)
        plain = {} if self.is_text else _schema_of(self._adapter, result, place)
        self._wrapped = not (plain.get("type") == "object" and "properties" in plain)
        self.schema: dict[str, Any] | None = None if self.is_text else _wrap(plain) if self._wrapped else plain

    def request(self) -> str:
        """Return the words that ask for this shape."""
        if self.is_text:
            return "Answer with the text alone."
        return f"Answer with JSON that fits this schema: {json.dumps(self.schema, ensure_ascii=False)}"

    def parse(self, text: str) -> Any:
        """Return the value that the answer holds, or raise AnswerFault with what is wrong with it."""
        if self.is_text:
            return self._validated(text.strip())
        try:
            found = json.loads(json_in(text))
        except ValueError as fault:
            raise AnswerFault(f"it is not JSON: {fault}") from fault
        if self._wrapped and isinstance(found, dict) and found.keys() == {_WRAPPED}:
            found = found[_WRAPPED]
        return self._validated(found)

    def written(self, value: Any) -> str:
        """Return the answer that gives this value, as examples show it."""
        if self.is_text:
            return str(value)
        plain = self._adapter.dump_python(value, mode="json")
        return json.dumps({_WRAPPED: plain} if self._wrapped else plain, ensure_ascii=False)

    def _validated(self, found: Any) -> Any:
        try:
            # Through JSON, as it came: pydantic reads dates, enums and tuples from JSON and not from Python's lists.
            return self._adapter.validate_json(json.dumps(found))
        except ValidationError as fault:
            raise AnswerFault(_said(fault)) from fault


def _adapter_of(result: Any, place: str) -> TypeAdapter[Any]:
    try:
        adapter = TypeAdapter(result)
        # A name that is not known yet is found only when the adapter is used.
        adapter.rebuild(raise_errors=True)
    except (PydanticUserError, PydanticUndefinedAnnotation) as fault:
        raise _refused(result, place, fault) from fault
    return adapter


def _schema_of(adapter: TypeAdapter[Any], result: Any, place: str) -> dict[str, Any]:
    try:
        return adapter.json_schema()
    except PydanticUserError as fault:
        raise _refused(result, place, fault) from fault


def _refused(result: Any, place: str, fault: PydanticUserError | PydanticUndefinedAnnotation) -> DefinitionError:
    why = (fault.message or str(fault)).strip().splitlines()[0]
    return DefinitionError(f"{place}: a model cannot answer with {result!r}, because JSON has no form for it: {why}")


def _wrap(plain: dict[str, Any]) -> dict[str, Any]:
    inner = copy.deepcopy(plain)
    definitions = inner.pop("$defs", None)
    outer = {"type": "object", "properties": {_WRAPPED: inner}, "required": [_WRAPPED], "additionalProperties": False}
    return outer if definitions is None else outer | {"$defs": definitions}


def _said(fault: ValidationError) -> str:
    lines = []
    for error in fault.errors(include_url=False, include_context=False)[:_MOST_ERRORS]:
        where = ".".join(str(part) for part in error["loc"])
        lines.append(f"{where or 'the answer'}: {error['msg']}, but it is {error['input']!r}")
    return "; ".join(lines)
