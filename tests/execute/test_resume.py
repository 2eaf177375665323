"""Going on from a run: fills in parts, refused fills, graphs as fills, deferred values, failed steps."""

from collections import Counter
from typing import Any

import anyio
import pytest

from lift_sys import Complete, Engine, Failed, Fill, Graph, Incomplete, each, graph, hole, loop, node, person, todo
from lift_sys.errors import FailedRun, FillRefused, IncompleteRun, InvalidValue
from tests.backends import both_backends

ran: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()


@node
async def f(x: int) -> int:
    ran[f"f({x})"] += 1
    return x + 1


@hole
async def h(x: int) -> int:
    todo()


@hole
async def other(x: int, times: int = 2) -> int:
    todo()


@hole
async def unused(x: int) -> int:
    todo()


@graph
async def g(x: int) -> tuple[int, int, int]:
    a = await h(x)
    b = await other(await f(a))
    return await f(x), await f(b), b


async def answer(x: int) -> int:
    ran[f"answer({x})"] += 1
    return x * 10


async def answer_other(x: int, times: int = 2) -> int:
    return x * times


@both_backends
async def test_holes_are_met_as_their_inputs_come() -> None:
    """A hole that waits for a hole is blocked, not reached; filling the first reaches the second."""
    run = await g.run(1)
    assert [c.path for c in run.holes] == ["g/h"]
    assert run.outcome.blocked == ["g/f", "g/f#3", "g/other"]  # type: ignore[union-attr]
    run = await run.resume(h.fill(answer))
    assert [(c.path, dict(c.inputs)) for c in run.holes] == [("g/other", {"x": 11, "times": 2})]
    run = await run.resume(other.fill(answer_other))
    assert run.value == (2, 23, 22)
    assert ran == {"f(1)": 1, "f(10)": 1, "f(22)": 1, "answer(1)": 1}


async def test_a_hole_may_be_filled_before_it_is_reached() -> None:
    """Fills may come in any order, also all at once."""
    run = await (await g.run(1)).resume(other.fill(answer_other))
    assert [c.path for c in run.holes] == ["g/h"]
    assert (await run.resume(h.fill(answer))).value == (2, 23, 22)
    assert (await (await g.run(1)).resume(other.fill(answer_other), h.fill(answer))).value == (2, 23, 22)


async def wrong_result(x: int) -> str:
    return "text"


async def lies(x: int) -> int:
    return "text"  # type: ignore[return-value]


REFUSED: list[tuple[str, Fill]] = [
    ("LS401", h.fill(wrong_result)),  # type: ignore[arg-type]
    ("LS402", h.defer("text")),
    ("LS404", unused.fill(answer)),
]


@pytest.mark.parametrize(("code", "fill"), REFUSED, ids=[code for code, _ in REFUSED])
async def test_a_refused_fill_leaves_the_run_as_it_was(code: str, fill: Fill) -> None:
    """A fill that does not fit is refused with its code, the hole's name and a cure; nothing has run."""
    run = await g.run(1)
    before = (run.outcome, len(run.events), ran.copy())
    with pytest.raises(FillRefused) as refused:
        await run.resume(other.fill(answer_other), fill)

    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == code
    assert fill.hole.name in diagnostic.message
    assert diagnostic.help
    assert (run.outcome, len(run.events), ran) == before
    assert (await run.resume(h.fill(answer))).at("g/h") == 10


async def test_a_hole_that_a_body_will_call_can_be_filled_before_it_is_reached() -> None:
    """The fill is kept for when a body asks, also one that stands in a hole itself; another node is still refused."""

    @node
    async def asks_later(x: int) -> int:
        return await other(await h(x))

    async def asks_too(x: int) -> int:
        return await answer(await unused(x))

    @graph
    async def g(x: int) -> int:
        return await asks_later(x)

    run = await (await g.run(1)).resume(other.fill(answer_other))
    assert [c.path for c in run.holes] == ["g/asks_later/h"]
    assert (await run.resume(h.fill(answer))).value == 20
    with pytest.raises(FillRefused, match="LS404"):
        await run.resume(unused.fill(answer))
    assert (await run.resume(h.fill(asks_too), unused.defer(3))).value == 60


async def test_the_output_of_a_fill_is_judged_by_the_type_of_its_hole() -> None:
    """Values are validated where they enter: a fill that lies is refused on resume, and is an error in a run."""
    with pytest.raises(FillRefused, match="'text'"):
        await (await g.run(1)).resume(h.fill(lies))

    run = await g.with_fills(h.fill(lies)).run(1)
    assert isinstance(run.outcome, Failed)
    assert isinstance(run.outcome.errors["g/h"], InvalidValue)


