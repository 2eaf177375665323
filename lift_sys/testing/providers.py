"""What we lend to those who write or use providers: a suite that proves an adapter, a server that answers by script.

The fake among adapters is the scripted one: `Providers({"local": ["first answer", "second answer"]})`.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import anyio
import anyio.to_thread

from lift_sys.errors import DefinitionError
from lift_sys.providers import Capabilities, Message, ModelAnswer, ModelRequest, ProviderAdapter, Usage

__all__ = ["FakeModelServer", "Reply", "check_adapter", "no_model_requests"]

_LIMIT = 120.0
_HELLO = (Message("system", "You are brief."), Message("user", "Say hello."))
_SCHEMA = {
    "type": "object",
    "properties": {"greeting": {"type": "string", "maxLength": 40}},
    "required": ["greeting"],
    "additionalProperties": False,
}


async def check_adapter(adapter: ProviderAdapter, *, max_tokens: int = 24) -> None:
    """Prove that an adapter keeps what the port promises, or raise AssertionError naming the promise it breaks.

    About a dozen answers are asked for, of `max_tokens` at most; a scripted model must have an answer for each, and one
    that says `supports_schema` must answer a request with a schema in JSON. The adapter is closed at the end.
    """
    _expect(bool(adapter.name), "an adapter has a name", adapter.name)
    _expect(isinstance(adapter.capabilities, Capabilities), "capabilities are Capabilities", adapter.capabilities)
    with anyio.fail_after(_LIMIT):
        await _answers_texts(adapter, max_tokens)
        await _answers_by_schema(adapter, max_tokens)
        await _refuses_what_it_cannot(adapter, max_tokens)
        await _serves_many_at_once(adapter, max_tokens)
        await _can_be_cancelled(adapter, max_tokens)
        await adapter.aclose()
        await adapter.aclose()


async def _answers_texts(adapter: ProviderAdapter, max_tokens: int) -> None:
    one = await adapter.ask(ModelRequest(_HELLO, max_tokens=max_tokens))
    _check_answer(one, 1)
    _expect(one.route == "best available", "nothing to hold to is answered as best available", one.route)
    three = await adapter.ask(ModelRequest(_HELLO, n=3, max_tokens=max_tokens, temperature=0.8, seed=1))
    _check_answer(three, 3)
    _expect(three.usage.output_tokens >= one.usage.output_tokens / 4, "usage counts every answer", three.usage)


def _check_answer(answer: ModelAnswer, n: int) -> None:
    _expect(len(answer.texts) == n and all(isinstance(text, str) for text in answer.texts), f"{n} texts", answer)
    _expect(len(answer.finish) == n, "each text says why it ends", answer.finish)
    _expect(answer.usage.requests >= 1 and answer.usage.input_tokens >= 0, "an answer has its usage", answer.usage)
    _expect(answer.usage + Usage() == answer.usage, "usages add up", answer.usage)
    _expect(bool(answer.model), "an answer names the model", answer.model)


async def _answers_by_schema(adapter: ProviderAdapter, max_tokens: int) -> None:
    answer = await adapter.ask(ModelRequest(_HELLO, schema=_SCHEMA, max_tokens=4 * max_tokens))
    if not adapter.capabilities.supports_schema:
        _expect(answer.route == "best available", "without supports_schema no answer is constrained", answer.route)
    if answer.route == "constrained":
        found = json.loads(answer.text)
        _expect(found.keys() == {"greeting"}, "a constrained answer fits its schema", answer.text)


async def _refuses_what_it_cannot(adapter: ProviderAdapter, max_tokens: int) -> None:
    cases = (
        (adapter.capabilities.supports_grammar, ModelRequest(_HELLO, grammar='root ::= "yes"', max_tokens=max_tokens)),
        (adapter.capabilities.supports_prefix, ModelRequest(prefix="One, two,", max_tokens=max_tokens)),
    )
    for supported, request in cases:
        try:
            answer = await adapter.ask(request)
        except DefinitionError as fault:
            _expect(not supported, "what the capabilities promise is answered", fault)
        else:
            _expect(supported, "what the capabilities do not promise is refused with DefinitionError", request)
            _check_answer(answer, 1)


async def _serves_many_at_once(adapter: ProviderAdapter, max_tokens: int) -> None:
    answers: list[ModelAnswer] = []

    async def ask() -> None:
        answers.append(await adapter.ask(ModelRequest(_HELLO, max_tokens=max_tokens)))

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(ask)
    _expect(len(answers) == 3, "concurrent requests are all answered", len(answers))


async def _can_be_cancelled(adapter: ProviderAdapter, max_tokens: int) -> None:
    with anyio.CancelScope() as scope:
        scope.cancel()
        await adapter.ask(ModelRequest(_HELLO, max_tokens=max_tokens))
    _check_answer(await adapter.ask(ModelRequest(_HELLO, max_tokens=max_tokens)), 1)


def _expect(holds: bool, promise: str, found: object) -> None:
    if not holds:
        raise AssertionError(f"the adapter breaks its promise: {promise}; found {found!r}")


@contextmanager
def no_model_requests() -> Iterator[None]:
    """Refuse model requests that leave this machine while inside; pydantic-ai's own switch is turned as well."""
    before = os.environ.get("LIFT_SYS_ALLOW_MODEL_REQUESTS")
    os.environ["LIFT_SYS_ALLOW_MODEL_REQUESTS"] = "0"
    models = sys.modules.get("pydantic_ai.models")
    allowed = getattr(models, "ALLOW_MODEL_REQUESTS", None)
    if models is not None:
        models.ALLOW_MODEL_REQUESTS = False  # type: ignore[attr-defined]  # a module variable by its documentation
    try:
        yield
    finally:
        if models is not None:
            models.ALLOW_MODEL_REQUESTS = allowed  # type: ignore[attr-defined]  # as above
        if before is None:
            del os.environ["LIFT_SYS_ALLOW_MODEL_REQUESTS"]
        else:
            os.environ["LIFT_SYS_ALLOW_MODEL_REQUESTS"] = before


