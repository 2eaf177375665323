"""Values are validated where they enter, as strictly as a type checker and no more."""

from typing import Any

import pytest

from lift_sys import graph, hole, node, todo
from lift_sys.execute.validation import misfit


@node
async def doubled(x: int) -> int:
    return x * 2


@hole
async def asked(x: int) -> int:
    todo()


@graph
async def g(x: int) -> int:
    return await doubled(await asked(x))


@pytest.mark.parametrize(
    ("value", "declared", "entered"),
    [
        (True, int, 1),
        (True, float, 1.0),
        (True, int | None, 1),
        ([2, True], list[int], [2, 1]),
        ({"a": [1, True]}, dict[str, list[int]], {"a": [1, 1]}),
        ((True, True), tuple[int, bool], (1, True)),
        (True, bool, True),
        (True, int | bool, True),
    ],
)
def test_a_bool_is_taken_for_a_number(value: object, declared: Any, entered: object) -> None:
    """Type checkers say that it is one; where a bool is asked for, it stays one."""
    found, wrong = misfit(value, declared)

    assert (repr(found), wrong) == (repr(entered), None)


@pytest.mark.parametrize(
    ("value", "declared", "wrong"),
    [
        (True, str, "value: Input should be a valid string"),
        (1, bool, "value: Input should be a valid boolean"),
        ([True, "a"], list[int], "1: Input should be a valid integer"),
    ],
)
def test_nothing_else_is_taken_for_it(value: object, declared: Any, wrong: str) -> None:
    """What does not fit is named, and the bool beside it is not."""
    assert misfit(value, declared) == (value, wrong)


async def test_a_bool_enters_a_run_for_an_int() -> None:
    """As an input, and as a deferred value."""
    run = await g.run(True)

    assert (await run.resume(asked.defer(True))).value == 2
