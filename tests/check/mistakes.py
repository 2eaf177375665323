"""Thirty mistakes that people make, each with what a good message about it says.

The line that is at fault ends in `# here`. `culprit` is what the message must quote of the user's words, `got` what it
must set against each other (what was expected, what was found), `cure` what the help must offer.
"""

from dataclasses import dataclass

__all__ = ["COMMON", "MISTAKES", "Mistake"]

COMMON = '''
from dataclasses import dataclass
from lift_sys import *
from lift_sys import graph, hole, node, prompt, each, branch, loop, todo

ran: list[str] = []

@dataclass
class Plan:
    title: str
    claims: list[str]

@node
async def outline(topic: str) -> Plan:
    ran.append("outline")
    return Plan(topic, [topic])

@node
async def draft(plan: Plan, tone: str = "plain") -> str:
    ran.append("draft")
    return plan.title

@node
async def count(text: str) -> int:
    ran.append("count")
    return len(text)

@node
async def is_long(text: str) -> bool:
    ran.append("is_long")
    return len(text) > 3

@hole
async def review(text: str) -> str:
    """Judge the text."""
    todo()

'''


@dataclass(frozen=True)
class Mistake:
    """One mistake: what follows the common part of the program, and what has to be said about it."""

    name: str
    code: str
    program: str
    culprit: str
    got: tuple[str, ...]
    cure: str


def body(*lines: str, result: str = "str") -> str:
    """Return a graph with this body."""
    return "\n".join(["@graph", f"async def article(topic: str) -> {result}:", *(f"    {line}" for line in lines)])


def main(*lines: str) -> str:
    """Return a `main` with this body, after a graph that is right."""
    right = body("return await review(await draft(await outline(topic)))")
    return right + "\n\nasync def main():\n" + "\n".join(f"    {line}" for line in lines)


