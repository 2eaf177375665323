"""dspy programs as nodes and graphs as dspy modules, on scripted models."""

from typing import Any, TypedDict

import dspy
import pytest
from dspy.utils.dummies import DummyLM

from lift_sys import Engine, Node, graph, node, prompt, todo
from lift_sys.errors import DefinitionError, FailedRun
from lift_sys.serve.interop import as_module, from_module

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def no_cache() -> None:
    """What dspy answers is scripted, never remembered."""
    dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)


def scripted(*answers: dict[str, Any]) -> DummyLM:
    """A model of dspy's own that gives these answers in turn."""
    return DummyLM(list(answers))


class Verdict(TypedDict):
    """Two outputs at once."""

    good: bool
    why: str


@from_module(dspy.ChainOfThought("question -> answer"))
async def answered(question: str) -> str:
    """Answer the question."""
    todo()


@from_module(dspy.Predict("text -> good: bool, why: str"))
async def judged(text: str) -> Verdict:
    todo()


@from_module(dspy.Predict("text -> good: bool, why: str"), field="why")
async def reason(text: str) -> str:
    todo()


@from_module(dspy.Predict("text -> good: bool, why: str"))
async def unclear(text: str) -> str:
    todo()


@graph
async def ask(question: str) -> str:
    return await answered(question)


@graph
async def judge(text: str) -> Verdict:
    return await judged(text)


@graph
async def why(text: str) -> str:
    return await reason(text)


@graph
async def which(text: str) -> str:
    return await unclear(text)


async def test_a_dspy_program_is_a_node() -> None:
    """The function says parameters and result; reasoning is not the answer; usage is an event."""
    node_: Node[[str], str] = answered
    with dspy.context(lm=scripted({"reasoning": "because", "answer": "42"})):
        run = await Engine().run(ask, "what?")

    assert run.value == "42"
    assert [event.path for event in run.events if event.kind == "model.answered"] == ["ask/answered"]
    assert node_.__doc__ == "Answer the question."


async def test_outputs_become_a_record_or_one_field() -> None:
    """A record takes the outputs of its fields' names, `field` chooses one, and doubt is a fault with its cure."""
    answer = {"good": True, "why": "short"}
    with dspy.context(lm=scripted(answer, answer, answer)):
        record = await Engine().run(judge, "a text")
        one = await Engine().run(why, "a text")
        none = await Engine().run(which, "a text")

    assert record.value == {"good": True, "why": "short"}
    assert one.value == "short"
    with pytest.raises(FailedRun) as caught:
        _ = none.value
    error = caught.value.run.outcome.errors["which/unclear"]
    assert isinstance(error, DefinitionError)
    assert "from_module(..., field=...)" in str(error)


async def test_without_a_setting_of_dspy_the_engine_s_model_answers() -> None:
    """Model calls of a dspy program go through the engine's providers."""

    @from_module(dspy.Predict("question -> answer"), model="stub")
    async def asked(question: str) -> str:
        todo()

    @graph
    async def through_the_engine(question: str) -> str:
        return await asked(question)

    said = "[[ ## answer ## ]]\nyes\n\n[[ ## completed ## ]]"
    run = await Engine(providers={"stub": [said]}).run(through_the_engine, "well?")

    assert run.value == "yes"


# --- a graph as a module ----------------------------------------------------------------------------------------------


@prompt
async def shorten(text: str) -> str:
    """Say it in one word."""
    todo()


@node
async def exclaimed(text: str) -> str:
    return f"{text}!"


@graph
async def slogan(text: str) -> str:
    return await exclaimed(await shorten(text))


async def test_a_graph_is_a_module() -> None:
    """Its prompts are predictors, and the model that dspy was given answers them, in async programs."""
    module = as_module(slogan)
    with dspy.context(lm=scripted({"answer": "Go"})):
        prediction = await module.acall(text="we should all go")

    assert prediction.result == "Go!"
    assert [name for name, _ in module.named_predictors()] == ["parts['shorten']"]


def test_a_module_runs_in_dspy_s_threads() -> None:
    """An optimiser copies the module, calls it from threads, and leaves what it learned in the predictors."""
    module = as_module(slogan)
    train = [dspy.Example(text=f"text {k}", result="Go!").with_inputs("text") for k in range(3)]

    def metric(example: Any, prediction: Any, trace: Any = None) -> bool:
        return bool(prediction.result == example.result)

    with dspy.context(lm=scripted(*[{"answer": "Go"}] * 20)):
        optimiser = dspy.BootstrapFewShot(metric=metric, max_bootstrapped_demos=1, max_labeled_demos=0)
        better = optimiser.compile(module, trainset=train)

    assert [len(predictor.demos) for _, predictor in better.named_predictors()] == [1]
    assert [len(predictor.demos) for _, predictor in module.named_predictors()] == [0]


async def test_a_module_may_be_called_inside_a_running_loop() -> None:
    """The plain call works where a loop is running, too."""
    with dspy.context(lm=scripted({"answer": "Stay"})):
        assert as_module(slogan)(text="we should stay").result == "Stay!"
