"""dspy's programs ask the same adapters, in the same words."""

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import dspy
import pytest

from lift_sys.errors import ProviderUnavailable, RequestFailed
from lift_sys.providers import PromptParameter, PromptSpec, answer_prompt, dspy_lm
from lift_sys.providers.dspy_engine import _loop
from lift_sys.providers.dspy_signature import PromptAdapter, signature_of
from lift_sys.providers.scripted import ScriptedAdapter

LETTERS = PromptSpec("letters", "How many letters?", (PromptParameter("word", str, "lower case"),), int)


def ask_again(error: Exception) -> ScriptedAdapter:
    return ScriptedAdapter([error, 5])


async def test_a_program_asks_in_the_words_of_the_prompt() -> None:
    """What an optimiser learns about the one holds for the other."""
    adapter = ScriptedAdapter([5, 5])
    await answer_prompt(adapter, LETTERS, {"word": "hello"})

    with dspy.context(lm=dspy_lm(adapter), adapter=PromptAdapter(), track_usage=True):
        prediction = await dspy.Predict(signature_of(LETTERS)).acall(word="hello")

    assert prediction.answer == 5
    assert adapter.asked[1].messages == adapter.asked[0].messages
    assert adapter.asked[1].schema == adapter.asked[0].schema
    assert next(iter(prediction.get_lm_usage().values()))["total_tokens"] > 0


@pytest.mark.parametrize("words", [dspy.JSONAdapter, PromptAdapter])
async def test_several_outputs_are_one_object(words: Any) -> None:
    """Chains of thought work, in dspy's own words too."""
    adapter = ScriptedAdapter([{"reasoning": "h, e, l, l, o", "answer": 5}])

    with dspy.context(lm=dspy_lm(adapter), adapter=words()):
        prediction = await dspy.ChainOfThought(signature_of(LETTERS)).acall(word="hello")

    assert (prediction.reasoning, prediction.answer) == ("h, e, l, l, o", 5)
    assert adapter.asked[0].schema is not None


async def test_demonstrations_are_turns_of_the_conversation() -> None:
    """An example shows the very form that is asked for."""
    adapter = ScriptedAdapter([5])
    program = dspy.Predict(signature_of(LETTERS))
    program.demos = [dspy.Example(word="ab", answer=2)]

    with dspy.context(lm=dspy_lm(adapter), adapter=PromptAdapter()):
        await program.acall(word="hello")

    texts = [message.text for message in adapter.asked[0].messages[1:]]
    assert texts == ["word (lower case): ab", '{"answer": 2}', "word (lower case): hello"]


def test_worker_threads_share_one_loop_that_ends() -> None:
    """Optimisers call from many threads; after `close` nothing runs on."""
    adapter = ScriptedAdapter(lambda request: 5)
    lm = dspy_lm(adapter)
    program = dspy.Predict(signature_of(LETTERS))
    examples = [dspy.Example(word=str(i)).with_inputs("word") for i in range(6)]

    with dspy.context(lm=lm, adapter=PromptAdapter()):
        answers = dspy.Parallel(num_threads=3, disable_progress_bar=True)([(program, one) for one in examples])
    portal = _loop.portal_for(adapter)
    lm.engine.close()

    assert [answer.answer for answer in answers] == [5] * 6
    with pytest.raises(RuntimeError):
        portal.call(anyio.sleep, 0)


async def test_a_synchronous_call_inside_a_running_loop_is_answered() -> None:
    """There is no loop inside the loop: the private one answers."""
    lm = dspy_lm(ScriptedAdapter([5]))

    with dspy.context(lm=lm, adapter=PromptAdapter()):
        assert dspy.Predict(signature_of(LETTERS))(word="hello").answer == 5
    lm.engine.close()


@pytest.mark.parametrize("fault", [RequestFailed("busy", retryable=True, status=503), ProviderUnavailable("no key")])
async def test_a_failure_is_not_retried_a_second_time_over(fault: Exception) -> None:
    """The adapter has been patient already; its words reach whoever called."""
    adapter = ask_again(fault)

    with dspy.context(lm=dspy_lm(adapter), adapter=PromptAdapter()), pytest.raises(dspy.LMError, match=str(fault)):
        await dspy.Predict(signature_of(LETTERS)).acall(word="hello")

    assert len(adapter.asked) == 1


async def test_equal_requests_are_asked_each_time() -> None:
    """Answers are kept by the engine's records and recordings, not in a folder of dspy's."""
    adapter = ScriptedAdapter([5, 6])

    with dspy.context(lm=dspy_lm(adapter), adapter=PromptAdapter()):
        first, second = [await dspy.Predict(signature_of(LETTERS)).acall(word="hello") for _ in range(2)]

    assert (first.answer, second.answer) == (5, 6)


def test_copies_of_a_program_share_the_connections() -> None:
    """Optimisers copy programs deeply; a loaded model is not part of a program."""
    lm = dspy_lm(ScriptedAdapter([]))

    assert copy.deepcopy(lm).engine is lm.engine


@pytest.mark.slow
def test_a_program_leaves_no_files_and_ends(tmp_path: Path) -> None:
    """No cache in the home folder, no litellm, and the process ends although nobody closed the loop."""
    code = (
        "import dspy, sys\n"
        "from lift_sys.providers import Providers, dspy_lm\n"
        "lm = dspy_lm(Providers({'m': ['x']}).open('m'))\n"
        "print(lm('hello'), 'litellm' in sys.modules)\n"
    )
    env = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:lift_sys", "-c", code],
        env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert done.stdout == "['x'] False\n", done.stderr
    assert list(tmp_path.iterdir()) == []
