"""dspy's way to the same adapters: a dspy.LM whose engine asks one.

Limits, retries, recordings and usage stay where they are: the LM is made without dspy's cache and without its retries.
"""

from __future__ import annotations

import atexit
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from lift_sys.errors import ProviderError, ProviderUnavailable, RequestFailed
from lift_sys.providers.provider_adapter import Message, ModelAnswer, ModelRequest, ProviderAdapter

if TYPE_CHECKING:
    from anyio.from_thread import BlockingPortal

__all__ = ["dspy_lm"]


def dspy_lm(adapter: ProviderAdapter) -> Any:
    """Return a dspy.LM that asks the adapter, from async programs and from dspy's worker threads alike."""
    import dspy

    engine = _AsyncEngine(adapter)
    return dspy.LM(
        adapter.name, engine=_SyncEngine(engine), async_engine=engine, cache=False, num_retries=0, max_tokens=None
    )


class _Engine:
    """What dspy plans by, and what both sides share."""

    supports_function_calling = False
    supports_reasoning = False
    supported_params = frozenset({"temperature", "top_p", "max_tokens", "seed", "stop", "response_format"})

    def __init__(self, adapter: ProviderAdapter) -> None:
        self.adapter = adapter
        self.supports_response_schema = adapter.capabilities.supports_schema

    def __deepcopy__(self, memo: dict[int, Any]) -> _Engine:
        # Optimisers copy whole programs; connections and the embedded model are not part of a program.
        return self


class _AsyncEngine(_Engine):
    async def complete(self, request: Any) -> Any:
        try:
            answer = await self.adapter.ask(_decoded(request))
        except ProviderError as fault:
            raise _lm15_error(fault) from fault
        return _encoded(answer, request)

    async def aclose(self) -> None:
        await self.adapter.aclose()


class _SyncEngine(_Engine):
    def __init__(self, engine: _AsyncEngine) -> None:
        super().__init__(engine.adapter)
        self._engine = engine

    def complete(self, request: Any) -> Any:
        return _loop.portal_for(self.adapter).call(self._engine.complete, request)

    def close(self) -> None:
        _loop.close()


class _PrivateLoop:
    """One event loop in one thread, for all synchronous callers of this process; starts with the first of them.

    Optimisers call from many worker threads at once. On one loop they share connections and limits, and a caller that
    has a loop running already needs no loop inside a loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stack = ExitStack()
        self._portal: BlockingPortal | None = None
        self._adapters: list[ProviderAdapter] = []

    def portal_for(self, adapter: ProviderAdapter) -> BlockingPortal:
        """Return the way into the loop, and remember whose connections to close with it."""
        with self._lock:
            if self._portal is None:
                from anyio.from_thread import start_blocking_portal

                self._portal = self._stack.enter_context(start_blocking_portal(name="lift-sys dspy"))
            if not any(adapter is known for known in self._adapters):
                self._adapters.append(adapter)
            return self._portal

    def close(self) -> None:
        """Close what was opened on the loop, then end it; the next call starts another."""
        with self._lock:
            portal, self._portal = self._portal, None
            adapters, self._adapters = self._adapters, []
            if portal is None:
                return
            try:
                for adapter in adapters:
                    portal.call(adapter.aclose)
            finally:
                self._stack.close()


_loop = _PrivateLoop()
atexit.register(_loop.close)


def _decoded(request: Any) -> ModelRequest:
    config = request.config
    schema = config.response_format or {}
    return ModelRequest(
        messages=(*_system(request.system), *(_message(message) for message in request.messages)),
        schema=schema.get("schema") if schema.get("type") == "json_schema" else None,
        temperature=config.temperature,
        top_p=config.top_p,
        max_tokens=config.max_tokens,
        seed=config.seed,
        stop=tuple(config.stop),
    )


def _system(system: Any) -> tuple[Message, ...]:
    if system is None:
        return ()
    return (Message("system", system if isinstance(system, str) else "".join(part.text for part in system)),)


def _message(message: Any) -> Message:
    from dspy import lm15

    for part in message.parts:
        if not isinstance(part, lm15.TextPart):
            raise lm15.UnsupportedFeatureError(f"lift_sys adapters take texts only, not a {type(part).__name__}")
    text = "".join(part.text for part in message.parts)
    if message.role == "assistant":
        return Message("assistant", text)
    return Message("system" if message.role == "developer" else "user", text)


def _encoded(answer: ModelAnswer, request: Any) -> Any:
    from dspy import lm15

    usage = answer.usage
    return lm15.Response(
        id=None,
        model=request.model,
        message=lm15.Message.assistant([lm15.TextPart(answer.text)]),
        finish_reason="length" if answer.finish[:1] == ("length",) else "stop",
        usage=lm15.Usage(
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            total_tokens=usage.input_tokens + usage.output_tokens,
        ),
    )


def _lm15_error(fault: ProviderError) -> Exception:
    from dspy import lm15

    status = (fault.status or 0) if isinstance(fault, RequestFailed) else 0
    kinds: dict[int, type[Exception]] = {401: lm15.AuthError, 403: lm15.AuthError, 429: lm15.RateLimitError}
    other: type[Exception] = lm15.ServerError if status >= 500 else lm15.ProviderError
    if isinstance(fault, ProviderUnavailable):
        other = lm15.NotConfiguredError
    return kinds.get(status, other)(str(fault))
