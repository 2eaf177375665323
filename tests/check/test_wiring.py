"""Parameters that nobody takes, and holes that no value could leave."""

from typing import Annotated, Any, Literal, Never

import pytest
from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MaxLen, MinLen

from lift_sys import branch, each, graph, hole, node, todo
from lift_sys.check.rules.wiring import empty_because


@node
async def step(text: str) -> str:
    return text


@node
async def is_long(text: str) -> bool:
    return len(text) > 3


@pytest.mark.parametrize(
    "declared",
    [
        Never,
        Annotated[int, Gt(5), Lt(5)],
        Annotated[int, Ge(5), Lt(5)],
        Annotated[float, Interval(gt=1, le=0)],
        Annotated[str, MinLen(3), MaxLen(2)],
        Annotated[int, Gt(1), Lt(0)],
        tuple[int, Never],
    ],
)
def test_a_type_without_values_is_known(declared: Any) -> None:
    """Bounds that leave nothing between them, and what is made of them."""
    assert empty_because(declared)


@pytest.mark.parametrize(
    "declared",
    [
        int,
        None,
        Any,
        Annotated[int, Ge(5), Le(5)],
        Annotated[str, Len(2, 2), "a note"],
        Annotated[list[int], MinLen(3), Lt(2)],
        int | None,
        tuple[Never, ...],
        Literal["a"],
        list[Never],
    ],
)
def test_a_type_that_may_have_values_is_left_alone(declared: Any) -> None:
    """Also where bounds of different kinds meet: a length is no number."""
    assert empty_because(declared) == ""


def test_a_parameter_counts_as_used_wherever_it_is_taken() -> None:
    """In an argument, a list, a map, an arm, or as the output; a leading underscore says that it is not."""

    @graph
    async def article(
        one: str, two: str, three: list[str], four: str, five: str, _six: int
    ) -> tuple[list[str], str, str]:
        return (
            await each(step, [one, *()]),
            await branch(await is_long(two), lambda: step(four), lambda: step(two)),
            five,
        )

    @graph
    async def mapped(texts: list[str], suffix: str) -> list[str]:
        return await each(lambda text: step(suffix), texts)

    assert [fault.message for fault in article.check()] == ["no step of article takes its parameter `three: list[str]`"]
    assert mapped.check() == []


def test_a_hole_without_values_is_found_where_it_is_called() -> None:
    """Also in a map; the place is the hole's."""

    @hole
    async def nothing(text: str) -> Annotated[int, Gt(5), Lt(3)]:
        """Never answers."""
        todo()

    @graph
    async def article(texts: list[str]) -> list[int]:
        return await each(nothing, texts)

    assert [fault.code for fault in article.check()] == ["LS208"]
