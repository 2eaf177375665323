"""LS1xx: what goes wrong while a graph is drawn."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS101",
        "A reference is used as a value",
        """
A graph's body runs once, before any node does, to find out which steps there are. What `await node(...)` gives there
is a reference to a value that comes later: it can be passed on, unpacked if it is a tuple of fixed length, and asked
for its fields. It cannot be compared, added, counted, formatted or used as a condition, because nothing is there yet.

Choose with `branch`, repeat with `loop`, map with `each`; everything else belongs in a node.
""",
        """
from lift_sys import graph, node

@node
async def score(text: str) -> int:
    return len(text)

@node
async def shorten(text: str) -> str:
    return text[:10]

@graph
async def article(text: str) -> str:
    if await score(text) > 10:
        return await shorten(text)
    return text
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
        "LS102",
        "A reference is hidden inside an object",
        """
The engine puts values in the place of references before it calls a node, also inside lists, tuples and dicts. It does
not look into other objects: there it could neither find a reference nor replace it, and the node would get an object
with a reference in it. Make the object in a node, where the values are.
""",
        """
from dataclasses import dataclass
from lift_sys import graph, node

@dataclass
class Request:
    topic: str

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@node
async def send(request: Request) -> str:
    return request.topic

@graph
async def article(topic: str) -> str:
    return await send(Request(await outline(topic)))
""",
        """
from dataclasses import dataclass
from lift_sys import graph, node

@dataclass
class Request:
    topic: str

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@node
async def request(topic: str) -> Request:
    return Request(topic)

@node
async def send(request: Request) -> str:
    return request.topic

@graph
async def article(topic: str) -> str:
    return await send(await request(await outline(topic)))
""",
    ),
    Entry(
        "LS103",
        "The type has no such field",
        """
`plan.claims` on a reference is a projection: a step of no cost that takes the field when the value is there. It is
checked against the declared type at once, so that a misspelt name is found before anything runs. If the field exists
only on a subclass, declare that subclass as the result.
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

@node
async def publish(title: str) -> str:
    return title

@graph
async def article(topic: str) -> str:
    plan = await outline(topic)
    return await publish(plan.titel)
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

@node
async def publish(title: str) -> str:
    return title

@graph
async def article(topic: str) -> str:
    plan = await outline(topic)
    return await publish(plan.title)
""",
    ),
    Entry(
        "LS104",
        "A call is never awaited",
        """
Calling a node in a graph's body draws a step when the call is awaited. Without `await` there is nothing to pass on and
nothing that waits, and Python itself says so only in a warning, later and elsewhere.

Awaiting in a graph's body does not wait: it yields a reference at once. Steps that do not depend on each other run at
the same time whatever the order of the lines, so there is no need to collect calls and await them together.

A lambda cannot await. Where one calls a node with what another node gives, make a graph of these steps and hand that
over. `log.fn(topic)` draws nothing either: it runs the function behind the node at once.
""",
        """
from lift_sys import graph, node

@node
async def log(topic: str) -> None:
    print(topic)

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@graph
async def article(topic: str) -> str:
    log(topic)
    return await outline(topic)
""",
        """
from lift_sys import graph, node

@node
async def log(topic: str) -> None:
    print(topic)

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@graph
async def article(topic: str) -> str:
    await log(topic)
    return await outline(topic)
""",
    ),
    Entry(
        "LS105",
        "The decorator does not fit the function",
        """
`@node`, `@hole`, `@prompt` and `@graph` stand above an `async def` at module level. A plain function becomes a node
when you say where it runs: `@node(thread=False)` runs it inline, for what is quick and never blocks;
`@node(thread=True)` runs it in a worker thread, for what computes or blocks. A node is a function of its parameters
alone, so it is no method; what it needs besides comes through `@node(context=True)` and `ctx.deps`.
""",
        """
from lift_sys import node

@node
def count(text: str) -> int:
    return len(text)
""",
        """
from lift_sys import node

@node(thread=False)
def count(text: str) -> int:
    return len(text)
""",
    ),
    Entry(
        "LS106",
        "The run's context is not asked for",
        """
A node gets the context of its run (dependencies, ids, deadline, providers, log) when it says `context=True`; its first
parameter is then given by the engine and is no parameter of the node. A bare `@node` never takes a parameter away:
type checkers could not tell then whether a call is right.
""",
        """
from lift_sys import RunContext, node

@node
async def greet(ctx: RunContext[str], name: str) -> str:
    return f"{ctx.deps} {name}"
""",
        """
from lift_sys import RunContext, node

@node(context=True)
async def greet(ctx: RunContext[str], name: str) -> str:
    return f"{ctx.deps} {name}"
""",
    ),
    Entry(
        "LS107",
        "The body failed, or waited, while it was drawn",
        """
A graph's body is run once to draw it, at the graph's first use. It calls nodes and passes on what they give; work,
waiting and anything that may fail belong in a node, where the run has values, limits and retries.
""",
        """
import anyio
from lift_sys import graph, node

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@graph
async def article(topic: str) -> str:
    await anyio.sleep(0.1)
    return await outline(topic)
""",
        """
import anyio
from lift_sys import graph, node

@node
async def outline(topic: str) -> str:
    await anyio.sleep(0.1)
    return f"about {topic}"

@graph
async def article(topic: str) -> str:
    return await outline(topic)
""",
    ),
    Entry(
        "LS108",
        "The arguments do not fit the node's parameters",
        """
The call has too many arguments, too few, or one of a name that the node does not have. `mypy --strict` and pyright say
the same on the same line, before the program is started.
""",
        """
from lift_sys import graph, node

@node
async def draft(plan: str, tone: str = "plain") -> str:
    return f"{tone}: {plan}"

@graph
async def article(topic: str) -> str:
    return await draft(topic, style="dry")
""",
        """
from lift_sys import graph, node

@node
async def draft(plan: str, tone: str = "plain") -> str:
    return f"{tone}: {plan}"

@graph
async def article(topic: str) -> str:
    return await draft(topic, tone="dry")
""",
    ),
    Entry(
        "LS109",
        "The reference belongs to another drawing",
        """
A reference means something in the graph that was being drawn when it was made. Kept in a global, an attribute or a
closure and used in another graph, it stands for nothing. Pass the value as a parameter, or return it.
""",
        """
from lift_sys import graph, node

kept: list[str] = []

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@graph
async def first(topic: str) -> str:
    kept.append(await outline(topic))
    return kept[0]

@graph
async def second(topic: str) -> str:
    return await outline(kept[0])
""",
        """
from lift_sys import graph, node

@node
async def outline(topic: str) -> str:
    return f"about {topic}"

@graph
async def first(topic: str) -> str:
    return await outline(topic)

@graph
async def second(topic: str) -> str:
    return await outline(await first(topic))
""",
    ),
    Entry(
        "LS110",
        "A graph draws itself",
        """
A graph that calls itself would have no end: drawing it draws it again. Repeat with `loop`, which has a bound; or call
the graph from the body of a node, where each call is a child of the run and the node decides when to stop.
""",
        """
from lift_sys import graph, node

@node
async def improve(text: str) -> str:
    return text + "!"

@graph
async def polish(text: str) -> str:
    return await polish(await improve(text))
""",
        """
from lift_sys import graph, loop, node

@node
async def improve(text: str) -> str:
    return text + "!"

@node
async def is_good(text: str) -> bool:
    return text.endswith("!!!")

@graph
async def polish(text: str) -> str:
    return await loop(improve, text, until=is_good, most=10)
""",
    ),
)
