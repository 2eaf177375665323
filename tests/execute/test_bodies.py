"""What a body is given and how it runs: context, threads, context variables, dynamic shape, errors."""

import threading
from collections.abc import AsyncIterator, Iterator
from contextvars import ContextVar
from typing import Any

import anyio
import anyio.from_thread
import pytest
from anyio.lowlevel import checkpoint

from lift_sys import Engine, Failed, Retry, RunContext, branch, each, graph, loop, node
from lift_sys.errors import DefinitionError, FailedRun, LoopLimit, StepError
from lift_sys.testing import virtual_time
from tests.backends import both_backends


class Deps:
    name = "the deps"


async def test_a_node_with_context_knows_where_it_is() -> None:
    """It has the engine's deps, the run's id and its own path; what it logs is an event of its step."""

    @node(context=True)
    async def looks(ctx: RunContext[Deps], x: int) -> list[object]:
        ctx.log("seen", x=x)
        return [ctx.deps.name, ctx.run_id, ctx.path, ctx.attempt, ctx.deadline]

    @graph
    async def g(x: int) -> list[list[object]]:
        return await each(looks, [x, 2])

    run = await Engine(deps=Deps()).run(g, 1)
    assert run.value == [["the deps", run.id, f"g/looks[{k}]", 1, None] for k in range(2)]
    logged = [(e.path, dict(e.data)) for e in run.events if e.kind == "step.logged"]
    assert logged == [("g/looks[0]", {"message": "seen", "x": 1}), ("g/looks[1]", {"message": "seen", "x": 2})]


async def test_a_key_is_the_same_for_every_try_of_a_call() -> None:
    """Tries share their key and count up; another call, item or run has another key."""
    seen: list[tuple[int, str]] = []

    @node(context=True, retry=Retry(attempts=3, base=0))
    async def pays(ctx: RunContext[None], x: int) -> int:
        seen.append((ctx.attempt, ctx.idempotency_key))
        if ctx.attempt < 3:
            raise ValueError(x)
        return x

    @graph
    async def g(x: int) -> list[int]:
        return await each(pays, [x, x])

    await g.run(1)
    await g.run(1)
    assert sorted(attempt for attempt, _ in seen) == [1] * 4 + [2] * 4 + [3] * 4
    assert len({key for _, key in seen}) == 4


async def test_the_key_of_a_child_does_not_depend_on_its_siblings() -> None:
    """A child that begins before and after its siblings has one key; different inputs have different ones."""
    keys: dict[int, set[str]] = {}
    fails = [True]

    @node(context=True)
    async def pays(ctx: RunContext[None], x: int) -> int:
        keys.setdefault(x, set()).add(ctx.idempotency_key)
        if fails:
            raise ValueError(x)
        return x

    @node
    async def calls(xs: list[int]) -> int:
        return sum([await pays(x) for x in (xs if fails else reversed(xs))])

    @graph
    async def g(xs: list[int]) -> int:
        return await calls(xs)

    run = await g.run([1, 2])
    fails.clear()
    assert (await run.resume(retry_failed=True)).value == 3
    assert [len(found) for found in keys.values()] == [1, 1]
    assert keys[1] != keys[2]


@both_backends
async def test_plain_functions_run_inline_or_in_a_thread() -> None:
    """`thread=False` runs where the engine runs, `thread=True` does not."""

    @node(thread=False)
    def inline(x: int) -> tuple[int, int]:
        return x, threading.get_ident()

    @node(thread=True)
    def apart(x: int) -> tuple[int, int]:
        return x, threading.get_ident()

    @graph
    async def g(x: int) -> list[tuple[int, int]]:
        return [await inline(x), await apart(x)]

    (a, here), (b, there) = (await g.run(1)).value
    assert (a, b, here) == (1, 1, threading.get_ident())
    assert there != here


async def test_context_variables_are_not_shared_between_nodes() -> None:
    """A body sees what was set where the run began, and sets for itself alone."""
    var: ContextVar[str] = ContextVar("var", default="none")

    @node
    async def sets(x: int) -> str:
        found = var.get()
        var.set(f"by {x}")
        await checkpoint()
        return f"{found}, then {var.get()}"

    @graph
    async def g(x: int) -> list[str]:
        return await each(sets, [x, 2])

    var.set("outside")
    run = await Engine(concurrency=1).run(g, 1)
    assert run.value == ["outside, then by 1", "outside, then by 2"]
    assert var.get() == "outside"


