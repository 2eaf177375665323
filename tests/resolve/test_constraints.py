"""What constraints say of a graph's places: guarantees, demands, arms, items, None; and that it always ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import Flag
from typing import Any, Literal

import pytest

from lift_sys import MUST, SHOULD, Constraint, Graph, Hole, Node, branch, each, graph, hole, loop, node, todo
from lift_sys.resolve import facts_of, reasoning_of, standing_of


def code(name: str, *said: str, takes: Any = int, gives: Any = int) -> Node[[Any], Any]:
    """Return code of which something is said."""

    async def does(x: Any) -> Any:
        todo()

    does.__qualname__ = name
    does.__annotations__.update({"x": takes, "return": gives})
    return node(name=name, constraints=[MUST(text) for text in said])(does)


def missing(name: str, *said: str, takes: Any = int, gives: Any = int) -> Hole[[Any], Any]:
    """Return a hole of which something is said."""

    async def nothing(x: Any) -> Any:
        todo()

    nothing.__qualname__ = name
    nothing.__annotations__.update({"x": takes, "return": gives})
    return hole(name=name, constraints=[MUST(text) for text in said])(nothing)


def chain(
    *nodes: Node[[Any], Any], said: Sequence[Constraint] = (), takes: Any = int, gives: Any = int
) -> Graph[..., Any]:
    """Return the graph in which each node has what the one before gives."""

    async def body(x: Any) -> Any:
        for one in nodes:
            x = await one(x)
        return x

    body.__annotations__.update({"x": takes, "return": gives})
    return graph(name="chain", constraints=said)(body)


def known(drawn: Graph[..., Any], place: str, leaf: str) -> set[str]:
    """Return what is known of a leaf."""
    sides: Mapping[int, tuple[Any, str]] = facts_of(reasoning_of(drawn)).get((place, leaf), {})
    return {text for _, text in sides.values()}


# --- guarantee or demand ----------------------------------------------------------------------------------------------


def test_what_code_guarantees_holds_where_its_value_goes() -> None:
    """Facts travel forward, through code that relates its result to its input."""
    more = code("more", "result >= x + 1")
    drawn = chain(code("first", "result >= 3"), more, code("last"))

    assert known(drawn, "chain/last", "x") == {"x >= 4"}


def test_a_demand_narrows_a_hole() -> None:
    """Whatever fills a hole has to give what the next step asks for."""
    asked = missing("asked")
    drawn = chain(asked, code("last", "x <= 5"))

    assert known(drawn, "chain/asked", "result") == {"result <= 5"}
    assert drawn.why(asked, "result <= 5") is not None


def test_a_graph_asks_its_result_of_the_hole_that_gives_it() -> None:
    """What is said of a graph's result narrows the hole behind it."""
    asked = missing("asked")

    assert known(chain(asked, said=[MUST("result > 2")]), "chain/asked", "result") == {"result >= 3"}


def test_a_demand_is_no_fact_about_code() -> None:
    """What a later step asks of code is checked at run time, and not believed before."""
    first = code("first")
    last = code("last", "x <= 5")
    drawn = chain(first, last)

    assert known(drawn, "chain/first", "result") == set()
    assert drawn.why(first, "result <= 5") is None
    assert drawn.why(last, "x <= 5") is not None


def test_a_demand_on_an_input_is_a_precondition() -> None:
    """What is asked of a graph's input is known of every run that goes on."""
    assert known(chain(code("first", "x >= 1")), "chain", "x") == {"x >= 1"}


def test_a_demand_does_not_verify_another() -> None:
    """What one step asks of a hole is no reason to leave out what another asks."""
    asked, one = missing("asked"), code("one", "x <= 3 and result >= 0")
    other = code("other", "x <= 5")

    @graph(constraints=[MUST("result <= 4")])
    async def drawn(x: int) -> Any:
        value = await asked(x)
        await one(value)
        await other(value)
        return value

    assert standing_of(reasoning_of(drawn))[other.constraints[0]] == "checked"


