"""LS3xx: what a reference cannot notice, found in the source of a body."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS301",
        "`is` asks about a reference",
        """
`is` compares objects, and while the graph is drawn the object is a reference: `plan is None` is False for every value
that the run may bring, and the branch behind it is never drawn. Python lets nobody overrule `is`, so this is read from
the source. Ask in a node, and branch on its answer.
""",
        """
from lift_sys import graph, node

@node
async def find(topic: str) -> str | None:
    return topic or None

@node
async def publish(text: str | None) -> str:
    return text or "nothing"

@graph
async def article(topic: str) -> str:
    text = await find(topic)
    if text is None:
        return await publish("not found")
    return await publish(text)
""",
        """
from lift_sys import branch, graph, node

@node
async def find(topic: str) -> str | None:
    return topic or None

@node
async def is_missing(text: str | None) -> bool:
    return text is None

@node
async def publish(text: str | None) -> str:
    return text or "nothing"

@graph
async def article(topic: str) -> str:
    text = await find(topic)
    return await branch(await is_missing(text), lambda: publish("not found"), lambda: publish(text))
""",
    ),
    Entry(
        "LS302",
        "A question about the type of a reference",
        """
`isinstance`, `issubclass`, `type`, `callable`, `hasattr` and `id` answer for the reference, not for the value that
comes later, so their answer is the same in every run. Ask in a node. Often a field that says which kind it is makes
the question unnecessary.
""",
        """
from lift_sys import graph, node

@node
async def parse(text: str) -> int | str:
    return int(text) if text.isdigit() else text

@node
async def show(value: int | str) -> str:
    return str(value)

@graph
async def article(text: str) -> str:
    value = await parse(text)
    if isinstance(value, int):
        return await show(value)
    return text
""",
        """
from lift_sys import branch, graph, node

@node
async def parse(text: str) -> int | str:
    return int(text) if text.isdigit() else text

@node
async def is_number(value: int | str) -> bool:
    return isinstance(value, int)

@node
async def show(value: int | str) -> str:
    return str(value)

@graph
async def article(text: str) -> str:
    value = await parse(text)
    return await branch(await is_number(value), lambda: show(value), lambda: show(text))
""",
    ),
    Entry(
        "LS303",
        "`match` on a reference",
        """
A pattern looks at the class and the fields of what it is given, and while the graph is drawn that is a reference. No
pattern but a bare name fits. Match in a node, and let `branch` act on what it says.
""",
        """
from lift_sys import graph, node

@node
async def kind(text: str) -> str:
    return "question" if text.endswith("?") else "statement"

@node
async def answer(text: str) -> str:
    return "yes"

@graph
async def article(text: str) -> str:
    match await kind(text):
        case "question":
            return await answer(text)
    return text
""",
        """
from lift_sys import branch, graph, node

@node
async def is_question(text: str) -> bool:
    match text[-1:]:
        case "?":
            return True
    return False

@node
async def answer(text: str) -> str:
    return "yes"

@node
async def keep(text: str) -> str:
    return text

@graph
async def article(text: str) -> str:
    return await branch(await is_question(text), lambda: answer(text), lambda: keep(text))
""",
    ),
    Entry(
        "LS304",
        "`try` around a step",
        """
The body is drawn before any node runs, so a `try` in it is over long before a node can fail. What happens when a step
fails is said on the node: `retry=`, `fallback=`; or a node calls another one as its child and catches there. Errors of
a run are found in its outcome.
""",
        """
from lift_sys import graph, node

@node
async def fetch(topic: str) -> str:
    raise ValueError(topic)

@graph
async def article(topic: str) -> str:
    try:
        return await fetch(topic)
    except ValueError:
        return "nothing"
""",
        """
from lift_sys import graph, node

@node
async def nothing(topic: str) -> str:
    return "nothing"

@node(fallback=[nothing])
async def fetch(topic: str) -> str:
    raise ValueError(topic)

@graph
async def article(topic: str) -> str:
    return await fetch(topic)
""",
    ),
    Entry(
        "LS305",
        "`with` around a step",
        """
A context manager in a graph's body is entered and left while the graph is drawn; no node runs inside it. A lock, a
client or a transaction belongs in the node that uses it, or in the engine's `deps`; a time limit is the node's
`timeout`.
""",
        """
import anyio
from lift_sys import graph, node

@node
async def fetch(topic: str) -> str:
    return topic

@graph
async def article(topic: str) -> str:
    with anyio.fail_after(3):
        return await fetch(topic)
""",
        """
from lift_sys import graph, node

@node(timeout=3)
async def fetch(topic: str) -> str:
    return topic

@graph
async def article(topic: str) -> str:
    return await fetch(topic)
""",
    ),
)
