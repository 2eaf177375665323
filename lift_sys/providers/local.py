"""The embedded model: no key, no network, small enough for first light, tests and demonstrations."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import httpx2

from lift_sys.errors import RequestFailed
from lift_sys.providers import local_runtime
from lift_sys.providers.local_runtime import CONTEXT_TOKENS, MODEL_NAME, PARALLEL, LocalRuntime
from lift_sys.providers.provider_adapter import Capabilities, ModelAnswer, ModelRequest, Usage
from lift_sys.providers.rate_limits import ConcurrencyLimit

__all__ = ["LocalAdapter"]

DEFAULT_MAX_TOKENS = 512
# Phrases of more than four tokens are made unlikely to come again. Not used from the start: it spoils copying.
_UNREPEATED = {
    "dry_multiplier": 0.8,
    "dry_allowed_length": 4,
    "dry_penalty_last_n": 256,
    "dry_sequence_breakers": ["\x00"],
}
_SHORT_LIST = 8
_FINISH = {"eos": "stop", "word": "stop", "limit": "length"}


class LocalAdapter:
    """Answers from SmolLM2-135M in this process; starts it at the first request, ends it with `aclose`.

    Requests are answered one after the other: one thread computes them all, and answers that share a batch with
    strangers would not repeat from run to run. With a seed, a process that asks the same in the same order gets the
    same; in another order not always, because what was read before decides the last bits of a sum.
    """

    name = "local"
    capabilities = Capabilities(
        supports_schema=True,
        supports_grammar=True,
        supports_n=True,
        supports_prefix=True,
        context_tokens=CONTEXT_TOKENS,
    )

    def __init__(self, *, timeout: float = 600.0) -> None:
        self._timeout = timeout
        self._limit = ConcurrencyLimit(1)

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer with n texts: one request for up to eight that share its prompt, then the next eight."""
        async with self._limit.slot(), self._runtime() as runtime, self._client(runtime) as client:
            prompt, cut = await self._prompt(client, request)
            shares = _shares(request, len(prompt))
            results: list[Mapping[str, Any]] = []
            for start, count in shares:
                results += await _complete(client, _body(request, prompt, start, count))
            endless = await _end_endless(client, request, prompt, results)
            requests = len(shares) + len(endless)
        return ModelAnswer(
            texts=tuple(_without(cut, result["content"]) for result in results),
            usage=Usage(
                requests,
                requests * len(prompt),
                sum(result["tokens_predicted"] for result in [*results, *endless]),
                0.0,
            ),
            model=MODEL_NAME,
            route="constrained" if request.schema is not None or request.grammar is not None else "best available",
            finish=tuple(_FINISH.get(result["stop_type"], result["stop_type"]) for result in results),
        )

    async def aclose(self) -> None:
        """End the embedded model, unless another adapter or a request under way still uses it."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(local_runtime.let_go, self)

    @asynccontextmanager
    async def _runtime(self) -> AsyncIterator[LocalRuntime]:
        # Neither is interrupted by a cancellation, or the count of requests would be wrong for ever.
        with anyio.CancelScope(shield=True):
            runtime = await anyio.to_thread.run_sync(local_runtime.acquire, self)
        try:
            yield runtime
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(local_runtime.release)

    def _client(self, runtime: LocalRuntime) -> httpx2.AsyncClient:
        # A client per request costs a third of a millisecond on this machine's own address and binds the adapter to
        # no event loop. Leaving it closes the connection, and with it ends whatever the server still computes.
        return httpx2.AsyncClient(
            base_url=runtime.base_url, headers=runtime.headers, timeout=self._timeout, verify=False, trust_env=False
        )

    async def _prompt(self, client: httpx2.AsyncClient, request: ModelRequest) -> tuple[Sequence[int], str]:
        """Return the prompt as tokens, and the white space cut from its end."""
        text, cut = request.prefix, ""
        if text is None:
            messages = [{"role": message.role, "content": message.text} for message in request.messages]
            text = (await _post(client, "/apply-template", {"messages": messages}))["prompt"]
        elif request.grammar is None and request.schema is None:
            # A model reads `\n    return` as one word: after a prefix that ends in half of it, the answer is empty.
            cut = text[len(text.rstrip()) :]
            text = text.rstrip()
        body = {"content": text, "add_special": True, "parse_special": True}
        return (await _post(client, "/tokenize", body))["tokens"], cut


def _shares(request: ModelRequest, prompt_tokens: int) -> Sequence[tuple[int, int]]:
    """Return (index of the first answer, number of answers) of each request that is sent."""
    room = (CONTEXT_TOKENS - prompt_tokens) // (request.max_tokens or DEFAULT_MAX_TOKENS)
    size = max(1, min(PARALLEL, room))
    return [(start, min(size, request.n - start)) for start in range(0, request.n, size)]


def _body(request: ModelRequest, prompt: Sequence[int], start: int, count: int) -> dict[str, Any]:
    body: dict[str, Any] = {
        "prompt": prompt,
        "n_cmpl": count,
        "n_predict": request.max_tokens or DEFAULT_MAX_TOKENS,
        "stop": list(request.stop),
        "response_fields": ["index", "content", "tokens_predicted", "stop_type"],
    }
    optional = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "seed": None if request.seed is None else request.seed + start,
        "json_schema": None if request.schema is None else _closed(request.schema),
        "grammar": request.grammar,
    }
    return body | {key: value for key, value in optional.items() if value is not None}


def _closed(schema: Any) -> Any:
    """Return the schema with objects that have the named fields only.

    A small model that may add fields goes on adding them until its tokens run out.
    """
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if closed.get("type") == "object" and "properties" in closed:
        closed.setdefault("additionalProperties", False)
    return closed


def _short(schema: Any) -> Any:
    """Return the schema with a limit to each list that has none."""
    if isinstance(schema, list):
        return [_short(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    short = {key: _short(value) for key, value in schema.items()}
    if short.get("type") == "array":
        short.setdefault("maxItems", max(_SHORT_LIST, short.get("minItems", 0)))
    return short


async def _complete(client: httpx2.AsyncClient, body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    results = await _post(client, "/completion", body)
    return sorted(results, key=lambda result: result["index"]) if isinstance(results, list) else [results]


async def _end_endless(
    client: httpx2.AsyncClient, request: ModelRequest, prompt: Sequence[int], results: list[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """Draw JSON answers that ran until their tokens were used up once more; return those that were replaced.

    They come from lists without an end, so this time lists are short and repeating is made unlikely.
    """
    endless = [index for index, result in enumerate(results) if result["stop_type"] == "limit"]
    if request.schema is None:
        return []
    replaced = [results[index] for index in endless]
    short = {"json_schema": _short(_closed(request.schema)), **_UNREPEATED}
    for index in endless:
        results[index : index + 1] = await _complete(client, _body(request, prompt, index, 1) | short)
    return replaced


async def _post(client: httpx2.AsyncClient, path: str, body: Mapping[str, Any]) -> Any:
    try:
        response = await client.post(path, json=body)
    except httpx2.TimeoutException as fault:
        raise RequestFailed(
            f"local: no answer within {client.timeout.read:g} s; ask for fewer or shorter answers (n, max_tokens)."
        ) from fault
    except httpx2.TransportError as fault:
        raise RequestFailed(
            f"local: the embedded model's server broke off ({fault!r}); ask again.", retryable=True
        ) from fault
    answer = response.json()
    if response.status_code != httpx2.codes.OK:
        raise _refusal(response.status_code, answer.get("error", {}))
    return answer


def _refusal(status: int, error: Mapping[str, Any]) -> RequestFailed:
    if error.get("type") == "exceed_context_size_error":
        return RequestFailed(
            f"local: the prompt takes {error.get('n_prompt_tokens')} tokens and the embedded model reads "
            f"{CONTEXT_TOKENS}; shorten it, or name a larger model.",
            status=status,
        )
    return RequestFailed(f"local: the embedded model refused the request: {error.get('message')}", status=status)


def _without(cut: str, text: str) -> str:
    """Return the answer as it continues the prefix that was given, not the one that was sent."""
    blank = text[: len(text) - len(text.lstrip())]
    if cut and blank.endswith(cut):
        return text[len(blank) :]
    return text.removeprefix(cut)
