"""Acceptance commands run at once, on the engine, and a broken hole is named."""

import os
from pathlib import Path
from typing import Any

import pytest

from lift_sys.planning import acceptance, main, verification
from tests.planning.plans import asked, hole, written


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test stands in an empty folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.py").write_text("")
    return tmp_path


def resolve_all(folder: Path, capsys: Any, *ids: str) -> None:
    for one in ids:
        assert asked(folder, capsys, "resolve", one, "--by", "code.py")[0] == 0


def test_only_what_fails_now_is_broken(folder: Path, capsys: Any) -> None:
    """A command fails, or what resolved the hole is gone; a hole that was never resolved claims nothing."""
    written(
        folder, hole(1, accept=("test -e a", "true")), hole(2, accept=("true",)), hole(3, 1), hole(4, accept=("false",))
    )
    (folder / "a").touch()
    resolve_all(folder, capsys, "H1", "H2", "H3")
    assert asked(folder, capsys, "verify") == (0, {"broken": []})

    (folder / "a").unlink()

    assert asked(folder, capsys, "verify") == (1, {"broken": ["H1"]})
    assert asked(folder, capsys, "verify", "H2") == (0, {"broken": []})
    assert asked(folder, capsys, "verify", "H4") == (0, {"broken": []})
    (folder / "code.py").unlink()
    assert asked(folder, capsys, "verify", "H2") == (1, {"broken": ["H2"]})


def test_what_a_failing_command_printed_is_told(folder: Path, capsys: Any) -> None:
    """On standard error, with the command and its exit code."""
    written(folder, hole(1, accept=("test -e a || { echo no a here; exit 7; }",)))
    (folder / "a").touch()
    resolve_all(folder, capsys, "H1")
    (folder / "a").unlink()

    assert main(["--dir", str(folder), "verify"]) == 1
    told = capsys.readouterr().err
    assert "no a here\nexit 7" in told
    assert "H1 is broken" in told


def test_a_gate_runs_what_it_asks_for(folder: Path, capsys: Any) -> None:
    """All holes up to the phase are resolved and hold, or it does not pass."""
    written(folder, hole(1, accept=("test -e a",)), hole(2, phase=2))
    assert asked(folder, capsys, "gate", "1") == (1, {"passed": False, "open": ["H1"], "broken": [], "later": {}})
    (folder / "a").touch()
    resolve_all(folder, capsys, "H1")

    assert asked(folder, capsys, "gate", "1")[0] == 0
    assert asked(folder, capsys, "gate", "2")[1]["open"] == ["H2"]
    (folder / "a").unlink()
    assert asked(folder, capsys, "gate", "1") == (1, {"passed": False, "open": [], "broken": ["H1"], "later": {}})


def test_commands_run_beside_each_other(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The two ends of a pipe open when both commands are there."""
    monkeypatch.setattr(verification, "AT_ONCE", 2)
    monkeypatch.setattr(verification, "LIMIT", 20)
    os.mkfifo(folder / "pipe")
    written(folder, hole(1, accept=("echo met > pipe",)), hole(2, accept=("grep met pipe",)))
    log = "- resolved H1 by code.py\n- resolved H2 by code.py\n"
    (folder / "CONSTRAINT_PROPAGATION_LOG.md").write_text(log)

    assert asked(folder, capsys, "verify") == (0, {"broken": []})


def test_a_command_that_does_not_end_is_ended(folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all it started; resolving is refused, and verify calls it broken."""
    monkeypatch.setattr(acceptance, "LIMIT", 0.05)
    monkeypatch.setattr(verification, "LIMIT", 0.05)
    written(folder, hole(1, accept=("sleep 60; true",)))

    refused = asked(folder, capsys, "resolve", "H1", "--by", "code.py")
    (folder / "CONSTRAINT_PROPAGATION_LOG.md").write_text("- resolved H1 by code.py\n")
    broken = asked(folder, capsys, "verify")

    assert refused == (1, {"refused": "acceptance", "command": "sleep 60; true", "exit": 124})
    assert broken == (1, {"broken": ["H1"]})
