"""A node that calls nodes: children have paths, records and holes of their own (rule 8)."""

from collections import Counter

import anyio
import pytest
from anyio.lowlevel import checkpoint

from lift_sys import Engine, Failed, Incomplete, each, graph, hole, node, todo
from lift_sys.errors import DefinitionError, StepTimeout
from lift_sys.testing import simulate, virtual_time
from tests.backends import both_backends

ran: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()


@node
async def f(x: int) -> int:
    ran[f"f({x})"] += 1
    return x + 1


@node(effect="effect")
async def send(x: int) -> int:
    ran[f"send({x})"] += 1
    return x


@hole
async def h(x: int) -> int:
    todo()


@hole
async def other(x: int) -> int:
    todo()


async def answer(x: int) -> int:
    ran[f"answer({x})"] += 1
    return x * 10


@node
async def asks(x: int) -> int:
    ran["asks"] += 1
    y = await send(await f(x))
    return await f(await h(y))


@graph
async def g(x: int) -> list[int]:
    return [await asks(x), await f(7)]


@both_backends
async def test_a_child_hole_parks_its_parent_and_starts_it_again() -> None:
    """The closure is the child's; on resume the body starts again, and its finished children are not repeated."""
    run = await g.run(1)
    assert isinstance(run.outcome, Incomplete)
    assert [(c.path, dict(c.inputs), list(c.blocks)) for c in run.holes] == [("g/asks/h", {"x": 2}, ["g/asks"])]
    assert run.outcome.blocked == ["g/asks"]
    assert run.at("g/f") == 8

    run = await run.resume(h.fill(answer))
    assert run.value == [21, 8]
    assert ran == {"asks": 2, "f(1)": 1, "send(2)": 1, "f(7)": 1, "answer(2)": 1, "f(20)": 1}


async def test_parts_of_a_run_do_not_meet_each_other() -> None:
    """Two resumes of one run are independent, and so is a resume of each."""

    @node
    async def asks_two(x: int) -> int:
        return await h(x) + await other(x)

    @graph
    async def two(x: int) -> int:
        return await asks_two(x)

    run = await two.run(1)
    first = await run.resume(h.defer(10))
    second = await run.resume(h.defer(20))
    ends = [await r.resume(other.defer(n)) for r in (first, second) for n in (1, 2)]

    assert [e.value for e in ends] == [11, 12, 21, 22]
    assert [c.path for c in run.holes] == ["two/asks_two/h"]
    assert [c.path for c in first.holes] == ["two/asks_two/other"]


@both_backends
async def test_holes_beside_each_other_in_a_body_are_all_met() -> None:
    """In a task group of children every hole is reached, and the others end, before the body is unwound."""

    @node
    async def asks_all(x: int) -> list[int]:
        found: dict[str, int] = {}

        async def one(name: str, of: object) -> None:
            found[name] = await of(x)  # type: ignore[operator]

        async with anyio.create_task_group() as group:
            for name, of in {"h": h, "f": f, "other": other, "send": send}.items():
                group.start_soon(one, name, of)
        return [found[name] for name in sorted(found)]

    @graph
    async def beside(x: int) -> list[int]:
        return await asks_all(x)

    run = await beside.run(1)
    assert [c.path for c in run.holes] == ["beside/asks_all/h", "beside/asks_all/other"]
    run = await run.resume(h.fill(answer))
    assert [c.path for c in run.holes] == ["beside/asks_all/other"]
    run = await run.resume(other.defer(5))
    assert run.value == [2, 10, 5, 1]
    assert ran == {"f(1)": 1, "send(1)": 1, "answer(1)": 1}


async def test_gathered_holes_are_met_too() -> None:
    """The same with asyncio.gather, which no task group looks after."""
    import asyncio

    @node
    async def gathers(x: int) -> int:
        return sum(await asyncio.gather(h(x), f(x), other(x)))  # noqa: TID251 - what a user's body may do

    @graph
    async def gathered(x: int) -> int:
        return await gathers(x)

    run = await gathered.run(1)
    assert [c.path for c in run.holes] == ["gathered/gathers/h", "gathered/gathers/other"]
    run = await run.resume(h.defer(1), other.defer(1))
    assert run.value == 4
    assert ran == {"f(1)": 1}


