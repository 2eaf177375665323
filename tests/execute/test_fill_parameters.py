"""What stands in a hole is given exactly the hole's parameters, whatever it calls them, in whatever order."""

from collections.abc import Callable
from typing import Any

import pytest

from lift_sys import MUST, graph, hole, node, todo


@hole
async def h(a: int, b: int = 7) -> str:
    """Show both."""
    todo()


@graph
async def g(x: int) -> str:
    return await h(x)


@graph
async def named(x: int) -> str:
    return await h(b=2, a=x)


async def turned(b: int = 9, a: int = 8) -> str:
    return f"{a} {b}"


async def keyword_only(*, b: int, a: int) -> str:
    return f"{a} {b}"


async def other_names(p: int, q: int = 9) -> str:
    return f"{p} {q}"


async def one_name(b: int, z: int) -> str:
    return f"{z} {b}"


async def anything(*args: int) -> str:
    return f"{args[0]} {args[1] if len(args) > 1 else 7}"


@node
async def shown(a: int, b: int) -> str:
    return f"{a} {b}"


@graph
async def as_graph(b: int, a: int) -> str:
    return await shown(a, b)


@pytest.mark.parametrize("by", [turned, node(turned), keyword_only, other_names, one_name, anything, as_graph])
async def test_a_fill_is_given_what_the_hole_is_given(by: Callable[..., Any]) -> None:
    """By name, else by position; defaults are the hole's: from scratch, on resume, and whatever the call looks like."""
    fill: Any = h.fill(by)

    assert (await g.with_fills(fill).run(1)).value == "1 7"
    assert (await (await g.run(1)).resume(fill)).value == "1 7"
    assert (await named.with_fills(fill).run(1)).value == "1 2"


async def test_constraints_of_a_fill_are_asked_of_what_it_is_given() -> None:
    """What is found before the run and what is asked in it are about the same values."""
    exact: Any = node(constraints=[MUST("b == 7"), MUST("a == 1")])(turned)
    wrong: Any = node(constraints=[MUST("b == 9")])(turned)

    assert g.with_fills(h.fill(exact)).conflict() is None
    assert (await g.with_fills(h.fill(exact)).run(1)).value == "1 7"
    assert g.with_fills(h.fill(wrong)).conflict() is not None
