"""LS4xx: fills that do not fit their holes."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS401",
        "The fill has another type than the hole",
        """
What stands in a hole takes the hole's parameters and gives the hole's result; `hole.fill(...)` says so to mypy and
pyright too. A value is no fill: use `hole.defer(value)` to go on with it for now, or write a function that returns it.
""",
        """
from lift_sys import graph, hole, node, todo

@hole
async def review(text: str) -> str:
    \"\"\"Judge the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await review(text)

async def count(text: str) -> int:
    return len(text)

async def main() -> None:
    run = await article.run("hello")
    await run.resume(review.fill(count))  # type: ignore[arg-type]  # the fault that is shown here
""",
        """
from lift_sys import graph, hole, node, todo

@hole
async def review(text: str) -> str:
    \"\"\"Judge the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await review(text)

async def praise(text: str) -> str:
    return f"{text}: good"

async def main() -> None:
    run = await article.run("hello")
    await run.resume(review.fill(praise))
""",
    ),
    Entry(
        "LS402",
        "The fill breaks a refinement",
        """
A type may be narrowed by `Annotated`, as in `Annotated[int, Gt(0)]`. A fill is tried on what the run has captured
before it is taken, and what it gives must keep to that. The run stays as it was.
""",
        """
from typing import Annotated
from annotated_types import Gt
from lift_sys import graph, hole, todo

@hole
async def score(text: str) -> Annotated[int, Gt(0)]:
    \"\"\"Score the text.\"\"\"
    todo()

@graph
async def article(text: str) -> int:
    return await score(text)

async def main() -> None:
    run = await article.run("hello")
    await run.resume(score.defer(-1))
""",
        """
from typing import Annotated
from annotated_types import Gt
from lift_sys import graph, hole, todo

@hole
async def score(text: str) -> Annotated[int, Gt(0)]:
    \"\"\"Score the text.\"\"\"
    todo()

@graph
async def article(text: str) -> int:
    return await score(text)

async def main() -> None:
    run = await article.run("hello")
    await run.resume(score.defer(1))
""",
    ),
    Entry(
        "LS403",
        "The fill fails what the hole asks",
        """
What a hole must keep (`MUST(...)`, an example, a check) is tried with the fill on the inputs that the run has
captured. The message shows the inputs, what the fill gave, and what was asked. The run stays as it was.
""",
        """
from lift_sys import MUST, graph, hole, todo

@hole(constraints=[MUST("len(result) <= 5", check=lambda result: len(result) <= 5)])
async def shorten(text: str) -> str:
    \"\"\"Shorten the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await shorten(text)

async def half(text: str) -> str:
    return text[: len(text) // 2]

async def main() -> None:
    run = await article.run("a long text that stays long")
    await run.resume(shorten.fill(half))
""",
        """
from lift_sys import MUST, graph, hole, todo

@hole(constraints=[MUST("len(result) <= 5", check=lambda result: len(result) <= 5)])
async def shorten(text: str) -> str:
    \"\"\"Shorten the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await shorten(text)

async def begin(text: str) -> str:
    return text[:5]

async def main() -> None:
    run = await article.run("a long text that stays long")
    await run.resume(shorten.fill(begin))
""",
    ),
    Entry(
        "LS404",
        "The hole is not in this graph",
        """
A fill names the hole it is for, and that hole is no step of this graph. Most often a fill of one graph was given to
the run of another. `graph.holes` and `run.holes` list what can be filled. A hole takes one fill: two of them in one
`with_fills(...)` or `resume(...)` are refused, as nothing says which is meant.
""",
        """
from lift_sys import graph, hole, node, todo

@hole
async def review(text: str) -> str:
    \"\"\"Judge the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await review(text)

@hole
async def other(text: str) -> str:
    \"\"\"Judge something else.\"\"\"
    todo()

async def praise(text: str) -> str:
    return f"{text}: good"

async def main() -> None:
    run = await article.run("hello")
    await run.resume(other.fill(praise))
""",
        """
from lift_sys import graph, hole, node, todo

@hole
async def review(text: str) -> str:
    \"\"\"Judge the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await review(text)

async def praise(text: str) -> str:
    return f"{text}: good"

async def main() -> None:
    run = await article.run("hello")
    await run.resume(review.fill(praise))
""",
    ),
)
