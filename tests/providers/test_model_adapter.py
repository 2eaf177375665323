"""Models of pydantic-ai behind the port: routes, retries, errors, usage; a server on this machine stands for theirs."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
from pydantic_ai import models
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from lift_sys.errors import DefinitionError, ProviderUnavailable, RequestFailed
from lift_sys.providers import Message, ModelRequest, Providers, Usage
from lift_sys.providers.model_adapter import ModelAdapter
from lift_sys.testing.providers import FakeModelServer, Reply, check_adapter

HELLO = (Message("system", "be brief"), Message("user", "ping"))
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"], "additionalProperties": False}
BUSY = Reply(status=503, body='{"error": {"message": "busy"}}')


@pytest.fixture(autouse=True)
def loopback_is_allowed(guarded: None) -> Iterator[None]:
    """pydantic-ai's own switch knows no difference between this machine and others; ours does."""
    with models.override_allow_model_requests(True):
        yield


def at(server: FakeModelServer, **options: Any) -> ModelAdapter:
    """Return an adapter to the server that waits for nothing."""

    def make() -> OpenAIChatModel:
        return OpenAIChatModel("fake", provider=OpenAIProvider(base_url=server.url, api_key="sk-hidden-123456"))

    return ModelAdapter("openai-chat:fake", make, **{"first_wait": 0.0, **options})


async def test_an_answer_comes_with_what_it_took() -> None:
    """Texts, usage, model and route, as the server told them."""
    with FakeModelServer() as server:
        adapter = at(server)
        answer = await adapter.ask(ModelRequest(HELLO, temperature=0.5, max_tokens=9, seed=3, stop=("\n",)))
        await adapter.aclose()

    assert (answer.texts, answer.model, answer.route, answer.finish) == (
        ("pong",),
        "fake-1",
        "best available",
        ("stop",),
    )
    assert answer.usage == Usage(1, 3, 2, None)
    sent = server.asked[0]
    assert sent["messages"] == [{"role": "system", "content": "be brief"}, {"role": "user", "content": "ping"}]
    assert (sent["temperature"], sent["seed"], sent["stop"]) == (0.5, 3, ["\n"])


async def test_n_answers_are_n_requests_with_seeds_of_their_own() -> None:
    """Their order is that of the seeds, whoever came first."""
    with FakeModelServer() as server:
        adapter = at(server)
        answer = await adapter.ask(ModelRequest(HELLO, n=3, seed=5))
        await adapter.aclose()

    assert answer.usage == Usage(3, 9, 6, None)
    assert sorted(sent["seed"] for sent in server.asked) == [5, 6, 7]


async def test_a_schema_is_handed_to_a_provider_that_holds_it() -> None:
    """The route says so."""
    with FakeModelServer([Reply('{"a": 1}')]) as server:
        adapter = at(server)
        answer = await adapter.ask(ModelRequest(HELLO, schema=SCHEMA))
        await adapter.aclose()

    assert (answer.text, answer.route) == ('{"a": 1}', "constrained")
    assert server.asked[0]["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_a_schema_without_promise_is_not_called_constrained() -> None:
    """Free keys cannot be held token by token there, so nobody says that they were."""
    loose = {"type": "object", "properties": {"a": {"type": "object", "additionalProperties": {"type": "integer"}}}}
    with FakeModelServer([Reply('{"a": {}}')]) as server:
        adapter = at(server)
        answer = await adapter.ask(ModelRequest(HELLO, schema=loose))
        await adapter.aclose()

    assert answer.route == "best available"


async def test_a_schema_is_asked_for_in_words_where_there_is_no_other_way() -> None:
    """Fences and talk around the JSON are taken off."""
    seen: list[Any] = []

    def reply(messages: list[Any], info: Any) -> ModelResponse:
        seen.append(info.instructions)
        return ModelResponse(parts=[TextPart('Here you are:\n```json\n{"a": 1}\n```')])

    adapter = ModelAdapter("f", lambda: FunctionModel(reply, profile={"supports_json_schema_output": False}))
    answer = await adapter.ask(ModelRequest(HELLO, schema=SCHEMA))

    assert (answer.text, answer.route) == ('{"a": 1}', "best available")
    assert json.dumps(SCHEMA) in seen[0]


async def test_a_busy_server_is_asked_again() -> None:
    """Two refusals and an answer are an answer; the client library adds no retries of its own."""
    with FakeModelServer([BUSY, BUSY, Reply()]) as server:
        adapter = at(server)
        answer = await adapter.ask(ModelRequest(HELLO))
        await adapter.aclose()

    assert answer.text == "pong"
    assert len(server.asked) == 3


async def test_a_server_that_stays_busy_is_given_up() -> None:
    """The error can be retried by whoever knows better, and says so."""
    with FakeModelServer([BUSY]) as server:
        adapter = at(server)
        with pytest.raises(RequestFailed, match=r"refused with status 503: busy.*ask again later") as caught:
            await adapter.ask(ModelRequest(HELLO))
        await adapter.aclose()

    assert (caught.value.retryable, caught.value.status, len(server.asked)) == (True, 503, 3)


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(status=401, body='{"error": {"message": "Incorrect key sk-hidden-123456"}}'), "Set OPENAI_API_KEY"),
        *(
            pytest.param(reply, says, marks=pytest.mark.slow)
            for reply, says in (
                (Reply(status=404, body='{"error": {"message": "no such model"}}'), "Look at the model's name"),
                (Reply(status=400, body='{"error": {"message": "bad seed"}}'), "status 400: bad seed"),
                (Reply(body='{"surprise": 1}'), "not what this kind of server sends"),
                (Reply(body="<html>"), "openai-chat:fake: "),
            )
        ),
    ],
)
async def test_a_refusal_that_will_not_pass_is_said_at_once(reply: Reply, says: str) -> None:
    """No second request, a cure, and no key in the message or in the traceback."""
    with FakeModelServer([reply]) as server:
        adapter = at(server)
        with pytest.raises(RequestFailed, match=says) as caught:
            await adapter.ask(ModelRequest(HELLO))
        await adapter.aclose()

    fault: BaseException | None = caught.value
    while fault is not None:
        assert "sk-hidden" not in str(fault)
        fault = fault.__cause__
    assert not caught.value.retryable
    assert len(server.asked) == 1