async def test_the_other_arm_never_runs() -> None:
    """A branch runs one arm, also beside and within others."""
    ran: list[str] = []

    @node
    async def is_even(x: int) -> bool:
        return x % 2 == 0

    @node
    async def note(x: str) -> str:
        ran.append(x)
        return x

    @graph
    async def g(x: int) -> str:
        even = await is_even(x)
        return await branch(even, lambda: branch(even, lambda: note("a"), lambda: note("b")), lambda: note("c"))

    assert (await g.run(2)).value == "a"
    assert (await g.run(3)).value == "c"
    assert ran == ["a", "c"]


async def test_a_loop_has_a_bound() -> None:
    """It ends when `until` holds; a turn more than `most` is an error of the loop that says so."""

    @node
    async def grow(x: int) -> int:
        return x + 1

    @node
    async def is_five(x: int) -> bool:
        return x == 5

    @graph
    async def g(x: int) -> int:
        return await loop(grow, x, until=is_five, most=3)

    assert (await g.run(5)).value == 5
    assert (await g.run(2)).value == 5
    outcome = (await g.run(1)).outcome
    assert isinstance(outcome, Failed)
    assert {p: type(e) for p, e in outcome.errors.items()} == {"g/loop": LoopLimit}
    assert "3 turns" in str(outcome.errors["g/loop"])


ITERABLES: list[tuple[str, Any, list[int]]] = [
    ("list", [1, 2], [2, 3]),
    ("tuple", (1, 2), [2, 3]),
    ("set", {1, 2}, [2, 3]),
    ("frozenset", frozenset({1}), [2]),
    ("dict", {1: "a", 2: "b"}, [2, 3]),
    ("range", range(2), [1, 2]),
    ("generator", (x for x in (1, 2)), [2, 3]),
    ("empty", (), []),
]


@pytest.mark.parametrize(("items", "expected"), [(i, e) for _, i, e in ITERABLES], ids=[n for n, _, _ in ITERABLES])
async def test_each_maps_over_what_can_be_iterated(items: Any, expected: list[int]) -> None:
    """Also over what can be iterated once only; results come in the order of the items."""

    @node
    async def gives() -> Any:
        return items

    @node
    async def add(x: int) -> int:
        return x + 1

    @graph
    async def g() -> list[int]:
        return await each(add, await gives())

    assert (await g.run()).value == expected


async def test_each_over_no_collection_is_an_error_of_the_map() -> None:
    """What cannot be iterated, or breaks while it is, fails the map and names the value."""

    async def asynchronous() -> AsyncIterator[int]:
        yield 1

    def breaks() -> Iterator[int]:
        yield 1
        raise ValueError("half way")

    @node
    async def add(x: int) -> int:
        return x + 1

    for wrong, words in ((5, "5"), (asynchronous(), "async_generator"), (breaks(), "half way")):

        @node
        async def gives() -> Any:
            return wrong  # noqa: B023 - called in this turn

        @graph
        async def g() -> list[int]:
            return await each(add, await gives())

        outcome = (await g.run()).outcome
        assert isinstance(outcome, Failed)
        assert isinstance(outcome.errors["g/add"], StepError)
        assert words in str(outcome.errors["g/add"])


async def test_a_projection_of_what_is_not_there_says_where() -> None:
    """A missing field or item is an error at the place where it was asked for."""

    @node
    async def gives() -> dict[str, int]:
        return {"a": 1}

    @node
    async def add(x: int) -> int:
        return x + 1

    @graph
    async def g() -> list[int]:
        found = await gives()
        return [await add(found["a"]), await add(found["b"])]

    outcome = (await g.run()).outcome
    assert isinstance(outcome, Failed)
    ((path, error),) = outcome.errors.items()
    assert path.startswith("g/gives")
    assert "'b'" in path
    assert isinstance(error, KeyError)
    assert outcome.skipped == ["g/add#2"]


