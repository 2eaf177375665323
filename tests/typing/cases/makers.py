"""The decorators: what they take, what they give, and what they leave away."""

from collections.abc import Awaitable
from typing import assert_type

from lift_sys import (
    MUST,
    Cache,
    Graph,
    Hole,
    Node,
    Retry,
    RunContext,
    graph,
    hole,
    node,
    prompt,
    todo,
)


class Deps:
    greeting = "hello"


@node
async def plain(x: int) -> str:
    return str(x)


@node(retry=Retry(attempts=3), timeout=30, cache=Cache(ttl=60), effect="pure", constraints=[MUST("x > 0")])
async def with_options(x: int) -> str:
    return str(x)


@node(context=True)
async def with_context(ctx: RunContext[Deps], x: int) -> str:
    return ctx.deps.greeting * x


@node(context=True, timeout=3)
async def only_context(ctx: RunContext[Deps]) -> str:
    return ctx.run_id


@node(thread=False)
def inline(x: int) -> str:
    return str(x)


@node(thread=True, timeout=3)
def in_thread(x: int) -> str:
    return str(x)


@hole
async def open_hole(x: int) -> str:
    """Say it."""
    todo()


@hole(kind="decision", constraints=[MUST("result")])
async def open_hole_with_options(x: int) -> str:
    """Say it."""
    todo()


@prompt
async def asked(x: int) -> str:
    """Say it."""
    todo("later")


@prompt(model="local")
async def asked_of(x: int) -> str:
    """Say it."""
    todo()


@graph
async def drawn(x: int) -> str:
    return await plain(x)


@graph(name="other", on_error="stop")
async def drawn_with_options(x: int) -> str:
    return await plain(x)


async def right(x: int) -> None:
    assert_type(await plain(x), str)
    assert_type(await with_options(x), str)
    assert_type(await with_context(x), str)
    assert_type(await only_context(), str)
    assert_type(await inline(x), str)
    assert_type(await in_thread(x), str)
    assert_type(await open_hole(x), str)
    assert_type(await open_hole_with_options(x), str)
    assert_type(await asked(x), str)
    assert_type(await asked_of(x=x), str)
    assert_type(await drawn(x), str)
    assert_type(await drawn_with_options(x), str)
    assert_type(await plain.using(timeout=3, name="slow")(x), str)
    called: Awaitable[str] = plain(x)
    assert_type(await called, str)
    node_of: Node[[int], str] = open_hole
    hole_of: Hole[[int], str] = asked
    graph_of: Graph[[int], str] = drawn_with_options
    assert_type((await node_of(x), await hole_of(x), await graph_of(x)), tuple[str, str, str])


async def wrong(x: int) -> None:
    await plain("x")  # E: arg-type
    await with_options("x")  # E: arg-type
    await with_context("x")  # E: arg-type
    await with_context(x, x)  # E: call-arg
    await with_context()  # E: call-arg
    await only_context(x)  # E: call-arg
    await inline("x")  # E: arg-type
    await in_thread("x")  # E: arg-type
    await open_hole("x")  # E: arg-type
    await asked("x")  # E: arg-type
    await drawn("x")  # E: arg-type
    await drawn_with_options()  # E: call-arg
    await plain.using(timeout=3)("x")  # E: arg-type


@node  # E: arg-type
def not_async(x: int) -> str:
    return str(x)


@hole  # E: arg-type
def not_async_hole(x: int) -> str:
    todo()


@graph  # E: arg-type
def not_async_graph(x: int) -> str:
    return str(x)


@node(context=True)  # E: arg-type
async def no_context(x: int) -> str:
    return str(x)
