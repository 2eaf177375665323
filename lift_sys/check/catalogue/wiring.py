"""LS2xx: edges that cannot be, or that nobody wants."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS201",
        "Steps wait for each other in a circle",
        """
In a graph made by `Graph.from_nodes` a parameter is supplied by the node of that name. Here that leads back to where
it began, so none of the steps could ever start. The message shows the way round. Repetition has a bound: `loop`.
""",
        """
from lift_sys import Graph, node

@node
async def draft(notes: str) -> str:
    return f"draft of {notes}"

@node
async def notes(draft: str) -> str:
    return f"notes on {draft}"

article = Graph.from_nodes(draft, notes, output=draft)
""",
        """
from lift_sys import Graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

@node
async def notes(draft: str) -> str:
    return f"notes on {draft}"

article = Graph.from_nodes(draft, notes, output=notes)
""",
    ),
    Entry(
        "LS202",
        "An input is missing",
        """
What no node supplies is an input of the graph, to be given by name when it runs. `lift-sys graph --json` lists the
inputs. When a node was meant as the supplier, name the parameter as the node is called.
""",
        """
from lift_sys import Graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

article = Graph.from_nodes(draft, output=draft)

async def main() -> None:
    await article.run()
""",
        """
from lift_sys import Graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

article = Graph.from_nodes(draft, output=draft)

async def main() -> None:
    await article.run(topic="holes")
""",
    ),
    Entry(
        "LS203",
        "Several nodes could supply a parameter",
        """
`Graph.from_nodes` looks for the node with the parameter's name, then for the only node whose result fits its type and
that does not itself wait for the step. Here several fit, and a guess would be wrong half of the time. Name the
parameter after its supplier, give the results types of their own (`NewType` is enough), or draw the graph with
`@graph`.
""",
        """
from lift_sys import Graph, node

@node
async def heading(topic: str) -> bytes:
    return topic.title().encode()

@node
async def body(topic: str) -> bytes:
    return topic.encode()

@node
async def page(content: bytes) -> int:
    return len(content)

article = Graph.from_nodes(heading, body, page, output=page)
""",
        """
from lift_sys import Graph, node

@node
async def heading(topic: str) -> bytes:
    return topic.title().encode()

@node
async def body(topic: str) -> bytes:
    return topic.encode()

@node
async def page(heading: bytes, body: bytes) -> int:
    return len(heading + body)

article = Graph.from_nodes(heading, body, page, output=page)
""",
    ),
    Entry(
        "LS204",
        "A value does not fit where it goes",
        """
The type of what a step gives is not the type of the parameter that takes it. In a drawn graph `mypy --strict` and
pyright show the same on the line of the call; for a graph made by `Graph.from_nodes`, `lift-sys check` has mypy judge
each inferred edge. Put a node between the two, or correct the type that is wrong.
""",
        """
from lift_sys import graph, node

@node
async def count(text: str) -> int:
    return len(text)

@node
async def publish(text: str) -> str:
    return text.upper()

@graph
async def article(topic: str) -> str:
    return await publish(await count(topic))  # type: ignore[arg-type]  # the fault that is shown here
""",
        """
from lift_sys import graph, node

@node
async def count(text: str) -> int:
    return len(text)

@node
async def publish(text: str, length: int) -> str:
    return f"{text.upper()} ({length})"

@graph
async def article(topic: str) -> str:
    return await publish(topic, await count(topic))
""",
    ),
    Entry(
        "LS205",
        "A step feeds nothing",
        """
A node of a graph made by `Graph.from_nodes` that does not lead to the output would run for nobody. Make something take
its result, name it as the output, or leave it out.
""",
        """
from lift_sys import Graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

@node
async def count(draft: str) -> int:
    return len(draft)

article = Graph.from_nodes(draft, count, output=draft)
""",
        """
from lift_sys import Graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

@node
async def count(draft: str) -> int:
    return len(draft)

article = Graph.from_nodes(draft, count, output=count)
""",
    ),
    Entry(
        "LS206",
        "A parameter is never used",
        """
No step takes this parameter of the graph, so every caller gives it for nothing. Pass it on or drop it; a name that
begins with an underscore says that this is meant.
""",
        """
from lift_sys import graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

@graph
async def article(topic: str, tone: str) -> str:
    return await draft(topic)
""",
        """
from lift_sys import graph, node

@node
async def draft(topic: str, tone: str) -> str:
    return f"{tone} draft of {topic}"

@graph
async def article(topic: str, tone: str) -> str:
    return await draft(topic, tone)
""",
    ),
    Entry(
        "LS207",
        "Two nodes have one name",
        """
`Graph.from_nodes` finds suppliers by name, and steps are known by their names in every record of a run. Two nodes of
one name cannot be told apart; give one of them another by `node.using(name=...)`.
""",
        """
from lift_sys import Graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

@node(name="draft")
async def second_draft(topic: str) -> int:
    return len(topic)

@node
async def publish(draft: str) -> str:
    return draft.upper()

article = Graph.from_nodes(draft, second_draft, publish, output=publish)
""",
        """
from lift_sys import Graph, node

@node
async def draft(topic: str) -> str:
    return f"draft of {topic}"

@node
async def length(topic: str) -> int:
    return len(topic)

@node
async def publish(draft: str, length: int) -> str:
    return f"{draft.upper()} ({length})"

article = Graph.from_nodes(draft, length, publish, output=publish)
""",
    ),
    Entry(
        "LS208",
        "Nothing can stand in a hole",
        """
No value can have the type that the hole promises, so no fill will ever fit and the run can never be complete. Most
often two narrow types were combined that have nothing in common.
""",
        """
from typing import Never
from lift_sys import graph, hole, todo

@hole
async def review(text: str) -> Never:
    \"\"\"Judge the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await review(text)
""",
        """
from lift_sys import graph, hole, todo

@hole
async def review(text: str) -> str:
    \"\"\"Judge the text.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await review(text)
""",
    ),
)
