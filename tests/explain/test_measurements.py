"""What past runs took is summed up by node and by run, children with their parents."""

from lift_sys import Engine, each, graph, hole, node, prompt, todo
from lift_sys.explain import Measured, measured
from lift_sys.record import KeptRun, parse_run
from lift_sys.resolve import cost_of


@prompt(model="helper")
async def ask(x: int) -> int:
    """Give a number."""
    todo()


ASKED = f"{ask.label} (model helper)"


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
    assert found.nodes[ASKED]["requests"].times == 6
    assert found.nodes[ASKED]["cost"].most == 0


async def test_only_whole_runs_of_the_graph_are_summed_up() -> None:
    """One that failed says what its steps took, not what a run takes; so does one of another graph."""
    found = measured([await kept("1")], asked.label)
    other = measured([await kept("1", "2", "3")], "shop:other")

    assert (found.whole, other.whole) == ({}, {})
    assert other.nodes[ASKED]["requests"].times == 3


def test_percentiles_are_values_that_were_measured() -> None:
    """The nearest rank: no value is made up between two."""
    assert Measured.of(range(1, 101)) == Measured(100, 1, 50, 95, 100)
    assert Measured.of([7]) == Measured(1, 7, 7, 7, 7)
    assert Measured.of([]) is None


@node
async def parts(text: str) -> list[int]:
    return [len(word) for word in text.split()]


@graph
async def mapped(text: str) -> list[int]:
    return await each(twice, await parts(text))


async def test_a_plan_with_what_was_measured_knows_children_and_items() -> None:
    """What the body of a node calls, and how many items a map has, past runs tell."""
    runs = []
    for text, answers in (("a b", 4), ("a b c", 6)):
        run = await Engine(providers={"helper": ["1"] * answers}).run(mapped, text)
        runs.append(parse_run(dict(run.to_record()), "run.json"))
    found = measured(runs, mapped.label)
    expected = cost_of(mapped, experience=found.experience()).total

    assert cost_of(mapped).total.requests.is_unknown
    assert found.items["mapped/twice"] == Measured(2, 2, 2, 3, 3)
    assert (expected.requests.low, expected.requests.high) == (4, 6)
    assert expected.tokens.high < float("inf")
    assert not expected.latency.unknown


async def test_another_fill_is_measured_apart() -> None:
    """What a hole took with one fill says nothing of another."""

    @hole
    async def open_one(x: int) -> int:
        """Not decided."""
        todo()

    @graph
    async def filled(x: int) -> int:
        return await open_one(x)

    async def quick(x: int) -> int:
        return x

    run = await filled.with_fills(open_one.fill(quick)).run(1)
    found = measured([parse_run(dict(run.to_record()), "run.json")], filled.label).experience()

    assert f"{open_one.label} (code quick)" in found.uses
    assert cost_of(filled, experience=found).total.requests.is_unknown
    assert not cost_of(filled.with_fills(open_one.fill(quick)), experience=found).total.latency.unknown
