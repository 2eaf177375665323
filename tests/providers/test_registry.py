"""From a model string to an adapter, or to an error that names the cure."""

import json
from pathlib import Path

import pytest

from lift_sys.errors import DefinitionError, ProviderUnavailable, UnknownModel
from lift_sys.providers import Message, ModelRequest, Providers
from lift_sys.providers.ollama import ollama_base_url, ollama_info
from lift_sys.testing.providers import FakeModelServer

HELLO = ModelRequest((Message("user", "hello"),))


async def test_what_is_given_stands_in_for_what_is_known() -> None:
    """A name may be given answers, a function of the request, or another name."""
    given = {"local": ["one", "two"], "echo": lambda request: request.messages[0].text, "alias": "echo"}
    providers = Providers(given)

    assert (await providers.open().ask(HELLO)).text == "one"
    assert (await providers.open("local").ask(HELLO)).text == "two"
    assert (await providers.open("alias").ask(HELLO)).text == "hello"


async def test_a_given_pydantic_ai_model_is_an_adapter() -> None:
    """Whoever has a model object need not name it."""
    from pydantic_ai.models.test import TestModel

    providers = Providers({"mine": TestModel(custom_output_text="hi")})

    assert (await providers.open("mine").ask(HELLO)).text == "hi"


def test_an_adapter_is_opened_once() -> None:
    """Two callers of one name share connections and limits."""
    providers = Providers({"a": []})

    assert providers.open("a") is providers.open("a")


def test_the_environment_names_the_default_model(monkeypatch: pytest.MonkeyPatch) -> None:
    """$LIFT_SYS_MODEL is asked when nobody says which model."""
    monkeypatch.setenv("LIFT_SYS_MODEL", "house")

    assert Providers({"house": []}).open().name == "house"


def test_without_a_word_the_embedded_model_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    """No key, no network, no configuration."""
    monkeypatch.delenv("LIFT_SYS_MODEL", raising=False)

    assert Providers().open().name == "local"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("locl", "Did you mean local"),
        ("hous", "Did you mean house"),
        ("gpt-7", "Did you mean openai:gpt-7"),
        ("opnai:gpt-7", "Did you mean openai:gpt-7"),
        ("zzz:zzz", "Models are named local, openai:NAME"),
        ("openai:", "There is no model 'openai:'"),
        ("record:answers.jsonl", "write record:FILE.MODEL"),
    ],
)
def test_an_unknown_name_comes_with_the_nearest_known_ones(name: str, says: str) -> None:
    """A typing error is one look away from its cure."""
    with pytest.raises(UnknownModel, match=says):
        Providers({"house": []}).open(name)


def test_names_that_lead_to_each_other_lead_nowhere() -> None:
    """A circle of aliases is a wrong name, not an endless search."""
    with pytest.raises(UnknownModel, match="'a'"):
        Providers({"a": "b", "b": "a"}).open("a")


def test_a_value_that_cannot_answer_is_refused() -> None:
    """What may be given is said with what was given."""
    with pytest.raises(DefinitionError, match=r"providers\['x'\] is 7; give an adapter"):
        Providers({"x": 7}).open("x")


def test_a_missing_key_is_named() -> None:
    """The variable to set stands in the message."""
    with pytest.raises(ProviderUnavailable, match="OPENAI_API_KEY"):
        Providers().open("openai:gpt-7")


def test_a_missing_package_comes_with_its_install_command() -> None:
    """The command can be pasted."""
    with pytest.raises(ProviderUnavailable, match=r'pip install "pydantic-ai-slim\[anthropic\]"'):
        Providers().open("anthropic:claude-x")


async def test_a_script_is_a_list_or_one_answer_per_line(tmp_path: Path) -> None:
    """Values that are no texts are sent as their JSON."""
    (tmp_path / "list.json").write_text(json.dumps(["yes", {"a": 1}]))
    (tmp_path / "lines.jsonl").write_text('"yes"\n\n{"a": 1}\n')

    for file in ("list.json", "lines.jsonl"):
        adapter = Providers().open(f"scripted:{tmp_path / file}")
        assert [(await adapter.ask(HELLO)).text for _ in range(2)] == ["yes", '{"a": 1}']


def test_a_script_that_cannot_be_read_names_file_and_line(tmp_path: Path) -> None:
    """Place, value, cure."""
    (tmp_path / "s.jsonl").write_text('"yes"\nno\n')

    with pytest.raises(ProviderUnavailable, match=r"s\.jsonl:2: not an answer.*texts in quotes"):
        Providers().open(f"scripted:{tmp_path / 's.jsonl'}")
    with pytest.raises(ProviderUnavailable, match="cannot be read"):
        Providers().open(f"scripted:{tmp_path / 'none.jsonl'}")


async def test_a_name_can_be_recorded_under_itself(tmp_path: Path) -> None:
    """A plus sign in the file's name does not confuse it."""
    file = tmp_path / "a+b.jsonl"
    providers = Providers({"m": f"record:{file}+house", "house": ["yes"]})

    assert (await providers.open("m").ask(HELLO)).text == "yes"
    assert (await Providers().open(f"replay:{file}").ask(HELLO)).text == "yes"


class Stubborn:
    name = "stubborn"
    capabilities = None
    closed = 0

    async def ask(self, request: ModelRequest) -> None: ...

    async def aclose(self) -> None:
        self.closed += 1
        if self.closed == 1:
            raise OSError("stuck")


async def test_one_adapter_that_cannot_close_does_not_keep_the_others_open() -> None:
    """All are closed, then the fault is raised; closing again does nothing."""
    first, second = Stubborn(), Stubborn()
    second.closed = 1
    providers = Providers({"a": first, "b": second})
    providers.open("a")
    providers.open("b")

    with pytest.raises(OSError, match="stuck"):
        await providers.aclose()

    assert (first.closed, second.closed) == (1, 2)
    await providers.aclose()
    assert (first.closed, second.closed) == (1, 2)


def test_keys_are_looked_for_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """`known` says that a key is there, not which."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-1234")

    known = {info.name: info for info in Providers({"house": []}).known()}

    assert known["house"].ready
    assert known["openai:NAME"].ready
    assert not known["groq:NAME"].ready
    assert "GROQ_API_KEY" in known["groq:NAME"].about
    assert "secret" not in repr(known)


@pytest.mark.parametrize(
    ("variable", "value", "url"),
    [
        ("OLLAMA_HOST", "", "http://127.0.0.1:11434/v1"),
        ("OLLAMA_HOST", "0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("OLLAMA_HOST", "there:99", "http://there:99/v1"),
        ("OLLAMA_HOST", "https://there", "https://there:443/v1"),
        ("OLLAMA_BASE_URL", "http://there:1/v1", "http://there:1/v1"),
    ],
)
def test_ollama_is_where_its_own_variables_say(
    variable: str, value: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Ollama's own client understands is understood here."""
    monkeypatch.setenv(variable, value)

    assert ollama_base_url() == url


async def test_ollama_is_looked_for_on_this_machine_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server elsewhere is named, not asked; its password is not shown."""
    monkeypatch.setenv("OLLAMA_BASE_URL", "http://me:hidden@elsewhere.example/v1")
    elsewhere = await ollama_info()
    assert "not asked" in elsewhere.about
    assert "hidden" not in elsewhere.about

    with FakeModelServer() as server:
        monkeypatch.setenv("OLLAMA_BASE_URL", server.url)
        assert "fake" in (await ollama_info()).about
    assert not (await ollama_info()).ready