def test_what_should_be_derives_nothing() -> None:
    """A SHOULD narrows nothing, and conflicts with nothing."""
    asked = missing("asked", "result <= 5")
    drawn = chain(asked, said=[SHOULD("result >= 7"), SHOULD("x >= 0")])

    assert drawn.conflict() is None
    assert known(drawn, "chain/asked", "result") == {"result <= 5"}
    assert known(drawn, "chain", "x") == set()


def test_a_fill_that_narrows_a_neighbour_does_not_widen_it() -> None:
    """What is said of the fill of one hole is known of the hole whose value is compared with it."""
    low, high = missing("low", "result <= 9"), missing("high")

    @node(constraints=[MUST("p <= q")])
    async def compares(p: int, q: int) -> int:
        return q - p

    @graph
    async def drawn(x: int) -> int:
        return await compares(await low(x), await high(x))

    fill = high.fill(code("filling", "result <= 5"))

    assert not drawn.what_if(fill=fill).widens
    assert known(drawn.with_fills(fill), "drawn/low", "result") == {"result <= 5"}
    assert drawn.what_if(withdraw=low.constraints).widens == ("drawn/low",)


# --- None, kinds and types --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("result > 3", {"result >= 4", "result is a number"}),
        ("result is None or result > 3", {"result >= 4"}),
        ("not result <= 3", {"result >= 4", "result is a number"}),
        ("result is None", {"result is None"}),
        ("result in {1, None}", {"result == 1", "result >= 1", "result <= 1"}),
    ],
)
def test_none_breaks_what_does_not_guard_against_it(said: str, expected: set[str]) -> None:
    """An atom over None is broken, whichever way it is asked, unless a guard stands before it."""
    assert known(chain(missing("asked", said, gives=int | None), gives=int | None), "chain/asked", "result") == expected


class Rights(Flag):
    """What may be done."""

    READ = 1
    WRITE = 2


@pytest.mark.parametrize("kind", [Decimal, complex, Rights, Any, object])
def test_values_that_compare_in_ways_of_their_own_are_left_alone(kind: Any) -> None:
    """Of a value that is no plain number nobody can say that it is not at least nought."""
    assert chain(missing("asked", "result >= 0", gives=kind), gives=kind).conflict() is None


@pytest.mark.parametrize("said", ["result in 3", "result in [[1], [2]]", "result < None", "x in 'abc'"])
def test_what_nobody_can_propagate_is_not_believed(said: str) -> None:
    """An atom that is none of the native ones is neither a conflict nor proved."""
    asked = missing("asked", said)
    drawn = chain(asked)

    assert drawn.conflict() is None
    assert drawn.why(asked, "result >= 0") is None


def test_a_claim_that_nobody_can_propagate_does_not_follow() -> None:
    """A part of a text is asked of values only."""
    asked = missing("asked", "len(result) >= 1", gives=str)

    assert chain(asked, gives=str).why(asked, "result in 'abc'") is None


def test_a_tuple_is_as_long_as_its_type() -> None:
    """The items of a pair are there without anybody saying so."""
    asked = missing("asked", gives=tuple[Literal[1, 2], int])
    proof = chain(asked, gives=tuple[Literal[1, 2], int]).why(asked, "result[0] >= 1")

    assert proof is not None
    assert not proof.constraints


# --- arms -------------------------------------------------------------------------------------------------------------


def choice(then: Node[[Any], Any], otherwise: Node[[Any], Any], *said: str) -> Graph[..., Any]:
    """Return a graph with a branch whose condition nobody knows."""
    asked = code("asks", gives=bool)
    before = missing("before")

    @graph(name="choice", constraints=[MUST(text) for text in said])
    async def drawn(x: int) -> int:
        value = await before(x)
        return await branch(await asked(x), lambda: then(value), lambda: otherwise(value))

    return drawn


def test_the_hull_of_the_arms_is_what_a_branch_gives() -> None:
    """Between the least and the greatest that either arm gives."""
    drawn = choice(code("low", "result >= 1", "result <= 2"), code("high", "result >= 5", "result <= 6"))

    assert known(drawn, "choice", "result") == {"result >= 1", "result <= 6"}


