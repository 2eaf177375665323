"""A prompt is asked, its answer becomes a value, and one that does not fit is asked for again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

from lift_sys.errors import AnswerRejected, DefinitionError
from lift_sys.providers.answer_shapes import AnswerFault, AnswerShape
from lift_sys.providers.prompt_spec import PromptSpec
from lift_sys.providers.provider_adapter import Message, ModelAnswer, ModelRequest, ProviderAdapter, Route, Usage

__all__ = ["ANSWER_ATTEMPTS", "OnEvent", "PromptAnswer", "answer_prompt"]

OnEvent: TypeAlias = Callable[[str, Mapping[str, Any]], None]

_SETTINGS = frozenset({"temperature", "top_p", "max_tokens", "seed", "stop"})
_LONGEST_SHOWN = 200
ANSWER_ATTEMPTS = 3
"""How often a prompt is asked at most, until an answer fits."""


@dataclass(frozen=True, slots=True)
class PromptAnswer:
    """The value a model gave, and what it took."""

    value: Any
    usage: Usage
    attempts: int
    route: Route
    model: str


async def answer_prompt(
    adapter: ProviderAdapter,
    spec: PromptSpec,
    inputs: Mapping[str, Any],
    *,
    attempts: int = ANSWER_ATTEMPTS,
    settings: Mapping[str, Any] | None = None,
    on_event: OnEvent | None = None,
) -> PromptAnswer:
    """Ask the model for the prompt's result and return it as a value of the result type.

    An answer that does not fit is sent back with what is wrong with it, `attempts` times in all; then AnswerRejected is
    raised. `settings` are temperature, top_p, max_tokens, seed and stop. `on_event` hears `model.requested` and
    `model.answered` of every attempt.
    """
    if attempts < 1:
        raise DefinitionError(f"{spec.name}: attempts={attempts}; allow at least 1.")
    options = _checked_settings(spec, settings or {})
    shape = AnswerShape(spec.result, spec.name)
    messages = _messages(spec, inputs)
    tell = on_event or (lambda kind, data: None)
    usage, text, fault = Usage(), "", ""
    for attempt in range(1, attempts + 1):
        request = ModelRequest(messages, schema=_schema_for(adapter, shape), **options)
        tell("model.requested", _requested(adapter, spec, request, attempt))
        answer = await adapter.ask(request)
        usage += answer.usage
        text, finish = answer.text, (answer.finish or ("",))[0]
        try:
            value = shape.parse(text)
        except AnswerFault as reason:
            fault = f"{reason} (it was cut off at max_tokens)" if finish == "length" else str(reason)
            tell("model.answered", _answered(spec, answer, attempt, fault))
            messages = (*messages, Message("assistant", text), Message("user", _again(fault)))
        else:
            tell("model.answered", _answered(spec, answer, attempt, None))
            return PromptAnswer(value, usage, attempt, answer.route, answer.model)
    raise AnswerRejected(
        f"{spec.name}: {adapter.name} gave no answer that fits, asked {attempts} times. The last one was "
        f"{_cut(text)!r}, and {fault}. Name a stronger model, simplify the result type, or allow more attempts.",
        answer=text,
        attempts=attempts,
    )


def _checked_settings(spec: PromptSpec, settings: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(settings.keys() - _SETTINGS):
        raise DefinitionError(
            f"{spec.name}: there is no model setting {', '.join(unknown)}; there are {', '.join(sorted(_SETTINGS))}."
        )
    options = dict(settings)
    if "stop" in options:
        stop = options["stop"]
        options["stop"] = (stop,) if isinstance(stop, str) else tuple(stop)
    return options


def _messages(spec: PromptSpec, inputs: Mapping[str, Any]) -> tuple[Message, ...]:
    if unknown := sorted(inputs.keys() - {parameter.name for parameter in spec.parameters}):
        raise DefinitionError(f"{spec.name}: there is no parameter {', '.join(unknown)}.")
    if missing := [parameter.name for parameter in spec.parameters if parameter.name not in inputs]:
        raise DefinitionError(f"{spec.name}: nothing is given for {', '.join(missing)}.")
    from lift_sys.providers.dspy_signature import PromptAdapter, field_names, signature_of

    fields = field_names(spec)
    values = {fields[parameter.name]: inputs[parameter.name] for parameter in spec.parameters}
    rows = PromptAdapter().format(signature_of(spec), [], values)
    return tuple(Message(row["role"], row["content"]) for row in rows)


def _schema_for(adapter: ProviderAdapter, shape: AnswerShape) -> Mapping[str, Any] | None:
    # The words ask for the schema already: it is handed over only where it is held token by token.
    return shape.schema if adapter.capabilities.supports_schema else None


def _again(fault: str) -> str:
    return f"That answer cannot be used: {fault}. Answer again, with the whole answer and nothing else."


def _requested(adapter: ProviderAdapter, spec: PromptSpec, request: ModelRequest, attempt: int) -> Mapping[str, Any]:
    return {
        "prompt": spec.name,
        "model": adapter.name,
        "attempt": attempt,
        "messages": [asdict(message) for message in request.messages],
        "schema": request.schema,
    }


def _answered(spec: PromptSpec, answer: ModelAnswer, attempt: int, fault: str | None) -> Mapping[str, Any]:
    return {
        "prompt": spec.name,
        "model": answer.model,
        "attempt": attempt,
        "route": answer.route,
        "usage": asdict(answer.usage),
        "text": answer.text,
        "finish": answer.finish[0] if answer.finish else None,
        "rejected": fault,
    }


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "..."
