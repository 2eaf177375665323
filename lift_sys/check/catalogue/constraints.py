"""LS5xx: constraints that say nothing, or too much."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS501",
        "A constraint cannot be read",
        """
A constraint that is meant to be computed is a comparison of ports, which are the parameters of its node and `result`:
`result >= 0`, `len(text) < 100`, `tone in {'plain', 'dry'}`, `result.title is not None`, `end >= start + 1`,
`matches(id, '[a-z]+')`; several are joined by `and`, `or` and `not`. This one looks like that, and does not parse, or
names a port or a field that is not there, or is longer than 500 characters, or deeper than 20. Anything else that is
to be computed needs a `check=`, which is given the ports that it takes; a sentence for people needs neither.
""",
        """
from lift_sys import MUST, graph, node

@node(constraints=[MUST("result >= >= 0")])
async def count(text: str) -> int:
    return len(text)

@graph
async def article(text: str) -> int:
    return await count(text)

async def main() -> None:
    await article.run("a text of some length")
""",
        """
from lift_sys import MUST, graph, node

@node(constraints=[MUST("result >= 0")])
async def count(text: str) -> int:
    return len(text)

@graph
async def article(text: str) -> int:
    return await count(text)

async def main() -> None:
    await article.run("a text of some length")
""",
    ),
    Entry(
        "LS502",
        "Constraints cannot hold together",
        """
No value can satisfy all of these. The message names a smallest set that is already too much, each with where it was
said, and the smallest sets whose withdrawal would leave no conflict. `graph.conflict()` gives the same as objects.
""",
        """
from lift_sys import MUST, graph, node

@node(constraints=[MUST("result >= 10"), MUST("result < 5")])
async def count(text: str) -> int:
    return len(text)

@graph
async def article(text: str) -> int:
    return await count(text)

async def main() -> None:
    await article.run("a text of some length")
""",
        """
from lift_sys import MUST, graph, node

@node(constraints=[MUST("result >= 0"), MUST("result < 500")])
async def count(text: str) -> int:
    return len(text)

@graph
async def article(text: str) -> int:
    return await count(text)

async def main() -> None:
    await article.run("a text of some length")
""",
    ),
    Entry(
        "LS503",
        "The graph cannot be asked that",
        """
`graph.why(node, claim)` takes a node that is a step of the graph, and a claim that is one comparison of a leaf with a
constant or with another leaf and a number, membership in a set, or `is (not) None`; several are joined by `and`.
`graph.what_if(withdraw=[...])` takes constraints of the graph.
""",
        """
from lift_sys import MUST, graph, node

@node(constraints=[MUST("result >= 0")])
async def count(text: str) -> int:
    return len(text)

@graph
async def article(text: str) -> int:
    return await count(text)

async def main() -> None:
    print(article.why(count, "result >= 0 or result is None"))
""",
        """
from lift_sys import MUST, graph, node

@node(constraints=[MUST("result >= 0")])
async def count(text: str) -> int:
    return len(text)

@graph
async def article(text: str) -> int:
    return await count(text)

async def main() -> None:
    print(article.why(count, "result >= 0 and result is not None"))
""",
    ),
)
