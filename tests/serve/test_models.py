"""`lift-sys model`: what can be asked here, and bringing the model that runs here."""

import json

import pytest

from lift_sys.serve.cli import main


def test_the_list_says_what_is_there_and_what_would_bring_the_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys are looked for, never shown."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-hidden-1234")
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")

    assert main(["model", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert any("local" in line for line in lines)
    assert any(line.startswith("yes  openai:NAME") for line in lines)
    assert any(line.startswith("no   groq:NAME") and "set GROQ_API_KEY" in line for line in lines)
    assert any(line.startswith("no   ollama:NAME") and "ollama serve" in line for line in lines)
    assert "hidden" not in "".join(lines)


def test_the_list_as_json_holds_the_same(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """One array of objects on standard output."""
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")

    assert main(["model", "list", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)

    assert {"local", "openai:NAME", "ollama:NAME"} <= {row["name"] for row in rows}
    assert all(row.keys() == {"name", "ready", "about"} for row in rows)


def test_only_the_embedded_model_can_be_added(capsys: pytest.CaptureFixture[str]) -> None:
    """The right command stands below the wrong one."""
    assert main(["model", "add", "llama"]) == 2
    assert "lift-sys model add local" in capsys.readouterr().err


@pytest.mark.slow
def test_adding_what_is_there_verifies_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Twice in a row is as good as once."""
    assert main(["model", "add", "local", "--json"]) == 0
    captured = capsys.readouterr()

    assert json.loads(captured.out)["ready"] is True
    assert "verified" in captured.err