async def test_a_map_in_a_body_reaches_the_hole_of_each_item() -> None:
    """`each` in a body runs a child for each item; equal inputs are calls of their own."""

    @node
    async def maps(xs: list[int]) -> list[int]:
        return await each(h, xs)

    @graph
    async def mapped(xs: list[int]) -> list[int]:
        return await maps(xs)

    run = await mapped.run([1, 2, 1])
    assert sorted(c.inputs["x"] for c in run.holes) == [1, 1, 2]
    run = await run.resume(h.fill(answer))
    assert run.value == [10, 20, 10]
    assert ran == {"answer(1)": 2, "answer(2)": 1}


@both_backends
async def test_a_graph_called_from_a_body_runs_around_its_holes() -> None:
    """All of a child graph that does not need its hole is done; the parent waits for its output."""

    @graph
    async def inner(x: int) -> tuple[int, int, int]:
        y = await h(x)
        return await f(x), y, await f(y)

    @node
    async def calls(x: int) -> int:
        return sum(await inner(x))

    @graph
    async def outer(x: int) -> int:
        return await calls(x)

    run = await outer.run(1)
    assert [(c.path, c.blocks) for c in run.holes] == [
        ("outer/calls/inner/h", ["outer/calls", "outer/calls/inner/f#2"])
    ]
    assert run.at("outer/calls/inner/f") == 2
    run = await run.resume(h.fill(answer))
    assert run.value == 2 + 10 + 11
    assert ran == {"f(1)": 1, "answer(1)": 1, "f(10)": 1}


async def test_the_output_of_a_child_graph_may_be_its_hole() -> None:
    """A child graph that does nothing but ask waits for the answer like any other."""

    @graph
    async def only_asks(x: int) -> int:
        return await h(x)

    @node
    async def calls(x: int) -> int:
        return await only_asks(x)

    @graph
    async def g(x: int) -> int:
        return await calls(x)

    run = await (await g.run(1)).resume(h.fill(answer))
    assert run.value == 10
    assert ran == {"answer(1)": 1}


async def test_the_error_of_a_child_is_raised_in_its_parent() -> None:
    """A parent may handle it; then the run has no error. If it does not, the parent has failed of it."""

    @node
    async def breaks(x: int) -> int:
        raise ValueError(x)

    @node
    async def handles(x: int) -> int:
        try:
            return await breaks(x)
        except ValueError:
            return -x

    @node
    async def does_not(x: int) -> int:
        return await breaks(x)

    @graph
    async def handled(x: int) -> int:
        return await handles(x)

    @graph
    async def unhandled(x: int) -> int:
        return await f(await does_not(x))

    assert (await handled.run(1)).value == -1
    outcome = (await unhandled.run(1)).outcome
    assert isinstance(outcome, Failed)
    assert list(outcome.errors) == ["unhandled/does_not"]
    assert list(outcome.skipped) == ["unhandled/f"]


async def test_the_error_of_a_child_graph_is_raised_in_its_parent() -> None:
    """Also when the step that failed has no body: a field that is not there."""

    class Bag:
        def __getattr__(self, name: str) -> int:
            raise AttributeError(f"no {name} in this bag")

    @node
    async def bag() -> Bag:
        return Bag()

    @graph
    async def looks(x: int) -> int:
        found = await bag()
        return await f(found.price)

    @node
    async def handles(x: int) -> int:
        try:
            return await looks(x)
        except AttributeError:
            return -x

    @graph
    async def g(x: int) -> int:
        return await handles(x)

    assert (await g.run(1)).value == -1


async def test_an_error_that_a_step_of_a_child_graph_handles_is_no_error_of_the_graph() -> None:
    """What a body of the graph called is the body's to handle, also while it is still going on."""

    @node
    async def breaks(x: int) -> int:
        raise ValueError(x)

    @node
    async def handles(x: int) -> int:
        try:
            return await breaks(x)
        except ValueError:
            await checkpoint()
            return -x

    @graph
    async def inner(x: int) -> int:
        return await f(await handles(x))

    @node
    async def calls(x: int) -> int:
        return await inner(x)

    @graph
    async def g(x: int) -> int:
        return await calls(x)

    assert (await g.run(3)).value == -2


def test_a_child_that_was_cut_short_begins_again_with_its_parent() -> None:
    """A parent that starts again sees its own time limit pass again, and no error of the child."""

    @node
    async def slow(x: int) -> int:
        ran["slow"] += 1
        await anyio.sleep(100)
        return x

    @node
    async def impatient(x: int) -> int:
        with anyio.move_on_after(1):
            return await slow(x)
        return await h(x)

    @graph
    async def g(x: int) -> int:
        return await impatient(x)

    async def scene() -> int:
        run = await Engine(clock=anyio.current_time).run(g, 1)
        assert [c.path for c in run.holes] == ["g/impatient/h"]
        return (await run.resume(h.defer(7))).value

    assert virtual_time(scene) == 7
    assert ran == {"slow": 2}