@dataclass(frozen=True)
class Reply:
    """What a FakeModelServer does with one request."""

    text: str = "pong"
    status: int = 200
    body: str | None = None
    """The whole response, instead of a chat completion with `text`."""
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    """Answer nothing until the server is closed."""


class FakeModelServer:
    """An OpenAI-compatible server on this machine that replies by script; enter it, ask `url`, look at `asked`.

    The last reply is repeated for all further requests.
    """

    def __init__(self, replies: Sequence[Reply] = (Reply(),)) -> None:
        self.asked: list[dict[str, Any]] = []
        """The body of every request, with its path under `path`."""
        self._replies = list(replies)
        self._arrived = threading.Event()
        self._closing = threading.Event()
        self._serves = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def __enter__(self) -> FakeModelServer:
        # Polls for the end: the shorter, the sooner `shutdown` returns.
        self._serves = True
        serve = self._server.serve_forever
        threading.Thread(target=serve, args=(0.01,), name="fake model server", daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._closing.set()
        if self._serves:
            # Waits for a server that serves; without one it would wait for ever.
            self._server.shutdown()
        self._server.server_close()

    async def wait_asked(self) -> None:
        """Return when a first request has arrived."""
        await anyio.to_thread.run_sync(self._arrived.wait, _LIMIT)

    def _next(self) -> Reply:
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def _handler(outer) -> type[BaseHTTPRequestHandler]:  # noqa: N805 - the handler has a self of its own
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                outer.asked.append({**body, "path": self.path})
                reply = outer._next()
                outer._arrived.set()
                if reply.hangs:
                    outer._closing.wait(_LIMIT)
                    self.close_connection = True
                    return
                self._send(reply)

            def do_GET(self) -> None:
                self._send(Reply(body=json.dumps({"object": "list", "data": [{"id": "fake"}]})))

            def _send(self, reply: Reply) -> None:
                content = (reply.body if reply.body is not None else _completion(reply.text)).encode()
                self.send_response(reply.status)
                for name, value in {"content-type": "application/json", **reply.headers}.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by the base class
                pass

        return Handler


def _completion(text: str) -> str:
    return json.dumps(
        {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "fake-1",
            "choices": [
                {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}},
            ],
            "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
        }
    )
