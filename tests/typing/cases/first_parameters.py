"""The first parameter may be anything: a bare node never takes it away."""

from collections.abc import Sequence
from typing import Any, Generic, Protocol, TypeVar

from lift_sys import graph, node

T = TypeVar("T")
N = TypeVar("N", int, str)
B = TypeVar("B", bound="Named")


class Named(Protocol):
    @property
    def name(self) -> str: ...


class Person:
    name = "x"


class Box(Generic[T]):
    def __init__(self, item: T) -> None:
        self.item = item


@node
async def takes_object(x: object) -> str:
    return str(x)


@node
async def takes_any(x: Any) -> str:
    return str(x)


@node
async def takes_named(x: Named) -> str:
    return x.name


@node
async def same(x: T) -> T:
    return x


@node
async def twice(x: N) -> N:
    return x + x


@node
async def bound(x: B) -> B:
    return x


@node
async def first(x: Sequence[T]) -> T:
    return x[0]


@node
async def boxed(x: T) -> Box[T]:
    return Box(x)


@node
async def unboxed(x: Box[T]) -> T:
    return x.item


@node
async def nothing() -> int:
    return 1


@node
async def many(*parts: str, **named: int) -> str:
    return "".join(parts)


@node
async def takes_int(x: int) -> int:
    return x


@graph
async def right(topic: str) -> int:
    await takes_object(topic)
    await takes_object(None)
    await takes_any(topic)
    await takes_named(Person())
    await takes_object(await same(topic))
    await takes_int(await twice(2))
    await takes_named(await bound(Person()))
    await takes_int(await first([1, 2]))
    await takes_int(await unboxed(await boxed(3)))
    await many("a", topic, n=3)
    return await takes_int(await nothing())


@graph
async def wrong(topic: str) -> int:
    await takes_object()  # E: call-arg
    await takes_any()  # E: call-arg
    await takes_named(topic)  # E: arg-type
    await takes_int(await same(topic))  # E: arg-type
    await takes_int(await twice(topic))  # E: arg-type
    await twice(2.5)  # E: type-var
    await bound(topic)  # E: type-var
    await takes_int(await first([topic]))  # E: list-item
    await takes_int(await unboxed(await boxed(topic)))  # E: arg-type
    await many(3)  # E: arg-type
    await many("a", n="b")  # E: arg-type
    return await nothing(1)  # E: call-arg
