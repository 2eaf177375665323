"""LS306 and following: loops, arms and changes, found in the source of a body."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS306",
        "A loop over items that are not there yet",
        """
`for` and comprehensions need the items, and how many there are is known only when the run has made them. `each` maps a
node, or a lambda that calls nodes, over them: in the order of the items, each as soon as it can. Loops over what is
written in the body itself are right: they draw a step per turn.
""",
        """
from lift_sys import graph, node

@node
async def split(text: str) -> list[str]:
    return text.split()

@node
async def check(word: str) -> bool:
    return word.isalpha()

@graph
async def article(text: str) -> list[bool]:
    return [await check(word) for word in await split(text)]
""",
        """
from lift_sys import each, graph, node

@node
async def split(text: str) -> list[str]:
    return text.split()

@node
async def check(word: str) -> bool:
    return word.isalpha()

@graph
async def article(text: str) -> list[bool]:
    return await each(check, await split(text))
""",
    ),
    Entry(
        "LS307",
        "A `while` that asks for a value",
        """
How often the body of a `while` runs would have to be known while the graph is drawn. `loop` repeats in the run: it
asks `until` before each turn, and it has a bound.
""",
        """
from lift_sys import graph, node

@node
async def improve(text: str) -> str:
    return text + "!"

@node
async def is_good(text: str) -> bool:
    return text.endswith("!!")

@graph
async def polish(text: str) -> str:
    while not await is_good(text):
        text = await improve(text)
    return text
""",
        """
from lift_sys import graph, loop, node

@node
async def improve(text: str) -> str:
    return text + "!"

@node
async def is_good(text: str) -> bool:
    return text.endswith("!!")

@graph
async def polish(text: str) -> str:
    return await loop(improve, text, until=is_good, most=5)
""",
    ),
    Entry(
        "LS308",
        "An arm that is not the call of a node",
        """
`each`, `branch` and `loop` want something to call: a node, or a lambda that calls one. A call made on the spot would
run always, before anything is decided; a lambda that only hands back a value has no step to run.
""",
        """
from lift_sys import branch, graph, node

@node
async def is_long(text: str) -> bool:
    return len(text) > 10

@node
async def shorten(text: str) -> str:
    return text[:10]

@graph
async def article(text: str) -> str:
    return await branch(await is_long(text), lambda: shorten(text), lambda: text)
""",
        """
from lift_sys import branch, graph, node

@node
async def is_long(text: str) -> bool:
    return len(text) > 10

@node
async def shorten(text: str) -> str:
    return text[:10]

@node
async def keep(text: str) -> str:
    return text

@graph
async def article(text: str) -> str:
    return await branch(await is_long(text), lambda: shorten(text), lambda: keep(text))
""",
    ),
    Entry(
        "LS309",
        "A value is changed while the graph is drawn",
        """
There is no value yet that could be changed, and values on edges are never changed in place: several steps may hold the
same one, in any order. Return a changed copy from a node and go on with that.
""",
        """
from dataclasses import dataclass
from lift_sys import graph, node

@dataclass
class Plan:
    title: str

@node
async def outline(topic: str) -> Plan:
    return Plan(topic)

@graph
async def article(topic: str) -> Plan:
    plan = await outline(topic)
    plan.title = "New"
    return plan
""",
        """
from dataclasses import dataclass, replace
from lift_sys import graph, node

@dataclass
class Plan:
    title: str

@node
async def outline(topic: str) -> Plan:
    return Plan(topic)

@node
async def retitled(plan: Plan, title: str) -> Plan:
    return replace(plan, title=title)

@graph
async def article(topic: str) -> Plan:
    return await retitled(await outline(topic), "New")
""",
    ),
    Entry(
        "LS310",
        "State is kept beyond the drawing",
        """
A body is drawn once, not once per run: what it leaves in a global is a reference of that one drawing, which means
nothing elsewhere. Return what others need; what all nodes of a run share is the engine's `deps`.
""",
        """
from lift_sys import graph, node

last = ""

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@graph
async def article(topic: str) -> str:
    global last
    last = await outline(topic)
    return last
""",
        """
from lift_sys import graph, node

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@graph
async def article(topic: str) -> str:
    return await outline(topic)
""",
    ),
)
