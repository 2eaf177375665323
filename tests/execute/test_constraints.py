"""What must hold is asked wherever something is called: of inputs before a body, of results before anybody has them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from annotated_types import Gt, Interval, MaxLen
from pydantic import BaseModel, Field

from lift_sys import (
    MAY,
    MUST,
    SHOULD,
    Cache,
    Complete,
    Engine,
    Failed,
    Fill,
    Graph,
    Incomplete,
    Node,
    Retry,
    Run,
    branch,
    each,
    graph,
    hole,
    loop,
    model,
    node,
    relates,
    todo,
)
from lift_sys.errors import ConstraintViolated, DefinitionError, FillRefused

seen: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


@node(effect="effect")
async def pay(amount: int) -> int:
    """Pay.

    MUST amount > 0
    MUST result == amount
    """
    seen.append(f"paid {amount}")
    return amount if amount != 13 else 0


@node
async def same(x: int) -> int:
    seen.append(f"same {x}")
    return x


def broken(run: Run[Any]) -> dict[str, str]:
    """Return the failed paths with the texts that were broken."""
    if not isinstance(run.outcome, Failed):
        return {}
    return {path: error.constraint.text for path, error in run.outcome.errors.items()}  # type: ignore[attr-defined]  # a broken constraint


async def test_inputs_are_asked_before_an_effect() -> None:
    """A MUST that names inputs alone stops the step before its body runs."""

    @graph
    async def g(x: int) -> int:
        return await pay(x)

    run = await g.run(-3)

    assert broken(run) == {"g/pay": "amount > 0"}
    assert seen == []
    error = run.outcome.errors["g/pay"]  # type: ignore[union-attr]  # a failed run
    assert isinstance(error, ConstraintViolated)
    assert error.ports == {"amount": -3}
    assert str(error) == (
        "g/pay: MUST amount > 0  [tests.execute.test_constraints:pay docstring line 3] does not hold: amount = -3"
    )


async def test_results_are_asked_before_anybody_has_them() -> None:
    """A MUST about the result fails the step; who waits for it is skipped."""

    @graph
    async def g(x: int) -> int:
        return await same(await pay(x))

    run = await g.run(13)

    assert broken(run) == {"g/pay": "result == amount"}
    assert seen == ["paid 13"]
    assert run.outcome.skipped == ["g/same"]  # type: ignore[union-attr]  # a failed run


async def test_a_broken_result_is_not_cached_and_not_tried_again() -> None:
    """A constraint is no failure that another try would mend, and nothing broken is stored."""

    @node(retry=Retry(attempts=3), cache=Cache(), effect="pure")
    async def twice(x: int) -> int:
        """Double it.

        MUST result < 10
        """
        seen.append(f"twice {x}")
        return 2 * x

    @graph
    async def g(x: int) -> int:
        return await twice(x)

    for _ in range(2):
        assert broken(await g.run(7)) == {"g/twice": "result < 10"}
    assert seen == ["twice 7", "twice 7"]


@dataclass
class Report:
    score: Annotated[int, Interval(ge=0, le=9)]


class Paper(BaseModel):
    title: str = Field(max_length=3)
    reports: list[Report] = Field(default_factory=list)


@node
async def make(score: int, title: str) -> Paper:
    return Paper.model_construct(title=title, reports=[])


@node
async def judge(x: Annotated[int, Gt(0)], names: Annotated[list[str], MaxLen(2)]) -> Report:
    return Report(x)


async def test_types_ask_as_well() -> None:
    """Refinements of parameters, results and the fields of classes are constraints with the type as origin."""
    assert [str(c) for c in judge.constraints] == [
        "MUST x > 0  [type of tests.execute.test_constraints:judge.x]",
        "MUST len(names) <= 2  [type of tests.execute.test_constraints:judge.names]",
        "MUST result.score >= 0  [type of tests.execute.test_constraints:judge.result.score]",
        "MUST result.score <= 9  [type of tests.execute.test_constraints:judge.result.score]",
    ]

    @graph
    async def g(x: int, names: list[str], title: str) -> tuple[Report, Paper]:
        return await judge(x, names), await make(x, title)

    assert broken(await g.run(0, [], "")) == {"g/judge": "x > 0"}
    assert broken(await g.run(1, ["a", "b", "c"], "")) == {"g/judge": "len(names) <= 2"}
    assert broken(await g.run(10, [], "")) == {"g/judge": "result.score <= 9"}
    assert broken(await g.run(1, [], "long")) == {"g/make": "len(result.title) <= 3"}
    assert isinstance((await g.run(1, [], "abc")).outcome, Complete)


@pytest.mark.parametrize(
    ("check", "told"),
    [
        (lambda x: x > 0, "x = 0"),
        (lambda x, result: result > x, "x = 0, result = 0"),
        (lambda result, *, x: result > x, "result = 0, x = 0"),
        (lambda result, least=1: result >= least, "result = 0"),
        (lambda result: 1 // result, "result = 0; the check raised ZeroDivisionError"),
        (bool, "result = 0"),
    ],
)
async def test_functions_are_asked_in_the_same_way(check: Callable[..., bool], told: str) -> None:
    """Which ports a check takes tells when it is asked; one that raises is broken."""

    @node(constraints=[MUST("be good", check)])
    async def gives(x: int) -> int:
        return x

    @graph
    async def g(x: int) -> int:
        return await gives(x)

    run = await g.run(0)

    assert broken(run) == {"g/gives": "be good"}
    assert f"does not hold: {told}" in str(run.outcome.errors["g/gives"])  # type: ignore[union-attr]  # a failed run


async def test_a_check_of_a_port_that_is_not_there_is_a_fault() -> None:
    """It would be asked about nothing."""

    @node(constraints=[MUST("be good", lambda value: value > 0)])
    async def gives(x: int) -> int:
        return x

    @graph
    async def g(x: int) -> int:
        return await gives(x)

    (said,) = g.check()
    assert said.code == "LS501"
    assert "takes `value`" in said.message
    assert "x, result" in said.help


async def test_a_broken_should_is_an_event_and_prose_and_may_are_carried() -> None:
    """Only a MUST fails a step; what is not computed is never asked."""

    @node(constraints=[SHOULD("result < 5"), MAY("result > 100"), MUST("be kind"), relates("result <= x + 1")])
    async def gives(x: int) -> int:
        return x

    @graph
    async def g(x: int) -> int:
        return await gives(x)

    run = await g.run(7)

    assert run.value == 7
    (event,) = [e for e in run.events if e.kind == "constraint.broken"]
    assert (event.path, event.data["constraint"], event.data["why"]) == ("g/gives", "result < 5", "result = 7")
    assert event.data["origin"].endswith("gives constraints[0]")
    assert [c.text for c in run.why(gives).constraints] == ["result < 5", "result <= x + 1"]
    assert "held: MUST result <= x + 1" in str(run.why(gives))
    assert "held: SHOULD" not in str(run.why(gives))


async def test_a_pattern_that_takes_too_long_is_broken() -> None:
    """No text keeps a run waiting for ever."""

    @node(constraints=[MUST("matches(result, '(a|aa)+$')")])
    async def gives(x: int) -> str:
        return "a" * x + "b"

    @graph
    async def g(x: int) -> str:
        return await gives(x)

    run = await g.run(60)

    assert broken(run) == {"g/gives": "matches(result, '(a|aa)+$')"}
    assert "took too long" in str(run.outcome)


@graph
async def inner(a: int, b: int) -> int:
    """Take the larger one.

    MUST a < b
    MUST result != 7
    """
    return await same(await larger(a, b))


@node
async def larger(a: int, b: int) -> int:
    return max(a, b)


@graph
async def around(x: int) -> int:
    return await same(await inner(2, x))


@graph
async def under(b: int) -> int:
    return await inner(2, b)


@graph
async def mapped(x: int) -> list[int]:
    return await each(under, [x, 9])  # a list that is drawn


@node
async def calling(x: int) -> int:
    return await inner(2, x)


@graph
async def called(x: int) -> int:
    return await calling(x)


@graph
async def chosen(x: int) -> int:
    return await branch(await yes(x), lambda: inner(2, x), lambda: same(x))


@node
async def yes(x: int) -> bool:
    return True


@graph
async def outermost(x: int) -> int:
    """Be a graph.

    MUST x != 1
    MUST result != 7
    """
    return await same(x)


@pytest.mark.parametrize(
    ("which", "path"),
    [
        (around, "around/inner"),
        (chosen, "chosen/inner"),
        (mapped, "mapped/under[0]/inner"),
        (called, "called/calling"),
        (outermost, "outermost"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
async def test_a_graph_is_asked_where_it_begins_and_ends(which: Graph[[int], Any], path: str) -> None:
    """As a step, in an arm, called by a body, and as the graph that is run: its inputs first, then its result."""
    begun, ended = await which.run(1), await which.run(7)

    assert list(broken(begun)) == [path]
    assert broken(begun)[path] in ("a < b", "x != 1")
    assert broken(ended) == {path: "result != 7"}
    assert isinstance((await which.run(8)).outcome, Complete)


@node
async def fails(x: int) -> int:
    raise ValueError(x)


@graph
async def failing(x: int) -> int:
    """Fail inside.

    MUST result > 0
    """
    return await same(await fails(x))


@graph
async def around_failing(x: int) -> int:
    return await same(await failing(x))


async def test_a_constraint_of_a_graph_leaves_errors_where_they_are() -> None:
    """The step inside is the one that failed, as it is in a graph of which nothing is asked."""
    outcome = (await around_failing.run(1)).outcome

    assert isinstance(outcome, Failed)
    assert {path: type(error) for path, error in outcome.errors.items()} == {"around_failing/failing/fails": ValueError}
    assert outcome.skipped == ["around_failing/failing/same", "around_failing/same"]


async def test_a_graph_whose_inputs_are_refused_does_nothing() -> None:
    """Not even what does not need them."""
    await outermost.run(1)
    await around.run(1)
    assert seen == []


async def test_a_graph_is_asked_about_its_inputs_once() -> None:
    """Its border asks about the result alone; what `why` says of the graph has both."""

    @graph(constraints=[SHOULD("x < 5"), SHOULD("result < 6")])
    async def g(x: int) -> int:
        return await same(x)

    run = await g.run(5)

    assert [(e.path, e.data["constraint"]) for e in run.events if e.kind == "constraint.broken"] == [("g", "x < 5")]
    assert [c.text for c in run.why("g").constraints] == ["x < 5", "result < 6"]
    assert "held: SHOULD result < 6" in str(run.why("g"))


async def test_refused_inputs_stay_refused() -> None:
    """There is nothing to try again."""
    run = await outermost.run(1)
    again = await run.resume(retry_failed=True)
    assert broken(again) == {"outermost": "x != 1"}


@graph
async def limited(text: str, *, least: int = 2) -> int:
    """Rate in a graph; nothing but what is asked uses the second input.

    MUST least < 5
    MUST result >= least
    """
    return await same(await rate(text))


@graph
async def report(text: str) -> int:
    """Report.

    MUST result >= 0
    """
    return await same(await limited(text, least=len(LEAST)))


LEAST = "abc"


async def test_a_constrained_graph_goes_around_its_hole() -> None:
    """It stops there, goes on when the hole is filled, and stops there again when the fill is taken back."""
    run = await report.run("four")
    assert isinstance(run.outcome, Incomplete)
    assert [closure.path for closure in run.holes] == ["report/limited/rate"]
    assert run.outcome.blocked == ["report/limited", "report/limited/same", "report/same"]

    filled = await run.resume(rate.fill(length))
    back = await filled.withdraw(rate)

    assert filled.value == 4
    assert isinstance(back.outcome, Incomplete)
    assert (await back.resume(rate.fill(length))).value == 4
    assert broken(await report.with_fills(rate.fill(length)).run("no")) == {"report/limited": "result >= least"}


@node
async def small(x: int) -> int:
    """Say it.

    MUST result < 3
    """
    return x + 1


@node
async def done(x: int) -> bool:
    return False


@node
async def calls_small(x: int) -> int:
    return await small(x)


async def test_maps_loops_arms_and_children_are_asked() -> None:
    """The same constraint, wherever its node is called."""

    @graph
    async def maps(xs: list[int]) -> list[int]:
        return await each(small, xs)

    @graph
    async def loops(x: int) -> int:
        return await loop(small, x, until=done, most=5)

    @graph
    async def arms(x: int) -> int:
        return await branch(await yes(x), lambda: small(x), lambda: same(x))

    @graph
    async def children(x: int) -> int:
        return await calls_small(x)

    assert broken(await maps.run([1, 2, 3])) == {"maps/small[1]": "result < 3", "maps/small[2]": "result < 3"}
    assert broken(await loops.run(0)) == {"loops/loop[2]/small": "result < 3"}
    assert broken(await arms.run(5)) == {"arms/small": "result < 3"}
    assert broken(await children.run(5)) == {"children/calls_small": "result < 3"}


@hole(constraints=[MUST("len(text) > 0"), SHOULD("result < 5")])
async def rate(text: str) -> int:
    """Rate the text.

    MUST 0 <= result < 10
    """
    todo()


@node
async def careful(text: str) -> int:
    """Count.

    MUST result != 4
    """
    return len(text)


@graph
async def by_graph(text: str) -> int:
    """Count in steps.

    MUST result != 6
    """
    return await same(await careful(text))


@graph
async def plain_graph(text: str) -> int:
    return await same(await careful(text))


@graph
async def rated(text: str) -> int:
    return await same(await rate(text))


async def length(text: str) -> int:
    return len(text)


FILLS = [rate.fill(length), rate.fill(careful), rate.fill(by_graph), rate.fill(plain_graph), rate.defer(3)]


@pytest.mark.parametrize("fill", FILLS, ids=lambda fill: fill.name)
async def test_a_fill_of_any_kind_keeps_what_its_hole_asks(fill: Fill) -> None:
    """Code, nodes, graphs and deferred values alike."""
    filled = rated.with_fills(fill)

    assert broken(await filled.run("")) == {"rated/rate": "len(text) > 0"}
    assert seen == []
    if fill.kind != "deferred":
        assert broken(await filled.run("x" * 12)) == {"rated/rate": "0 <= result < 10"}
    assert (await filled.run("abc")).value == 3


@pytest.mark.slow  # it imports what asks models
async def test_a_model_keeps_what_its_hole_asks() -> None:
    """Nothing is paid for inputs that are refused, and an answer that breaks a MUST is nobody's."""
    engine = Engine(providers={"local": ["12"]})
    filled = rated.with_fills(model(rate, "local"))

    refused = await engine.run(filled, "")
    broke = await engine.run(filled, "abc")

    assert broken(refused) == {"rated/rate": "len(text) > 0"}
    assert [e.kind for e in refused.events if e.kind.startswith("model")] == []
    assert broken(broke) == {"rated/rate": "0 <= result < 10"}
    (asked,) = [e for e in broke.events if e.kind == "model.requested"]
    assert "MUST 0 <= result < 10" in str(asked.data["messages"])


