"""LS11x and following: what a decorator was told that cannot be."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS111",
        "An effect calls nodes",
        """
A node with `effect="effect"` is never repeated: it is not retried after an ambiguous failure and not run again on
resume. Its children may be holes, and then its body would have to start again from the top. So each effect is a node
of its own, and the node that orders them is not one.
""",
        """
from lift_sys import graph, node

@node
async def render(text: str) -> str:
    return f"<p>{text}</p>"

@node(effect="effect")
async def send(text: str) -> str:
    page = await render(text)
    return f"sent {page}"

@graph
async def publish(text: str) -> str:
    return await send(text)

async def main() -> None:
    (await publish.run("hello")).value
""",
        """
from lift_sys import graph, node

@node
async def render(text: str) -> str:
    return f"<p>{text}</p>"

@node(effect="effect")
async def send(page: str) -> str:
    return f"sent {page}"

@graph
async def publish(text: str) -> str:
    return await send(await render(text))

async def main() -> None:
    (await publish.run("hello")).value
""",
    ),
    Entry(
        "LS112",
        "An option has a value that cannot be",
        """
Options of `@node`, `@graph` and `using` are checked where they are written: times are seconds above zero, counts are
one or more, and names are those of the documentation.
""",
        """
from lift_sys import node

@node(timeout=-1)
async def outline(topic: str) -> str:
    return f"about {topic}"
""",
        """
from lift_sys import node

@node(timeout=30)
async def outline(topic: str) -> str:
    return f"about {topic}"
""",
    ),
)
