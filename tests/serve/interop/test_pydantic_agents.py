"""Agents as nodes and nodes as tools, on models that need no network."""

from typing import Any

import anyio
import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, ModelMessage, ModelResponse, ModelRetry, RunContext, TextPart, ToolCallPart, ToolOutput
from pydantic_ai.models.function import AgentInfo, FunctionModel
from pydantic_ai.models.test import TestModel

from lift_sys import Engine, Node, Retry, graph, hole, node, todo
from lift_sys.errors import IncompleteRun
from lift_sys.serve.interop import as_tool, from_agent

pytestmark = pytest.mark.slow


class Review(BaseModel):
    """What a reviewer says."""

    score: int


judge = Agent(TestModel(custom_output_args={"score": 7}), output_type=Review, name="judge", deps_type=int)
judged: Node[[str], Review] = from_agent(judge)


@judge.tool
async def strictness(ctx: RunContext[int]) -> int:
    """How strict to be."""
    return ctx.deps


@node
async def score(review: Review) -> int:
    return review.score


@graph
async def rated(text: str) -> int:
    return await score(await judged(text))


async def test_an_agent_is_a_node() -> None:
    """Its output type is the node's, the engine's deps are its own, and what it used is an event."""
    run = await Engine(deps=3).run(rated, "a text")

    assert run.value == 7
    assert run.at("rated/judge") == Review(score=7)
    (answered,) = [event for event in run.events if event.kind == "model.answered"]
    assert answered.path == "rated/judge"
    assert answered.data["requests"] == 2


@pytest.mark.parametrize(
    ("said", "expected"),
    [(str, str), (Review, Review), (ToolOutput(Review, name="emit"), Review), ([Review, str], Review | str)],
)
def test_output_specifications_become_types(said: Any, expected: Any) -> None:
    """Marked and listed outputs are the types that they stand for."""
    agent: Any = Agent(TestModel(), output_type=said)

    assert from_agent(agent).shape.result == expected


async def test_an_agent_under_a_policy() -> None:
    """An agent that fails is asked again as the node's policy says."""
    asked = 0

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise ConnectionError("the line is dead")
        return ModelResponse(parts=[TextPart("hello")])

    greeted = from_agent(Agent(FunctionModel(answer)), name="greeter", retry=Retry(attempts=2, base=0, jitter=False))

    @graph
    async def greeting() -> str:
        return await greeted("hi")

    assert await greeting() == "hello"
    assert asked == 2


@node
async def lookup(city: str, days: int = 1) -> str:
    """Tell the weather of a city.

    Args:
        city: its name
        days: how many
    """
    if city == "Atlantis":
        raise ModelRetry("there is no Atlantis; ask for a city that exists")
    return f"{city}: sun for {days} days"


@hole
async def secret(city: str) -> str:
    """Tell what nobody knows."""
    todo()


def calling(*calls: dict[str, object]) -> FunctionModel:
    """A model that calls the only tool with each of these in turn, and then says what it heard."""

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        turn = sum(isinstance(message, ModelResponse) for message in messages)
        if turn < len(calls):
            return ModelResponse(parts=[ToolCallPart(info.function_tools[0].name, calls[turn])])
        heard = [str(getattr(part, "content", "")) for part in messages[-1].parts]
        return ModelResponse(parts=[TextPart(" | ".join(heard))])

    return FunctionModel(answer)


async def test_a_node_is_a_tool() -> None:
    """A tool has the node's name, parameters and words, and its value is what the model hears."""
    agent = Agent(calling({"city": "Rome", "days": 2}), tools=[as_tool(lookup)])

    answered = await agent.run("weather?")

    assert answered.output == "Rome: sun for 2 days"
    tool = as_tool(lookup)
    assert (tool.__name__, tool.__annotations__) == ("lookup", {"city": str, "days": int, "return": str})


async def test_a_tool_may_send_the_model_back() -> None:
    """A ModelRetry that a node raises reaches the model as such."""
    agent = Agent(calling({"city": "Atlantis"}, {"city": "Rome"}), tools=[as_tool(lookup)])

    answered = await agent.run("weather?")

    assert answered.output == "Rome: sun for 1 days"


async def test_a_tool_over_an_open_hole_says_so() -> None:
    """The agent's run ends in IncompleteRun, which carries the run of the tool."""
    agent = Agent(calling({"city": "Rome"}), tools=[as_tool(secret)])

    with pytest.raises(IncompleteRun) as caught:
        await agent.run("weather?")

    assert [closure.inputs for closure in caught.value.run.holes] == [{"city": "Rome"}]


weatherman: Node[[str], str] = from_agent(
    Agent(calling({"city": "Rome"}, {"city": "Oslo"}), tools=[as_tool(lookup)], name="weatherman")
)


@graph
async def forecast(question: str) -> str:
    return await weatherman(question)


async def test_a_tool_called_inside_a_run_is_a_child_step() -> None:
    """What an agent in a graph asks of a node stands in the record of the graph's run."""
    run = await Engine(concurrency=1).run(forecast, "weather?")

    assert run.value == "Oslo: sun for 1 days"
    children = [e.path for e in run.events if e.kind == "step.finished" and "/lookup" in e.path]
    assert len(children) == 2
    assert all(path.startswith("forecast/weatherman/lookup") for path in children)


async def test_a_tool_that_waits_for_a_hole_is_a_hole_of_the_run() -> None:
    """The agent waits with its tool, and is asked again when the hole is filled."""

    @node
    async def asks(question: str) -> str:
        return (await Agent(TestModel(), tools=[as_tool(secret)]).run(question)).output

    @graph
    async def told(question: str) -> str:
        return await asks(question)

    with anyio.fail_after(10):
        run = await told.run("where?")
        assert [c.path for c in run.holes] == ["told/asks/secret"]
        assert "sunny" in (await run.resume(secret.defer("sunny"))).value
