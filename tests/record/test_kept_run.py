"""A run that is kept says outside its process what it said inside."""

import json
import math
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from lift_sys import Engine, Run, branch, each, graph, hole, loop, node, prompt, todo
from lift_sys.errors import DefinitionError, StoreError
from lift_sys.explain import RunExplanation
from lift_sys.record import KeptRun, kept_value, parse_run, read_run_file, write_atomically


class Plan(BaseModel):
    title: str
    parts: list[int]


@dataclass(frozen=True)
class Pair:
    left: int
    right: float


class Colour(Enum):
    RED = "red"


class Opaque:
    def __repr__(self) -> str:
        return f"<opaque at {hex(id(self))}>"


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no words")

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no attributes")


@node
async def f(x: int) -> int:
    return x + 1


@node
async def plan(x: int) -> Plan:
    return Plan(title="t", parts=[x, x + 1])


@node
async def is_even(x: int) -> bool:
    return x % 2 == 0


@hole
async def h(x: int) -> int:
    """How many?"""
    todo()


@node
async def calls(x: int) -> int:
    return await f(await h(x))


@graph
async def everything(x: int, unrelated: int = 5) -> list[int]:
    # x --> plan.parts --> f[*] --> branch, loop; x --> calls --> h, f
    await f(unrelated)
    parts = (await plan(x)).parts
    many = await each(f, parts)
    chosen = await branch(await is_even(many[0]), lambda: f(x), lambda: calls(x))
    return [chosen, await loop(f, many[0], until=is_even, most=3)]


async def made() -> Run[list[int]]:
    return await (await everything.run(2)).resume(h.fill(f.fn, name="my_h"))


def kept(run: Run[Any]) -> KeptRun:
    """Return a run as another process would read it."""
    return parse_run(json.loads(json.dumps(run.to_record())), "run.json")


PLACES = [
    "everything",
    "everything/plan",
    "everything/f#2",
    "everything/f#2[1]",
    "everything/loop",
    "everything/is_even",
]


@pytest.mark.parametrize("place", [*PLACES, "everything/loop[0]/f"])
async def test_a_kept_run_explains_as_the_run_in_memory_does(place: str) -> None:
    """Steps, constraints and words of an explanation are the same from the file."""
    run = await made()
    there = kept(run)

    live, after = run.why(place), RunExplanation(there, there.at(place).id)
    assert list(after.steps()) == list(live.steps())
    assert str(after) == str(live)
    assert after.constraints == live.constraints


async def test_children_rest_on_what_their_body_knew() -> None:
    """A call of a body rests on the body's inputs and on the calls that ended before it."""

    @graph
    async def outer(x: int) -> int:
        return await calls(await f(x))

    run = await (await outer.run(1)).resume(h.fill(f.fn))

    assert list(run.why("outer/calls/f").steps()) == ["outer/f", "outer/calls/h", "outer/calls/f"]
    assert list(run.why("outer/calls/h").steps()) == ["outer/f", "outer/calls/h"]
    assert list(run.why("outer/calls").steps()) == ["outer/f", "outer/calls/h", "outer/calls/f", "outer/calls"]


async def test_a_model_is_kept_with_what_it_was_asked_and_what_it_took() -> None:
    """Its name, its requests and tokens stand at the step, prompt and answer in the events."""

    @prompt(model="helper")
    async def praise(text: str) -> str:
        """Praise the text."""
        todo()

    @graph
    async def review(text: str) -> str:
        return await praise(text)

    run = await Engine(providers={"helper": ["very good"]}).run(review, "a text")
    there = kept(run)
    step = there.at("praise")

    assert step.fill is not None
    assert (step.fill.kind, step.fill.name) == ("model", "helper")
    assert step.usage is not None
    assert (step.usage.models, step.usage.requests, step.usage.output_tokens) == (("helper",), 1, 2)
    asked = [event for event in there.events_of([step]) if event.kind == "model.requested"]
    assert "Praise the text." in json.dumps(asked[0].data["messages"])


async def test_failed_open_and_waiting_steps_are_kept() -> None:
    """What has no value says why; so does a field that could not be taken."""

    @node
    async def breaks(x: int) -> Plan:
        raise ValueError("broken")

    @graph
    async def mixed(x: int) -> tuple[int, int, str, int]:
        return await f(await h(x)), await h(await f(x)), (await breaks(x)).title, (await plan(x)).parts[5]

    there = kept(await mixed.run(1))

    assert there.outcome == "failed"
    assert {step.path: step.status for step in there.steps} == {
        "mixed/h": "open", "mixed/f": "waiting", "mixed/f#2": "done", "mixed/h#2": "open", "mixed/breaks": "failed",
        "mixed/plan": "done", "mixed/plan.parts[5]": "failed", "mixed": "waiting",
    }  # fmt: skip
    assert str(there.at("breaks").error) == "ValueError: broken"


