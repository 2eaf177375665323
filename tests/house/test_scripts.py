"""The commands of the house are short, strict, and the same by hand and in CI; tests cannot leave the machine."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.house.sources import ROOT

COMMANDS = [
    path
    for folder in (ROOT / "scripts", ROOT / ".ci")
    for path in sorted(folder.iterdir())
    if path.is_file() and path.read_text().startswith("#!/usr/bin/env bash")
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.name)
def test_a_command_is_short_and_strict(command: Path) -> None:
    """It says what it does, stops at the first fault, can be run, and is no longer than a page."""
    lines = command.read_text().splitlines()

    assert lines[1].startswith("# ")
    assert "set -euo pipefail" in lines
    assert len(lines) <= 40
    assert os.access(command, os.X_OK)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda path: path.name)
def test_a_command_is_bash(command: Path) -> None:
    """It parses."""
    subprocess.run(["bash", "-n", command], check=True, timeout=30)


def test_every_command_is_there() -> None:
    """The README may name each of them."""
    names = {path.name for path in COMMANDS}

    assert {"setup", "check", "fix", "test", "docs", "bench", "demo", "run"} <= names


def test_an_unknown_bench_is_wrong_use() -> None:
    """The names there are are listed, and the exit code is 2."""
    done = subprocess.run([ROOT / "scripts" / "bench", "nothing"], capture_output=True, text=True, timeout=30)

    assert done.returncode == 2
    assert "no bench is called 'nothing'" in done.stderr
    assert "quality" in done.stderr


def test_no_test_reaches_another_machine() -> None:
    """A connection to anything but this machine is refused before it is made."""
    with socket.socket() as line, pytest.raises(PermissionError, match=r"a test tried to reach 192\.0\.2\.1"):
        line.connect(("192.0.2.1", 80))


def test_no_test_has_a_key() -> None:
    """What pays for a model is not in the environment."""
    assert [name for name in os.environ if name.endswith("_API_KEY")] == []
