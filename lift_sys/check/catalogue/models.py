"""LS6xx: models, and what this machine has."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES = (
    Entry(
        "LS601",
        "No provider has a model of that name",
        """
A model is named as its provider knows it: `openai:...`, `anthropic:...`, `ollama:...`; `local` is the embedded one,
`replay:FILE` answers from a recording, and names given to `Engine(providers=...)` are yours. `lift-sys model list`
shows what can be asked here.
""",
        """
from lift_sys import Engine, graph, prompt, todo

@prompt(model="opnai:gpt-5-mini")
async def praise(text: str) -> str:
    \"\"\"Praise the text in one sentence.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await praise(text)

async def main() -> None:
    engine = Engine()
    (await engine.run(article, "holes")).value
    await engine.aclose()
""",
        """
from lift_sys import Engine, graph, prompt, todo

@prompt(model="helper")
async def praise(text: str) -> str:
    \"\"\"Praise the text in one sentence.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await praise(text)

async def main() -> None:
    engine = Engine(providers={"helper": ["A fine text."]})
    (await engine.run(article, "holes")).value
    await engine.aclose()
""",
    ),
    Entry(
        "LS602",
        "The model cannot be used here",
        """
The provider is known, but something that it needs is missing on this machine: its key, its package or its weights. The
message names it and the command that brings it. `lift-sys doctor` shows what this machine has. While you try things
out, or in tests, answer from a script: `Engine(providers={"helper": [...]})`.
""",
        """
from lift_sys import Engine, graph, prompt, todo

@prompt(model="openai:gpt-5-mini")
async def praise(text: str) -> str:
    \"\"\"Praise the text in one sentence.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await praise(text)

async def main() -> None:
    engine = Engine()
    (await engine.run(article, "holes")).value
    await engine.aclose()
""",
        """
from lift_sys import Engine, graph, prompt, todo

@prompt(model="helper")
async def praise(text: str) -> str:
    \"\"\"Praise the text in one sentence.\"\"\"
    todo()

@graph
async def article(text: str) -> str:
    return await praise(text)

async def main() -> None:
    engine = Engine(providers={"helper": ["A fine text."]})
    (await engine.run(article, "holes")).value
    await engine.aclose()
""",
    ),
)