MISTAKES = (
    Mistake(
        "wrong edge",
        "LS204",
        body("return await count(await outline(topic))  # here", result="int"),
        "count(text",
        ("str", "Plan"),
        "convert",
    ),
    Mistake(
        "wrong edge by keyword",
        "LS204",
        body("plan = await outline(topic)", "return await draft(plan, tone=await count(topic))  # here"),
        "draft(tone",
        ("str", "int"),
        "convert",
    ),
    Mistake(
        "graph returns another type",
        "LS204",
        body("return await count(topic)").replace("@graph", "@graph  # here"),
        "article",
        ("str", "int"),
        "-> int",
    ),
    Mistake(
        "forgotten await",
        "LS104",
        body("outline(topic)  # here", "return await draft(await outline(topic))"),
        "outline(topic)",
        ("await",),
        "await outline(topic)",
    ),
    Mistake(
        "result of a call that was not awaited",
        "LS104",
        body("plan = outline(topic)  # here", "return await draft(plan)"),
        "outline(topic)",
        ("await",),
        "await outline(topic)",
    ),
    Mistake(
        "condition",
        "LS101",
        body(
            "text = await draft(await outline(topic))",
            "if await is_long(text):  # here",
            "    return await review(text)",
            "return text",
        ),
        "is_long",
        ("bool", "reference"),
        "branch(",
    ),
    Mistake(
        "arithmetic",
        "LS101",
        body("n = await count(topic)", "return await count(str(n + 1))  # here", result="int"),
        "n + 1",
        ("int", "reference"),
        "node",
    ),
    Mistake(
        "text with a value in it",
        "LS101",
        body("plan = await outline(topic)", "return await review(f'on {plan.title}')  # here"),
        "plan.title",
        ("str", "reference"),
        "node",
    ),
    Mistake(
        "length",
        "LS101",
        body("plan = await outline(topic)", "n = len(plan.claims)  # here", "return await draft(plan)"),
        "len(plan.claims)",
        ("list[str]", "reference"),
        "async def size",
    ),
    Mistake(
        "loop over a result",
        "LS306",
        body("plan = await outline(topic)", "return [await count(c) for c in plan.claims]  # here", result="list[int]"),
        "plan.claims",
        ("items", "not there"),
        "await each(count, plan.claims)",
    ),
    Mistake(
        "is None",
        "LS301",
        body("plan = await outline(topic)", "if plan is None:  # here", "    return topic", "return await draft(plan)"),
        "plan is None",
        ("False", "reference"),
        "value is None",
    ),
    Mistake(
        "isinstance",
        "LS302",
        body(
            "plan = await outline(topic)",
            "if isinstance(plan, Plan):  # here",
            "    return await draft(plan)",
            "return topic",
        ),
        "isinstance(plan, Plan)",
        ("reference", "value"),
        "isinstance(value, Plan)",
    ),
    Mistake(
        "try around a step",
        "LS304",
        body("try:  # here", "    return await draft(await outline(topic))", "except ValueError:", "    return topic"),
        "try",
        ("drawn", "run"),
        "except ValueError",
    ),
    Mistake(
        "while",
        "LS307",
        body("text = topic", "while not await is_long(text):  # here", "    text = await review(text)", "return text"),
        "while not await is_long(text)",
        ("value", "not there"),
        "loop(review, text",
    ),
    Mistake(
        "arm that is called",
        "LS308",
        body("return await branch(await is_long(topic), review(topic), lambda: review(topic))  # here"),
        "review(topic)",
        ("called before", "something to call"),
        "lambda: review(topic)",
    ),
    Mistake(
        "value is changed",
        "LS309",
        body("plan = await outline(topic)", "plan.title = 'x'  # here", "return await draft(plan)"),
        "plan.title",
        ("set", "no value yet"),
        "replace(value, title=new)",
    ),
    Mistake(
        "mistyped field",
        "LS103",
        body("plan = await outline(topic)", "return await review(plan.titel)  # here"),
        "plan.titel",
        ("Plan", "titel"),
        "title",
    ),
    Mistake(
        "missing argument",
        "LS108",
        body("return await draft(tone='dry')  # here"),
        "draft(tone='dry')",
        ("plan",),
        "plan: ",
    ),
    Mistake(
        "mistyped keyword",
        "LS108",
        body("return await draft(await outline(topic), tune='dry')  # here"),
        "draft(",
        ("tune",),
        "tone",
    ),
    Mistake(
        "object around a reference",
        "LS102",
        body("plan = await outline(topic)", "return await draft(Plan(plan.title, []))  # here"),
        "Plan",
        ("reference", "inside"),
        "node",
    ),
    Mistake(
        "waiting in a graph",
        "LS107",
        "import anyio\n" + body("await anyio.sleep(0.01)  # here", "return await draft(await outline(topic))"),
        "article",
        ("awaits", "not a node"),
        "node",
    ),
    Mistake(
        "graph in itself",
        "LS110",
        body("return await article(topic)").replace("@graph", "@graph  # here"),
        "article",
        ("drawn inside itself",),
        "loop(",
    ),
    Mistake(
        "plain function",
        "LS105",
        "@node  # here\ndef size(text: str) -> int:\n    return len(text)",
        "size",
        ("plain function", "async def"),
        "@node(thread=False)",
    ),
    Mistake(
        "missing context",
        "LS106",
        "@node  # here\nasync def greet(ctx: RunContext[str], name: str) -> str:\n    return name",
        "greet",
        ("RunContext", "bare @node"),
        "@node(context=True)",
    ),
    Mistake(
        "mistyped option",
        "LS112",
        "@node(timout=3)  # here\nasync def greet(name: str) -> str:\n    return name",
        "timout",
        ("unknown option",),
        "timeout",
    ),
    Mistake(
        "option that cannot be",
        "LS112",
        "@node(timeout=-3)  # here\nasync def greet(name: str) -> str:\n    return name",
        "timeout",
        ("-3", "above zero"),
        "above zero",
    ),
    Mistake(
        "hole filled with the wrong type",
        "LS401",
        main("run = await article.run('x')", "ran.clear()", "await run.resume(review.fill(count))"),
        "count",
        ("int", "str"),
        "-> str",
    ),
    Mistake(
        "hole filled with a value",
        "LS401",
        main("await article.with_fills(review.fill('good')).run('x')  # here"),
        "'good'",
        ("async function", "str"),
        "review.defer(",
    ),
    Mistake(
        "fill of another graph's hole",
        "LS404",
        main(
            "other = hole(review.fn)",
            "run = await article.run('x')",
            "ran.clear()",
            "await run.resume(other.fill(draft))",
        ),
        "review",
        ("not open",),
        "holes",
    ),
    Mistake(
        "model that does not exist",
        "LS601",
        "@prompt(model='opnai:gpt')\nasync def praise(text: str) -> str:\n    'Praise it.'\n    todo()\n\n"
        + body("return await praise(topic)")
        + "\n\nasync def main():\n    (await article.run('x')).value",
        "opnai:gpt",
        ("no model",),
        "openai",
    ),
    Mistake("input of the wrong type", "LS108", main("await article.run(3)"), "topic", ("str", "3"), "topic"),
    Mistake("input that is missing", "LS108", main("await article.run()"), "topic", ("missing",), "topic"),
)
