"""`lift-sys verify` judges programs and answers in JSON."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lift_sys.errors import DefinitionError, SandboxError
from lift_sys.serve.verify import verify

GOOD = "def solve(x): return x + 1"
COMMAND = [sys.executable, "-c", "import sys; from lift_sys.serve.cli import main; sys.exit(main())", "verify"]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A right program."""
    path = tmp_path / "program.py"
    path.write_text(GOOD)
    return path


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    """A program that returns what it is given."""
    path = tmp_path / "echo.py"
    path.write_text("def f(*args): return args")
    return path


def cases(tmp_path: Path, *listed: Any) -> Path:
    """Return a file of cases."""
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(listed))
    return path


def last_line(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return the JSON object on the last line of standard output."""
    return json.loads(capsys.readouterr().out.splitlines()[-1])


async def test_a_right_program_passes(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0, and the verdict with cases, isolation and what was used."""
    code = await verify(program, cases=cases(tmp_path, {"args": [1], "expected": 2}, {"args": [2**70]}))

    verdict = last_line(capsys)
    assert code == 0
    assert verdict["verdict"] == "pass"
    assert verdict["cases"] == [{"ok": True, "value": 2}, {"ok": None, "value": 2**70 + 1}]
    assert verdict["isolation"]["level"] in {"embedded", "landlock"}
    assert set(verdict["used"]) == {"seconds", "cpu_seconds", "peak_mb"}


async def test_a_wrong_program_fails(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 1, and the case that shows it."""
    code = await verify(program, cases=cases(tmp_path, {"args": [1], "expected": 3}))

    verdict = last_line(capsys)
    assert code == 1
    assert (verdict["verdict"], verdict["message"]) == ("fail", "case 0: got 2, expected 3")


async def test_integers_of_any_size_are_read(echo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Python's own reading of digits stops at some thousand; cases do not."""
    path = tmp_path / "cases.json"
    digits = "-" + "9" * 20_000
    path.write_text(f'[{{"args": [{digits}], "expected": [{digits}]}}]')

    code = await verify(echo, cases=path, function="f")

    assert (code, last_line(capsys)["verdict"]) == (0, "pass")


async def test_values_beyond_json_have_tags(echo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sets and bytes can be given; an object that only looks like a tag is an object."""
    given = [{"!set": [1]}, {"!bytes": "ff"}, {"!unheard": 1, "of": 2}]

    code = await verify(echo, cases=cases(tmp_path, {"args": given, "expected": given}), function="f")

    assert (code, last_line(capsys)["verdict"]) == (0, "pass")


WRONG_CASES = ["{", "{}", '[{"args": 1}]', '[{"args": [], "expect": 1}]', '[{"args": [{"!int": "9"}]}]', "[" * 100_000]


@pytest.mark.parametrize("text", WRONG_CASES, ids=lambda text: text[:20])
async def test_cases_that_are_none_are_said_before_anything_runs(program: Path, tmp_path: Path, text: str) -> None:
    """The file, the case, and what to write instead."""
    path = tmp_path / "cases.json"
    path.write_text(text)

    with pytest.raises(DefinitionError, match=r"cases|case \d"):
        await verify(program, cases=path)


async def test_an_old_encoding_can_be_declared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As Python has it; bytes that are no text are the program's own fault."""
    old, broken = tmp_path / "old.py", tmp_path / "broken.py"
    old.write_bytes(b"#!/usr/bin/python\n# coding: latin-1\ndef solve(x): return '\xe9'")
    broken.write_bytes(b"def solve(x): return '\xe9'")
    asked = cases(tmp_path, {"args": [1], "expected": "é"})

    codes = [await verify(path, cases=asked) for path in (old, broken)]

    verdicts = [json.loads(line)["verdict"] for line in capsys.readouterr().out.splitlines()]
    assert (codes, verdicts) == ([0, 1], ["pass", "error"])


async def test_wrong_use_is_said(program: Path, tmp_path: Path) -> None:
    """Missing arguments, missing files, odd limits and levels each have their sentence."""
    some = cases(tmp_path, {"args": [1]})

    with pytest.raises(DefinitionError, match="name a program"):
        await verify(program)
    with pytest.raises(DefinitionError, match=r"nowhere\.py cannot be read"):
        await verify(Path("nowhere.py"), cases=some)
    with pytest.raises(DefinitionError, match="timeout is 0"):
        await verify(program, cases=some, timeout=0)
    with pytest.raises(DefinitionError, match="leave PROGRAM"):
        await verify(program, batch="-")
    with pytest.raises(DefinitionError, match="--jobs is 0"):
        await verify(batch="-", jobs=0)
    with pytest.raises(SandboxError, match="--allow-weak-isolation"):
        await verify(program, cases=some, isolation="process")


async def test_a_batch_answers_every_line(program: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad lines get the verdict `error` and stop nothing; limits can be given for each."""
    endless = tmp_path / "endless.py"
    endless.write_text("def go(x):\n    while True: pass")
    lines = [
        json.dumps({"id": "good", "program": str(program), "cases": [{"args": [1], "expected": 2}]}),
        "not json",
        "[1]",
        json.dumps({"id": "nowhere", "program": "nowhere.py", "cases": []}),
        json.dumps({"id": "odd", "program": str(program), "cases": {}}),
        "",
        json.dumps({"id": "loop", "program": str(endless), "function": "go", "timeout": 0.2, "cases": [{"args": [1]}]}),
    ]
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join(lines))

    code = await verify(batch=str(batch), jobs=2)

    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = sorted((str(answer["id"]), answer["verdict"]) for answer in answers)
    assert code == 1
    assert found == [
        ("None", "error"),
        ("None", "error"),
        ("good", "pass"),
        ("loop", "timeout"),
        ("nowhere", "error"),
        ("odd", "error"),
    ]


@pytest.fixture
def batch() -> Iterator[subprocess.Popen[bytes]]:
    """The command itself, reading a batch from standard input."""
    process = subprocess.Popen([*COMMAND, "--batch", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with process:
        yield process
        process.kill()


@pytest.mark.slow
def test_answers_come_before_the_input_ends(batch: subprocess.Popen[bytes], program: Path) -> None:
    """A line is answered when its verdict is known, from one warm process."""
    assert batch.stdin is not None
    assert batch.stdout is not None
    for number in range(3):
        asked = {"id": number, "program": str(program), "cases": [{"args": [number], "expected": number + 1}]}
        batch.stdin.write(json.dumps(asked).encode() + b"\n")
        batch.stdin.flush()
        answer = json.loads(batch.stdout.readline())

        assert (answer["id"], answer["verdict"]) == (number, "pass")
    batch.stdin.close()

    assert batch.wait(20) == 0


@pytest.mark.slow
def test_interruption_leaves_nothing(batch: subprocess.Popen[bytes], program: Path) -> None:
    """Ctrl-C while the input is silent ends the command with 130."""
    assert batch.stdin is not None
    assert batch.stdout is not None
    batch.stdin.write(json.dumps({"id": 1, "program": str(program), "cases": []}).encode() + b"\n")
    batch.stdin.flush()
    batch.stdout.readline()

    os.kill(batch.pid, signal.SIGINT)

    assert batch.wait(20) == 130
