"""Fills, runs and outcomes know the types of the holes and graphs they belong to."""

from typing import assert_type

from lift_sys import (
    Cancelled,
    Complete,
    Engine,
    Failed,
    Fill,
    Graph,
    Incomplete,
    Run,
    graph,
    hole,
    model,
    node,
    person,
    todo,
)


@hole
async def review(text: str, strict: bool = False) -> int:
    """Judge the text."""
    todo()


@node
async def draft(topic: str) -> str:
    return topic


@graph
async def article(topic: str) -> int:
    return await review(await draft(topic))


async def my_review(text: str, strict: bool = False) -> int:
    return len(text)


async def wider_review(text: object, strict: object = None, more: int = 1) -> bool:
    return True


async def narrow_review(text: str) -> int:
    return 1


async def wrong_result(text: str, strict: bool = False) -> str:
    return text


async def wrong_parameter(text: bytes, strict: bool = False) -> int:
    return 1


def not_async(text: str, strict: bool = False) -> int:
    return 1


async def right() -> None:
    run = await article.run("holes")
    assert_type(run, Run[int])
    assert_type(run.value, int)
    assert_type(run[draft], str)
    assert_type(run[review], int)
    assert_type(review.fill(my_review), Fill)
    run = await run.resume(review.fill(my_review), retry_failed=True)
    run = await run.resume(review.fill(wider_review), review.defer(3), person(review, "Well?"), model(review, "local"))
    run = await run.withdraw(review)
    assert_type(await article.with_fills(review.fill(my_review))("holes"), int)
    assert_type(await Engine().run(article, "holes"), Run[int])
    assert_type(await Engine().run(article, topic="holes"), Run[int])
    inferred = Graph.from_nodes(draft, review, output=review)
    assert_type((await inferred.run(topic="holes")).value, int)
    match run.outcome:
        case Complete(value=value):
            assert_type(value, int)
        case Incomplete(closures=closures):
            assert_type(closures[0].path, str)
        case Failed(errors=errors):
            assert_type(errors["article/draft"], BaseException)
        case Cancelled():
            pass


async def wrong() -> None:
    review.fill(narrow_review)  # E: arg-type
    review.fill(wrong_result)  # E: arg-type
    review.fill(wrong_parameter)  # E: arg-type
    review.fill(not_async)  # E: arg-type
    review.fill(3)  # E: arg-type
    run = await article.run(3)  # E: arg-type
    await article.run()  # E: call-arg
    await article.run("holes", tone="dry")  # E: call-arg
    await Engine().run(article, 3)  # E: arg-type
    await Engine().run(article)  # E: call-arg
    await run.resume(my_review)  # E: arg-type
    text: str = run.value  # E: assignment
    text = run[review]  # E: assignment
    await run.withdraw("review")  # E: arg-type
    await draft(text, run[draft])  # E: call-arg
    draft.defer("x")  # E: attr-defined
