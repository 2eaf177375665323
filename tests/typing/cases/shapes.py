"""Maps, branches and loops keep the types of what they run."""

from typing import assert_type

from lift_sys import branch, each, graph, loop, node


@node
async def words(text: str) -> list[str]:
    return text.split()


@node
async def pages(text: str) -> list[list[str]]:
    return [text.split()]


@node
async def count(word: str) -> int:
    return len(word)


@node
async def total(counts: list[int]) -> int:
    return sum(counts)


@node
async def is_long(text: str) -> bool:
    return len(text) > 3


@node
async def shorten(text: str, most: int = 3) -> str:
    return text[:most]


@node
async def takes_text(text: str) -> str:
    return text


@graph
async def right(text: str) -> int:
    counts = assert_type(await each(count, await words(text)), list[int])
    nested = assert_type(
        await each(lambda page: each(count, page), await pages(text)),
        list[list[int]],
    )
    await each(total, nested)
    short = await branch(await is_long(text), lambda: shorten(text), lambda: takes_text(text))
    assert_type(short, str)
    shorter = await loop(shorten, short, until=is_long, most=3)
    assert_type(shorter, str)
    await loop(lambda t: shorten(t, 2), text, until=lambda t: is_long(t), most=3)
    await each(count, ["a", "b"])
    await each(lambda word: shorten(word, 2), await words(text))
    return await total(counts)


@graph
async def wrong(text: str) -> int:
    numbers = await each(count, await words(text))
    await each(count, numbers)  # E: arg-type
    await each(count, await pages(text))  # E: arg-type
    await total(await each(shorten, await words(text)))  # E: arg-type
    await each(count, 3)  # E: arg-type
    await each(lambda word: count(word, 2), await words(text))  # E: call-arg
    await branch(await is_long(text), shorten(text), lambda: takes_text(text))  # E: arg-type
    await branch(await is_long(text), lambda: text, lambda: takes_text(text))  # E: arg-type, return-value
    mixed = await branch(await is_long(text), lambda: count(text), lambda: takes_text(text))
    await takes_text(mixed)  # E: arg-type
    await loop(count, text, until=is_long, most=3)  # E: arg-type
    await loop(shorten, text, until=takes_text, most=3)  # E: arg-type
    await loop(shorten, text, until=is_long)  # E: call-arg
    return await each(count, await words(text))  # E: return-value
