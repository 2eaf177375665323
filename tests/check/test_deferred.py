"""A deferred value of another type is a fault of the graph, as it is on resume: nothing runs on it."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel

from lift_sys import Complete, Graph, Hole, graph, hole, todo
from lift_sys.errors import DefinitionError


class Note(BaseModel):
    text: str


def waiting(declared: Any) -> tuple[Hole[..., Any], Graph[..., Any]]:
    """Return a hole that promises a type, and a graph of it alone."""

    async def later(x: int) -> Any:
        todo()

    later.__annotations__["return"] = declared
    made = hole(later)

    @graph
    async def g(x: int) -> Any:
        return await made(x)

    return made, g


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (int, "x"), (int, None), (int, 5.5), (str, 3), (bool, 1), (int | None, "x"), (list[int], 3),
        (Literal["a", "b"], "c"), (int | str, 0.5),
    ],
)  # fmt: skip
async def test_a_deferred_value_of_another_type_is_a_fault(declared: Any, value: Any) -> None:
    """By the code that resume refuses it with."""
    later, g = waiting(declared)
    filled: Any = g.with_fills(later.defer(value))

    assert [fault.code for fault in filled.check()] == ["LS402"]
    with pytest.raises(DefinitionError, match="is deferred, and the hole later promises"):
        await filled.run(1)
    with pytest.raises(DefinitionError, match="LS402"):
        await (await g.run(1)).resume(later.defer(value))


@pytest.mark.parametrize(
    ("declared", "value"),
    [
        (int, 3), (float, 3), (int | None, None), (Literal["a", "b"], "b"), (object, "x"), (Any, 3), (str | int, "x"),
        (Note, {"text": "x"}), (Note, Note(text="x")), (list[int], [1]), (dict[str, int], {}),
    ],
)  # fmt: skip
async def test_what_a_run_takes_is_no_fault(declared: Any, value: Any) -> None:
    """Values of classes are judged when they are taken."""
    later, g = waiting(declared)
    filled: Any = g.with_fills(later.defer(value))

    assert filled.check() == []
    assert isinstance((await filled.run(1)).outcome, Complete)
