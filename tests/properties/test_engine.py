"""The engine on random programs: values, closures, resume, withdraw and events are what the programs mean."""

from collections import Counter
from random import Random
from typing import Any

import anyio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lift_sys import Engine, Run
from lift_sys.testing import simulate, virtual_time
from tests.properties.oracle import assert_as_expected, expected_of, happened
from tests.properties.programs import CHILDREN, HOLES, Workshop, program

LOTS = st.randoms(use_true_random=False)
QUICK = settings(max_examples=10, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))


class Scene:
    """A random program with sleeping bodies, run on an engine with some limit."""

    def __init__(self, random: Random, *, policies: bool = False) -> None:
        self.random = random
        made = program(random, parents=True, records=random.random() < 0.3)
        self.workshop = Workshop(made, self._pause, policies=random if policies else None)
        self.engine = Engine(clock=anyio.current_time, concurrency=random.choice((1, 2, 3, 64)))
        self.filled: list[str] = []

    def _pause(self) -> float:
        return self.random.choice((-1.0, 0.0, 0.1, self.random.random()))

    async def run(self) -> Run[Any]:
        """Return the run of the program on 3 and 4, with some of the holes filled from the beginning."""
        shop = self.workshop
        known = [name for name in HOLES if shop.nodes[name] in shop.root.holes]
        self.filled = self.random.sample(known, self.random.randint(0, len(known)))
        fills = [shop.nodes[name].fill(shop.answer(name)) for name in self.filled]
        return await self.engine.run(shop.root.with_fills(*fills), 3, 4)

    async def filled_in_parts(self, run: Run[Any]) -> Run[Any]:
        """Fill the holes that can be filled, in any order and in parts; return the last run."""
        names = [name for name in HOLES if name not in self.filled]
        self.random.shuffle(names)
        while names:
            count = self.random.randint(1, len(names))
            now, names = names[:count], names[count:]
            known = {*(c.hole for c in run.holes), *self.workshop.root.holes}
            nodes = {name: self.workshop.nodes[name] for name in now if self.workshop.nodes[name] in known}
            self.filled += nodes
            run = await run.resume(*[hole.fill(self.workshop.answer(name)) for name, hole in nodes.items()])
            self.assert_is_from_scratch(run)
        return run

    def assert_is_from_scratch(self, run: Run[Any]) -> None:
        """Assert that a run is what a run with the same fills from scratch would be."""
        expected = expected_of(self.workshop, 3, 4, self.filled)
        assert_as_expected(run, expected)
        got = happened(run)
        assert {e for e in got if e[0] != "hole.reached"} == {e for e in expected.events if e[0] != "hole.reached"}
        assert {e for e in expected.events if e[0] == "hole.reached"} <= set(got)

    def assert_ran_once(self) -> None:
        """Assert that each body ran exactly once, those that start again by rule 8 left out."""
        expected = expected_of(self.workshop, 3, 4, self.filled)
        assert leaves(self.workshop.ran) == leaves(expected.began)
        assert self.workshop.busiest <= self.engine.concurrency


def leaves(ran: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """Return the bodies that call no nodes."""
    return Counter({body: count for body, count in ran.items() if body[0] not in CHILDREN})


async def resumed(random: Random, policies: bool = False) -> None:
    """Resume equals scratch, for any order of fills and in parts; nothing runs twice."""
    scene = Scene(random, policies=policies)
    first = await scene.run()
    expected = expected_of(scene.workshop, 3, 4, scene.filled)
    assert_as_expected(first, expected)
    assert happened(first) == expected.events
    scene.assert_ran_once()

    await scene.filled_in_parts(first)
    scene.assert_ran_once()
    assert_as_expected(first, expected)


async def withdrawn(random: Random) -> None:
    """Withdrawing a fill gives the run without it, and nothing runs again."""
    scene = Scene(random)
    run = await scene.filled_in_parts(await scene.run())
    ran = scene.workshop.ran.copy()
    while scene.filled:
        name = scene.filled.pop(random.randrange(len(scene.filled)))
        run = await run.withdraw(scene.workshop.nodes[name])
        scene.assert_is_from_scratch(run)
        assert leaves(scene.workshop.ran) == leaves(ran)
    await scene.filled_in_parts(run)


@QUICK
@given(LOTS)
def test_resume_is_scratch(random: Random) -> None:
    """A run resumed in parts has the values, events and effects of a run that had the fills from the beginning."""
    virtual_time(resumed, random)


@QUICK
@given(LOTS)
def test_limits_of_nodes_change_nothing(random: Random) -> None:
    """The same when bodies wait for places under limits, with holes, children and small slots between them."""
    virtual_time(resumed, random, True)


@QUICK
@given(LOTS)
def test_withdraw_is_a_run_without_the_fill(random: Random) -> None:
    """A withdrawn fill leaves the run as it would be without it; what does not rest on it does not run again."""
    virtual_time(withdrawn, random)


@QUICK
@given(LOTS)
def test_events_do_not_depend_on_latencies(random: Random) -> None:
    """Kinds, paths and data of the events are the same whatever is faster."""
    workshop = Workshop(program(random, parents=True))
    run = simulate(workshop.root, 3, 4, seeds=4)

    assert_as_expected(run, expected_of(workshop, 3, 4))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 10_000, 500))
def test_ten_thousand_graphs_with_latencies(start: int) -> None:
    """Every value is right on ten thousand random graphs whose bodies take random times."""
    for seed in range(start, start + 500):
        virtual_time(resumed, Random(seed))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 3_000, 300))
def test_three_thousand_graphs_with_limits(start: int) -> None:
    """Limits change nothing on three thousand random graphs."""
    for seed in range(start, start + 300):
        virtual_time(resumed, Random(seed), True)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 3_000, 300))
def test_three_thousand_withdrawals(start: int) -> None:
    """Withdrawing is right on three thousand random graphs."""
    for seed in range(start, start + 300):
        virtual_time(withdrawn, Random(seed))
