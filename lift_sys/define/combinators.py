"""Dynamic shape, typed: map over items, choose an arm, repeat within a bound."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from lift_sys.define.scope import current_scope
from lift_sys.errors import LoopLimit

__all__ = ["branch", "each", "loop"]

A = TypeVar("A")
R = TypeVar("R")
T = TypeVar("T")


def each(node: Callable[[A], Awaitable[R]], items: Iterable[A]) -> Awaitable[list[R]]:
    """Run a node, or a lambda that calls nodes, for each item; results come in the order of the items.

    Items do not wait for each other: one may be several steps ahead of another.
    """
    scope = current_scope.get()
    return _each_outside(node, items) if scope is None else scope.each(node, items)


def branch(condition: bool, then: Callable[[], Awaitable[R]], otherwise: Callable[[], Awaitable[R]]) -> Awaitable[R]:
    """Run one of two arms; the other never runs."""
    scope = current_scope.get()
    if scope is not None:
        return scope.branch(condition, then, otherwise)
    return then() if condition else otherwise()


def loop(
    body: Callable[[T], Awaitable[T]], start: T, *, until: Callable[[T], Awaitable[bool]], most: int
) -> Awaitable[T]:
    """Repeat `body` on its own result until `until` holds, at most `most` turns.

    `until` is asked before each turn; when it does not hold after the last turn, the step fails with LoopLimit.
    """
    scope = current_scope.get()
    return _loop_outside(body, start, until, most) if scope is None else scope.loop(body, start, until, most)


async def _each_outside(body: Callable[[Any], Awaitable[R]], items: Iterable[Any]) -> list[R]:
    return [await body(item) for item in items]


async def _loop_outside(
    body: Callable[[T], Awaitable[T]], value: T, until: Callable[[T], Awaitable[bool]], most: int
) -> T:
    for turn in range(most + 1):
        if await until(value):
            return value
        if turn < most:
            value = await body(value)
    raise LoopLimit(f"loop: `until` does not hold after {most} turns; raise `most`, or look at {value!r:.200}")