async def test_a_server_that_does_not_answer_is_left() -> None:
    """Every wait has a limit."""
    with FakeModelServer([Reply(hangs=True)]) as server:
        adapter = at(server, timeout=0.05, attempts=1)
        with pytest.raises(RequestFailed, match="no answer in time"):
            await adapter.ask(ModelRequest(HELLO))
        await adapter.aclose()


async def test_an_address_where_nobody_is_stands_in_the_message() -> None:
    """With what to look at."""
    with FakeModelServer() as server:
        pass

    with pytest.raises(RequestFailed, match=r"nobody answers at http://127\.0\.0\.1:\d+/v1") as caught:
        await at(server, attempts=1).ask(ModelRequest(HELLO))

    assert caught.value.retryable


async def test_cancelling_leaves_nothing_behind() -> None:
    """The next request is answered as if nothing had been."""
    with FakeModelServer([Reply(hangs=True), Reply()]) as server:
        adapter = at(server)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(adapter.ask, ModelRequest(HELLO))
            await server.wait_asked()
            tasks.cancel_scope.cancel()
        assert (await adapter.ask(ModelRequest(HELLO))).text == "pong"
        await adapter.aclose()


async def test_no_more_requests_run_at_once_than_allowed() -> None:
    """The limit holds across the answers of one request."""
    running, peak = 0, 0

    async def reply(messages: list[Any], info: Any) -> ModelResponse:
        nonlocal running, peak
        running += 1
        peak = max(peak, running)
        await anyio.lowlevel.checkpoint()
        running -= 1
        return ModelResponse(parts=[TextPart("ok")])

    await ModelAdapter("f", lambda: FunctionModel(reply), concurrency=2).ask(ModelRequest(HELLO, n=6))

    assert peak == 2


@pytest.mark.parametrize("special", [{"grammar": "root ::= x"}, {"prefix": "def f", "messages": ()}])
async def test_what_the_provider_cannot_do_is_refused_by_name(special: dict[str, Any]) -> None:
    """Whoever asks looks at the capabilities first."""
    with FakeModelServer() as server, pytest.raises(DefinitionError, match="capabilities"):
        await at(server).ask(ModelRequest(**{"messages": HELLO, **special}))


@pytest.mark.parametrize("name", ["openai:gpt-x", "ollama:tiny"])
async def test_a_model_string_leads_to_its_server(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of one's own speaks chat completions, also under the name of OpenAI."""
    with FakeModelServer() as server:
        monkeypatch.setenv("OPENAI_BASE_URL", server.url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-something")
        monkeypatch.setenv("OLLAMA_BASE_URL", server.url)
        providers = Providers()
        answer = await providers.open(name).ask(ModelRequest(HELLO))
        await providers.aclose()

    assert answer.text == "pong"
    assert server.asked[0]["path"] == "/v1/chat/completions"
    assert server.asked[0]["model"] == name.partition(":")[2]


async def test_a_paid_model_cannot_be_reached_from_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even with a key at hand."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-something")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)

    with pytest.raises(ProviderUnavailable, match="LIFT_SYS_ALLOW_MODEL_REQUESTS"):
        await Providers().open("openai:gpt-x").ask(ModelRequest(HELLO))


async def test_the_switch_of_pydantic_ai_is_respected() -> None:
    """Who switched model requests off there is not surprised here."""
    with FakeModelServer() as server, models.override_allow_model_requests(False):
        with pytest.raises(ProviderUnavailable, match="ALLOW_MODEL_REQUESTS is False"):
            await at(server).ask(ModelRequest(HELLO))
        assert server.asked == []


def test_one_adapter_serves_event_loops_one_after_another() -> None:
    """Connections belong to a loop; the adapter does not."""
    with FakeModelServer() as server:
        adapter = at(server)

        async def once() -> str:
            text = (await adapter.ask(ModelRequest(HELLO))).text
            await adapter.aclose()
            return text

        assert [anyio.run(once) for _ in range(2)] == ["pong", "pong"]


def replies(text: str) -> Callable[..., ModelResponse]:
    return lambda messages, info: ModelResponse(parts=[TextPart(text)])


@pytest.mark.parametrize("holds", [True, False])
async def test_it_keeps_the_promises_of_an_adapter(holds: bool) -> None:
    """One call of the suite proves it, with and without constrained answers."""
    make = replies('{"greeting": "hello"}')
    profile: Any = {"supports_json_schema_output": holds}
    await check_adapter(ModelAdapter("f", lambda: FunctionModel(make, profile=profile)))


async def test_a_server_on_this_machine_keeps_them_too() -> None:
    """Over HTTP as in memory."""
    with FakeModelServer([Reply('{"greeting": "hello"}')]) as server:
        await check_adapter(at(server))
