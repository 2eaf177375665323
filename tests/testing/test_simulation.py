"""Simulation and the virtual clock, as lent to the tests of others."""

import threading
import time
from collections import Counter

import anyio
import anyio.to_thread
import pytest

from lift_sys import Complete, Engine, Failed, Retry, each, graph, hole, node, todo
from lift_sys.errors import DefinitionError
from lift_sys.testing import Diverged, simulate, virtual_time
from lift_sys.testing import virtual_clock as clock_module
from tests.backends import both_backends


@node
async def f(x: int) -> int:
    return x + 1


@hole
async def h(x: int) -> int:
    todo()


@graph
async def sound(x: int) -> list[int]:
    return await each(f, await each(f, [x, 2, await h(x)]))


def test_a_graph_that_does_not_depend_on_order_gives_its_run() -> None:
    """The run of the first seed can be looked at and resumed like any other."""
    run = simulate(sound, 1, seeds=10)
    assert [c.path for c in run.holes] == ["sound/h"]

    async def answered() -> list[int]:
        return (await run.resume(h.fill(f.fn))).value

    assert anyio.run(answered) == [3, 4, 4]


def test_shared_state_is_found_out() -> None:
    """A graph whose nodes share what they should not is refused with the difference and the seeds."""
    seen: list[int] = []

    @node
    async def counts(x: int) -> int:
        seen.append(x)
        return len(seen) % 7

    @graph
    async def shares(x: int) -> list[int]:
        return [await counts(x), await counts(2), await counts(3)]

    with pytest.raises(Diverged, match=r"shares: the value depends on .* \(seeds 0 and \d+\)"):
        simulate(shares, 1)


@pytest.mark.parametrize("what", ["events", "errors", "closures"])
def test_everything_that_happened_is_compared(what: str) -> None:
    """A difference in what was met, broken or logged counts, if the outcome is the same."""
    begun: list[str] = []

    @node
    async def races(name: str) -> str:
        begun.append(name)
        is_first = begun[0] == name
        if len(begun) == 2:
            begun.clear()
        if is_first and what == "errors":
            raise ValueError(f"{name} was first")
        if is_first:
            await (h if what == "closures" else f)(1)
        return "done"

    @graph
    async def g() -> list[str]:
        return [await races("a"), await races("b")]

    with pytest.raises(Diverged, match=r"depends on the order.*seeds 0 and \d+"):
        simulate(g, seeds=30)


def test_latency_is_asked_by_path() -> None:
    """Who calls can say how long each body waits; runs of one seed are the same."""
    asked: Counter[str] = Counter()

    def latency(path: str, random: object) -> float:
        asked[path] += 1
        return 10.0 if path == "sound/f[1]" else 0.0

    run = simulate(sound, 1, seeds=3, latency=latency)
    assert run.events[-1].at == pytest.approx(10.0)
    assert asked["sound/f[1]"] == 3


def test_graphs_with_retries_agree() -> None:
    """Random waits between tries are no difference."""

    @node(retry=Retry(attempts=4))
    async def shaky(x: int) -> int:
        raise ValueError(x)

    @graph
    async def g(x: int) -> list[int]:
        return await each(shaky, [x, 2])

    assert isinstance(simulate(g, 1, seeds=5).outcome, Failed)


def test_an_unsound_graph_is_refused() -> None:
    """Simulation raises what `run` raises."""
    with pytest.raises(DefinitionError):
        simulate(sound, "one")
    with pytest.raises(ValueError, match="seeds=0"):
        simulate(sound, 1, seeds=0)


@both_backends
async def test_simulation_works_within_a_running_loop() -> None:
    """Also where a test is async itself."""
    assert [c.path for c in simulate(sound, 1, seeds=2).holes] == ["sound/h"]


@both_backends
def test_virtual_time_costs_nothing(anyio_backend: str) -> None:
    """Hours of sleep pass at once, in their order, for engines too."""
    order: list[int] = []

    @node
    async def naps(hours: int) -> int:
        await anyio.sleep(hours * 3600)
        order.append(hours)
        return hours

    @graph
    async def g() -> list[int]:
        return await each(naps, [3, 1, 2])

    async def scene() -> float:
        run = await Engine(clock=anyio.current_time).run(g)
        assert run.outcome == Complete([3, 1, 2])
        return run.events[-1].at

    began = time.monotonic()
    assert virtual_time(scene, backend=anyio_backend) == pytest.approx(3 * 3600)
    assert order == [1, 2, 3]
    assert time.monotonic() - began < 60


def test_threads_are_waited_for() -> None:
    """The clock does not jump over a timeout while a worker thread is busy."""
    gate = threading.Event()

    async def scene() -> str:
        async with anyio.create_task_group() as group:
            group.start_soon(anyio.to_thread.run_sync, lambda: gate.wait(30))
            with anyio.move_on_after(100):
                await anyio.to_thread.run_sync(gate.set)
                return "in time"
        return "too late"

    assert virtual_time(scene) == "in time"


def test_a_standstill_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for what nobody does is named, instead of waiting for ever."""
    monkeypatch.setattr(clock_module, "_REAL_PATIENCE", 0.01)
    with pytest.raises(RuntimeError, match=r"stands still.*Event"):
        virtual_time(anyio.Event().wait)
