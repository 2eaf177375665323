"""Deterministic simulation: one graph, many orders, one answer.

What a graph gives must not depend on which of its bodies is faster. `simulate` runs it on a virtual clock, once per
seed, each time with other latencies before the bodies and another choice among the steps that are ready, and compares.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from random import Random
from typing import Any, ParamSpec, TypeVar

import anyio

from lift_sys.define import Complete, Failed, Graph, Incomplete, Run
from lift_sys.engine import Engine
from lift_sys.execute import GraphExecutor
from lift_sys.resolve import Template
from lift_sys.testing.virtual_clock import virtual_time

__all__ = ["Diverged", "Latency", "simulate"]

P = ParamSpec("P")
R = TypeVar("R")
Latency = Callable[[str, Random], float]
_LONGEST = 0.01
_MEASURED = frozenset({"wait"})
"""What events say of time and chance: no part of what happened."""
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


class Diverged(AssertionError):
    """A graph gave something else in another order; the message names the first difference and the two seeds."""


def simulate(
    graph: Graph[P, R], /, *args: Any, seeds: int = 100, latency: Latency | None = None, **kwargs: Any
) -> Run[R]:
    """Run a graph once per seed, each time in another order, and return the run of the first seed.

    `latency(path, random)` says how many virtual seconds pass before the body at a path begins; without it, none for
    every third body and up to 10 ms for the others. Raises Diverged if an outcome, a value or the set of events (kind,
    path, data) differs between seeds.
    """
    if seeds < 1:
        raise ValueError(f"simulate(seeds={seeds!r}): give 1 or more")
    return _apart(lambda: virtual_time(_compared, graph, args, kwargs, seeds, latency or _some_milliseconds))


async def _compared(
    graph: Graph[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], seeds: int, latency: Latency
) -> Run[Any]:
    first = await _ShuffledEngine(0, latency).once(graph, args, kwargs)
    expected = _said(first)
    for seed in range(1, seeds):
        other = _said(await _ShuffledEngine(seed, latency).once(graph, args, kwargs))
        for (what, one), (_, two) in zip(expected, other, strict=True):
            if not _alike(one, two):
                raise Diverged(
                    f"{graph.name}: {what} depends on the order of execution; {_difference(one, two)} "
                    f"(seeds 0 and {seed}); look for state that nodes share"
                )
    return first


def _some_milliseconds(_path: str, random: Random) -> float:
    return 0.0 if random.random() < 1 / 3 else random.uniform(0, _LONGEST)


def _apart(work: Callable[[], Run[R]]) -> Run[R]:
    """Do work that needs an event loop of its own: in a thread, where one is running here already."""
    try:
        anyio.current_time()
    except RuntimeError:
        return work()
    done: list[Run[R]] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001 - carried over to the thread that asked
            failed.append(error)

    thread = threading.Thread(target=run, name="simulate")
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]


# --- another order for each seed --------------------------------------------------------------------------------------


class _Drawn(deque[int]):
    """A queue whose next element is drawn by lot."""

    def __init__(self, found: Iterable[int], random: Random) -> None:
        super().__init__(found)
        self._random = random

    def popleft(self) -> int:
        """Remove and return any element."""
        if len(self) > 1:
            self.rotate(self._random.randrange(len(self)))
        return super().popleft()

    def copy(self) -> Any:
        """Return a plain queue: what is resumed later draws no lots."""
        return deque(self)


class _ShuffledEngine(Engine):
    """An engine whose first run is drawn by lot; what is resumed of it later runs as ever."""

    def __init__(self, seed: int, latency: Latency) -> None:
        super().__init__(clock=anyio.current_time)
        self.seed = seed
        self.latency = latency

    async def once(self, graph: Graph[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Run[Any]:
        """Run a graph in the order of this seed."""
        engine = self

        class Shuffled(_ShuffledExecutor):
            seed, latency = engine.seed, staticmethod(engine.latency)

        self._executor = Shuffled
        try:
            return await self.run(graph, *args, **kwargs)
        finally:
            self._executor = GraphExecutor


class _ShuffledExecutor(GraphExecutor):
    seed: int
    latency: Latency

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.state.ready = _Drawn(self.state.ready, Random(self.seed))

    def start(self, gid: int) -> Any:
        """Begin a step's body behind a latency of its own."""
        block = self.state.home[gid]
        # no body is called directly: each is compiled by `_call_of`
        block.template.calls[(gid - block.base) % block.template.size] = None
        return super().start(gid)

    def _call_of(self, template: Template, local: int, gid: int) -> Callable[..., Any]:
        call = super()._call_of(template, local, gid)
        path = self.path_of(gid)
        seconds = self.latency(path, Random(f"{self.seed} {path}"))
        return _later(call, seconds)


def _later(call: Callable[..., Awaitable[Any]], seconds: float) -> Callable[..., Awaitable[Any]]:
    async def later(*args: Any, **kwargs: Any) -> Any:
        if seconds > 0:
            await anyio.sleep(seconds)
        return await call(*args, **kwargs)

    return later


# --- what is compared -------------------------------------------------------------------------------------------------


def _said(run: Run[Any]) -> list[tuple[str, Any]]:
    """Return all that must not depend on the order, the most telling first."""
    outcome = run.outcome
    said: list[tuple[str, Any]] = [("the outcome", type(outcome).__name__)]
    match outcome:
        case Complete():
            said.append(("the value", outcome.value))
        case Incomplete():
            said.append(("the set of closures", {c.path: dict(c.inputs) for c in outcome.closures}))
            said.append(("what is blocked", set(outcome.blocked)))
        case Failed():
            errors = {path: f"{type(e).__name__}: {_text(e)}" for path, e in outcome.errors.items()}
            said.append(("the set of errors", errors))
            said.append(("what is skipped", set(outcome.skipped)))
    said.append(("the set of events", {_event(e.kind, e.path, e.data) for e in run.events}))
    return said


def _event(kind: str, path: str, data: Mapping[str, Any]) -> tuple[str, str, str]:
    return kind, path, ", ".join(f"{k}={_text(v)}" for k, v in sorted(data.items()) if k not in _MEASURED)


def _text(value: Any) -> str:
    return _ADDRESS.sub("", str(value) if isinstance(value, BaseException) else repr(value))


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are the same; objects that do not say when they are equal, by what they hold."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_alike, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    if one == other or one != one:
        return bool(one == other) or bool(other != other)  # NaN is alike
    # objects that do not say when they are equal
    held: Any = getattr(one, "__dict__", None)
    return bool(held) and _alike(held, vars(other))


def _difference(one: Any, other: Any) -> str:
    if isinstance(one, set):
        only = sorted(map(str, one ^ other))[0]
        return f"{only} is in one run only"
    if isinstance(one, dict):
        for key in sorted(one.keys() | other.keys()):
            if not _alike(one.get(key), other.get(key)):
                return f"{key}: {one.get(key, 'absent')!r:.200} and {other.get(key, 'absent')!r:.200}"
    return f"{one!r:.200} and {other!r:.200}"
