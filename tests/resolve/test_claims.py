"""`graph.why(node, claim)` and `graph.conflict()`, about values that are no numbers, and about numbers of any size."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

import pytest
from pydantic import BaseModel

from lift_sys import MUST, Failed, Graph, Node, graph, hole, node, todo
from lift_sys.errors import ConstraintViolated, DefinitionError

HUGE = "9" * 400


def giving(declared: Any, *said: str) -> tuple[Node[..., Any], Graph[..., Any]]:
    """Return a node that gives what is declared and of which something is said, and a graph of it alone."""

    async def give(x: Any) -> Any:
        return x

    give.__annotations__["return"] = declared
    made = node(constraints=[MUST(text) for text in said])(give)

    @graph
    async def g(x: Any) -> Any:
        return await made(x)

    return made, g


@pytest.mark.parametrize("declared", [int, float, int | str, object, Any, dict[str, int] | None])
def test_what_may_have_no_length_has_none_of_any_size(declared: Any) -> None:
    """To ask for the length of a number is to be refused an answer: nothing of the sort follows."""
    give, g = giving(declared)

    assert g.why(give, "len(result) >= 0") is None


@pytest.mark.parametrize("declared", [str, list[int], dict[str, int], tuple[int, ...]])
def test_what_has_a_length_has_at_least_none(declared: Any) -> None:
    """Of texts and containers no constraint has to say that."""
    give, g = giving(declared)

    assert g.why(give, "len(result) >= 0") is not None


@pytest.mark.parametrize(
    "said",
    ["len(result) >= 0", "matches(result, 'a')", "not matches(result, 'a')", "result >= '3'", "not result < '3'"],
)
async def test_what_can_only_raise_is_a_conflict(said: str) -> None:
    """A number has no length and matches nothing, whichever way it is asked."""
    _, g = giving(int, said)
    _, unknown = giving(Any, said)

    found = g.conflict()
    outcome = (await unknown.run(1)).outcome

    assert found is not None
    assert [c.text for c in found.core] == [said]
    assert unknown.conflict() is None
    assert isinstance(outcome, Failed)
    assert isinstance(outcome.errors["g/give"], ConstraintViolated)


def test_a_length_says_that_there_is_one() -> None:
    """What is measured is no None and no number, in runs in which the constraint holds."""
    give, g = giving(Any, "len(result) >= 2")

    for claim in ("result is not None", "len(result) > 1"):
        assert g.why(give, claim) is not None, claim


@pytest.mark.parametrize(
    "said", [f"result > {HUGE}", f"result in {{{HUGE}}}", f"result + 0.5 > {HUGE}", f"result * 2.5 == -{HUGE}"]
)
@pytest.mark.parametrize("declared", [int, float])
def test_numbers_may_be_greater_than_any_float(declared: Any, said: str) -> None:
    """They are compared as they are, by a solver where one is there, or by the run."""
    give, g = giving(declared, said, "result - 0.5 > -3")

    g.conflict()

    assert g.why(give, "result > -3") is not None


@pytest.mark.parametrize("said", ["result >= 1e999", "result >= -1e999"])
def test_an_infinite_constant_is_prose_whatever_its_sign(said: str) -> None:
    """No number is written so by somebody who knows what it is."""
    _, g = giving(float, said)

    assert g.conflict() is None
    assert [c.predicate_for(g.nodes["g/give"].shape) for c in g.nodes["g/give"].constraints] == [None]


def taking(declared: Any, *said: str) -> tuple[Node[..., Any], Graph[..., Any]]:
    """Return a node that takes x and y as declared, of which something is said, and a graph of it alone."""

    async def both(x: Any, y: Any) -> Any:
        return x, y

    both.__annotations__ |= {"x": declared, "y": declared}
    made = node(constraints=[MUST(text) for text in said])(both)

    @graph
    async def g(x: Any, y: Any) -> Any:
        return await made(x, y)

    return made, g


@pytest.mark.parametrize("said", ["x + y != 5", "x < y", "x != y + 'c'", "x + y == 'ab'"])
@pytest.mark.parametrize("declared", [Any, int | str, Literal[2, 3, "a", "b"]])
async def test_what_may_be_a_text_is_not_reckoned_with_as_a_number(declared: Any, said: str) -> None:
    """Texts are added and compared, too: what holds of the numbers alone is neither a conflict nor a proof."""
    both, g = taking(declared, "x in {2, 'a'}", "y in {3, 'b'}", said)

    assert g.conflict() is None
    assert (await g.run("a", "b")).value == ("a", "b")
    assert g.why(both, "x == 2") is None


def test_what_is_said_to_be_a_number_is_reckoned_with_and_the_saying_is_part_of_the_reason() -> None:
    """Without it the values might be texts."""
    _, g = taking(Any, "x in {2, 'a'}", "y in {3, 'b'}", "x + y != 5", "x > 0", "y > 0")

    conflict = g.conflict()

    assert conflict is not None
    assert len(conflict.core) == 5


@pytest.mark.parametrize(
    ("said", "claim"),
    [
        (["x - y >= 3"], "x != y"),
        (["x < y"], "x != y + 2"),
        (["x * 2 + 1 == y"], "y != 4"),
        (["x + y == 10", "x in {1, 2}"], "y in {8, 9}"),
        (["x * y == 12", "x >= 3"], "y not in {5, 6}"),
        (["x * x == 4", "x > 0"], "x == 2"),
    ],
)
def test_what_is_not_a_value_or_not_one_of_a_few_can_be_proved(said: list[str], claim: str) -> None:
    """By differences, and by a solver where numbers are added or multiplied; every constraint is needed."""
    both, g = taking(int, *said)

    proof = g.why(both, claim)

    assert proof is not None
    assert [c.text for c in proof.constraints] == said


@pytest.mark.parametrize("claim", ["x == x - 0", "x <= x + 1", "x != x - 2", "x + 1 != 3"])
@pytest.mark.parametrize("declared", [Any, int | str, str, list[int], Callable[[], int]])
def test_what_cannot_be_added_to_is_not_reckoned_with_though_the_sum_cancels_out(declared: Any, claim: str) -> None:
    """To take nothing from a text raises, which breaks what is claimed of it."""
    both, g = taking(declared, "len(y) >= 0")

    assert g.why(both, claim) is None


def test_what_cannot_be_hashed_cannot_be_looked_for_in_a_set() -> None:
    """Of a list that is broken, and whoever has a length may be one; to be unequal is another question."""
    both, g = taking(Any, "len(x) == 2")

    assert g.why(both, "x not in {1, 2}") is None
    assert g.why(both, "x not in (1, 2)") is not None
    assert g.why(both, "x != 1") is not None


def test_a_choice_may_speak_of_what_is_not_there() -> None:
    """A parameter that takes any number of arguments is no leaf: nobody can say, and nothing fails."""

    @node(constraints=[MUST("len(rest) > 2 or first > 3"), MUST("first < 2 or len(rest) > 1")])
    async def some(first: int, *rest: int) -> int:
        return first + len(rest)

    @graph
    async def g(x: int) -> int:
        return await some(x, x)

    assert g.conflict() is None
    assert g.why(some, "first > 3") is None


def test_whole_numbers_do_not_differ_by_a_half() -> None:
    """Twice a number is even, which takes no solver to see."""
    assert taking(int, "x * 2 + 1 == y * 2")[1].conflict() is not None
    assert taking(float, "x * 2 + 1 == y * 2")[1].conflict() is None


class Sized(TypedDict):
    height: int
    width: NotRequired[int]


class Point(NamedTuple):
    x: int
    y: str


@node(constraints=[MUST("n >= 5")])
async def take(n: Any) -> Any:
    return n


@node(constraints=[MUST("result.height == 3"), MUST("result['width'] == 9")])
async def sized() -> Sized:
    return {"height": 3, "width": 9}


@node(constraints=[MUST("result.x == 3"), MUST("result[1] == 'up'")])
async def point() -> Point:
    return Point(3, "up")


@node(constraints=[MUST("result[0] == 3"), MUST("result[-1] == 9")])
async def pair() -> tuple[int, int]:
    return 3, 9


@node(constraints=[MUST("size.height >= 9")])
async def measure(size: Sized) -> int:
    return size["height"]


@graph
async def height() -> Any:
    return await take((await sized())["height"])


@graph
async def width() -> Any:
    return await take((await sized())["width"])


@graph
async def by_name() -> Any:
    return await take((await point()).x)


@graph
async def by_place() -> Any:
    return await take((await point())[0])


@graph
async def from_the_back() -> Any:
    return await take((await point())[-2])


@graph
async def unpacked() -> Any:
    x, _ = await point()
    return await take(x)


@graph
async def last_of_a_pair() -> Any:
    return await take((await pair())[-1])


@graph
async def made_here() -> Any:
    return await measure({"height": await take(7), "width": (await pair())[0]})


@pytest.mark.parametrize(
    ("g", "value"),
    [(height, 3), (width, 9), (by_name, 3), (by_place, 3), (from_the_back, 3), (unpacked, 3), (last_of_a_pair, 9)],
)
def test_a_field_is_one_leaf_whichever_way_it_is_reached(g: Graph[..., Any], value: int) -> None:
    """Fields of a TypedDict by their keys, of a named tuple by name or place, items of a tuple from either end."""
    conflict = g.conflict()

    assert g.why(take, f"n == {value}") is not None
    assert (conflict is not None) == (value == 3)


def test_a_dict_that_is_made_in_a_body_has_the_fields_that_are_put_in() -> None:
    """What is asked of a field of a TypedDict is asked of what was written there."""
    assert made_here.why(measure, "size.height >= 9") is not None
    assert made_here.why(measure, "size.width == 3") is not None


def test_a_value_of_a_dict_is_no_leaf_whatever_its_key() -> None:
    """Not even under a key that looks like one of ours."""

    @node(constraints=[MUST("len(result) == 3")])
    async def counts() -> dict[str, int]:
        return {"#": 7, "": 1, "[]": 2}

    @graph
    async def like_a_length() -> Any:
        return await take((await counts())["#"])

    @graph
    async def like_an_item() -> Any:
        return await take((await counts())["[]"])

    assert like_a_length.conflict() is None
    assert like_an_item.conflict() is None


@pytest.mark.parametrize(("about", "claim"), [(None, "n > 3"), ("take", "n > 3"), (take, 3), (take, take)])
def test_what_is_no_question_is_refused_where_it_is_asked(about: Any, claim: Any) -> None:
    """By the same fault as a claim that nobody can ask."""
    with pytest.raises(DefinitionError, match=r"LS503 height\.why"):
        height.why(about, claim)


@node(constraints=[MUST("result >= x")])
async def up(x: int) -> int:
    return x + 1


@graph
async def stairs(x: int) -> Any:
    for _ in range(100):
        x = await up(x)
    return await take(x)


@pytest.mark.slow
def test_a_claim_about_a_node_is_asked_at_each_of_its_steps() -> None:
    """Near by where that is enough, else of all that leads there: from the top of the stairs to their foot."""
    near, far = stairs.why(up, "result >= x - 1"), stairs.why(take, "n >= 4")
    whole = stairs.why(stairs, "result is not None")

    assert near is not None
    assert [c.text for c in near.constraints] == ["result >= x"]
    assert far is not None
    assert [c.text for c in far.constraints] == ["n >= 5"]
    assert whole is None
    assert stairs.why(up, "result >= 4") is None
    assert stairs.why(up, "x <= result - 0 and result + 1 > x") is not None


class Rated(BaseModel):
    score: int


@hole
async def rate(x: int) -> Rated:
    """Rate it."""
    todo()


@node(constraints=[MUST("rated.score > 5")])
async def use(rated: Rated) -> int:
    return rated.score


@graph
async def rating(x: int) -> int:
    return await use(await rate(x))


def test_fields_of_a_deferred_value_are_known() -> None:
    """What a consumer asks of a field is asked of the value before anything runs."""
    conflict = rating.with_fills(rate.defer(Rated(score=3))).conflict()

    assert conflict is not None
    assert [constraint.text for constraint in conflict.core] == ["rated.score > 5"]


def test_a_proof_names_the_deferred_hole_that_it_rests_on() -> None:
    """What is only deferred is said beside what follows from it."""
    proof = rating.with_fills(rate.defer(Rated(score=9))).why(use, "rated.score >= 7")

    assert "tainted: rating/rate is only deferred" in str(proof)
