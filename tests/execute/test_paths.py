"""Paths say where a step was drawn or called, never when."""

from collections import Counter

import anyio
import pytest

from lift_sys import Run, branch, each, graph, hole, loop, node, todo
from lift_sys.errors import LiftError
from lift_sys.testing import simulate


@node
async def f(x: int) -> int:
    return x + 1


@node
async def rows(x: int) -> list[list[int]]:
    return [[x, 2], [], [3]]


@node
async def is_big(x: int) -> bool:
    return x > 3


@hole
async def h(x: int) -> int:
    todo()


def paths(run: Run[object]) -> set[str]:
    """Return the paths of the steps that began or were reached."""
    return {e.path for e in run.events if e.kind in ("step.started", "hole.reached")}


async def test_a_second_call_is_numbered_by_the_lines() -> None:
    """`#2` is the second call of one node in a body, whatever runs first."""

    @graph
    async def g(x: int) -> int:
        return await f(await f(await f(x)))

    assert paths(await g.run(1)) == {"g/f", "g/f#2", "g/f#3"}


async def test_items_of_a_map_are_numbered() -> None:
    """`each[3]` is the fourth item, `[0][1]` the second item of the first."""

    @graph
    async def g(x: int) -> list[list[int]]:
        return await each(lambda row: each(f, row), await rows(x))

    run = await g.run(1)
    assert paths(run) == {"g/rows", "g/f[0][0]", "g/f[0][1]", "g/f[2][0]"}
    assert run.value == [[2, 3], [], [4]]


async def test_steps_of_a_mapped_body_stand_behind_the_item() -> None:
    """A lambda with more than one call is called `each`."""

    @graph
    async def g(x: int) -> list[int]:
        async def twice(item: int) -> int:
            return await f(await f(item))

        return await each(twice, [x, 5])

    assert paths(await g.run(1)) == {"g/each[0]/f", "g/each[0]/f#2", "g/each[1]/f", "g/each[1]/f#2"}


async def test_an_arm_adds_nothing_and_a_turn_is_numbered() -> None:
    """Steps of a branch stand where the branch stands; those of a loop behind the number of the turn."""

    @graph
    async def g(x: int) -> int:
        y = await branch(await is_big(x), lambda: f(1), lambda: f(2))
        return await loop(f, y, until=is_big, most=3)

    run = await g.run(1)
    assert paths(run) == {"g/is_big", "g/f#2", "g/loop[0]/is_big", "g/loop[0]/f", "g/loop[1]/is_big"}
    assert run.value == 4


async def test_sub_graphs_three_deep_lend_their_names() -> None:
    """A sub-graph is a prefix; its map and its hole keep theirs."""

    @graph
    async def low(x: int) -> list[int]:
        return await each(f, [x, await h(x)])

    @graph
    async def middle(x: int) -> list[int]:
        return await low(await f(x))

    @graph
    async def top(x: int) -> list[list[int]]:
        return [await middle(x), await middle(2)]

    run = await top.run(1)
    assert paths(run) == {
        *("top/middle/f", "top/middle/low/h", "top/middle/low/f[0]"),
        *("top/middle#2/f", "top/middle#2/low/h", "top/middle#2/low/f[0]"),
    }
    assert run.outcome.blocked == ["top/middle#2/low/f[1]", "top/middle/low/f[1]"]  # type: ignore[union-attr]


async def test_children_stand_behind_their_parent() -> None:
    """Different inputs are told apart by a hash of them, equal ones by a number; alone, neither is needed."""

    @node
    async def asks(x: int) -> int:
        return await f(x) + await is_big(x)

    @node
    async def asks_often(x: int) -> int:
        return sum([await f(x), await f(x), await f(x + 1)])

    @graph
    async def g(x: int) -> int:
        return await asks_often(await asks(x))

    found = paths(await g.run(1))
    assert {p for p in found if p.startswith("g/asks/")} == {"g/asks/f", "g/asks/is_big"}
    often = sorted(p for p in found if p.startswith("g/asks_often/"))
    hashes = Counter(p.partition("~")[2].partition("#")[0] for p in often)
    assert sorted(hashes.values()) == [1, 2]
    assert [p.endswith("#2") for p in often].count(True) == 1


def test_paths_of_children_do_not_depend_on_who_begins_first() -> None:
    """Children that run beside each other have the same paths in any order, with values of any type."""

    class Odd:
        def __init__(self, number: int) -> None:
            self.number = number

    @node
    async def number(of: Odd) -> int:
        return of.number

    @node
    async def asks(x: int) -> int:
        found = await each(f, [x, x, x + 1, x + 2])
        return sum([*found, *await each(number, [Odd(1), Odd(2)])])

    @graph
    async def g(x: int) -> int:
        return await asks(x)

    run = simulate(g, 1, seeds=20)
    assert run.value == 14
    assert sum(e.kind == "step.started" for e in run.events) == len(paths(run)) == 7


def test_a_node_under_another_name_has_a_path_of_its_own() -> None:
    """`using(name=...)` is the same node, drawn under that name."""
    other = f.using(name="other")

    @graph
    async def g(x: int) -> int:
        return await other(await f(x))

    assert paths(anyio.run(g.run, 1)) == {"g/f", "g/other"}


async def test_a_sub_graph_has_a_value_though_its_steps_are_the_runs_own() -> None:
    """By its node and by its path, also where its output is a container, in a map, or not there yet."""

    @hole
    async def missing(x: int) -> int:
        todo()

    @graph
    async def one(x: int) -> int:
        return await f(x)

    @graph
    async def pair(x: int) -> tuple[int, int]:
        return await f(x), await one(x)

    @graph
    async def waits(x: int) -> int:
        return await f(await missing(x))

    @graph
    async def g(x: int) -> list[object]:
        return [await pair(x), await each(one, [x, 5]), await waits(x)]

    run = await g.run(1)

    assert run[pair] == (2, 2)
    assert run.at("g/pair") == run.at("pair") == (2, 2)
    assert run.at("g/pair/one") == 2
    assert run.at("g/one[1]") == 6
    with pytest.raises(LiftError, match="waits for the hole g/waits/missing"):
        run[waits]
    with pytest.raises(LiftError, match=r"choose one by run.at\(path\)"):
        run[one]