def test_nothing_flows_backward_out_of_an_arm() -> None:
    """What one arm asks for is no fact where that arm does not run."""
    drawn = choice(code("one", "x >= 1"), code("other"))

    assert known(drawn, "choice/before", "result") == set()
    assert known(drawn, "choice/one", "x") == {"x >= 1"}


def test_a_conflict_in_an_arm_leaves_the_other() -> None:
    """The arm cannot run; what the other gives is what the branch gives, and the reason names both."""
    one, other = code("one", "result >= 1", "x > x"), code("other", "result == 7")
    drawn = choice(one, other)
    proof = drawn.why(drawn, "result == 7")

    assert drawn.conflict() is None
    assert proof is not None
    assert {c.text for c in proof.constraints} == {"x > x", "result == 7"}


def test_conflicts_in_both_arms_are_a_conflict() -> None:
    """A branch that cannot go on anywhere stops the graph."""
    conflict = choice(code("one", "x > x"), code("other", "result < result")).conflict()

    assert conflict is not None
    assert {c.text for c in conflict.core} == {"x > x", "result < result"}


def test_an_arm_does_not_speak_for_its_graph() -> None:
    """What is known of one arm's result is not told of the graph's."""
    drawn = choice(code("one", "result >= 1"), code("other"))

    assert known(drawn, "choice", "result") == set()


# --- items ------------------------------------------------------------------------------------------------------------


def mapped(body: Node[[Any], Any], *said: str, items: Any = list[int]) -> Graph[..., Any]:
    """Return a map over a graph's input."""

    async def drawn(x: Any) -> Any:
        return await each(body, x)

    drawn.__annotations__.update({"x": items, "return": list[int]})
    return graph(name="mapped", constraints=[MUST(text) for text in said])(drawn)


def test_what_holds_of_a_body_holds_of_every_item() -> None:
    """Items that are asked for and items that are given, and as many of them."""
    drawn = mapped(code("one", "x >= 1", "result >= 2"), "len(x) == 3", "result[0] <= 9")

    assert known(drawn, "mapped", "x[*]") == {"x[*] >= 1"}
    assert "result[0] >= 2" in known(drawn, "mapped", "result[0]")
    assert known(drawn, "mapped", "len(result)") >= {"len(result) >= 3", "len(result) <= 3"}


def test_a_body_that_cannot_run_has_no_items() -> None:
    """It is a conflict only where an item is known to be there."""
    never = code("never", "x > x")

    assert known(mapped(never), "mapped", "len(x)") >= {"len(x) <= 0"}
    assert mapped(never).conflict() is None
    conflict = mapped(never, "len(x) >= 1").conflict()
    assert conflict is not None
    assert {c.text for c in conflict.core} == {"x > x", "len(x) >= 1"}


def test_a_claim_about_items_is_about_each_of_them() -> None:
    """That one item is at least three says nothing of the next."""
    large, small, body = code("large", "result >= 3"), code("small", "result >= 1"), code("body")

    @graph
    async def drawn(x: int) -> list[int]:
        return await each(body, [await large(x), await small(x)])

    assert drawn.why(body, "x >= 3") is None
    assert drawn.why(body, "x >= 1") is not None


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (2, 1, 0)])
def test_what_no_item_can_be_leaves_an_empty_list(order: tuple[int, int, int]) -> None:
    """Two maps that no item can pass are no conflict where nobody says that there is one."""
    low, high = code("low", "x <= 3"), code("high", "x >= 5")
    first = code("first", "len(x) == 0 or x[0] >= 5", takes=list[int])

    @graph
    async def drawn(x: list[int]) -> list[int]:
        ways: list[Any] = [lambda: each(low, x), lambda: each(high, x), lambda: first(x)]
        for number in order:
            await ways[number]()
        return x

    assert drawn.conflict() is None
    assert "len(x) <= 0" in known(drawn, "drawn", "len(x)")


