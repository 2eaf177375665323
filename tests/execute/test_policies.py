"""How one call is made: retry, timeout, fallback, breaker, cache, limit, constraints."""

import errno
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from lift_sys import (
    MUST,
    SHOULD,
    Breaker,
    Cache,
    Engine,
    Failed,
    Incomplete,
    Node,
    Retry,
    Run,
    each,
    graph,
    hole,
    node,
    prompt,
    todo,
)
from lift_sys.errors import ConstraintViolated, Deadlock, DefinitionError, FillRefused, StepTimeout
from lift_sys.execute import BreakerOpen
from lift_sys.testing import virtual_time
from tests.backends import both_backends

ran: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()


def caused_by(error: Exception, cause: Exception) -> Exception:
    """Return an error as a library raises it, from another."""
    error.__cause__ = cause
    return error


def run_of(of: Callable[[int], Awaitable[Any]], x: int, backend: str = "asyncio") -> Run[Any]:
    """Return the run of a graph that calls one node once, in virtual time."""

    @graph
    async def g(x: int) -> Any:
        return await of(x)

    return virtual_time(Engine(clock=anyio.current_time).run, g, x, backend=backend)


def error_of(run: Run[Any]) -> BaseException:
    """Return the only error of a run."""
    assert isinstance(run.outcome, Failed)
    (error,) = run.outcome.errors.values()
    return error


def test_a_failing_call_is_tried_again() -> None:
    """Each try after the first is an event with its number and the error; the waits double."""

    @node(retry=Retry(attempts=3, base=1.0, jitter=False))
    async def shaky(x: int) -> int:
        ran["shaky"] += 1
        if ran["shaky"] < 3:
            raise ValueError(ran["shaky"])
        return x

    run = run_of(shaky, 7)
    assert run.value == 7
    tries = [dict(e.data) for e in run.events if e.kind == "step.retried"]
    assert [(t["attempt"], t["wait"], t["error"]) for t in tries] == [
        (2, 1.0, "ValueError: 1"),
        (3, 2.0, "ValueError: 2"),
    ]
    assert run.events[-1].at == pytest.approx(3.0)


