"""Rule 4 out of bodies: what arms, mapped bodies and filled graphs give is there leaf by leaf."""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from lift_sys import MUST, branch, each, graph, hole, node, todo


class Named(NamedTuple):
    first: int
    second: int


class Swapped(Named):
    """What it is made of is not what it holds."""

    def __new__(cls, first: int, second: int) -> "Swapped":
        return super().__new__(cls, second, first)


@node
async def f(x: int) -> int:
    return x + 1


@node
async def keep(x: int) -> int:
    return x


@node
async def positive(x: int) -> bool:
    return x > 0


@hole
async def h(x: int) -> int:
    todo()


@hole
async def other(x: int) -> int:
    todo()


@hole
async def decide(x: int) -> bool:
    todo()


@hole
async def both(x: int) -> tuple[int, int]:
    todo()


async def as_tuple(x: int) -> tuple[int, int]:
    return await f(x), await h(x)


async def as_named(x: int) -> Named:
    return Named(second=await h(x), first=await f(x))


async def as_dict(x: int) -> dict[str, Any]:
    return {"open": await h(x), "inside": [{"first": await f(x)}]}


CONTAINERS: list[tuple[Callable[[int], Any], Callable[[Any], Any]]] = [
    (as_tuple, lambda found: found[0]),
    (as_tuple, lambda found: found[-2]),
    (as_named, lambda found: found.first),
    (as_named, lambda found: found[0]),
    (as_dict, lambda found: found["inside"][0]["first"]),
]


@pytest.mark.parametrize(("body", "taken"), CONTAINERS)
async def test_a_leaf_out_of_arms_in_arms(body: Callable[[int], Any], taken: Callable[[Any], Any]) -> None:
    """Any container works leaf by leaf, through as many arms as there are."""

    @graph
    async def g(x: int) -> int:
        fine = await positive(x)
        found = await branch(fine, lambda: branch(fine, lambda: body(x), lambda: body(x)), lambda: body(x))
        return await keep(taken(found))

    run = await g.run(1)

    assert run.at("g/keep") == 2
    assert run.outcome.blocked == []  # type: ignore[union-attr]
    assert "g/positive" in run.why("g/keep").steps(), "a leaf rests on the condition, too"
    assert not [step for step in run.why("g/keep").steps() if "/h" in step]


@pytest.mark.parametrize(("body", "taken"), CONTAINERS)
async def test_a_leaf_of_an_item(body: Callable[[int], Any], taken: Callable[[Any], Any]) -> None:
    """An item's leaf is there outside of the map and in the map that goes on with it."""

    @graph
    async def g(x: int) -> tuple[int, list[int]]:
        found = await each(body, [x, 5])
        return await keep(taken(found[0])), await each(lambda t: keep(taken(t)), found)

    run = await g.run(1)

    assert (run.at("g/keep"), run.at("g/each#2[0]/keep"), run.at("g/each#2[1]/keep")) == (2, 2, 6)
    assert run.why("g/each#2[1]/keep").steps() == ["g/each[1]/f", "g/each#2[1]/keep"]
    assert (await run.resume(h.defer(9))).value == (2, [2, 6])


async def test_a_leaf_reaches_the_bodies_inside() -> None:
    """A record that is handed whole to a graph in an arm works leaf by leaf there."""

    @graph
    async def first_of(pair: tuple[int, int]) -> int:
        first, _ = pair
        return await keep(first)

    @graph
    async def g(x: int) -> int:
        found = await branch(await positive(x), lambda: as_tuple(x), lambda: as_tuple(x))
        return await branch(True, lambda: first_of(found), lambda: first_of(found))

    run = await g.run(1)

    assert run.at("g") == 2
    assert [c.blocks for c in run.holes] == [[]], "nothing that is a step waits for the other leaf"


async def test_each_leaf_waits_for_its_own_hole() -> None:
    """What one leaf waits for holds up nobody who takes another."""

    async def arm() -> tuple[int, int]:
        return await h(1), await other(1)

    @graph
    async def g(x: int) -> tuple[int, int]:
        first, second = await branch(await positive(x), arm, arm)
        return await keep(first), await keep(second)

    run = await g.run(1)

    assert {c.hole.name: c.blocks for c in run.holes} == {"h": ["g/keep"], "other": ["g/keep#2"]}


async def some(x: int) -> list[int]:
    return [await f(x), await h(x), await f(5)]


async def test_a_map_over_what_an_arm_gives_goes_on_item_by_item() -> None:
    """A map opens as soon as it is known which items its list has, in another map, too."""

    @graph
    async def g(x: int) -> tuple[list[int], list[list[int]]]:
        found = await branch(await positive(x), lambda: some(x), lambda: some(x))
        rows = await each(some, [x, x])
        return await each(keep, found), await each(lambda row: each(keep, row), rows)

    run = await g.run(1)

    assert [run.at(f"g/{path}") for path in ("keep[0]", "keep[2]", "keep#2[1][0]")] == [2, 6, 2]
    assert run.outcome.blocked == ["g/keep#2[0][1]", "g/keep#2[1][1]", "g/keep[1]"]  # type: ignore[union-attr]
    assert (await run.resume(h.defer(9))).value == ([2, 9, 6], [[2, 9, 6], [2, 9, 6]])