async def test_a_filling_node_keeps_its_own_constraints() -> None:
    """They are asked beside the hole's."""
    assert broken(await rated.with_fills(rate.fill(careful)).run("four")) == {"rated/rate": "result != 4"}
    assert broken(await rated.with_fills(rate.fill(by_graph)).run("sixsix")) == {"rated/rate": "result != 6"}
    run = await rated.with_fills(rate.fill(by_graph)).run("three")
    assert run.at("rated/rate/careful") == 5


async def test_a_fill_that_breaks_a_must_is_refused() -> None:
    """By its computed text, as by a function; the run is as it was."""
    run = await rated.run("x" * 12)
    assert isinstance(run.outcome, Incomplete)

    with pytest.raises(FillRefused, match=r"LS403.*0 <= result < 10"):
        await run.resume(rate.fill(length))
    assert isinstance((await rated.run("")).outcome, Incomplete)
    after = await (await rated.run("abc")).resume(rate.fill(by_graph))
    assert after.value == 3


@hole
async def write(text: str) -> Paper:
    todo()


@graph
async def written(text: str) -> Paper:
    return await make(1, text)


@graph
async def read(text: str) -> Paper:
    return await write(text)


async def test_the_steps_of_a_filling_graph_are_asked_themselves() -> None:
    """What classes ask is asked where values are made, and opens no border around a graph."""
    run = await read.with_fills(write.fill(written)).run("abc")

    assert run.at("read/write/make").title == "abc"
    assert [c.origin.rpartition(":")[2] for c in run.why("read/write").constraints] == ["make.result.title"]
    assert [c.origin.rpartition(":")[2] for c in run.why("read").constraints] == [
        "make.result.title",
        "read.result.title",
    ]


