"""`run.why` gives the exact slice behind a value; it can be exported as W3C PROV."""

import json

import prov.model
import pytest

from lift_sys import MUST, Run, branch, each, graph, hole, loop, node, person, todo
from lift_sys.errors import LiftError


@node
async def f(x: int) -> int:
    return x + 1


@node
async def is_even(x: int) -> bool:
    return x % 2 == 0


@node(constraints=[MUST("result > 0", check=lambda result: result > 0)])
async def total(xs: list[int]) -> int:
    return sum(xs)


@hole
async def h(x: int) -> int:
    """How many?"""
    todo()


@graph
async def sub(x: int) -> tuple[int, int]:
    return await f(x), await h(x)


@graph
async def g(x: int, unrelated: int = 5) -> list[int]:
    await f(unrelated)
    left, right = await sub(x)
    chosen = await branch(await is_even(left), lambda: f(left), lambda: f(right))
    many = await each(f, [left, chosen])
    return [await total(many), await loop(f, x, until=is_even, most=3)]


async def filled() -> Run[list[int]]:
    return await (await g.run(1)).resume(h.fill(f.fn, name="my_h"))


async def test_a_slice_holds_what_a_value_rests_on_and_nothing_else() -> None:
    """Upstream first: through projections, sub-graphs, branches and maps; the arm that was not taken is not there."""
    why = (await filled()).why(total)

    steps = list(why.steps())
    assert set(steps) == {"g/sub/f", "g/is_even", "g/f#2", "g/f#4[0]", "g/f#4[1]", "g/total"}
    for before, after in (("sub/f", "is_even"), ("is_even", "f#2"), ("f#2", "f#4[1]"), ("f#4[1]", "total")):
        assert steps.index(f"g/{before}") < steps.index(f"g/{after}")
    assert [c.text for c in why.constraints] == ["result > 0"]


async def test_a_loop_rests_on_its_turns() -> None:
    """The value of a loop comes from the turns before and from the tests that ended it."""
    why = (await filled()).why("g/loop")
    assert set(why.steps()) == {"g/loop[0]/is_even", "g/loop[0]/f", "g/loop[1]/is_even"}


async def test_an_explanation_reads_from_the_value_up() -> None:
    """It names values, inputs, where the code is, what stood in the hole, and what was checked."""
    text = str((await filled()).why("g/sub/h"))
    assert text.splitlines()[0] == "g/sub/h = 2"
    for part in ("given x = 1", "filled by code my_h", "input x = 1", "tests/explain/test_why.py"):
        assert part in text
    assert "unrelated" not in text
    assert "held: MUST result > 0" in str((await filled()).why(total))


async def test_why_of_what_has_no_value() -> None:
    """An open hole, what waits for it, and an error can be asked about as well."""

    @node
    async def breaks(x: int) -> int:
        raise ValueError("broken")

    @graph
    async def mixed(x: int) -> list[int]:
        return [await f(await h(x)), await breaks(x)]

    run = await mixed.run(1)
    assert "an open hole" in str(run.why(h))
    assert run.why("mixed/f").steps() == ["mixed/h", "mixed/f"]
    assert "ValueError: broken" in str(run.why(breaks))


async def test_why_names_the_nearest_place() -> None:
    """A mistyped path is answered with what there is; a node with several steps with their paths."""
    run = await filled()
    with pytest.raises(LiftError, match=r"did you mean.*g/total"):
        run.why("g/totl")
    with pytest.raises(LiftError, match=r"f has \d+ steps"):
        run.why(f)


async def test_the_output_of_a_graph_can_be_asked_for() -> None:
    """By the graph itself, also when it was run with fills."""
    run = await filled()
    assert run.why(g).steps()[-1] in {"g/total", "g/loop[1]/is_even"}
    assert run[g] == run.value
    again = g.with_fills(h.fill(f.fn))
    run = await again.run(1)
    assert run[g] == run[again] == run.value


async def test_children_are_in_the_slice_of_their_parent() -> None:
    """What a body called is part of why its value is what it is."""

    @node
    async def calls(x: int) -> int:
        return await f(await h(x))

    @graph
    async def made(x: int) -> int:
        return await calls(x)

    run = await (await made.run(1)).resume(h.defer(4))
    why = run.why(made)
    assert why.steps() == ["made/calls/h", "made/calls/f", "made/calls"]
    assert "filled by deferred" in str(why)
    assert run.tainted


@pytest.mark.parametrize("place", ["g", "g/total", "g/sub/h", "g/loop"])
async def test_a_slice_is_valid_prov(place: str) -> None:
    """The `prov` package reads what is exported: an activity for each step, entities for values, agents for fills."""
    why = (await filled()).why(place)
    document = prov.model.ProvDocument.deserialize(content=json.dumps(why.to_prov()))

    activities = [str(a.get_attribute("lift:path").pop()) for a in document.get_records(prov.model.ProvActivity)]
    assert sorted(activities) == sorted(why.steps())
    generated = list(document.get_records(prov.model.ProvGeneration))
    assert len(generated) == len(activities)
    agents = list(document.get_records(prov.model.ProvAgent))
    assert len(agents) == ("g/sub/h" in why.steps())


async def test_an_open_hole_is_valid_prov_too() -> None:
    """A run that is not complete can be exported."""
    run = await g.with_fills(person(h)).run(1)
    document = prov.model.ProvDocument.deserialize(content=json.dumps(run.why(h).to_prov()))
    assert len(list(document.get_records(prov.model.ProvActivity))) == 1
