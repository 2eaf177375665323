"""What past runs took is summed up by node and by run, children with their parents."""

from lift_sys import Engine, graph, node, prompt, todo
from lift_sys.explain import Measured, measured
from lift_sys.record import KeptRun, parse_run


@prompt(model="helper")
async def ask(x: int) -> int:
    """Give a number."""
    todo()


@node
async def twice(x: int) -> int:
    return await ask(await ask(x))


@graph
async def asked(x: int) -> int:
    return await ask(await twice(x))


async def kept(*answers: str) -> KeptRun:
    run = await Engine(providers={"helper": answers}).run(asked, 1)
    return parse_run(dict(run.to_record()), "run.json")


async def test_a_node_is_measured_with_what_its_body_called() -> None:
    """Requests of children count for the parent; a run counts each once."""
    found = measured([await kept("1", "2", "3"), await kept("1", "no", "2", "3")], asked.label)

    assert found.runs == 2
    assert found.whole["requests"] == Measured(2, 3, 3, 4, 4)
    assert found.nodes[twice.label]["requests"] == Measured(2, 2, 2, 3, 3)
    assert found.nodes[ask.label]["requests"].times == 6
    assert found.nodes[ask.label]["cost"].most == 0


async def test_only_whole_runs_of_the_graph_are_summed_up() -> None:
    """One that failed says what its steps took, not what a run takes; so does one of another graph."""
    found = measured([await kept("1")], asked.label)
    other = measured([await kept("1", "2", "3")], "shop:other")

    assert (found.whole, other.whole) == ({}, {})
    assert other.nodes[ask.label]["requests"].times == 3


def test_percentiles_are_values_that_were_measured() -> None:
    """The nearest rank: no value is made up between two."""
    assert Measured.of(range(1, 101)) == Measured(100, 1, 50, 95, 100)
    assert Measured.of([7]) == Measured(1, 7, 7, 7, 7)
    assert Measured.of([]) is None