def test_an_item_of_a_list_that_is_drawn_is_there() -> None:
    """What a map asks of every item is asked of each that was put in."""
    body = code("body", "x >= 5")

    @graph
    async def drawn(x: int) -> list[int]:
        return await each(body, [x, await code("one", "result <= 3")(x)])

    conflict = drawn.conflict()
    assert conflict is not None
    assert {c.text for c in conflict.core} == {"x >= 5", "result <= 3"}


def test_a_body_must_run_over_a_list_that_is_drawn() -> None:
    """Nobody has to speak of how long the list is."""
    never = code("never", "x > x")

    @graph
    async def drawn(x: int) -> list[int]:
        return await each(never, [x, x])

    assert drawn.conflict() is not None


def test_of_a_loop_only_the_type_is_known() -> None:
    """What turns say holds inside of them."""
    turn = code("turn", "result >= 3")
    settled = code("settled", gives=bool)

    @graph
    async def drawn(x: int) -> int:
        return await loop(turn, x, until=settled, most=3)

    assert known(drawn, "drawn", "result") == set()
    assert {text for (place, _), sides in facts_of(reasoning_of(drawn)).items() if place.endswith("turn")
            for _, text in sides.values()} == {"result >= 3"}  # fmt: skip


def test_what_is_left_of_a_choice_rests_on_what_refuted_the_rest() -> None:
    """The even length is asked for only because the text is not empty: the reason names all three."""
    said = ("x != ''", "len(x) % 2 == 0", "result + 1 > len(x) or (not len(x) % 2 == 0)")
    short, text = Literal[0, 1, 2], Literal["", "a", "bc"]
    asked = missing("asked", gives=short, takes=text)
    proof = chain(asked, said=[MUST(one) for one in said], takes=text, gives=short).why(asked, "result not in {0}")

    assert proof is not None
    assert {c.text for c in proof.constraints} == set(said)


# --- it ends ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [int, float])
@pytest.mark.parametrize("bounds", [(), ("x >= 0", "result <= 1000000")])
def test_a_ring_that_would_rise_for_ever_is_the_conflict(kind: Any, bounds: tuple[str, ...]) -> None:
    """`x < result` and `result <= x`, with bounds and without."""
    conflict = chain(code("one", "x < result", "result <= x", *bounds, takes=kind, gives=kind), takes=kind).conflict()

    assert conflict is not None
    assert {c.text for c in conflict.core} == {"x < result", "result <= x"}
    assert sorted(len(repair) for repair in conflict.repairs) == [1, 1]


def test_a_long_ring_is_found_whole() -> None:
    """A ring through a hundred steps is a core of a hundred and one."""
    steps = [code(f"n{k}", "x <= result") for k in range(100)]

    conflict = chain(*steps, said=[MUST("result < x")]).conflict()

    assert conflict is not None
    assert len(conflict.core) == 101


@pytest.mark.parametrize(
    "said",
    [
        ("x % 2 == 0", "result % 2 == 0", "result == x + 1"),
        ("x != 0", "result == x + 1", "x == result"),
        ("result == x + 0.5",),
        ("x % 3 == 0", "result > x", "x > 0", "result % 2 == 0", "result <= x + 1"),
        ("result is None or x > result", "x + 1 > result", "x % 2 == 0"),
    ],
)
def test_what_narrows_for_ever_ends(said: tuple[str, ...]) -> None:
    """Multiples, exclusions, halves and choices that relate leaves are left after a while."""
    one = code("one", *said)
    drawn = chain(one)
    drawn.conflict()
    drawn.why(one, "result >= 10")
    drawn.what_if(withdraw=[one.constraints[0]])

    assert drawn.check() is not None


def test_repairs_end_where_one_withdraws_what_stood_for_sound() -> None:
    """A constraint that is in no core at first may be in one later."""
    one = code("one", "result >= x", "result < x", "x == 2", "result % 2 == 0", "result <= 2")
    conflict = chain(one, said=[MUST("x > result"), MUST("result > 5")]).conflict()

    assert conflict is not None
    assert conflict.repairs_complete
