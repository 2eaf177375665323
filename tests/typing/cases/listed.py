"""A graph of listed nodes gives what its output gives; what it takes follows from names, so any keyword is let pass."""

from typing import assert_type

from lift_sys import Fit, Graph, Run, each, graph, hole, node, todo


@node
async def outline(topic: str) -> list[str]:
    return [topic]


@hole
async def review(outline: list[str]) -> int:
    """Judge the outline."""
    todo()


async def my_review(outline: list[str]) -> int:
    return len(outline)


async def plain(outline: list[str]) -> str:
    return ""


article = Graph.from_nodes(outline, review, output=review)
named = Graph.from_nodes(outline, review, output=review, name="article")
fewer = Graph.from_nodes(output=outline)
nested = Graph.from_nodes(article, output=article)
assert_type(article, Graph[..., int])
assert_type(fewer, Graph[..., list[str]])
assert_type(nested, Graph[..., int])

no_output: Graph[..., int] = Graph.from_nodes(outline, review)  # E: call-arg
no_node = Graph.from_nodes(outline, plain, output=outline)  # E: arg-type
no_node_as_output: Graph[..., str] = Graph.from_nodes(outline, output=plain)  # E: arg-type
other_option = Graph.from_nodes(outline, output=outline, title="x")  # E: call-arg


@graph
async def shelf(topics: list[str]) -> list[int]:
    assert_type(await article(topic=topics), int)
    wrong: str = await article(topic=topics)  # E: assignment
    return await each(article, [*topics, wrong])


async def runs() -> None:
    run = await article.run(topic="holes", anything=3)
    assert_type(run, Run[int])
    assert_type(run.value, int)
    assert_type(run[outline], list[str])
    assert_type(run.fits(review)[0], Fit)
    assert_type(article.fits(review)[0].fill.kind == "code", bool)
    assert_type(await article.with_fills(review.fill(my_review))(topic="x"), int)
    await run.resume(run.fits(review)[0].fill)
    article.fits(outline)  # E: arg-type
    article.with_fills(review.fill(plain))  # E: arg-type
