"""The command as a process: its streams may be closed, its reader may leave, a person may press Ctrl-C."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.test_heavy_imports import HEAVY
from tests.serve.project import PROJECT

pytestmark = pytest.mark.slow
COMMAND = [sys.executable, "-m", "lift_sys"]
HELP_LOADS = """
import sys
from lift_sys.serve import main
try:
    main(["--help"])
finally:
    print(",".join(sys.modules), file=sys.stderr)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with one project."""
    (tmp_path / "shop.py").write_text(PROJECT)
    return tmp_path


def shell(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line in a shell, where `lift-sys` is the command under test."""
    command = line.replace("lift-sys", " ".join(COMMAND), 1)
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=folder, timeout=60)


@pytest.mark.parametrize("words", ["demo", "explain", "graph shop:article --json", "check shop:article"])
def test_a_closed_output_is_an_error_in_words(words: str, project: Path) -> None:
    """A result that cannot be written is exit code 1 and one line."""
    done = shell(f"lift-sys {words} >&-", project)

    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") <= 2


def test_a_full_disk_is_an_error_in_words(project: Path) -> None:
    """So is a device without room."""
    done = shell("lift-sys explain > /dev/full", project)

    assert done.returncode == 1
    assert "No space left" in done.stderr
    assert done.stderr.count("\n") <= 2


def test_a_reader_that_leaves_is_no_error_in_words(project: Path) -> None:
    """`| head` ends the command quietly."""
    done = shell("lift-sys explain | head -n 1", project)

    assert done.stdout == "LS101  A reference is used as a value\n"
    assert done.stderr == ""


def test_a_folder_that_cannot_be_written_is_an_error_in_words(project: Path) -> None:
    """What the environment refuses is no fault of ours, and is said as what it is."""
    done = shell("HOME=/proc/nobody lift-sys --install-completion --shell bash", project)

    assert done.returncode == 1
    assert "No such file or directory" in done.stderr
    assert done.stderr.count("\n") == 1


def test_two_interrupts_end_the_command(project: Path) -> None:
    """Ctrl-C, twice: exit code 130, no traceback, nothing left behind."""
    command = [*COMMAND, "run", "shop:patient", "--arg", 'topic="x"']
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=project)
    with running:
        assert running.stdout is not None
        assert running.stderr is not None
        assert running.stdout.readline() == "waiting\n"
        os.kill(running.pid, signal.SIGINT)
        os.kill(running.pid, signal.SIGINT)
        said = running.stderr.read()

        assert running.wait(timeout=30) == 130
    assert "Traceback" not in said
    assert said.count("\n") <= 2


def test_a_person_without_colours_is_heard(project: Path) -> None:
    """NO_COLOR, and output that is no terminal: no escape codes on either stream."""
    done = shell("NO_COLOR=1 lift-sys demo", project)

    assert "\x1b" not in done.stdout + done.stderr


def test_help_loads_nothing_heavy() -> None:
    """`--help` is parsed without the engine's libraries."""
    done = subprocess.run([sys.executable, "-c", HELP_LOADS], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stderr.strip().split(","))

    assert HEAVY & loaded == set()
    assert "generate" in done.stdout