def test_only_named_errors_are_tried_again() -> None:
    """`on` says which; the last error is the step's, with its traceback."""

    @node(retry=Retry(attempts=5, on=KeyError, base=0))
    async def wrong(x: int) -> int:
        ran["wrong"] += 1
        raise ValueError(x)

    error = error_of(run_of(wrong, 1))
    assert isinstance(error, ValueError)
    assert ran["wrong"] == 1
    frames = []
    trace = error.__traceback__
    while trace is not None:
        frames.append(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    assert frames[-1] == "wrong"


def test_a_body_that_is_too_slow_is_ended() -> None:
    """A timeout counts each try; what ran out of time can be tried again, unless it is an effect."""

    @node(timeout=1, retry=Retry(attempts=2, base=0))
    async def slow(x: int) -> int:
        ran["slow"] += 1
        await anyio.sleep(5)
        return x

    assert isinstance(error_of(run_of(slow, 1)), StepTimeout)
    assert ran["slow"] == 2
    assert isinstance(error_of(run_of(slow.using(effect="effect"), 1)), StepTimeout)
    assert ran["slow"] == 3


async def gives_all_the_same(x: int) -> int:
    """Make up a value when it is told to end."""
    try:
        await anyio.sleep(5)
    except BaseException:  # noqa: BLE001 - wrong, and written all the same
        return -9
    return x


async def raises_its_own(x: int) -> int:
    """Have another word for its cancellation."""
    try:
        await anyio.sleep(5)
    except BaseException:  # noqa: BLE001 - as libraries do
        raise ValueError("interrupted") from None
    return x


async def cleans_up(x: int) -> int:
    """Take its time after it was told, and end well."""
    with anyio.CancelScope(shield=True):
        await anyio.sleep(5)
    return x


@both_backends
@pytest.mark.parametrize("body", [gives_all_the_same, raises_its_own, cleans_up])
def test_a_body_that_outlived_its_timeout_has_no_value(body: Callable[[int], Any], anyio_backend: str) -> None:
    """Whatever it makes of its cancellation, its time was over; what it raised then is the cause."""
    run = run_of(node(timeout=1)(body), 1, anyio_backend)

    error = error_of(run)
    assert isinstance(error, StepTimeout)
    assert isinstance(error.__cause__, ValueError) == (body is raises_its_own)
    assert run_of(node(timeout=6)(body), 1, anyio_backend).value == 1


@both_backends
async def test_a_body_that_never_suspends_is_judged_by_the_clock() -> None:
    """Nothing can end it, and its timeout has passed all the same."""

    @node(timeout=0.001)
    async def computes(x: int) -> int:
        until = anyio.current_time() + 0.002
        while anyio.current_time() < until:
            pass
        return x

    @graph
    async def g(x: int) -> int:
        return await computes(x)

    assert isinstance(error_of(await g.run(1)), StepTimeout)


@pytest.mark.parametrize(
    ("raised", "tries"),
    [
        (TimeoutError(), 1),
        (ConnectionResetError(), 1),
        (OSError(errno.EHOSTUNREACH, "no route"), 1),
        (ExceptionGroup("both", [ValueError(), ConnectionError()]), 1),
        (caused_by(RuntimeError("the mail server"), TimeoutError()), 1),
        (ValueError(), 3),
        (OSError(errno.EACCES, "not yours"), 3),
    ],
    ids=str,
)
def test_an_effect_that_may_be_done_is_not_done_twice(raised: Exception, tries: int) -> None:
    """A broken connection does not tell whether the other side has acted; a node without effects is tried again."""

    @node(retry=Retry(attempts=3, base=0), effect="effect")
    async def sends(x: int) -> int:
        ran["sends"] += 1
        raise raised

    error_of(run_of(sends, 1))
    assert ran["sends"] == tries
    error_of(run_of(sends.using(effect="idempotent"), 1))
    assert ran["sends"] == tries + 3


def test_a_fallback_stands_in_for_what_failed() -> None:
    """The next one is asked with the same inputs, and the event says why."""

    @node
    async def second(x: int) -> int:
        return x * 2

    @node(fallback=[second])
    async def first(x: int) -> int:
        raise ValueError("no")

    run = run_of(first, 4)
    assert run.value == 8
    assert [dict(e.data) for e in run.events if e.kind == "step.fell_back"] == [
        {"to": "second", "error": "ValueError: no"}
    ]


def test_a_breaker_opens_and_lets_one_call_through_later() -> None:
    """After so many failures the body is not called; after the recovery one call tries."""
    healthy: list[bool] = []

    @node(breaker=Breaker(failures=2, recovery=10))
    async def shaky(x: int) -> int:
        ran["shaky"] += 1
        if not healthy:
            raise ValueError(x)
        return x

    @graph
    async def g(x: int) -> int:
        return await shaky(x)

    async def scene() -> None:
        engine = Engine(clock=anyio.current_time)
        errors = [type(error_of(await engine.run(g, 1))) for _ in range(4)]
        assert errors == [ValueError, ValueError, BreakerOpen, BreakerOpen]
        healthy.append(True)
        await anyio.sleep(10)
        assert (await engine.run(g, 1)).value == 1
        assert ran["shaky"] == 3

    virtual_time(scene)


def test_a_cached_call_is_answered_by_the_first() -> None:
    """Equal inputs hit, also None and across runs; other types do not; what is too old is called again."""

    @node(cache=Cache(ttl=60))
    async def looks(x: object) -> object:
        ran[repr(x)] += 1
        return None

    @graph
    async def g(xs: list[object]) -> list[object]:
        return await each(looks, xs)

    async def scene() -> None:
        engine = Engine(clock=anyio.current_time, concurrency=1)
        run = await engine.run(g, [1, 1, True, 1.0, "1", [1], [1], 2**70, {1, 2}, {2, 1}])
        assert ran == {"1": 1, "True": 1, "1.0": 1, "'1'": 1, "[1]": 1, str(2**70): 1, "{1, 2}": 1}
        assert sum(e.kind == "cache.hit" for e in run.events) == 3
        await engine.run(g, [1])
        assert ran["1"] == 1
        await anyio.sleep(61)
        await engine.run(g, [1])
        assert ran["1"] == 2

    virtual_time(scene)


def test_a_cache_of_a_run_ends_with_it() -> None:
    """`scope="run"` answers within one run only, also after it was resumed."""

    @node(cache=Cache(scope="run"))
    async def looks(x: int) -> int:
        ran["looks"] += 1
        return x

    @graph
    async def g(x: int) -> list[int]:
        return await each(looks, [x, x])

    async def scene() -> None:
        engine = Engine(concurrency=1)
        await engine.run(g, 1)
        await engine.run(g, 1)
        assert ran["looks"] == 2

    virtual_time(scene)


def test_values_from_a_cache_are_nobody_elses() -> None:
    """Who changes what it was given changes nothing for others."""

    @node(cache=Cache())
    async def makes(x: int) -> list[int]:
        return [x]

    @node
    async def spoils(xs: list[int]) -> int:
        xs.append(5)
        return len(xs)

    @graph
    async def g(x: int) -> list[int]:
        return [await spoils(await makes(x)), await spoils(await makes(x))]

    assert virtual_time(Engine(concurrency=1).run, g, 1).value == [2, 2]


def test_equal_calls_that_run_at_once_share_one_body() -> None:
    """Single-flight: the others wait for the first; when it fails, the next one tries."""

    @node(cache=Cache())
    async def slow(x: int) -> int:
        ran["slow"] += 1
        await anyio.sleep(1)
        if ran["slow"] == 1:
            raise ValueError(x)
        return x

    @graph
    async def g(x: int) -> list[int]:
        return await each(slow, [x, x, x])

    run = virtual_time(Engine(clock=anyio.current_time).run, g, 1)
    assert list(run.outcome.errors) == ["g/slow[0]"]  # type: ignore[union-attr]
    assert ran["slow"] == 2


async def test_nodes_from_one_factory_have_results_of_their_own() -> None:
    """What a body closes over tells it from its sister; the same factory called again is answered by the first."""

    def times(k: int) -> Node[[int], int]:
        @node(cache=Cache(), name=f"times{k}")
        async def made(x: int) -> int:
            ran[f"times{k}"] += 1
            return x * k

        return made

    def pair() -> Any:
        double, triple = times(2), times(3)

        @graph
        async def g(x: int) -> list[int]:
            return [await double(x), await triple(x)]

        return g

    engine = Engine()
    assert [(await engine.run(pair(), 5)).value for _ in range(2)] == [[10, 15]] * 2
    assert ran == {"times2": 1, "times3": 1}


@hole(cache=Cache())
async def cached_hole(x: int) -> int:
    todo()


@hole
async def asked_within(x: int) -> int:
    todo()


@node(cache=Cache())
async def asks_within(x: int) -> int:
    return await asked_within(x)


@pytest.mark.parametrize(("of", "open_hole"), [(cached_hole, cached_hole), (asks_within, asked_within)])
async def test_another_fill_is_another_result(of: Any, open_hole: Any) -> None:
    """A cached answer is that of the fill, whether it stands there or in a hole that the body calls."""

    def gives(k: int) -> Any:
        async def fill(x: int) -> int:
            return k

        return open_hole.fill(fill)

    @graph
    async def g(x: int) -> int:
        value: int = await of(x)
        return value

    engine = Engine()
    run = await engine.run(g, 1)
    fills = [gives(1), gives(2), open_hole.defer(3), open_hole.defer(4)]
    assert [(await run.resume(fill)).value for fill in fills] == [1, 2, 3, 4]
    assert [(await engine.run(g.with_fills(fill), 1)).value for fill in fills] == [1, 2, 3, 4]


@prompt
async def guess(x: int) -> int:
    """Guess a number."""
    todo()


@prompt(model="other")
async def second_guess(x: int) -> int:
    """Guess another number."""
    todo()


async def test_a_prompt_stands_in_a_hole_and_in_another_prompt() -> None:
    """A cheaper prompt is another fill of the same hole: it is asked as it is written, with its own model."""

    @graph
    async def g(x: int) -> tuple[int, int]:
        return await asked_within(x), await guess(x)

    engine = Engine(providers={"local": ["1", "2"], "other": ["3", "4"]})
    run = await engine.run(g, 5)
    assert (await run.resume(asked_within.fill(guess))).value == (2, 1)
    filled = g.with_fills(asked_within.fill(second_guess), guess.fill(second_guess))
    assert sorted((await engine.run(filled, 5)).value) == [3, 4]


async def test_a_prompt_is_fallen_back_on() -> None:
    """Its model is asked when the body before it has failed."""

    @node(fallback=[second_guess])
    async def fails(x: int) -> int:
        raise OSError(x)

    @graph
    async def g(x: int) -> int:
        return await fails(x)

    assert (await Engine(providers={"other": ["7"]}).run(g, 1)).value == 7


def test_nothing_stands_in_a_hole_that_another_hole_fills() -> None:
    """An open hole is no fill and no fallback: that is said where it is written, before a run."""
    with pytest.raises(DefinitionError, match=r"LS401 cached_hole.fill\(asked_within\): asked_within is a hole, too"):
        cached_hole.fill(asked_within)
    with pytest.raises(DefinitionError, match="asked_within is a hole, and nothing stands in it: fall back on a node"):
        asks_within.using(fallback=[asked_within])


async def test_the_model_of_a_prompt_that_fills_is_known_before_a_node_runs() -> None:
    """A prompt for a model that nobody knows is refused like any other, wherever it stands."""

    @prompt(model="nobody")
    async def unknown(x: int) -> int:
        """Guess."""
        todo()

    @graph
    async def g(x: int) -> int:
        return await asked_within(x)

    with pytest.raises(DefinitionError, match="LS601"):
        await g.with_fills(asked_within.fill(unknown)).run(1)
    run = await g.run(1)
    with pytest.raises(FillRefused, match="LS601"):
        await run.resume(asked_within.fill(unknown))


def test_what_cannot_be_a_key_is_not_cached() -> None:
    """A value without a canonical form is refused with the node's name and a cure."""

    class Odd: ...

    @node(cache=Cache())
    async def looks(x: Any) -> int:
        return 1

    @node
    async def odd(x: int) -> Odd:
        return Odd()

    @graph
    async def g(x: int) -> int:
        return await looks(await odd(x))

    error = error_of(virtual_time(Engine().run, g, 1))
    assert isinstance(error, DefinitionError)
    assert "LS112" in str(error)


@pytest.mark.parametrize("limit", [2, "shared"])
def test_a_limit_is_held_over_runs(limit: int | str) -> None:
    """Never more calls of a node at once than its limit, in all runs of an engine together."""
    working: list[int] = []

    @node(limit=limit)
    async def works(x: int) -> int:
        working.append(x)
        assert len(working) <= 2
        await anyio.sleep(1)
        working.remove(x)
        return x

    @graph
    async def g(xs: list[int]) -> list[int]:
        return await each(works, xs)

    async def scene() -> float:
        engine = Engine(clock=anyio.current_time, limits={"shared": 2})
        async with anyio.create_task_group() as group:
            for start in (0, 10):
                group.start_soon(engine.run, g, [start, start + 1, start + 2])
        return anyio.current_time()

    assert virtual_time(scene) == pytest.approx(3)


def test_what_must_hold_is_checked() -> None:
    """A broken MUST fails the step and says with what; a broken SHOULD is an event."""
    grows = MUST("result > x", check=lambda x, result: result > x)
    small = SHOULD("result < 10", check=lambda result: result < 10)

    @node(constraints=[grows, small])
    async def adds(x: int) -> int:
        return x + (1 if x else 0)

    error = error_of(run_of(adds, 0))
    assert isinstance(error, ConstraintViolated)
    assert "does not hold: result = 0, x = 0" in str(error)
    run = run_of(adds, 20)
    assert run.value == 21
    assert [e.data["constraint"] for e in run.events if e.kind == "constraint.broken"] == ["result < 10"]


def test_a_graph_may_have_a_policy() -> None:
    """A graph under a timeout is one step with children; when time is over, they end with it."""

    @node
    async def naps(x: int) -> int:
        await anyio.sleep(1)
        return x + 1

    @graph
    async def two(x: int) -> int:
        return await naps(await naps(x))

    assert run_of(two.using(timeout=3), 1).value == 3
    run = run_of(two.using(timeout=1.5), 1)
    assert isinstance(run.outcome, Failed)
    assert {path: type(e) for path, e in run.outcome.errors.items()} == {"g/two": StepTimeout}
    assert run.events[-1].at == pytest.approx(1.5)
    assert [e.path for e in run.events if e.kind == "step.cancelled"] == ["g/two/naps#2"]


def test_a_graph_with_a_policy_may_be_tried_again() -> None:
    """A graph whose step failed is tried again as a whole; finished steps are not repeated."""

    @node
    async def counts(x: int) -> int:
        ran["counts"] += 1
        return x

    @node
    async def shaky(x: int) -> int:
        ran["shaky"] += 1
        if ran["shaky"] < 2:
            raise ValueError(x)
        return x

    @graph
    async def two(x: int) -> int:
        return await shaky(await counts(x))

    run = run_of(two.using(retry=Retry(attempts=2, base=0)), 1)
    assert run.value == 1
    assert ran == {"counts": 1, "shaky": 2}


def test_a_body_that_is_tried_again_does_not_repeat_its_children() -> None:
    """Children that had ended answer the next try, as they answer a resumed body; failed ones run again."""

    @node(effect="effect")
    async def sends(x: int) -> int:
        ran["sends"] += 1
        return x

    @node
    async def shaky(x: int) -> int:
        ran["shaky"] += 1
        if ran["shaky"] < 3:
            raise ValueError(x)
        return x

    @node(retry=Retry(attempts=3, base=1))
    async def calls(x: int) -> int:
        return await shaky(await sends(x))

    run = run_of(calls, 1)
    assert run.value == 1
    assert ran == {"sends": 1, "shaky": 3}


def test_a_graph_out_of_time_goes_on_when_it_is_tried_again() -> None:
    """Each try has its own time; the steps that had ended stay, the one that was cut begins again."""

    @node
    async def naps(x: int) -> int:
        ran[f"naps({x})"] += 1
        await anyio.sleep(1)
        return x + 1

    @graph
    async def three(x: int) -> int:
        return await naps(await naps(await naps(x)))

    run = run_of(three.using(timeout=1.5, retry=Retry(attempts=3, base=0)), 1)
    assert run.value == 4
    assert ran == {"naps(1)": 1, "naps(2)": 2, "naps(3)": 2}
    assert [e.path for e in run.events if e.kind == "step.cancelled"] == [
        "g/three/naps#2",
        "g/three/naps#3",
    ]


@hole
async def missing(x: int) -> int:
    todo()


@node(limit=1)
async def one_by_one(x: int) -> int:
    return await missing(x)


@node(cache=Cache(scope="run"))
async def remembered(x: int) -> int:
    return await missing(x)


@node(timeout=2, retry=Retry(attempts=2, base=0), breaker=Breaker(failures=1))
async def impatient(x: int) -> int:
    return await missing(x)


@pytest.mark.parametrize("asks", [one_by_one, remembered, impatient], ids=["limit", "cache", "timeout"])
def test_a_policy_does_not_hold_up_a_run_around_its_holes(asks: Node[[int], int]) -> None:
    """Bodies that wait for holes give back their places, and time does not pass for them."""

    @node
    async def naps(x: int) -> int:
        await anyio.sleep(10)
        return x

    @graph
    async def g(x: int) -> list[int]:
        return [await naps(x), await asks(x), await asks(x), await asks(2)]

    async def answer(x: int) -> int:
        return x * 10

    async def scene() -> list[int]:
        run = await Engine(clock=anyio.current_time).run(g, 1)
        assert isinstance(run.outcome, Incomplete)
        assert len(run.holes) == 3
        return (await run.resume(missing.fill(answer))).value

    assert virtual_time(scene) == [1, 10, 10, 20]


def test_a_deadlock_is_said_at_once() -> None:
    """A body that waits for a place which its own caller has is told who waits for whom; the others go on."""

    @node(limit="shared")
    async def inner(x: int) -> int:
        await anyio.sleep(1)
        return x

    @node(limit="shared")
    async def outer(x: int) -> int:
        return await inner(x)

    @graph
    async def g(x: int) -> list[int]:
        return [await outer(x), await inner(2)]

    run = virtual_time(Engine(clock=anyio.current_time, limits={"shared": 1}).run, g, 1)
    assert isinstance(run.outcome, Failed)
    error = run.outcome.errors["g/outer"]
    assert isinstance(error, Deadlock)
    assert "g/outer/inner waits for a place under the limit 'shared', which g/outer has" in str(error)
    assert run.at("g/inner") == 2


def test_waiting_for_another_run_is_no_deadlock() -> None:
    """A place that another run has comes free when that run goes on."""

    @node(limit=1)
    async def works(x: int) -> int:
        await anyio.sleep(1)
        return x

    @graph
    async def g(x: int) -> int:
        return await works(x)

    async def scene() -> float:
        engine = Engine(clock=anyio.current_time)
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(engine.run, g, 1)
        assert [s.outcome for s in await engine.runs()] == ["complete"] * 3
        return anyio.current_time()

    assert virtual_time(scene) == pytest.approx(3)