async def test_an_error_keeps_its_cause_and_traceback() -> None:
    """What a body raised is what the run holds, and the cause of what `value` raises."""

    @node
    async def breaks(x: int) -> int:
        try:
            return 1 // x
        except ZeroDivisionError as error:
            raise ValueError("no share") from error

    @graph
    async def g(x: int) -> int:
        return await breaks(x)

    run = await g.run(0)
    with pytest.raises(FailedRun, match="g/breaks: ValueError: no share") as raised:
        run.value  # noqa: B018 - the property raises
    error = raised.value.__cause__
    assert isinstance(error, ValueError)
    assert isinstance(error.__cause__, ZeroDivisionError)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    assert trace is not None
    assert trace.tb_frame.f_code.co_name == "breaks"


@both_backends
async def test_a_group_of_errors_is_one_error_of_its_step() -> None:
    """A body whose tasks fail has failed with their group."""

    @node
    async def breaks(x: int) -> int:
        async def fail(number: int) -> None:
            raise ValueError(number)

        async with anyio.create_task_group() as group:
            group.start_soon(fail, 1)
            group.start_soon(fail, 2)
        return x

    @graph
    async def g(x: int) -> int:
        return await breaks(x)

    outcome = (await g.run(0)).outcome
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.errors["g/breaks"], ExceptionGroup)


@pytest.mark.parametrize("count", [2_000, pytest.param(100_000, marks=pytest.mark.slow)])
async def test_many_items_go_through_two_nodes(count: int) -> None:
    """A long map is pipelined; its results come in order."""

    @node
    async def add(x: int) -> int:
        return x + 1

    @graph
    async def g(n: int) -> list[int]:
        return await each(add, await each(add, await numbers(n)))

    @node
    async def numbers(n: int) -> list[int]:
        return list(range(n))

    assert (await g.run(count)).value == list(range(2, count + 2))


def test_a_body_may_run_a_graph_of_its_own() -> None:
    """`await graph.run()` within a body is another run; `await graph()` is a child."""

    @node
    async def add(x: int) -> int:
        return x + 1

    @graph
    async def inner(x: int) -> int:
        return await add(x)

    @node
    async def calls(x: int) -> list[int]:
        return [(await inner.run(x)).value, await inner(x)]

    @graph
    async def g(x: int) -> list[int]:
        return await calls(x)

    run = virtual_time(Engine(concurrency=1).run, g, 1)
    assert run.value == [2, 2]
    assert {e.path for e in run.events if e.kind == "step.started"} == {"g/calls", "g/calls/inner/add"}


async def test_a_context_node_outside_of_a_run_says_how_to_call_it() -> None:
    """Without a run there is no context to give."""

    @node(context=True)
    async def looks(ctx: RunContext[None], x: int) -> int:
        return x

    with pytest.raises(DefinitionError, match=r"looks\.fn\(ctx, \.\.\.\)"):
        await looks(1)


@both_backends
@pytest.mark.parametrize("thread", [False, True])
async def test_a_plain_function_cannot_call_a_node(anyio_backend: str, thread: bool) -> None:
    """It has nothing to await with: the call that it returns is no value, and the step says so."""

    @node
    async def looks(x: int) -> int:
        return x

    @node(thread=thread)
    def calls(x: int) -> Any:
        return looks(x)

    @graph
    async def g(x: int) -> Any:
        return await calls(x)

    outcome = (await g.run(1)).outcome
    assert isinstance(outcome, Failed)
    assert "calls returned a call that nobody awaits" in str(outcome.errors["g/calls"])


@both_backends
async def test_what_was_cancelled_while_a_thread_ran_goes_no_further(anyio_backend: str) -> None:
    """Nothing interrupts the thread, and nothing begins after it."""
    after: list[int] = []
    scope = anyio.CancelScope()

    @node(thread=True)
    def cancels(x: int) -> int:
        anyio.from_thread.run_sync(scope.cancel)
        return x

    @node
    async def follows(x: int) -> int:
        after.append(x)
        return x

    @graph
    async def g(x: int) -> int:
        return await follows(await cancels(x))

    with scope:
        await g.run(1)
    assert scope.cancelled_caught
    assert after == []
