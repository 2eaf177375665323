"""Any pydantic-ai `Model` behind the port: one place for its limits, retries, errors and usage."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import anyio
import tenacity
from anyio.lowlevel import RunVar
from pydantic_ai import messages as wire
from pydantic_ai.direct import model_request
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.settings import ModelSettings

from lift_sys.errors import DefinitionError, ProviderError, RequestFailed
from lift_sys.providers.json_answers import json_in
from lift_sys.providers.model_faults import error_of
from lift_sys.providers.model_guard import refuse_when_guarded
from lift_sys.providers.provider_adapter import Capabilities, ModelAnswer, ModelRequest, Usage, single
from lift_sys.providers.rate_limits import ConcurrencyLimit
from lift_sys.providers.redaction import without_secrets

__all__ = ["ModelAdapter"]

_LONGEST_WAIT = 30.0


class ModelAdapter:
    """Answers from a pydantic-ai `Model`; `make` builds it, once for each event loop that asks.

    A model keeps connections, and connections belong to the loop that opened them. Requests that fail in a way that may
    pass are sent again here and nowhere else: the client library's own retries are switched off with each request.
    """

    def __init__(
        self,
        name: str,
        make: Callable[[], Any],
        *,
        concurrency: int = 8,
        attempts: int = 3,
        first_wait: float = 0.5,
        timeout: float = 120.0,
    ) -> None:
        self.name = name
        self._make = make
        self._models: RunVar[Model] = RunVar("model")
        self._limit = ConcurrencyLimit(concurrency)
        self._attempts = attempts
        self._first_wait = first_wait
        self._timeout = timeout
        # Made here too, so that a missing key or package is said when the adapter is opened, not at the first request.
        model: Model = make()
        self._url = model.base_url
        self.capabilities = _capabilities(model)

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer with n texts, each by a request of its own; one failed request fails the whole."""
        refuse_when_guarded(self.name, self._url)
        if request.grammar is not None or request.prefix is not None:
            what = "a grammar" if request.grammar is not None else "a prefix"
            raise DefinitionError(
                f"{self.name} cannot answer by {what}: ask adapter.capabilities first, and give a schema or messages "
                "to models without it."
            )
        answers = await self._ask_each([single(request, index) for index in range(request.n)])
        return ModelAnswer(
            texts=tuple(answer.text for answer in answers),
            usage=sum((answer.usage for answer in answers), Usage()),
            model=answers[0].model,
            route=answers[0].route,
            finish=tuple(finish for answer in answers for finish in answer.finish),
        )

    async def aclose(self) -> None:
        """Close the connections that this event loop opened; asking again opens new ones."""
        if (model := self._models.get(None)) is not None:
            # Leaving a model's context closes the HTTP client it made; a client that was given to it stays open.
            async with model:
                pass

    async def _ask_each(self, requests: list[ModelRequest]) -> list[ModelAnswer]:
        answers: list[ModelAnswer | None] = [None] * len(requests)
        fault: ProviderError | None = None

        async def put(index: int, request: ModelRequest) -> None:
            nonlocal fault
            try:
                answers[index] = await self._ask_patiently(request)
            except ProviderError as error:
                fault = fault or error
                tasks.cancel_scope.cancel()

        async with anyio.create_task_group() as tasks:
            for index, request in enumerate(requests):
                tasks.start_soon(put, index, request)
        if fault is not None:
            raise fault
        return [answer for answer in answers if answer is not None]

    async def _ask_patiently(self, request: ModelRequest) -> ModelAnswer:
        patience = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(lambda fault: isinstance(fault, RequestFailed) and fault.retryable),
            stop=tenacity.stop_after_attempt(self._attempts),
            wait=self._wait,
            sleep=anyio.sleep,
            reraise=True,
        )
        return await patience(self._ask_once, request)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        backoff = tenacity.wait_exponential_jitter(
            multiplier=self._first_wait, max=_LONGEST_WAIT, jitter=self._first_wait
        )
        fault = state.outcome.exception() if state.outcome else None
        asked_for = getattr(fault.__cause__, "retry_after", None) if fault else None
        return max(backoff(state), min(asked_for or 0.0, _LONGEST_WAIT))

    async def _ask_once(self, request: ModelRequest) -> ModelAnswer:
        model = self._model()
        messages, parameters, route = _encoded(request, model)
        settings = _settings(request, model, self._timeout)
        async with self._limit.slot():
            try:
                response = await model_request(
                    model, messages, model_settings=settings, model_request_parameters=parameters
                )
            except Exception as fault:  # noqa: BLE001 - the seam to every client library there is
                error = error_of(fault, self.name, self._url)
                # The cause is shown in tracebacks: when it holds a key, it is left out.
                raise error from (fault if without_secrets(str(fault)) == str(fault) else None)
        return _decoded(response, model, request, route)

    def _model(self) -> Model:
        found = self._models.get(None)
        model: Model = self._make() if found is None else found
        if found is None:
            self._models.set(model)
        return model