async def test_a_map_may_be_done_before_its_list() -> None:
    """Where the body takes only leaves that are there, its results are there, and rest on no others."""

    @node
    async def total(numbers: list[int]) -> int:
        return sum(numbers)

    async def pairs() -> list[tuple[int, int]]:
        return [(await f(1), await h(1)), (await f(2), await h(2))]

    async def halves() -> tuple[int, list[tuple[int, int]]]:
        return await h(0), [(await f(1), await h(1)), (await other(2), await h(2))]

    @graph
    async def g(x: int) -> tuple[int, int]:
        done = await each(lambda pair: keep(pair[0]), await branch(await positive(x), pairs, pairs))
        _, found = await branch(await decide(x), halves, halves)
        half = await each(lambda pair: keep(pair[0]), found)
        return await total(done), await total(half)

    run = await g.with_fills(decide.defer(True)).run(1)

    assert run.at("g/total") == 5
    assert not [step for step in run.why("g/total").steps() if "h" in step.split("/")[-1].split("#")[0]]
    assert {c.hole.name: c.blocks for c in run.holes if c.blocks} == {"other": ["g/each#2[1]/keep", "g/total#2"]}
    filled = await run.resume(h.fill(keep), other.fill(keep))
    assert filled.value == (5, 4)
    assert "g/decide" in filled.why("g/total#2").steps(), "the condition says which items there are"


@pytest.mark.slow
async def test_a_chain_of_maps_may_be_as_long_as_it_likes() -> None:
    """Maps that go on with each other, directly or out of arms, open without recursion."""

    @graph
    async def g(x: int) -> list[int]:
        found = await each(f, [x])
        for turn in range(600):
            found = await each(f, found)
            if turn % 2:
                found = await branch(True, lambda last=found: each(f, last), lambda last=found: each(f, last))  # type: ignore[misc]
        return found

    assert (await g.run(1)).value == [902]


async def test_a_filled_graph_gives_its_leaves() -> None:
    """A graph that stands in a hole works leaf by leaf, from the beginning and filled later; withdrawn, it is gone."""

    @graph
    async def standing(x: int) -> tuple[int, int]:
        return await f(x), await h(x)

    @graph
    async def g(x: int) -> int:
        found = await both(x)
        return await keep(found[0])

    fill = both.fill(standing)
    begun = await g.with_fills(fill).run(1)
    later = await (await g.run(1)).resume(fill)

    assert begun.at("g/keep") == later.at("g/keep") == 2
    assert later.outcome.blocked == ["g/both"]  # type: ignore[union-attr]
    assert (await later.withdraw(both)).outcome.blocked == ["g/keep"]  # type: ignore[union-attr]


async def test_what_must_hold_of_a_whole_is_not_taken_apart() -> None:
    """A hole of whose result something is asked gives nothing away before its whole result is there."""

    @hole(constraints=[MUST("len(result) == 2")])
    async def careful(x: int) -> tuple[int, int]:
        todo()

    @graph
    async def standing(x: int) -> tuple[int, int]:
        return await f(x), await h(x)

    @graph
    async def g(x: int) -> int:
        found = await careful(x)
        return await keep(found[0])

    run = await g.with_fills(careful.fill(standing)).run(1)

    assert run.outcome.blocked == ["g/careful", "g/keep"]  # type: ignore[union-attr]


async def test_a_leaf_waits_for_the_condition_alone() -> None:
    """A hole in the condition holds up both leaves, one in an arm its own; taint goes the same ways."""

    @graph
    async def g(x: int) -> tuple[int, int]:
        found = await branch(await decide(x), lambda: as_tuple(x), lambda: as_tuple(x))
        first, second = found
        return await keep(first), await keep(second)

    run = await g.run(1)
    assert run.outcome.blocked == ["g/branch", "g/keep", "g/keep#2"]  # type: ignore[union-attr]

    decided = await run.resume(decide.fill(positive))
    assert decided.at("g/keep") == 2
    assert decided.outcome.blocked == ["g/keep#2"]  # type: ignore[union-attr]
    assert (await decided.resume(h.defer(3))).tainted


async def test_an_unused_leaf_taints_nothing() -> None:
    """A deferred leaf that nobody takes is in nobody's support."""

    @graph
    async def g(x: int) -> int:
        found = await branch(await positive(x), lambda: as_tuple(x), lambda: as_tuple(x))
        return await keep(found[0])

    run = await g.with_fills(h.defer(3)).run(1)
    assert (run.value, run.tainted) == (2, False)


async def test_what_a_leaf_does_not_have_is_one_error() -> None:
    """A projection that fails of its leaf is an error at once, and told once when the whole is there."""

    async def arm() -> tuple[Any, int]:
        return await f(1), await h(1)

    @graph
    async def g(x: int) -> int:
        found = await branch(await positive(x), arm, arm)
        return await keep(found[0].real.nowhere)

    run = await g.run(1)
    assert [type(error) for error in run.outcome.errors.values()] == [AttributeError]  # type: ignore[union-attr]

    resumed = await run.resume(h.defer(1))
    assert sum(event.kind == "step.failed" for event in resumed.events) == 1


async def test_a_class_of_its_own_holds_what_it_held() -> None:
    """A named tuple that its class has rearranged is not rearranged again, neither whole nor by its leaves."""

    async def arm() -> Swapped:
        return Swapped(await f(1), await f(2))

    @graph
    async def g(x: int) -> tuple[int, Named]:
        found = await branch(await positive(x), arm, arm)
        return await keep(found.first), found

    value = (await g.run(1)).value

    assert value == (3, (3, 2))
    assert type(value[1]) is Swapped
