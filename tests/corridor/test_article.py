"""The scene of the first page: an article with a hole, run around it, filled, resumed and asked why."""

from collections import Counter
from dataclasses import dataclass

import pytest

from lift_sys import Complete, Engine, Incomplete, each, graph, hole, node, person, todo
from lift_sys.errors import IncompleteRun
from tests.backends import both_backends

pytestmark = both_backends


@dataclass(frozen=True)
class Outline:
    topic: str
    claims: list[str]


ran: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()


@node
async def outline(topic: str) -> Outline:
    ran["outline"] += 1
    return Outline(topic, [f"{topic} is old", f"{topic} is new"])


@node
async def draft(plan: Outline, tone: str = "plain") -> str:
    ran["draft"] += 1
    return f"{tone} words on {plan.topic}"


@hole
async def review(text: str, strict: bool = True) -> str:
    """Judge the draft.

    MUST name every section that is missing.
    """
    todo()


@node
async def check_fact(claim: str) -> bool:
    ran["check_fact"] += 1
    return claim.endswith("old")


@node
async def publish(text: str, notes: str, facts: list[bool]) -> str:
    ran["publish"] += 1
    return f"{text} / {notes} / {facts}"


@graph
async def article(topic: str) -> str:
    plan = await outline(topic)
    text = await draft(plan)
    notes = await review(text)
    facts = await each(check_fact, plan.claims)
    return await publish(text, notes, facts)


async def my_review(text: str, strict: bool = True) -> str:
    ran["review"] += 1
    return f"{len(text)} letters"


async def test_a_run_goes_around_its_hole() -> None:
    """All that does not need the hole is done; the hole and what waits for it are named."""
    run = await article.run("ink")

    assert isinstance(run.outcome, Incomplete)
    (closure,) = run.outcome.closures
    assert (closure.path, dict(closure.inputs)) == ("article/review", {"text": "plain words on ink", "strict": True})
    assert (closure.hole, closure.expected, list(closure.blocks)) == (review, str, ["article/publish"])
    assert [c.text for c in closure.constraints] == ["name every section that is missing."]
    assert run.outcome.blocked == ["article/publish"]
    assert run.at("article/check_fact[1]") is False
    assert run[draft] == "plain words on ink"
    assert ran == {"outline": 1, "draft": 1, "check_fact": 2}


async def test_a_filled_run_does_the_rest_and_nothing_else() -> None:
    """Resuming runs the hole and what waited for it; the run that was resumed stays as it was."""
    first = await article.run("ink")
    ran.clear()
    run = await first.resume(review.fill(my_review))

    assert run.value == "plain words on ink / 18 letters / [True, False]"
    assert ran == {"review": 1, "publish": 1}
    assert isinstance(first.outcome, Incomplete)


async def test_a_graph_with_fills_is_called_like_a_function() -> None:
    """Calling gives the value, or an exception that carries the run and says how to fill the hole."""
    assert await article.with_fills(review.fill(my_review))("ink") == "plain words on ink / 18 letters / [True, False]"

    with pytest.raises(IncompleteRun, match=r"article/review: review\(text='plain words on ink'.*resume\(review.fill"):
        await article("ink")


async def test_the_run_in_the_exception_can_be_resumed() -> None:
    """An incomplete run that was raised is not lost."""
    with pytest.raises(IncompleteRun) as raised:
        (await article.run("ink")).value  # noqa: B018 - the property raises
    run = await raised.value.run.resume(review.fill(my_review))

    assert isinstance(run.outcome, Complete)


async def test_a_person_is_waited_for_and_answers() -> None:
    """A run filled by a person ends incomplete with the question; the answer is a fill like any other."""
    run = await article.with_fills(person(review, "Is it good?")).run("ink")
    (closure,) = run.holes
    assert closure.question == "Is it good?"

    run = await run.resume(review.defer("yes"))
    assert run.value.endswith("/ yes / [True, False]")


async def test_a_person_may_be_asked_when_a_run_goes_on() -> None:
    """Asking a person on resume leaves the hole open, now with its question."""
    run = await (await article.run("ink")).resume(person(review, "Is it good?"))

    assert [c.question for c in run.holes] == ["Is it good?"]


async def test_a_withdrawn_fill_puts_its_closure_back() -> None:
    """Withdrawing runs nothing again, and the hole can be filled with something else."""
    run = await (await article.run("ink")).resume(review.fill(my_review))
    ran.clear()
    run = await run.withdraw(review)

    assert isinstance(run.outcome, Incomplete)
    assert not ran

    run = await run.resume(review.defer("fine"))
    assert run.value.endswith("/ fine / [True, False]")
    assert ran == {"publish": 1}


async def test_a_deferred_value_taints_what_rests_on_it() -> None:
    """A deferred hole may be used, and the run says that its value rests on it."""
    run = await article.run("ink")
    assert not run.tainted
    assert (await run.resume(review.defer("fine"))).tainted
    assert not (await run.resume(review.fill(my_review))).tainted


async def test_an_engine_lists_and_opens_its_runs() -> None:
    """Runs are listed with their outcome, and one can be opened by its name."""
    engine = Engine()
    run = await engine.run(article, "ink")

    assert [(s.id, s.graph, s.outcome) for s in await engine.runs()] == [(run.id, "article", "incomplete")]
    assert (await engine.open(run.id, article)).id == run.id
    await engine.aclose()