def _capabilities(model: Model) -> Capabilities:
    profile = model.profile
    return Capabilities(
        supports_schema=profile.get("supports_json_schema_output", False),
        supports_tools=profile.get("supports_tools", True),
        context_tokens=profile.get("context_window"),
    )


def _settings(request: ModelRequest, model: Model, timeout: float) -> ModelSettings:
    given: dict[str, Any] = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_tokens": request.max_tokens,
        "seed": request.seed,
        "stop_sequences": list(request.stop) or None,
    }
    # A model warns of what it does not know; the two that nobody asked for are left out instead.
    ours = {"max_retries": 0, "timeout": timeout}
    given |= {key: value for key, value in ours.items() if key not in model.unsupported_settings}
    return cast("ModelSettings", {key: value for key, value in given.items() if value is not None})


def _encoded(request: ModelRequest, model: Model) -> tuple[list[wire.ModelMessage], ModelRequestParameters, Any]:
    instructions, parameters, route = None, ModelRequestParameters(), "best available"
    if request.schema is not None:
        parameters, held = _native(request.schema, model)
        if held is None:
            instructions = _asked_in_words(request.schema)
        route = "constrained" if held else "best available"
    return _messages(request, instructions), parameters, route


def _native(schema: Any, model: Model) -> tuple[ModelRequestParameters, bool | None]:
    """Return the parameters that hand the schema to the provider, and whether it is held token by token.

    None: the provider does not take this schema at all. False: it takes it without a promise (a dictionary with free
    keys, for those who promise only closed objects).
    """
    if not model.profile.get("supports_json_schema_output", False) or schema.get("type") != "object":
        return ModelRequestParameters(), None
    answer = OutputObjectDefinition(json_schema=dict(schema), name="answer")
    parameters = ModelRequestParameters(output_mode="native", output_object=answer)
    settled = model.customize_request_parameters(parameters).output_object
    return parameters, settled is None or settled.strict is not False


def _asked_in_words(schema: Any) -> str:
    return (
        "Answer with JSON that fits this JSON schema, and nothing before or after it:\n\n"
        f"{json.dumps(schema, ensure_ascii=False)}"
    )


def _messages(request: ModelRequest, instructions: str | None) -> list[wire.ModelMessage]:
    messages: list[wire.ModelMessage] = []
    for message in request.messages:
        if message.role == "assistant":
            messages.append(wire.ModelResponse(parts=[wire.TextPart(message.text)]))
            continue
        part = wire.SystemPromptPart if message.role == "system" else wire.UserPromptPart
        messages.append(wire.ModelRequest(parts=[part(message.text)]))
    last = messages[-1]
    if instructions is not None and isinstance(last, wire.ModelRequest):
        messages[-1] = replace(last, instructions=instructions)
    return messages


def _decoded(response: wire.ModelResponse, model: Model, request: ModelRequest, route: Any) -> ModelAnswer:
    text = "".join(part.content for part in response.parts if isinstance(part, wire.TextPart))
    if request.schema is not None and route == "best available":
        text = json_in(text)
    return ModelAnswer(
        texts=(text,),
        usage=Usage(1, response.usage.input_tokens, response.usage.output_tokens, _cost(response)),
        model=response.model_name or model.model_name,
        route=route,
        finish=(response.finish_reason or "stop",),
    )


def _cost(response: wire.ModelResponse) -> float | None:
    try:
        price = float(response.cost().total_price)
    except (AssertionError, LookupError, ValueError):
        return None
    return price if math.isfinite(price) else None
