"""`lift-sys demo`: a graph runs around a hole; `lift-sys demo fill`: the hole is filled and the run goes on."""

from __future__ import annotations

from typing import Any, Literal

from lift_sys.define import Complete, Incomplete, Run, graph, hole, node, todo
from lift_sys.engine import Engine
from lift_sys.serve.console import COMPLETE, complain, jsonable, write, write_json

__all__ = ["article", "demo"]

TOPIC = "typed holes"


@node
async def outline(topic: str) -> list[str]:
    """Say in which parts to tell it."""
    return [f"what {topic} are", f"why {topic} help"]


@node
async def draft(parts: list[str]) -> str:
    """Write the parts."""
    return " ".join(f"This is {part}." for part in parts)


@node
async def headline(topic: str) -> str:
    """Find a headline; does not wait for the outline."""
    return topic.title()


@hole
async def review(text: str) -> str:
    """Judge the text in one sentence."""
    todo()


@node
async def publish(title: str, text: str, note: str) -> str:
    """Put it together."""
    return f"{title}: {text} [{note}]"


@graph
async def article(topic: str) -> str:
    """Write, review and publish an article."""
    text = await draft(await outline(topic))
    return await publish(await headline(topic), text, await review(text))


async def kind_words(text: str) -> str:
    """A fill: what stands in the hole."""
    return f"{len(text.split())} words, all of them clear"


async def demo(what: Literal["fill"] | None = None, *, json: bool = False) -> int:
    """See a small graph run around a hole, without a model, a key or a file.

    Parameters
    ----------
    what
        `fill`: also fill the hole, and go on where the run had stopped.
    json
        Write one JSON object: outcome, ran, holes or value, next.
    """
    engine = Engine()
    try:
        first = await engine.run(article, TOPIC)
        if what is None:
            return _stopped(first, json)
        return _went_on(first, await first.resume(review.fill(kind_words)), json)
    finally:
        await engine.aclose()


def _ran(run: Run[Any]) -> list[str]:
    """Return the paths of the steps that have run, in the order in which they finished."""
    return [event.path for event in run.events if event.kind == "step.finished"]


def _stopped(run: Run[Any], json: bool) -> int:
    following = "lift-sys demo fill"
    blocked = list(run.outcome.blocked) if isinstance(run.outcome, Incomplete) else []
    if json:
        holes = [{"hole": c.hole.name, "path": c.path, "inputs": jsonable(dict(c.inputs))} for c in run.holes]
        write_json({"outcome": "incomplete", "ran": _ran(run), "holes": holes, "blocked": blocked, "next": following})
        return COMPLETE
    lines = [f"article({TOPIC!r})", *(f"  ran      {path}" for path in _ran(run))]
    for closure in run.holes:
        lines.append(f"  hole     {closure.path}: {closure.hole.intent}")
        lines += [f"             {name} = {value!r}" for name, value in closure.inputs.items()]
    write("\n".join([*lines, *(f"  blocked  {path}" for path in blocked)]))
    complain(f"next: fill the hole, and the run goes on where it stopped: {following}")
    return COMPLETE


def _went_on(first: Run[Any], run: Run[Any], json: bool) -> int:
    before = _ran(first)
    ran = [path for path in _ran(run) if path not in before]
    value = run.outcome.value if isinstance(run.outcome, Complete) else None
    if json:
        write_json({"outcome": "complete", "filled": 1, "ran": ran, "kept": before, "value": value})
        return COMPLETE
    write(f"1 hole filled, {len(ran)} steps ran, {len(before)} were kept")
    write("\n".join([*(f"  ran   {path}" for path in ran), *(f"  kept  {path}" for path in sorted(before))]))
    write(f"article({TOPIC!r}) = {value!r}")
    complain("next: lift-sys new my_graph")
    return COMPLETE
