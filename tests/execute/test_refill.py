"""Other fills in holes that were filled: what they lead to as before is not run again."""

from collections import Counter
from typing import Any

import pytest

from lift_sys import Failed, Fill, Graph, Incomplete, each, graph, hole, node, person, todo
from lift_sys.errors import DefinitionError, FillRefused
from tests.backends import both_backends

ran: Counter[str] = Counter()


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()


@hole
async def h(x: int) -> int:
    todo()


@hole
async def other(x: int) -> int:
    todo()


@node
async def const(x: int) -> int:
    ran[f"const({x})"] += 1
    return x // 10


@node(effect="effect")
async def send(x: int) -> str:
    ran[f"send({x})"] += 1
    return f"sent {x}"


async def one(x: int) -> int:
    return 11


async def another(x: int) -> int:
    return 12


@node
async def sends(x: int) -> str:
    return await send(await const(x))


@graph
async def straight(x: int) -> str:
    return await send(await const(await h(x)))


@graph
async def in_a_map(x: int) -> list[str]:
    return await each(send, await each(const, [await h(x), 30]))


@graph
async def in_a_body(x: int) -> str:
    return await sends(await h(x))


@graph
async def calls_it(x: int) -> str:
    return await fills_itself(x)


@node
async def fills_itself(x: int) -> str:
    return await send(await const(await h(x)))


ALL = (straight, in_a_map, in_a_body, calls_it)


@both_backends
@pytest.mark.parametrize("made", ALL, ids=lambda made: made.name)
async def test_an_effect_whose_input_is_as_before_is_not_done_again(made: Graph[[int], Any]) -> None:
    """Whether the other fill takes the place of the first, or the first was withdrawn, and whoever does the effect."""
    run = await (await made.run(1)).resume(h.fill(one))
    again = await run.resume(h.fill(another))
    withdrawn = await run.withdraw(h)
    later = await withdrawn.resume(h.fill(another))

    assert again.value == later.value == run.value
    assert (ran["const(11)"], ran["const(12)"], ran["send(1)"]) == (1, 2, 1)
    assert [e.kind for e in later.events if e.path.rpartition("/")[2].startswith("send")].count("step.finished") >= 1
    assert (await withdrawn.resume(h.defer(25))).value != run.value
    assert ran["send(2)"] == 1


async def test_what_other_fills_hold_up_meanwhile_is_known_when_they_come() -> None:
    """A run may be resumed in parts after a withdrawal, and fills be withdrawn one after the other."""

    @graph
    async def two(x: int) -> list[str]:
        return [await send(await const(await h(x))), await send(await other(await h(x)))]

    run = await (await two.run(1)).resume(h.fill(one), other.defer(7))
    assert ran == {"const(11)": 1, "send(1)": 1, "send(7)": 1}
    run = await run.withdraw(h)
    run = await run.withdraw(other)
    run = await run.resume(other.defer(7))
    assert isinstance(run.outcome, Incomplete)
    run = await run.resume(h.fill(another))

    assert run.value == ["sent 1", "sent 7"]
    assert ran == {"const(11)": 1, "const(12)": 1, "send(1)": 1, "send(7)": 1}


async def test_several_fills_that_are_replaced_at_once_repeat_no_effect() -> None:
    """Each is withdrawn for itself; what all of them lead to is as before."""

    @graph
    async def two(x: int) -> list[str]:
        return [await send(await const(await h(x))), await send(await other(x))]

    run = await (await two.run(1)).resume(h.fill(one), other.defer(7))
    run = await run.resume(h.fill(another), other.defer(8))

    assert run.value == ["sent 1", "sent 8"]
    assert ran == {"const(11)": 1, "const(12)": 1, "send(1)": 1, "send(7)": 1, "send(8)": 1}


async def test_a_graph_in_a_hole_is_answered_by_what_it_did_and_no_other_by_its_names() -> None:
    """Steps of one path in two graphs are the same only if they are of one node."""

    @graph
    async def first(x: int) -> str:
        return await send(x)

    @node(name="send")
    async def writes(x: int) -> str:
        return f"written {x}"

    @graph
    async def second(x: int) -> str:
        return await writes(x)

    @hole
    async def tells(x: int) -> str:
        todo()

    @graph
    async def outer(x: int) -> str:
        return await tells(x)

    run = await (await outer.run(1)).resume(tells.fill(first))
    assert (await run.resume(tells.fill(second))).value == "written 1"
    assert (await run.resume(tells.fill(first))).value == "sent 1"
    assert ran == {"send(1)": 1}


async def test_an_effect_that_failed_is_tried_again_only_if_asked() -> None:
    """Other steps that failed run again with the fill, as they may."""
    broken = ["both"]

    @node(effect="effect")
    async def posts(x: int) -> int:
        ran["posts"] += 1
        if broken:
            raise ConnectionError("cut off")
        return x

    @node
    async def reads(x: int) -> int:
        ran["reads"] += 1
        if broken:
            raise ValueError("not yet")
        return x

    @graph
    async def shaky(x: int) -> list[int]:
        given = await const(await h(x))
        return [await posts(given), await reads(given)]

    run = await (await shaky.run(1)).resume(h.fill(one))
    broken.clear()
    again = await run.resume(h.fill(another))

    assert isinstance(again.outcome, Failed)
    assert list(again.outcome.errors) == ["shaky/posts"]
    assert ran == {"const(11)": 1, "const(12)": 1, "posts": 1, "reads": 2}
    assert (await run.resume(h.fill(another), retry_failed=True)).value == [1, 1]
    assert ran["posts"] == 2


@pytest.mark.parametrize("second", [h.fill(another), h.defer(2), person(h, "Which?"), h.using(name="twin").fill(one)])
async def test_two_fills_of_one_hole_in_one_call_are_refused(second: Fill) -> None:
    """Neither is taken without a word: not by a run, and not by a graph; one after the other is another matter."""
    run = await straight.run(1)

    with pytest.raises(FillRefused, match=r"LS404 run.resume\(...\) has two fills for h, one and") as refused:
        await run.resume(h.fill(one), second)
    (diagnostic,) = refused.value.diagnostics
    assert "test_refill.py:" in diagnostic.place
    assert diagnostic.help == "keep the one that shall stand in h; what a later call gives takes its place"
    with pytest.raises(DefinitionError, match=r"LS404 straight.with_fills\(...\) has two fills for h, one and"):
        straight.with_fills(h.fill(one), second)
    assert ran == {}

    assert straight.with_fills(h.fill(one)).with_fills(second).fills == (second,)
    assert (await run.resume(h.fill(one))).value == "sent 1"