async def test_resuming_with_nothing_changes_nothing() -> None:
    """A run that is resumed with no fill is as it was; a complete one stays complete."""
    run = await (await g.run(1)).resume()
    assert [c.path for c in run.holes] == ["g/h"]
    run = await run.resume(h.defer(5), other.defer(2))
    again = await run.resume()
    assert again.value == run.value
    assert ran["f(1)"] == 1


@both_backends
async def test_a_loop_that_cannot_tell_whether_it_is_done_is_blocked() -> None:
    """It waits as a branch for its condition; one whose turn waits is not named beside the steps of the turn."""

    @hole
    async def enough(x: int) -> bool:
        todo()

    @node
    async def is_big(x: int) -> bool:
        return x > 2

    @graph
    async def asked(x: int) -> int:
        return await loop(f, x, until=enough, most=3)

    @graph
    async def fills_and_adds(x: int) -> int:
        return await f(await h(x))

    @graph
    async def turned(x: int) -> int:
        return await loop(fills_and_adds, x, until=is_big, most=3)

    run = await asked.run(2)
    assert run.outcome.blocked == ["asked/loop"]  # type: ignore[union-attr]
    assert [(c.path, c.blocks) for c in run.holes] == [("asked/loop[0]/enough", ["asked/loop"])]
    assert (await run.resume(enough.fill(is_big))).value == 3
    assert (await turned.run(2)).outcome.blocked == ["turned/loop[0]/fills_and_adds/f"]  # type: ignore[union-attr]


async def test_a_graph_may_stand_in_a_hole() -> None:
    """Its steps stand behind the hole's path; its own holes stay open and can be filled in their turn."""

    @graph
    async def finds(x: int) -> int:
        return await f(await other(await f(x)))

    @graph
    async def outer(x: int) -> int:
        return await f(await h(x))

    run = await (await outer.run(1)).resume(h.fill(finds))
    assert [(c.path, c.inputs["x"]) for c in run.holes] == [("outer/h/other", 2)]
    run = await run.resume(other.fill(answer_other))
    assert run.value == 6
    assert run.at("outer/h/f#2") == run.at("outer/h") == 5


async def test_a_graph_takes_fills_for_holes_within_its_fills() -> None:
    """`with_fills` says everything at once that `resume` may say in parts."""

    @graph
    async def finds(x: int) -> int:
        return await other(await f(x))

    @graph
    async def outer(x: int) -> int:
        return await f(await h(x))

    filled = outer.with_fills(h.fill(finds), other.fill(answer_other))
    assert (await filled.run(1)).value == 5


async def test_a_graph_takes_fills_for_holes_that_its_bodies_call() -> None:
    """A hole that is met only by a child may be filled before the run, as it may be afterwards."""

    @node
    async def calls(x: int) -> int:
        return await h(x)

    @graph
    async def outer(x: int) -> int:
        return await calls(x)

    assert (await outer.with_fills(h.fill(answer)).run(1)).value == 10


async def test_a_fill_stands_in_every_twin_of_its_hole() -> None:
    """The same hole under another name or policy is filled with it."""
    twin = h.using(name="twin", timeout=60)

    @graph
    async def both(x: int) -> list[int]:
        return [await h(x), await twin(2)]

    run = await both.run(1)
    assert [c.path for c in run.holes] == ["both/h", "both/twin"]
    assert (await run.resume(h.fill(answer))).value == [10, 20]
    assert (await both.with_fills(twin.fill(answer)).run(1)).value == [10, 20]


async def test_a_node_with_a_body_can_be_overridden() -> None:
    """`fill` of a node that is no hole stands in its place."""

    @graph
    async def calls(x: int) -> int:
        return await f(await f(x))

    assert (await calls.with_fills(f.fill(answer)).run(1)).value == 100


async def test_each_over_a_hole_opens_when_it_is_filled() -> None:
    """A map over an open hole is blocked as a whole; then its items run, and pipelines go on with them."""

    @hole
    async def items(x: int) -> list[int]:
        todo()

    @graph
    async def mapped(x: int) -> list[int]:
        return await each(f, await each(h, await items(x)))

    run = await mapped.run(1)
    assert run.outcome.blocked == ["mapped/f[*]", "mapped/h[*]"]  # type: ignore[union-attr]
    run = await run.resume(items.defer([1, 2]))
    assert [c.path for c in run.holes] == ["mapped/h[0]", "mapped/h[1]"]
    assert run.outcome.blocked == ["mapped/f[0]", "mapped/f[1]"]  # type: ignore[union-attr]
    assert (await run.resume(h.fill(answer))).value == [11, 21]
    assert (await (await mapped.run(1)).resume(items.defer([]))).value == []


