"""Two runs are explained by the least that changed: what follows from it is no cause."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import anyio.lowlevel
import pytest

from lift_sys import Engine, Graph, Node, branch, each, graph, hole, loop, node, prompt, todo
from lift_sys.errors import DefinitionError
from lift_sys.explain import RunComparison, compare
from lift_sys.record import KeptRun, parse_run


@node
async def f(x: int) -> int:
    return x + 1


@node
async def total(xs: list[int]) -> int:
    return sum(xs)


@node
async def numbers(most: int) -> list[int]:
    return list(range(most))


@node
async def is_big(x: int) -> bool:
    return x > 5


@node
async def parity(x: int) -> int:
    return x % 2


@hole
async def h(x: int) -> int:
    """How many?"""
    todo()


@graph
async def shapes(x: int, most: int = 2) -> list[int]:
    # x --> f --> is_big --> branch( f, total ) ; most --> numbers --> f[*] --> total ; x --> loop
    y = await f(x)
    mapped = await each(f, await numbers(most))
    chosen = await branch(await is_big(y), lambda: f(y), lambda: total(mapped))
    return [chosen, await loop(f, x, until=is_big, most=9)]


async def kept(made: Graph[..., Any], /, *args: Any, engine: Engine | None = None) -> KeptRun:
    """Return a run as another process would read it."""
    return parse_run(dict((await (engine or Engine()).run(made, *args)).to_record()), "run.json")


async def compared(made: Graph[..., Any], one: Sequence[Any], other: Sequence[Any]) -> RunComparison:
    return compare(await kept(made, *one), await kept(made, *other))


def told(found: RunComparison) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what follows from each cause."""
    return {(cause.kind, cause.path): cause.follows for cause in found.causes}


async def test_equal_runs_do_not_differ() -> None:
    """Times, run ids and the order of events are no difference."""
    found = await compared(shapes, (1,), (1,))

    assert (found.same, found.causes, found.differing) == (True, (), [])
    assert str(found).startswith("no difference")


async def test_an_input_is_the_cause_of_what_rests_on_it() -> None:
    """The turns and the arm that only one run took follow from it; what takes the other input does not differ."""
    found = await compared(shapes, (1,), (7,))

    assert {cause: set(follows) for cause, follows in told(found).items()} == {
        ("input", "shapes(x)"): {
            "shapes/f", "shapes/is_big", "shapes/total", "shapes/loop[0]/is_big", "shapes/loop[0]/f",
            *(f"shapes/loop[{turn}]/{name}" for turn in range(1, 5) for name in ("is_big", "f")),
            "shapes/loop[5]/is_big", "shapes/f#3",
        }
    }  # fmt: skip
    assert "shapes/f#3 is a step of the second run only" in str(found)


async def test_the_length_of_a_list_decides_how_many_items_there_are() -> None:
    """Items of only one run follow from it, those of both are as they were."""
    found = await compared(shapes, (1, 2), (1, 3))

    assert told(found) == {("input", "shapes(most)"): ("shapes/numbers", "shapes/total", "shapes/f#2[2]")}


async def test_a_difference_that_is_lost_on_the_way_goes_no_further() -> None:
    """Where a step makes the same of another input, nothing behind it differs."""

    @graph
    async def lossy(x: int) -> int:
        return await f(await parity(x))

    assert told(await compared(lossy, (1,), (3,))) == {("input", "lossy(x)"): ()}
    assert told(await compared(lossy, (1,), (2,))) == {("input", "lossy(x)"): ("lossy/parity", "lossy/f")}


async def test_another_fill_is_the_cause_and_not_what_it_gives() -> None:
    """Code against code, and a value for now against code."""

    @graph
    async def filled(x: int) -> int:
        return await f(await h(await f(x)))

    async def other(x: int) -> int:
        return x * 10

    runs = [await kept(filled.with_fills(fill), 1) for fill in (h.fill(f.fn), h.fill(other), h.defer(3))]
    assert told(compare(runs[0], runs[1])) == {("fill", "filled/h"): ("filled/f#2",)}
    # the value is the same, so nothing follows
    assert told(compare(runs[0], runs[2])) == {("fill", "filled/h"): ()}
    assert "nothing follows from it" in str(compare(runs[0], runs[2]))
    assert compare(runs[0], await kept(filled, 1)).to_json()["right"]["outcome"] == "incomplete"


def step_named(name: str, does: Callable[[int], int]) -> Node[..., int]:
    async def body(x: int) -> int:
        return does(x)

    body.__name__ = name
    return node(name=name)(body)


async def test_other_code_is_one_cause_wherever_it_ran() -> None:
    """A map over changed code is one cause; equal code on another line is none."""

    def of(add: int) -> Graph[..., int]:
        g = step_named("g", lambda x: x + add)

        async def many(most: int) -> int:
            return await total(await each(g, await numbers(most)))

        many.__annotations__ = {"most": int, "return": int}
        return graph(many)

    async def added(x: int) -> int:
        return x + 2

    one, same = await kept(of(1), 3), await kept(of(1), 3)
    assert compare(one, same).same

    @graph
    async def many(most: int) -> int:
        return await total(await each(node(name="g")(added), await numbers(most)))

    (cause,) = compare(one, await kept(many, 3)).causes
    assert (cause.kind, cause.path, cause.places) == ("code", "many/g[0]", ("many/g[1]", "many/g[2]"))
    assert cause.follows == ("many/total",)


