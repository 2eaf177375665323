"""Prompts are asked, answers become values, and what does not fit is asked for again."""

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from annotated_types import Gt

from lift_sys.errors import AnswerRejected, DefinitionError, RequestFailed
from lift_sys.providers import Message, PromptParameter, PromptSpec, Usage, answer_prompt
from lift_sys.providers.provider_adapter import Capabilities
from lift_sys.providers.scripted import ScriptedAdapter

LETTERS = PromptSpec(
    "letters",
    "How many letters has the word?",
    (PromptParameter("word", str, "lower case"), PromptParameter("tags", list[str])),
    Annotated[int, Gt(0)],
)
INPUTS = {"word": "hello", "tags": ["a"]}


async def test_instructions_inputs_and_the_shape_of_the_answer_are_put_into_words() -> None:
    """The docstring leads, each input stands under its name."""
    adapter = ScriptedAdapter([5])

    answer = await answer_prompt(adapter, LETTERS, INPUTS, settings={"temperature": 0, "stop": "."})

    assert (answer.value, answer.attempts, answer.model) == (5, 1, "scripted")
    asked = adapter.asked[0]
    assert [message.role for message in asked.messages] == ["system", "user"]
    assert asked.messages[0].text.startswith("How many letters has the word?\n\nAnswer with JSON that fits this schema")
    assert asked.messages[1].text == 'word (lower case): hello\n\ntags: ["a"]'
    assert (asked.temperature, asked.stop) == (0, (".",))


async def test_a_text_is_asked_for_without_json() -> None:
    """What a model says is the answer."""
    adapter = ScriptedAdapter(["  Dear Ann,\nhello. \n"])

    answer = await answer_prompt(adapter, PromptSpec("greet", "Greet.", (), str), {})

    assert answer.value == "Dear Ann,\nhello."
    assert adapter.asked[0].schema is None


async def test_many_lines_start_on_a_line_of_their_own() -> None:
    """A document reads better below its name than beside it."""
    adapter = ScriptedAdapter(["x"])

    await answer_prompt(adapter, PromptSpec("f", "Sum up.", (PromptParameter("text", str),), str), {"text": "a\nb"})

    assert adapter.asked[0].messages[1].text == "text:\na\nb"


async def test_the_schema_goes_to_providers_that_can_hold_it() -> None:
    """To others it is said in words alone."""
    able, unable = ScriptedAdapter([5]), ScriptedAdapter([5])
    unable.capabilities = Capabilities()

    for adapter in (able, unable):
        await answer_prompt(adapter, LETTERS, INPUTS)

    assert able.asked[0].schema is not None
    assert unable.asked[0].schema is None
    assert able.asked[0].messages == unable.asked[0].messages


async def test_an_answer_that_does_not_fit_is_asked_for_again_with_what_is_wrong() -> None:
    """The model sees its own answer and the reason."""
    adapter = ScriptedAdapter(['{"answer": -1}', '{"answer": 5}'])

    answer = await answer_prompt(adapter, LETTERS, INPUTS)

    assert (answer.value, answer.attempts, answer.usage.requests) == (5, 2, 2)
    again = adapter.asked[1].messages[-2:]
    assert again[0] == Message("assistant", '{"answer": -1}')
    assert "greater than 0, but it is -1" in again[1].text


async def test_a_model_that_never_fits_is_given_up_by_name() -> None:
    """With the last answer, the reason, and what to do."""
    adapter = ScriptedAdapter(lambda request: "many")

    with pytest.raises(AnswerRejected) as caught:
        await answer_prompt(adapter, LETTERS, INPUTS, attempts=2)

    assert (caught.value.answer, caught.value.attempts, len(adapter.asked)) == ("many", 2, 2)
    assert "letters: scripted gave no answer that fits, asked 2 times" in str(caught.value)
    assert "'many', and it is not JSON" in str(caught.value)


async def test_every_attempt_is_told() -> None:
    """What was asked, by which route, what came, what it took, and why it was not taken."""
    told: list[tuple[str, Mapping[str, Any]]] = []
    adapter = ScriptedAdapter(["many", 5], name="house")

    await answer_prompt(adapter, LETTERS, INPUTS, on_event=lambda kind, data: told.append((kind, data)))

    assert [kind for kind, _ in told] == ["model.requested", "model.answered"] * 2
    assert [data["attempt"] for _, data in told] == [1, 1, 2, 2]
    requested, answered = told[0][1], told[1][1]
    assert requested["model"] == "house"
    assert requested["messages"][1] == {"role": "user", "text": 'word (lower case): hello\n\ntags: ["a"]'}
    assert (answered["text"], answered["route"], answered["model"]) == ("many", "best available", "house")
    assert answered["usage"].keys() == {"requests", "input_tokens", "output_tokens", "cost"}
    assert "not JSON" in answered["rejected"]
    assert told[3][1]["rejected"] is None


async def test_a_failing_provider_is_not_asked_in_other_words() -> None:
    """Its adapter has been patient already."""
    adapter = ScriptedAdapter([RequestFailed("no"), 5])

    with pytest.raises(RequestFailed):
        await answer_prompt(adapter, LETTERS, INPUTS)


@pytest.mark.parametrize(
    ("inputs", "options", "says"),
    [
        ({"word": "x"}, {}, "letters: nothing is given for tags"),
        ({**INPUTS, "wrod": "x"}, {}, "letters: there is no parameter wrod"),
        (INPUTS, {"settings": {"temprature": 1}}, "no model setting temprature; there are max_tokens, seed"),
        (INPUTS, {"attempts": 0}, "letters: attempts=0"),
    ],
)
async def test_wrong_use_is_refused_before_anybody_is_asked(
    inputs: dict[str, Any], options: dict[str, Any], says: str
) -> None:
    """By the prompt's name."""
    adapter = ScriptedAdapter([])

    with pytest.raises(DefinitionError, match=says):
        await answer_prompt(adapter, LETTERS, inputs, **options)

    assert adapter.asked == []


@pytest.mark.parametrize("name", ["json", "copy", "_x", "instructions", "answer", "schema"])
async def test_a_parameter_may_have_a_name_that_dspy_uses_itself(name: str) -> None:
    """Warnings about it would be errors here."""
    adapter = ScriptedAdapter([5])
    spec = PromptSpec("f", "", (PromptParameter(name, int), PromptParameter("json_", int)), int)

    answer = await answer_prompt(adapter, spec, {name: 71, "json_": 72})

    assert answer.value == 5
    assert "71" in adapter.asked[0].messages[1].text
    assert "72" in adapter.asked[0].messages[1].text


async def test_usage_is_that_of_all_attempts() -> None:
    """The second try is not free."""
    answer = await answer_prompt(ScriptedAdapter(["no", "no", 5]), LETTERS, INPUTS)

    assert answer.usage.requests == 3
    assert answer.usage.cost == 0.0
    assert isinstance(answer.usage, Usage)