async def test_a_run_is_asked_about_the_fields_of_its_inputs() -> None:
    """A class that does not look at its fields itself is looked at where a run begins."""

    @graph
    async def g(given: Report) -> Report:
        return given

    assert broken(await g.run(Report(12))) == {"g": "given.score <= 9"}
    assert isinstance((await g.run(Report(3))).outcome, Complete)


@node(effect="pure")
async def seven(text: str) -> int:
    return 7


@node(effect="pure")
async def three(text: str) -> int:
    return 3


@node(effect="pure")
async def eleven(text: str) -> int:
    return 11


@node(effect="pure", constraints=[SHOULD("text != 'abc'")])
async def four(text: str) -> int:
    return 4


@node(effect="pure", constraints=[MUST("result > 2")])
async def two(said: str) -> int:
    return 2


async def test_broken_shoulds_count_when_fits_are_ranked() -> None:
    """What breaks nothing stands first, what breaks a MUST last."""
    run = await rated.run("abc")

    names = [fit.candidate.rpartition(":")[2] for fit in run.fits(rate)]

    assert names.index("three") < names.index("seven") < names.index("eleven")
    assert names.index("three") < names.index("four") < names.index("two")


async def test_a_constraint_that_cannot_be_read_stops_everything() -> None:
    """All such faults at once, each with its line, before anything runs."""

    @node(constraints=[MUST("resutl > 0")])
    async def one(x: int) -> int:
        """Do it.

        SHOULD result >= >= 0
        """
        return x

    @graph
    async def g(x: int) -> int:
        return await one(await same(x))

    with pytest.raises(DefinitionError) as raised:
        await g.run(1)

    codes = [said.code for said in raised.value.diagnostics]
    assert codes == ["LS501", "LS501"]
    places = [said.place.partition(" ")[0] for said in raised.value.diagnostics]
    assert all("test_constraints.py:" in place for place in places)
    assert len(set(places)) == 2
    assert seen == []