async def test_an_answer_that_differs_is_a_cause() -> None:
    """A model that was asked the same twice; another model is another fill."""

    @prompt(model="helper")
    async def name(topic: str) -> str:
        """Name it."""
        todo()

    @graph
    async def named(topic: str) -> int:
        return await length(await name(topic))

    def engine(answer: str, model: str = "helper") -> Engine:
        return Engine(providers={"helper": model if model != "helper" else [answer], "other": [answer]})

    one, other = [await kept(named, "t", engine=engine(answer)) for answer in ("ab", "abc")]
    third = await kept(named, "t", engine=engine("abc", "other"))
    assert told(compare(one, other)) == {("answer", "named/name"): ("named/length",)}
    assert told(compare(one, third)) == {("fill", "named/name"): ("named/length",)}
    assert "answered by other" in str(compare(one, third))


@node
async def length(text: str) -> int:
    return len(text)


@pytest.mark.parametrize(("effect", "kind"), [("effect", "effect"), ("idempotent", "value")])
async def test_what_depends_on_chance_is_a_cause(effect: Any, kind: str) -> None:
    """Given the same, it gave something else: an effect is told from what should not do that."""
    calls: list[int] = []

    @node(effect=effect)
    async def counts(x: int) -> int:
        calls.append(x)
        return len(calls)

    @graph
    async def counted(x: int) -> int:
        return await f(await counts(x))

    assert told(await compared(counted, (1,), (1,))) == {(kind, "counted/counts"): ("counted/f",)}


async def test_a_step_that_was_given_the_same_is_no_follower() -> None:
    """What it takes of a record is as before: that another part of the record differs explains nothing."""
    calls: list[int] = []

    @node
    async def counts(x: int) -> int:
        calls.append(x)
        return len(calls)

    @node
    async def pair(x: int) -> tuple[int, int]:
        return 0, x

    @graph
    async def parted(x: int) -> int:
        return await counts((await pair(x))[0])

    found = await compared(parted, (1,), (2,))
    assert told(found) == {("input", "parted(x)"): ("parted/pair",), ("value", "parted/counts"): ()}


async def test_a_child_is_the_cause_and_its_parent_follows() -> None:
    """A body whose call gave something else follows from that call, though it was given the same."""
    calls: list[int] = []

    @node
    async def counts(x: int) -> int:
        calls.append(x)
        return len(calls)

    @node
    async def parent(x: int) -> int:
        return await f(await counts(x))

    @graph
    async def outer(x: int) -> int:
        return await parent(x)

    found = await compared(outer, (1,), (1,))
    assert told(found) == {("value", "outer/parent/counts"): ("outer/parent", "outer/parent/f")}


async def test_a_graph_that_is_drawn_otherwise_is_a_cause() -> None:
    """A constant in its body, and a step that only one of them has."""

    def of(number: int, more: bool) -> Graph[..., int]:
        async def drawn(x: int) -> int:
            y = await f(number)
            return await total([x, y, await parity(y)] if more else [x, y])

        drawn.__annotations__ = {"x": int, "return": int}
        return graph(drawn)

    runs = [await kept(of(*how), 1) for how in ((1, False), (2, False), (2, True))]
    assert told(compare(runs[0], runs[1])) == {("graph", "drawn/f"): ("drawn/total",)}
    assert told(compare(runs[1], runs[2])) == {("graph", "drawn/parity"): ("drawn/total",)}


async def test_an_error_is_told_as_what_it_follows_from() -> None:
    """What failed in one run differs there; what could not run because of it follows."""

    @node
    async def refuses(x: int) -> int:
        if x > 5:
            raise ValueError("too big")
        return x

    @graph
    async def refused(x: int) -> int:
        return await f(await refuses(x))

    found = await compared(refused, (1,), (9,))
    assert told(found) == {("input", "refused(x)"): ("refused/refuses", "refused/f")}
    assert "refused/refuses: 1 became failed: ValueError: too big" in str(found)


async def test_a_step_that_a_failure_cut_off_follows_from_it() -> None:
    """Where the first error ends the run, what was not done had no other reason."""

    @node
    async def refuses(x: int) -> int:
        if x > 5:
            raise ValueError("too big")
        return x

    @node
    async def slow(x: int) -> int:
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        return x

    @graph(on_error="stop")
    async def stopped(x: int, other: int) -> list[int]:
        return [await refuses(x), await f(await slow(other))]

    found = await compared(stopped, (1, 1), (9, 1))
    assert told(found) == {("input", "stopped(x)"): ("stopped/refuses", "stopped/slow", "stopped/f")}


async def test_code_of_two_versions_of_python_is_not_compared() -> None:
    """Each compiles it otherwise: only what it gave can be compared."""
    said = (await Engine().run(shapes, 1)).to_record()
    changed: Mapping[str, Any] = {
        **said, "python": "2.7", "steps": [{**step, "code": "another"} for step in said["steps"]]
    }  # fmt: skip

    assert compare(parse_run(dict(said), "a"), parse_run(dict(changed), "b")).same


async def test_runs_of_two_graphs_are_wrong_use() -> None:
    """There is nothing to compare by."""

    @graph
    async def other(x: int) -> int:
        return await f(x)

    with pytest.raises(DefinitionError, match=r"is a run of shapes, .* one of other"):
        compare(await kept(shapes, 1), await kept(other, 1))


async def test_a_comparison_as_data() -> None:
    """Causes with both sides, what differs, and the steps of one run only."""
    found = (await compared(shapes, (1, 2), (1, 3))).to_json()

    assert found["same"] is False
    assert found["causes"][0]["left"] == "2"
    assert (found["only_left"], found["only_right"]) == ([], ["shapes/f#2[2]"])
    assert found["differing"] == ["shapes/numbers", "shapes/total", "shapes/f#2[2]"]
