"""A body that only calls nodes is told from one that must be read."""

from typing import Any

import pytest

from lift_sys import graph, node
from lift_sys.check.rules.source import check_source
from lift_sys.check.rules.straight import only_calls_nodes

# Bodies that say more than calls are wrong on purpose, in every way that a reference cannot notice.


@node
async def step(x: int, y: int = 0) -> int:
    return x + y


def plain(x: int) -> int:
    return x


async def calls(x: int) -> list[int]:
    y = await step(x, y=2)
    await step(y)
    return [await step(y, x), y]


async def of_many(x: int) -> list[int]:
    return [
        x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x,
        x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x,
    ]  # fmt: skip


async def compares_identity(x: int) -> bool:
    return x is None


async def asks_its_type(x: int) -> bool:
    return isinstance(x, int)


async def calls_a_function(x: int) -> int:
    return await step(plain(x))


async def catches(x: int) -> int:
    try:
        return await step(x)
    except ValueError:
        return x


async def takes_a_field(x: Any) -> int:
    return await step(x.size)


async def repeats(x: int) -> int:
    for _ in range(3):
        x = await step(x)
    return x


async def matches(x: int) -> int:
    match x:
        case 1:
            return 2
        case _:
            return x


async def holds(x: Any) -> int:
    with x:
        return 1


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (calls, True),
        (of_many, True),
        (compares_identity, False),
        (asks_its_type, False),
        (calls_a_function, False),
        (catches, False),
        (takes_a_field, False),
        (repeats, False),
        (matches, False),
        (holds, False),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_only_calls_of_nodes_need_not_be_read(body: Any, expected: bool) -> None:
    """Calls, results kept and results returned are all that is let through, and nothing is wrong with these."""
    assert only_calls_nodes(body) is expected
    if expected:
        assert check_source(body) == []


def test_a_name_around_the_body_must_be_a_node() -> None:
    """Nodes of a function around are seen as such; any other name sends the reader to the source."""
    inner, other = step.using(name="inner"), plain

    async def good(x: int) -> int:
        return await inner(x)

    async def doubtful(x: int) -> Any:
        return await other(x)  # type: ignore[misc]  # only looked at

    assert only_calls_nodes(good)
    assert not only_calls_nodes(doubtful)
    assert graph(good).check() == []