def test_whoever_says_nothing_is_asked_nothing() -> None:
    """A node without constraints, or with prose alone, is called as it is."""

    @node(constraints=[MUST("be kind"), MAY("result > 3")])
    async def kind(x: int) -> int:
        return x

    assert isinstance(kind, Node)
    assert kind.asked == same.asked == ()
    assert inner.is_bounded
    assert not under.is_bounded


@node(constraints=[MUST("not result < 0")])
async def no_number(x: int) -> float:
    return float("nan")


@graph
async def measured(x: int) -> float:
    return await no_number(x)


async def test_what_is_not_a_number_breaks_every_comparison() -> None:
    """Not less is no more for nan: what is derived of numbers holds of all values that pass."""
    outcome = (await measured.run(1)).outcome

    assert isinstance(outcome, Failed)
    assert "result is not a number" in str(outcome.errors["measured/no_number"])


class Silent:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


@pytest.mark.parametrize("holds", [True, False])
async def test_a_value_that_cannot_be_shown_is_asked_about_all_the_same(holds: bool) -> None:
    """What its repr raises decides nothing: the check does."""

    @node(constraints=[MUST("be right", check=lambda result: holds)])
    async def make(x: int) -> Silent:
        return Silent()

    @graph
    async def made(x: int) -> Silent:
        return await make(x)

    outcome = (await made.run(1)).outcome

    assert isinstance(outcome, Complete) is holds
    if isinstance(outcome, Failed):
        assert isinstance(outcome.errors["made/make"], ConstraintViolated)
