"""`graph.why(node, claim)` and `graph.conflict()`, about values that are no numbers, and about numbers of any size."""

from typing import Any

import pytest

from lift_sys import MUST, Failed, Graph, Node, graph, node
from lift_sys.errors import ConstraintViolated

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


@pytest.mark.parametrize("said", ["len(result) >= 0", "matches(result, 'a')", "not matches(result, 'a')"])
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