def test_a_child_graph_that_was_given_up_leaves_no_error() -> None:
    """A child of one of its bodies, cut short with it, is no failure of the run."""

    @node
    async def slow(x: int) -> int:
        await anyio.sleep(100)
        return x

    @node
    async def calls_slow(x: int) -> int:
        return await slow(x)

    @graph
    async def inner(x: int) -> int:
        return await f(await calls_slow(x))

    @node
    async def impatient(x: int) -> int:
        with anyio.move_on_after(1):
            return await inner(x)
        return -x

    @graph
    async def g(x: int) -> int:
        return await impatient(x)

    assert virtual_time(Engine(clock=anyio.current_time).run, g, 1).value == -1


def test_a_timeout_around_a_child_leaves_the_parent_going_on() -> None:
    """A child that its parent cancels has an ending of its own, and the parent's value stands."""

    @node
    async def slow(x: int) -> int:
        await anyio.sleep(100)
        return x

    @node
    async def impatient(x: int) -> int:
        with anyio.move_on_after(1):
            return await slow(x)
        return await f(x)

    @graph
    async def g(x: int) -> list[int]:
        return [await impatient(x), await f(5)]

    run = virtual_time(Engine(concurrency=1, clock=anyio.current_time).run, g, 1)
    assert run.value == [2, 6]
    assert [e.path for e in run.events if e.kind == "step.failed"] == ["g/impatient/slow"]


def test_the_timeout_of_a_node_covers_its_children() -> None:
    """A parent that is over its time fails with StepTimeout; what it called ends with it."""

    @node
    async def slow(x: int) -> int:
        await anyio.sleep(100)
        return x

    @node(timeout=1)
    async def patient(x: int) -> int:
        return await slow(x)

    @graph
    async def g(x: int) -> list[int]:
        return [await patient(x), await f(5)]

    run = virtual_time(Engine(clock=anyio.current_time).run, g, 1)
    assert isinstance(run.outcome, Failed)
    assert {path: type(error) for path, error in run.outcome.errors.items()} == {"g/patient": StepTimeout}
    assert run.at("g/f") == 6


async def test_an_effect_that_calls_nodes_is_refused() -> None:
    """A body that would start again must not be an effect itself."""

    @node(effect="effect")
    async def effectful(x: int) -> int:
        return await f(x)

    @graph
    async def g(x: int) -> int:
        return await effectful(x)

    outcome = (await g.run(1)).outcome
    assert isinstance(outcome, Failed)
    (error,) = outcome.errors.values()
    assert isinstance(error, DefinitionError)
    assert "LS111" in str(error)


async def test_children_are_recorded_before_a_parent_fails() -> None:
    """A failed parent that is tried again on resume is answered by the children that had ended."""
    fails = [True]

    @node
    async def shaky(x: int) -> int:
        y = await send(x)
        if fails:
            raise ValueError(y)
        return y

    @graph
    async def g(x: int) -> int:
        return await shaky(x)

    run = await g.run(3)
    assert isinstance(run.outcome, Failed)
    fails.clear()
    run = await run.resume(retry_failed=True)
    assert run.value == 3
    assert ran == {"send(3)": 1}


async def test_a_failed_child_is_tried_again_with_its_parent() -> None:
    """`retry_failed` runs the child that failed, once, and its parent."""
    fails = [True]

    @node
    async def shaky(x: int) -> int:
        ran["shaky"] += 1
        await checkpoint()
        if fails:
            raise ValueError(x)
        return x

    @node
    async def calls(x: int) -> int:
        return await shaky(await send(x))

    @graph
    async def g(x: int) -> int:
        return await calls(x)

    run = await g.run(3)
    fails.clear()
    run = await run.resume(retry_failed=True)
    assert run.value == 3
    assert ran == {"send(3)": 1, "shaky": 2}


async def test_a_failed_child_graph_is_tried_again_with_its_parent() -> None:
    """Only what failed in the child graph, and what rests on it, runs again."""
    fails = [True]

    @node
    async def shaky(x: int) -> int:
        ran["shaky"] += 1
        await checkpoint()
        if fails:
            raise ValueError(x)
        return x

    @graph
    async def inner(x: int) -> int:
        return await f(await shaky(await send(x)))

    @node
    async def calls(x: int) -> int:
        return await inner(x)

    @graph
    async def g(x: int) -> int:
        return await calls(x)

    run = await g.run(3)
    assert list(run.outcome.errors) == ["g/calls"]  # type: ignore[union-attr]
    fails.clear()
    run = await run.resume(retry_failed=True)
    assert run.value == 4
    assert ran == {"send(3)": 1, "shaky": 2, "f(3)": 1}


