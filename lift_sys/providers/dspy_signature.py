"""A prompt as a dspy signature, and the dspy adapter that puts signatures into words.

A program of dspy that uses `PromptAdapter` asks the same words as a prompt that is answered directly, so what an
optimiser learns about the one holds for the other.
"""

from __future__ import annotations

from typing import Annotated, Any

import dspy
from dspy.utils.exceptions import AdapterParseError
from pydantic import PydanticUserError, TypeAdapter, create_model
from pydantic.errors import PydanticSchemaGenerationError, PydanticUndefinedAnnotation

from lift_sys.providers.answer_shapes import AnswerFault, AnswerShape
from lift_sys.providers.prompt_spec import PromptSpec, shown

__all__ = ["PromptAdapter", "field_names", "signature_of"]

_ANSWER_NAMES = ("answer", "result", "answer_")


def signature_of(spec: PromptSpec) -> Any:
    """Return the signature of a prompt: docstring = instructions, parameters = inputs, return type = output."""
    names = field_names(spec)
    fields: dict[str, Any] = {
        names[parameter.name]: (_field_type(parameter.type), dspy.InputField(desc=parameter.description))
        for parameter in spec.parameters
    }
    answer = next(name for name in _ANSWER_NAMES if name not in fields)
    fields[answer] = (_field_type(spec.result), dspy.OutputField(desc=""))
    return dspy.Signature(fields, spec.instructions or f"Give the result of {spec.name}.", spec.name)


def field_names(spec: PromptSpec) -> dict[str, str]:
    """Return the field of each parameter: its name, unless dspy uses that name itself (`json`, `copy`, `_x`)."""
    names: dict[str, str] = {}
    for parameter in spec.parameters:
        name = parameter.name.lstrip("_") or "input"
        while hasattr(dspy.Signature, name) or name in names.values():
            name += "_"
        names[parameter.name] = name
    return names


def _field_type(annotation: Any) -> Any:
    # dspy makes a pydantic model of the fields; what pydantic cannot hold passes as it is.
    try:
        TypeAdapter(annotation)
    except (PydanticSchemaGenerationError, PydanticUndefinedAnnotation, PydanticUserError):
        return Any
    return annotation


class PromptAdapter(dspy.Adapter):  # type: ignore[misc]  # dspy has no types
    """Puts a signature into words: instructions first, then each input by name, then what to answer with."""

    def __call__(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Ask the model on dspy's synchronous side."""
        kwargs = self._with_schema(lm, lm_kwargs, signature)
        answers: list[dict[str, Any]] = super().__call__(lm, kwargs, signature, demos, inputs)
        return answers

    async def acall(
        self, lm: Any, lm_kwargs: dict[str, Any], signature: Any, demos: list[Any], inputs: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Ask the model on dspy's asynchronous side."""
        kwargs = self._with_schema(lm, lm_kwargs, signature)
        answers: list[dict[str, Any]] = await super().acall(lm, kwargs, signature, demos, inputs)
        return answers

    def format_system_message(self, signature: Any) -> str:
        """Return the instructions and what to answer with."""
        return f"{signature.instructions}\n\n{shape_of(signature).request()}"

    def format_user_message_content(
        self, signature: Any, inputs: dict[str, Any], prefix: str = "", suffix: str = "", main_request: bool = False
    ) -> str:
        """Return the inputs by name; many-line values start on a line of their own."""
        parts = [prefix] if prefix else []
        for name, field in signature.input_fields.items():
            if name in inputs:
                text = shown(inputs[name], f"{signature.__name__}({name})")
                description = f" ({field.json_schema_extra['desc']})" if _is_described(name, field) else ""
                parts.append(f"{name}{description}:{chr(10) if chr(10) in text else ' '}{text}")
        if suffix:
            parts.append(suffix)
        # A prompt without parameters has nothing to say here, and a conversation needs a question.
        return "\n\n".join(parts) or "Go on."

    def format_assistant_message_content(
        self, signature: Any, outputs: dict[str, Any], missing_field_message: str | None = None
    ) -> str:
        """Return an example's answer in the shape that is asked for."""
        names = list(signature.output_fields)
        if any(name not in outputs for name in names):
            return missing_field_message or ""
        value = outputs[names[0]] if len(names) == 1 else {name: outputs[name] for name in names}
        return shape_of(signature).written(value)

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """Return the output fields that the answer holds, or raise dspy's parse error."""
        try:
            value = shape_of(signature).parse(completion)
        except AnswerFault as fault:
            raise AdapterParseError(
                adapter_name=type(self).__name__, signature=signature, lm_response=completion, message=str(fault)
            ) from fault
        names = list(signature.output_fields)
        return {names[0]: value} if len(names) == 1 else {name: getattr(value, name) for name in names}

    def _with_schema(self, lm: Any, lm_kwargs: dict[str, Any], signature: Any) -> dict[str, Any]:
        schema = shape_of(signature).schema
        if schema is None or not lm.supports_response_schema:
            return lm_kwargs
        return {
            **lm_kwargs,
            "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema}},
        }


def shape_of(signature: Any) -> AnswerShape:
    """Return the shape of a signature's answer; several outputs make one object."""
    outputs = {name: _declared(field) for name, field in signature.output_fields.items()}
    if len(outputs) == 1:
        return AnswerShape(next(iter(outputs.values())), signature.__name__)
    fields: dict[str, Any] = {name: (annotation, ...) for name, annotation in outputs.items()}
    return AnswerShape(create_model("Answer", **fields), signature.__name__)


def _declared(field: Any) -> Any:
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def _is_described(name: str, field: Any) -> bool:
    # dspy describes a field that nobody described by its own name in a placeholder.
    return (field.json_schema_extra or {}).get("desc") not in (None, "", f"${{{name}}}")
