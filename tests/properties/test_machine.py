"""The machine of a run, driven by hand: no loop, no clock, any order of finishing what is ready."""

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lift_sys import Graph
from lift_sys.check import check
from lift_sys.execute import Block, EventLog, RunState, path_of, reached_from, steps_of
from lift_sys.explain import slice_of
from lift_sys.record import RunRecord
from lift_sys.resolve import UNSET, Kind, resolve, template_of_graph
from tests.properties.oracle import assert_as_expected, expected_of
from tests.properties.programs import HOLES, Workshop, program

LOTS = st.randoms(use_true_random=False)
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink)


def opened(graph: Graph[..., Any], *inputs: Any) -> RunRecord:
    """Return the record of a run that has just been opened."""
    state = RunState()
    root = state.open_root(resolve(check(graph)).root, list(inputs))
    return RunRecord(graph, state, EventLog("by hand", 0.0), root)


def driven(record: RunRecord, workshop: Workshop, random: Random) -> None:
    """Finish ready steps in any order until there are none."""
    state = record.state
    while state.ready:
        state.ready.rotate(random.randrange(len(state.ready)))
        gid = state.ready.popleft()
        node, fill = state.node(gid), state.standing_fill(gid)
        assert node is not None
        args, kwargs = state.arguments(gid)
        body: Any = (fill.by if fill is not None else node.fn)(*args, **kwargs)
        try:
            body.send(None)
        except StopIteration as stop:
            state.finish(gid, stop.value)
        except ValueError as error:
            state.fail(gid, error)
        else:
            pytest.fail("a body without a pause suspended")


def filled(record: RunRecord, workshop: Workshop, name: str, by_graph: str) -> None:
    """Fill a hole with code, or with a graph."""
    hole = workshop.nodes[name]
    if name == by_graph:
        record.state.fill(hole, hole.fill(workshop.standing), template_of_graph(workshop.standing, {}))
    else:
        record.state.fill(hole, hole.fill(workshop.answer(name)), None)


def filled_in_parts(record: RunRecord, workshop: Workshop, random: Random, by_graph: str) -> Sequence[str]:
    """Fill the holes in any order, some before all that is ready has ended; return the names of the filled ones."""
    names = random.sample(HOLES, random.randint(1, len(HOLES)))
    for name in names:
        filled(record, workshop, name, by_graph)
        if random.random() < 0.5:
            driven(record, workshop, random)
    driven(record, workshop, random)
    return names


def assert_run_by_hand(random: Random, *, records: bool = False) -> None:
    """Assert that a random program run by hand gives what it must, with open holes and with filled ones."""
    workshop = Workshop(program(random, records=records))
    record = opened(workshop.root, 3, 4)
    driven(record, workshop, random)
    expected = expected_of(workshop, 3, 4)

    assert_as_expected(record, expected)
    assert workshop.ran == expected.began

    by_graph = random.choice(("", "hole_two"))
    names = filled_in_parts(record, workshop, random, by_graph)
    record = RunRecord(record.graph, record.state, record.log, record.root)
    expected = expected_of(workshop, 3, 4, names, by_graph)

    assert_as_expected(record, expected)
    assert workshop.ran == expected.began, "nothing outside of what was stuck runs again"


def filled_from_the_beginning(workshop: Workshop, by_graph: str) -> Graph[..., Any]:
    """Return the graph of a program with all holes filled, those of the graph that fills one, too."""
    inner = workshop.nodes["hole_b"]
    standing = workshop.standing.with_fills(inner.fill(workshop.answer("hole_b")))
    fills = [h.fill(standing if h.name == by_graph else workshop.answer(h.name)) for h in workshop.root.holes]
    return workshop.root.with_fills(*fills)


def steps_in(block: Block) -> range:
    """Return the steps of a block."""
    return range(block.base, block.base + block.template.size * block.count)


def reasons(record: RunRecord) -> dict[str, set[str]]:
    """Return what each step with a value rests on, by path."""
    state = record.state
    steps = {gid: path_of(state, gid) for gid in steps_of(state, Kind.CALL, Kind.HOLE, Kind.GRAPH)}
    there = [gid for gid in steps if state.values[gid] is not UNSET]
    return {steps[gid]: {steps[k] for k in slice_of(record, gid) if k in steps} for gid in there}


def assert_rests_on_what_it_waited_for(random: Random) -> None:
    """Assert that what has its value beside open holes never rests on them, and that what waits for one does."""
    workshop = Workshop(program(random, records=True))
    record = opened(workshop.root, 3, 4)
    driven(record, workshop, random)
    state = record.state
    open_holes = set(state.closures)
    there = [gid for gid, value in enumerate(state.values) if value is not UNSET]
    waiting = {gid: reached_from(state, [gid]) for gid in open_holes}
    by_graph = random.choice(("", "hole_two"))
    for name in HOLES:
        filled(record, workshop, name, by_graph)
        driven(record, workshop, random)

    scratch = opened(filled_from_the_beginning(workshop, by_graph), 3, 4)
    driven(scratch, workshop, random)
    assert reasons(record) == reasons(scratch)
    assert not [gid for gid in there if open_holes.intersection(slice_of(record, gid))]
    for hole, steps in waiting.items():
        # of a graph that stands in a hole, a leaf rests on the steps that gave it
        inside = {hole, *steps_in(state.opened[hole])} if hole in state.opened else {hole}
        there = [gid for gid in steps if state.values[gid] is not UNSET]
        assert not [gid for gid in there if not inside.intersection(slice_of(record, gid))]


@settings(max_examples=40, deadline=None, phases=PHASES)
@given(LOTS)
def test_a_program_gives_what_it_means_in_any_order(random: Random) -> None:
    """Exactly the steps without a hole or error before them run, in whatever order the ready ones end."""
    assert_run_by_hand(random)


@settings(max_examples=8, deadline=None, phases=PHASES)
@given(LOTS)
def test_a_leaf_is_there_whatever_the_others_wait_for(random: Random) -> None:
    """Records that arms, mapped bodies and sub-graphs give work leaf by leaf."""
    assert_run_by_hand(random, records=True)


@settings(max_examples=8, deadline=None, phases=PHASES)
@given(LOTS)
def test_a_value_rests_on_the_leaves_it_uses(random: Random) -> None:
    """No step is tainted by a leaf that it does not take."""
    assert_rests_on_what_it_waited_for(random)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 5_000, 1_000))
def test_five_thousand_programs_of_records(start: int) -> None:
    """Both for five thousand programs."""
    for seed in range(start, start + 1_000):
        assert_run_by_hand(Random(seed), records=True)
        assert_rests_on_what_it_waited_for(Random(seed))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 10_000, 1_000))
def test_ten_thousand_programs_give_what_they_mean(start: int) -> None:
    """The same for ten thousand programs."""
    for seed in range(start, start + 1_000):
        assert_run_by_hand(Random(seed))