async def test_an_error_that_a_parent_has_handled_is_not_tried_again() -> None:
    """`retry_failed` is for what failed in the end."""

    @node
    async def breaks(x: int) -> int:
        ran["breaks"] += 1
        raise ValueError(x)

    @node
    async def handles(x: int) -> int:
        try:
            return await breaks(x)
        except ValueError:
            return await h(x)

    @graph
    async def g(x: int) -> int:
        return await handles(x)

    run = await (await g.run(1)).resume(h.fill(answer), retry_failed=True)
    run = await run.resume(retry_failed=True)
    assert run.value == 10
    assert ran["breaks"] <= 2


async def test_a_child_under_another_policy_is_recognised() -> None:
    """`using(...)` in a body gives a new node each time; the record answers it all the same."""

    @node
    async def calls(x: int) -> int:
        return await send.using(timeout=60)(x) + await send.using(name="again")(x) + await h(x)

    @graph
    async def g(x: int) -> int:
        return await calls(x)

    run = await (await g.run(3)).resume(h.fill(answer))
    assert run.value == 36
    assert ran == {"send(3)": 2, "answer(3)": 1}
    assert {e.path for e in run.events if e.path.startswith("g/calls/")} == {
        f"g/calls/{n}" for n in ("send", "again", "h")
    }


async def test_what_a_body_changes_later_is_not_what_a_child_was_given() -> None:
    """Containers are copied when they are passed, so that the record knows a call again."""

    @node
    async def length(xs: list[int]) -> int:
        ran["length"] += 1
        xs.append(0)
        return len(xs) - 1

    @node
    async def calls(x: int) -> list[int]:
        xs = [x]
        first = await length(xs)
        xs.append(await h(x))
        return [first, await length(xs)]

    @graph
    async def g(x: int) -> list[int]:
        return await calls(x)

    run = await (await g.run(3)).resume(h.fill(answer))
    assert run.value == [1, 2]
    assert ran == {"length": 2, "answer(3)": 1}


async def test_values_that_cannot_be_compared_are_no_obstacle() -> None:
    """Inputs whose `==` raises are told apart by identity."""

    class Array:
        def __eq__(self, other: object) -> bool:
            raise ValueError("ambiguous")

        __hash__ = object.__hash__

    @node
    async def looks(x: Array) -> int:
        ran["looks"] += 1
        return 1

    @node
    async def calls(x: int) -> int:
        one = Array()
        return await looks(one) + await looks(Array()) + await looks(one) + await h(x)

    @graph
    async def g(x: int) -> int:
        return await calls(x)

    assert (await (await g.run(3)).resume(h.fill(answer))).value == 33


async def test_a_fill_may_call_nodes_and_holes() -> None:
    """Code that stands in a hole is a body like any other."""

    async def asks_further(x: int) -> int:
        return await f(await other(x)) + await send(x)

    @graph
    async def g(x: int) -> int:
        return await f(await h(x))

    run = await (await g.run(3)).resume(h.fill(asks_further))
    assert [c.path for c in run.holes] == ["g/h/other"]
    assert run.outcome.blocked == ["g/f", "g/h"]  # type: ignore[union-attr]
    run = await run.resume(other.defer(10))
    assert run.value == 15
    assert ran == {"f(10)": 1, "send(3)": 1, "f(14)": 1}


@both_backends
async def test_runs_may_be_resumed_at_once() -> None:
    """Resumes of one run that run beside each other are independent."""
    run = await g.run(1)
    found: dict[int, list[int]] = {}

    async def one(number: int) -> None:
        found[number] = (await run.resume(h.defer(number))).value

    async with anyio.create_task_group() as group:
        for number in range(10):
            group.start_soon(one, number)
    assert found == {number: [number + 1, 8] for number in range(10)}


def test_simulation_agrees_on_bodies_that_call() -> None:
    """Whatever is faster, the same children end and the same holes are met."""

    @graph
    async def g(x: int) -> list[int]:
        return [await asks(x), await asks(3), await f(7)]

    run = simulate(g, 1, seeds=20)
    assert [c.path for c in run.holes] == ["g/asks#2/h", "g/asks/h"]
