"""Conflicts that many constraints have a part in: what can be withdrawn is said, and which of several alike."""

from typing import Annotated, Any

import pytest
from annotated_types import Gt, Lt

from lift_sys import MUST, Graph, graph, node


def pairs(count: int) -> Graph[..., Any]:
    """Return a graph with so many conflicts that have nothing to do with each other."""

    @node(constraints=[MUST(text) for k in range(count) for text in (f"xs[{k}] > 5", f"xs[{k}] < 3")])
    async def both(xs: list[int]) -> int:
        return len(xs)

    @graph
    async def g(xs: list[int]) -> int:
        return await both(xs)

    return g


@pytest.mark.slow
def test_one_repair_is_found_where_there_are_too_many_to_list() -> None:
    """Thirty conflicts have 2**30 smallest repairs, none of which a search by size comes to within its time."""
    g = pairs(30)

    conflict = g.conflict()

    assert conflict is not None
    assert not conflict.repairs_complete
    assert conflict.repairs
    for repair in conflict.repairs:
        assert g.what_if(withdraw=repair).conflict is None
        assert all(g.what_if(withdraw=[c for c in repair if c is not one]).conflict for one in repair[:3])


def test_a_long_repair_is_not_spelled_out() -> None:
    """The message names some of it; the conflict has it whole."""
    conflict = pairs(6).conflict()

    assert conflict is not None
    assert " and 2 more\n" in str(conflict)


def test_constraints_of_one_text_are_told_apart_by_where_they_were_said() -> None:
    """To read twice that one and the same should be withdrawn helps nobody."""

    @node
    async def between() -> Annotated[int, Gt(5), Lt(5)]:
        return 5

    @graph
    async def g() -> Annotated[int, Gt(5), Lt(5)]:
        return await between()

    said = str(g.conflict())

    assert "help: withdraw `MUST result > 5` [type of " in said
    assert said.count("between.result]") == 4