async def test_failed_steps_run_again_only_if_asked() -> None:
    """`resume()` leaves errors alone; `retry_failed` runs the failed steps and what depends on them."""
    broken = [True]

    @node
    async def shaky(x: int) -> int:
        ran["shaky"] += 1
        if broken:
            raise ValueError("not yet")
        return x

    @graph
    async def tries(x: int) -> list[int]:
        return [await f(await shaky(x)), await f(5)]

    run = await tries.run(1)
    assert isinstance(run.outcome, Failed)
    broken.clear()
    assert isinstance((await run.resume()).outcome, Failed)
    again = await run.resume(retry_failed=True)
    assert again.value == [2, 6]
    assert ran == {"shaky": 2, "f(1)": 1, "f(5)": 1}
    assert isinstance(run.outcome, Failed)


async def test_an_error_comes_before_an_open_hole() -> None:
    """A run with both has failed; its holes are named all the same, and can be filled."""

    @node
    async def breaks(x: int) -> int:
        raise ValueError("broken")

    @graph
    async def mixed(x: int) -> list[int]:
        return [await f(await breaks(x)), await f(await h(x))]

    run = await mixed.run(1)
    assert isinstance(run.outcome, Failed)
    assert list(run.outcome.skipped) == ["mixed/f"]
    assert [c.path for c in run.holes] == ["mixed/h"]
    run = await run.resume(h.fill(answer))
    assert run.at("mixed/f#2") == 11
    with pytest.raises(FailedRun, match="mixed/breaks: ValueError: broken") as raised:
        run.value  # noqa: B018 - the property raises
    assert isinstance(raised.value.__cause__, ValueError)
    assert raised.value.run is run


async def test_the_same_fill_may_be_given_to_two_runs() -> None:
    """Fills are values; runs do not share anything through them."""
    fill = h.fill(answer)
    first, second = await (await g.run(1)).resume(fill), await (await g.run(2)).resume(fill)
    assert (first.at("g/h"), second.at("g/h")) == (10, 20)


async def test_withdrawing_goes_on_from_there() -> None:
    """A withdrawn hole takes its consequences along; what does not rest on it stays, errors too."""

    @node
    async def breaks(x: int) -> int:
        ran["breaks"] += 1
        raise ValueError("broken")

    @graph
    async def three(x: int) -> list[int]:
        return [await f(await h(x)), await other(x), await breaks(x)]

    run = await (await three.run(1)).resume(h.fill(answer), other.defer(4))
    run = await run.withdraw(h)
    assert [c.path for c in run.holes] == ["three/h"]
    assert list(run.outcome.errors) == ["three/breaks"]  # type: ignore[union-attr]
    assert run.at("three/other") == 4
    run = await run.resume(h.defer(7))
    assert run.at("three/f") == 8
    assert ran == {"breaks": 1, "answer(1)": 1, "f(10)": 1, "f(7)": 1}


async def test_a_fill_of_the_graph_can_be_withdrawn() -> None:
    """Also one that stood there when the run began."""
    run = await g.with_fills(h.fill(answer), other.fill(answer_other)).run(1)
    run = await run.withdraw(h)
    assert isinstance(run.outcome, Incomplete)
    assert run.at("g/f#2") == 2 if "g/f#2" in {e.path for e in run.events} else True
    assert (await run.resume(h.fill(answer))).value == (2, 23, 22)
    with pytest.raises(Exception, match="LS404"):
        await run.withdraw(unused)


async def test_who_listens_is_told_only_what_is_new() -> None:
    """Neither a resume nor a withdrawal tells again of steps that ended and of holes that were open."""
    told: list[tuple[str, str]] = []

    @graph
    async def two(x: int) -> list[int]:
        return [await f(await h(x)), await other(await f(x))]

    run = await Engine(on_event=lambda event: told.append((event.kind, event.path))).run(two, 1)
    told.clear()
    run = await run.resume(h.fill(answer))
    assert told == [
        ("hole.filled", "two/h"),
        ("step.started", "two/h"),
        ("step.finished", "two/h"),
        ("step.started", "two/f"),
        ("step.finished", "two/f"),
        ("run.finished", ""),
    ]
    told.clear()
    run = await run.withdraw(h)
    assert told == [("hole.withdrawn", ""), ("hole.reached", "two/h"), ("run.finished", "")]
    assert [e.path for e in run.events if e.kind == "hole.reached"] == ["two/other", "two/h"]


