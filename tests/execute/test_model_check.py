"""Models that cannot be asked are told before a node runs."""

import pytest

from lift_sys import Engine, branch, graph, hole, model, node, prompt, todo
from lift_sys.define import Failed
from lift_sys.errors import DefinitionError, FillRefused

seen: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


@node
async def outline(topic: str) -> str:
    seen.append(topic)
    return topic


@prompt(model="opnai:my-model")
async def misspelt(text: str) -> str:
    """Praise the text."""
    todo()


@prompt(model="openai:my-model")
async def without_key(text: str) -> str:
    """Praise the text."""
    todo()


@prompt(model="opnai:my-model", fallback=[outline])
async def with_fallback(text: str) -> str:
    """Praise the text."""
    todo()


@hole
async def review(text: str) -> str:
    """Judge the text."""
    todo()


@node
async def is_long(text: str) -> bool:
    return len(text) > 100


async def test_a_name_that_means_nothing_is_told_before_any_node_runs() -> None:
    """The place is the prompt's, the cure the name that is nearly right."""

    @graph
    async def article(topic: str) -> str:
        return await misspelt(await outline(topic))

    with pytest.raises(DefinitionError, match=r"test_model_check.py:\d+ misspelt: LS601 .*") as caught:
        await article.run("holes")

    assert '`model="openai:my-model"`' in str(caught.value)
    assert seen == []


async def test_the_name_is_that_of_the_engine() -> None:
    """What one engine does not know may be given to another."""

    @graph
    async def article(topic: str) -> str:
        return await misspelt(await outline(topic))

    engine = Engine(providers={"opnai:my-model": ["fine"]})

    assert (await engine.run(article, "holes")).value == "fine"


async def test_a_model_without_its_key_is_told_where_it_is_sure_to_be_asked() -> None:
    """In an arm that may never run it is no fault until it is asked."""

    @graph
    async def sure(topic: str) -> str:
        return await without_key(topic)

    @graph
    async def maybe(topic: str) -> str:
        return await branch(await is_long(topic), lambda: without_key(topic), lambda: outline(topic))

    with pytest.raises(DefinitionError, match="LS602"):
        await sure.run("holes")
    assert (await maybe.run("holes")).value == "holes"
    assert isinstance((await maybe.run("holes" * 100)).outcome, Failed)


async def test_a_step_with_a_fallback_has_an_answer() -> None:
    """Nobody answers to the name, and the fallback does."""

    @graph
    async def article(topic: str) -> str:
        return await with_fallback(topic)

    assert (await article.run("holes")).value == "holes"


async def test_a_fill_by_a_model_that_nobody_knows_is_refused() -> None:
    """The run that it was offered to takes the next fill."""

    @graph
    async def article(topic: str) -> str:
        return await review(await outline(topic))

    run = await article.run("holes")
    with pytest.raises(FillRefused, match="LS601"):
        await run.resume(model(review, "opnai:my-model"))

    assert (await run.resume(review.defer("fine"))).value == "fine"
