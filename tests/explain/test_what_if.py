"""`graph.what_if` says what would follow without some constraints or with a fill, and is asked of what there is."""

from typing import Any

import pytest

from lift_sys import MUST, SHOULD, graph, hole, node, todo
from lift_sys.errors import DefinitionError


@hole
async def score(text: str) -> int:
    """Say how good a text is.

    MUST 0 <= result <= 10
    """
    todo()


@node(constraints=[MUST("be kind", check=lambda result: bool(result)), SHOULD("be short")])
async def publish(points: int) -> str:
    return f"{points}"


@node
async def elsewhere(points: int) -> str:
    return f"{points}"


@graph
async def review(text: str) -> str:
    return await publish(await score(text))


def test_a_withdrawn_constraint_takes_its_check_and_its_facts_along() -> None:
    """One that is prose with a function is a check, too; one that is prose alone, or only should hold, is none."""
    found = review.what_if(withdraw=review.constraints)

    assert [c.text for c in found.checks_lost] == ["0 <= result <= 10", "be kind"]
    assert "review/score: result >= 0" in found.falls


@pytest.mark.parametrize("strange", [[MUST("points > 3")], ["be kind"], MUST("be kind"), "be kind", None, 3])
def test_what_nobody_said_cannot_be_withdrawn(strange: Any) -> None:
    """The fault names it and where to take one from: nothing would fall, and that would pass for an answer."""
    with pytest.raises(DefinitionError, match="is no constraint of review"):
        review.what_if(withdraw=strange)


def test_a_fill_is_for_a_hole_of_the_graph() -> None:
    """A fill of what the graph never calls would change nothing."""
    with pytest.raises(DefinitionError, match="a fill of elsewhere, which is no step of review"):
        review.what_if(fill=elsewhere.fill(publish.fn))
