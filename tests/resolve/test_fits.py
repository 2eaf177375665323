"""What could stand in a hole: found by type, ranked on what a run has captured."""

from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import pytest

from lift_sys import MUST, SHOULD, Graph, RunContext, graph, hole, node, todo
from lift_sys.define import Fit
from lift_sys.errors import DefinitionError


class Mood(Enum):
    CALM = "calm"
    LOUD = "loud"


@dataclass
class Plan:
    title: str
    words: int


@node
async def outline(topic: str) -> Plan:
    return Plan(topic, len(topic))


@hole(
    constraints=[
        MUST("len(result) <= 4", check=lambda result: len(result) <= 4),
        SHOULD("result is a title", check=lambda result: result.istitle()),
    ]
)
async def heading(plan: Plan) -> str:
    """Find a heading."""
    todo()


@node
async def page(text: str, tone: str = "plain") -> str:
    return f"{text}, {tone}"


@node(effect="pure")
async def short(plan: Plan) -> str:
    return plan.title[:4]


@node(effect="pure")
async def short_title(plan: Plan) -> str:
    return plan.title[:4].title()


@node(effect="pure")
async def long(plan: Plan) -> str:
    return plan.title * 3


@node(effect="pure")
async def broken(plan: Plan) -> str:
    raise ValueError(plan)


@node
async def impure(plan: Plan) -> str:
    return plan.title


@node(context=True, effect="pure")
async def with_context(ctx: RunContext[None], plan: Plan) -> str:
    return ctx.path


@node(effect="pure")
async def counts(plan: Plan) -> int:
    return plan.words


@node(effect="pure")
async def asks_more(plan: Plan, tone: str) -> str:
    return tone


@graph
async def article(topic: str) -> str:
    return await page(topic, tone=await heading(await outline(topic)))


@graph
async def repeats(plan: Plan) -> str:
    return await heading(plan)


@hole
async def mood(topic: str) -> Literal["calm", "loud"]:
    """Choose."""
    todo()


@hole
async def mood_of_class(topic: str) -> Mood | None:
    """Choose."""
    todo()


def candidates(found: Any) -> list[str]:
    return [fit.candidate.removeprefix(f"{__name__}:") for fit in found]


def by_name(found: Any) -> dict[str, Fit]:
    return dict(zip(candidates(found), found, strict=True))


def test_nodes_of_the_project_values_and_literals_are_found_by_type() -> None:
    """Nodes that take and give what the hole does, its inputs and their fields, the default that it would replace."""
    assert candidates(article.fits(heading)) == [
        "short",
        "short_title",
        "long",
        "broken",
        "impure",
        "with_context",
        "value plan.title",
        "literal 'plain'",
    ]


def test_each_says_why_it_fits() -> None:
    """A node by its signature, a value by where it comes from, a literal by what it stands for."""
    found = by_name(article.fits(heading))

    assert found["short"].why == "(plan: Plan) -> str fits heading(plan: Plan) -> str"
    assert found["value plan.title"].why == "heading is given it, and it is a str"
    assert found["literal 'plain'"].why == "it is the default of `tone` of page, which takes what heading gives"
    assert {fit.tried for fit in found.values()} == {0}


def test_values_of_a_type_that_has_few_are_listed() -> None:
    """Literals, members of an enum and None."""

    async def body(topic: str) -> Any:
        return [await mood(topic), await mood_of_class(topic)]

    made = graph(body)

    assert candidates(made.fits(mood)) == ["literal 'calm'", "literal 'loud'"]
    assert candidates(made.fits(mood_of_class)) == ["literal Mood.CALM", "literal Mood.LOUD", "literal None"]


async def test_they_are_ranked_by_how_they_do_on_captured_inputs() -> None:
    """What holds comes first, what breaks a SHOULD behind it, what was not tried next, what fails last."""
    run = await article.run("holes")

    ranked = run.fits(heading)

    assert candidates(ranked)[:2] == ["short_title", "short"]
    assert candidates(ranked)[2:4] == ["impure", "with_context"]
    assert [(fit.tried, fit.passed) for fit in ranked[:4]] == [(1, 1), (1, 1), (0, 0), (0, 0)]
    assert {(fit.tried, fit.passed) for fit in ranked[4:]} == {(1, 0)}
    assert ranked[0].why.endswith("it holds for 1 of 1 captured input")


async def test_the_best_fit_is_a_fill() -> None:
    """What is found can be put into the hole as it is."""
    run = await article.run("holes")

    run = await run.resume(run.fits(heading)[0].fill)

    assert run.value == "holes, Hole"


@pytest.mark.parametrize("chosen", ["literal 'plain'", "value plan.title"])
async def test_literals_and_values_stand_in_a_hole(chosen: str) -> None:
    """Their fills give the literal, or what the hole was given."""
    fit = by_name(article.fits(heading))[chosen]
    given = {"literal 'plain'": "plain", "value plan.title": "holes"}[chosen]

    assert await fit.fill.by(Plan("holes", 5)) == given


def test_a_hole_of_another_graph_has_no_fits_here() -> None:
    """Asking a graph about a hole that it does not call is a fault with its place."""
    with pytest.raises(DefinitionError, match=r"test_fits.py:\d+: LS404 article does not call mood"):
        article.fits(mood)


def test_a_graph_that_calls_the_hole_does_not_stand_in_it() -> None:
    """`repeats` has the right type, but it would wait for itself."""
    assert isinstance(repeats, Graph)
    assert "repeats" not in candidates(article.fits(heading))


@hole
async def letter(x: int) -> Literal["x", "y"]:
    """Choose a letter."""
    todo()


@node(constraints=[MUST("text != 'y'")])
async def without_y(text: str) -> str:
    return text


@graph
async def lettered(x: int) -> str:
    return await without_y(await letter(x))


async def test_what_a_neighbour_forbids_does_not_fit_a_run() -> None:
    """A candidate that would be refused on resume is not offered."""
    run = await lettered.run(1)

    assert [fit.candidate for fit in run.fits(letter)] == ["literal 'x'"]