async def test_a_deferred_value_taints_only_what_rests_on_it() -> None:
    """Taint follows the values: through maps, sub-graphs and children, and not beyond."""

    @graph
    async def sub(x: int) -> int:
        return await f(x)

    @node
    async def calls(x: int) -> int:
        return await h(x)

    async def tainted(made: Graph[[int], Any]) -> bool:
        run = await made.run(1)
        return (await run.resume(h.defer(3))).tainted if run.holes else run.tainted

    @graph
    async def through_map(x: int) -> list[int]:
        return await each(f, [x, await h(x)])

    @graph
    async def through_sub(x: int) -> int:
        return await sub(await h(x))

    @graph
    async def through_child(x: int) -> int:
        return await calls(x)

    @graph
    async def beside(x: int) -> int:
        await f(await h(x))
        return await f(x)

    assert [await tainted(made) for made in (through_map, through_sub, through_child, beside)] == [True] * 3 + [False]


async def test_a_person_is_asked_in_a_child_too() -> None:
    """A person's answer may be waited for by a body."""

    @node
    async def asks(x: int) -> int:
        return await h(x) + 1

    @graph
    async def waits(x: int) -> int:
        return await asks(x)

    run = await (await waits.run(1)).resume(person(h, "How many?"))
    assert [(c.path, c.question) for c in run.holes] == [("waits/asks/h", "How many?")]
    run = await run.resume(h.defer(41))
    assert run.outcome == Complete(42)


async def test_a_hole_outside_of_a_run_says_what_to_do() -> None:
    """A bare call of a hole has no run to wait in."""
    with pytest.raises(IncompleteRun, match=r"with_fills\(h.fill\(my_h\)\)"):
        await h(1)


async def test_engines_do_not_share_runs() -> None:
    """A run is resumed on the engine that it began on."""
    seen: list[str] = []
    engine = Engine(on_event=lambda event: seen.append(event.kind))
    run = await engine.run(g, 1)
    seen.clear()
    await run.resume(h.fill(answer))
    assert seen.count("step.finished") == 2


async def test_a_fill_that_breaks_can_be_replaced() -> None:
    """Its error is the step's; withdrawn, the hole is open again and takes another fill."""

    async def breaks(x: int) -> int:
        raise ValueError("no answer")

    run = await (await g.run(1)).resume(h.fill(breaks))
    assert isinstance(run.outcome, Failed)
    assert list(run.outcome.errors) == ["g/h"]
    run = await run.withdraw(h)
    assert [c.path for c in run.holes] == ["g/h"]
    assert (await run.resume(h.fill(answer), other.fill(answer_other))).value == (2, 23, 22)


async def test_a_cancelled_resume_leaves_its_run_as_it_was() -> None:
    """Who gives up waiting can resume again."""

    async def slow(x: int) -> int:
        await anyio.sleep(100)
        return x

    run = await g.run(1)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await run.resume(h.fill(slow))
    assert [c.path for c in run.holes] == ["g/h"]
    assert (await run.resume(h.fill(answer), other.fill(answer_other))).value == (2, 23, 22)


@both_backends
async def test_a_fill_takes_the_place_of_an_earlier_one_and_of_all_that_rests_on_it() -> None:
    """What was deferred is replaced when the answer is there: value, taint and reason are those of the answer."""
    deferred = await (await g.run(1)).resume(h.defer(5), other.fill(answer_other))
    assert deferred.tainted

    filled = await deferred.resume(h.fill(answer))

    assert (filled.value, filled.tainted) == ((2, 23, 22), False)
    assert "answer" in str(filled.why("g/h"))
    assert (deferred.value, deferred.tainted) == ((2, 13, 12), True)


async def test_a_listener_hears_of_a_resumed_run_only_what_is_new() -> None:
    """What was told before the resume is not told again; that the hole was filled is told."""
    heard: list[int] = []
    engine = Engine(on_event=lambda event: heard.append(event.seq))
    run = await engine.run(g, 1)
    run = await run.resume(h.fill(answer), other.fill(answer_other))

    assert heard == [event.seq for event in run.events]


async def test_an_error_that_a_body_handled_is_no_failure_also_when_it_meets_a_hole() -> None:
    """The run is incomplete, and complete when the hole is filled."""

    @node
    async def bad(x: int) -> int:
        raise ValueError(x)

    @node
    async def careful(x: int) -> int:
        try:
            return await bad(x)
        except ValueError:
            return await h(x)

    @graph
    async def over(x: int) -> int:
        return await careful(x)

    run = await over.run(1)
    assert isinstance(run.outcome, Incomplete)
    run = await run.resume(h.fill(answer))

    assert run.value == 10