async def test_an_error_of_any_words_is_kept() -> None:
    """Its text can be written, whatever stands in it."""

    @node
    async def breaks(x: int) -> int:
        raise ValueError("half \ud800")

    @graph
    async def broken(x: int) -> int:
        return await breaks(x)

    error = kept(await broken.run(1)).at("breaks").error
    assert error is not None
    assert error.message.encode() == b"half \\ud800"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "None"),
        (True, "True"),
        (1, "1"),
        (1.0, "1.0"),
        ("text", '"text"'),
        ((1, 2), "(1, 2)"),
        ({"a": [None]}, "{'a': [None]}"),
        ({3, 1}, "set([1, 3])"),
        (Plan(title="t", parts=[1]), "Plan(title='t', parts=[1])"),
        (Pair(1, 2.5), "Pair(left=1, right=2.5)"),
        (Colour.RED, 'Colour("red")'),
    ],
    ids=repr,
)
def test_a_value_that_json_can_say_is_kept_as_json(value: object, said: str) -> None:
    """It reads as it does in Python, and has a key."""
    found = kept_value(value)

    assert (str(found), found.repr) == (said, None)
    assert found.key


@pytest.mark.parametrize(
    "value", [math.inf, {1: 2}, b"raw", Opaque(), Hostile(), object, "\ud800", [Opaque()]], ids=type
)
def test_what_json_cannot_say_is_kept_as_its_repr(value: object) -> None:
    """It is marked as a repr, whatever its own methods do, and can be written."""
    found = kept_value(value)

    assert found.repr is not None
    json.dumps([found.type, found.repr]).encode()


def test_keys_tell_apart_what_python_takes_for_equal() -> None:
    """True, 1 and 1.0 differ; two objects without a canonical form are told apart by words, not by addresses."""
    assert len({kept_value(value).identity for value in (True, 1, 1.0, "1", [1], (1,), {1}, None)}) == 8
    assert kept_value(Opaque()).identity == kept_value(Opaque()).identity


async def test_a_run_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Nothing is lost between two processes."""
    run, path = await made(), tmp_path / "run.json"
    write_atomically(path, json.dumps(run.to_record()))

    assert read_run_file(path) == kept(run)


def test_a_run_file_is_its_owners_alone(tmp_path: Path) -> None:
    """Prompts and values stand in it; and nothing else is left in the folder."""
    write_atomically(tmp_path / "run.json", "{}")

    assert [found.name for found in tmp_path.iterdir()] == ["run.json"]
    assert (tmp_path / "run.json").stat().st_mode & 0o077 == 0


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(StoreError, match=r"run\.json cannot be written: No such file"):
        write_atomically(tmp_path / "none" / "run.json", "{}")


def test_nothing_is_left_of_a_file_that_could_not_be_put_in_its_place(tmp_path: Path) -> None:
    """What was written so far goes with it."""
    (tmp_path / "run.json").mkdir()
    with pytest.raises(StoreError, match=r"run\.json cannot be written"):
        write_atomically(tmp_path / "run.json", "{}")

    assert [found.name for found in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "else"}, "is no run file"),
        ({"version": 2}, "is of version 2, and this lift-sys reads version 1"),
        ({"version": None}, "is of version None"),
        ({"steps": 3}, "steps: Input should be a valid tuple"),
        ({"outcome": "good"}, "outcome: Input should be 'complete'"),
        ({"output": 99}, "there is no step 99"),
    ],
)
async def test_a_wrong_run_file_is_wrong_use(change: dict[str, Any], words: str) -> None:
    """The fault is named with its place, and what to do about it."""
    said = {**(await made()).to_record(), **change}

    with pytest.raises(DefinitionError) as caught:
        parse_run(said, "run.json")

    assert str(caught.value).startswith("run.json")
    assert words in str(caught.value)
    assert "\n  help: " in str(caught.value)


async def test_numbers_of_steps_that_are_not_there_are_refused() -> None:
    """A file that was cut is not half read."""
    said = json.loads(json.dumps((await made()).to_record()))
    said["steps"].pop()

    with pytest.raises(DefinitionError, match=r"names step|there is no step"):
        parse_run(said, "run.json")


@pytest.mark.parametrize("text", ["", "{", "[]", "3", "\xff", "[" * 100_000])
def test_what_is_no_run_file_is_said(text: str, tmp_path: Path) -> None:
    """Whatever stands in the file, the error is one of wrong use."""
    path = tmp_path / "run.json"
    path.write_text(text)

    with pytest.raises(DefinitionError, match=r"run\.json is no run file"):
        read_run_file(path)
