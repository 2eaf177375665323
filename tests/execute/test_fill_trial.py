"""Fills are tried on what the run has captured; a fill that does not hold is refused, and the run is as it was."""

from typing import Annotated, Any

import pytest
from annotated_types import Gt

from lift_sys import MUST, Graph, Incomplete, each, graph, hole, node, todo
from lift_sys.errors import FailedRun, FillRefused

seen: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_seen() -> None:
    seen.clear()


def saw(what: str) -> None:
    seen.append(what)


@node(effect="effect")
async def publish(number: int) -> int:
    saw(f"published {number}")
    return number


@hole(
    constraints=[
        MUST("text", check=lambda text: bool(text)),
        MUST("result < 10", check=lambda result: result < 10),
    ]
)
async def score(text: str) -> Annotated[int, Gt(0)]:
    """Score the text."""
    todo()


@graph
async def article(text: str) -> int:
    return await publish(await score(text))


@graph
async def shelf(texts: list[str]) -> list[int]:
    return await each(publish, await each(score, texts))


def length(text: str) -> Any:
    saw(f"scored {text}")
    return len(text)


async def by_length(text: str) -> int:
    return int(length(text))


async def refused(made: Graph[..., Any], given: Any, by: Any) -> list[str]:
    """Return what is said when a fill is refused; afterwards the run is as it was."""
    run = await made.run(given)
    before = [*run.events]
    with pytest.raises(FillRefused) as caught:
        await run.resume(score.fill(by))
    assert isinstance(run.outcome, Incomplete)
    assert [*run.events] == before
    return [fault.code for fault in caught.value.diagnostics]


async def test_a_fill_that_holds_is_run_once() -> None:
    """The trial is the execution: no body runs twice."""
    run = await (await article.run("abc")).resume(score.fill(by_length))

    assert run.value == 3
    assert seen == ["scored abc", "published 3"]


async def test_a_fill_that_breaks_a_must_is_refused_before_anything_depends_on_it() -> None:
    """Nothing is published of what does not hold."""
    assert await refused(article, "a long text", by_length) == ["LS403"]
    assert seen == ["scored a long text"]


async def test_a_fill_that_breaks_a_refinement_is_refused() -> None:
    """`Annotated[int, Gt(0)]` is part of what the hole promises."""

    async def nothing(text: str) -> int:
        return 0

    assert await refused(article, "abc", nothing) == ["LS402"]


async def test_a_value_of_another_type_is_refused() -> None:
    """A function without annotations is judged by what it gives."""
    assert await refused(article, "abc", lambda text: by_text(text)) == ["LS402"]


async def by_text(text: str) -> str:
    return text


async def test_one_input_that_fails_refuses_the_fill_for_all() -> None:
    """Every captured input counts, each failure is told, and nothing is published."""
    assert await refused(shelf, ["a", "a long text", "b", "another long text"], by_length) == ["LS403", "LS403"]
    assert not [what for what in seen if what.startswith("published")]


async def test_a_refused_run_takes_the_next_fill() -> None:
    """After the refusal the same run goes on with another fill."""
    run = await shelf.run(["abc", "a long text"])
    with pytest.raises(FillRefused, match="LS403"):
        await run.resume(score.fill(by_length))

    async def one(text: str) -> int:
        return 1

    assert (await run.resume(score.fill(one))).value == [1, 1]


async def test_an_error_of_the_body_is_no_refusal() -> None:
    """A fill that raises is a step that failed; the run says so and can be resumed."""

    async def breaks(text: str) -> int:
        raise OSError(text)

    run = await (await article.run("abc")).resume(score.fill(breaks))

    with pytest.raises(FailedRun, match="OSError: abc"):
        _ = run.value


async def test_a_precondition_that_does_not_hold_is_no_fault_of_the_fill() -> None:
    """`text` was empty before anybody filled the hole: the step fails."""
    run = await (await article.run("")).resume(score.fill(by_length))

    with pytest.raises(FailedRun, match="MUST text"):
        _ = run.value


async def test_an_effect_is_not_done_for_a_trial() -> None:
    """A fill that is an effect runs with the run; what it breaks there is a step that failed."""
    effect = node(effect="effect")(by_length)
    run = await (await article.run("a long text")).resume(score.fill(effect))

    with pytest.raises(FailedRun, match="result < 10"):
        _ = run.value


async def test_children_of_a_fill_are_recorded() -> None:
    """What a tried fill calls is a step of the run, with its path and its value."""

    @node
    async def measured(text: str) -> int:
        return len(text)

    async def by_node(text: str) -> int:
        return await measured(text)

    run = await (await article.run("abc")).resume(score.fill(by_node))

    assert run.value == 3
    assert [run.at(e.path) for e in run.events if e.kind == "step.finished" and "measured" in e.path] == [3]


async def test_a_fill_of_a_child_is_tried_before_its_caller_starts_again() -> None:
    """The hole was reached by a node's body: a fill that does not hold is refused there, too."""

    @node
    async def asks(text: str) -> int:
        saw("asks")
        return await publish(await score(text))

    @graph
    async def nested(text: str) -> int:
        return await asks(text)

    assert await refused(nested, "a long text", by_length) == ["LS403"]
    assert seen == ["asks", "scored a long text"]
    seen.clear()

    run = await (await nested.run("abc")).resume(score.fill(by_length))

    assert run.value == 3
    assert seen == ["asks", "scored abc", "asks", "published 3"]


async def test_a_refused_fill_that_changes_its_arguments_leaves_the_run_as_it_was() -> None:
    """A tried fill has copies: the closure is what it was, and the next fill is given what was captured."""

    @hole
    async def longest(words: list[str]) -> Annotated[int, Gt(0)]:
        todo()

    @node
    async def words_of(text: str) -> list[str]:
        return text.split()

    @graph
    async def counted(text: str) -> int:
        return await publish(await longest(await words_of(text)))

    async def empties(words: list[str]) -> int:
        words.clear()
        return 0

    async def honest(words: list[str]) -> int:
        return max(map(len, words))

    run = await counted.run("a few words")
    with pytest.raises(FillRefused):
        await run.resume(longest.fill(empties))
    assert [dict(c.inputs) for c in run.holes] == [{"words": ["a", "few", "words"]}]
    assert run[words_of] == ["a", "few", "words"]
    assert (await run.resume(longest.fill(honest))).value == 5


async def test_what_cannot_be_copied_is_handed_on_to_a_trial() -> None:
    """A value that refuses to be copied is no obstacle."""

    class Unique:
        def __deepcopy__(self, memo: object) -> Any:
            raise TypeError("there is one of me")

    @hole
    async def name_of(thing: Unique) -> str:
        todo()

    @graph
    async def named(thing: Unique) -> str:
        return await name_of(thing)

    async def hashed(thing: Unique) -> str:
        return str(id(thing))

    one = Unique()
    assert (await (await named.run(one)).resume(name_of.fill(hashed))).value == str(id(one))
