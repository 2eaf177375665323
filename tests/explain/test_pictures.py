"""Graphs and runs drawn: Mermaid with holes as holes, networkx for analysis."""

import re

from lift_sys import branch, each, graph, hole, node, todo


@node
async def f(x: int) -> int:
    return x + 1


@node
async def breaks(x: int) -> int:
    raise ValueError(x)


@hole
async def h(x: int) -> int:
    todo()


@node
async def is_big(x: int) -> bool:
    return x > 3


@graph
async def sub(x: int) -> int:
    return await f(await h(x))


@graph
async def g(x: int) -> list[object]:
    first = await f(x)
    many = await each(f, [first, x])
    return [await sub(first), many, await breaks(x), await branch(await is_big(x), lambda: f(1), lambda: f(2))]


def drawn(text: str) -> dict[str, str]:
    """Return the title of each number in a Mermaid flowchart."""
    return dict(re.findall(r'^  (s\d+)[\[{]+"(.*?)"', text, re.MULTILINE))


def test_holes_are_drawn_as_holes() -> None:
    """Each drawn place is a box, a hole has its own shape and a question mark."""
    text = g.to_mermaid()
    assert text.startswith("flowchart")
    assert set(drawn(text).values()) == {"f", "f#2[*]", "sub/h ?", "sub/f", "breaks", "is_big", "f#3", "f#4"}
    assert re.search(r's\d+\{\{"sub/h \?"\}\}:::hole', text)


async def test_a_run_is_drawn_over_its_graph() -> None:
    """Done, failed and waiting steps are told apart; a filled hole is done."""
    run = await g.run(1)
    text = run.to_mermaid()
    title = drawn(text)
    status = {title[number]: how for number, how in re.findall(r"class (s\d+) (\w+)", text)}
    assert status["f"] == status["f#2[*]"] == "done"
    assert status["breaks"] == "failed"
    assert status["sub/f"] == "waiting"
    assert "sub/h ?" not in status

    text = (await run.resume(h.fill(f.fn))).to_mermaid()
    title = drawn(text)
    status = {title[number]: how for number, how in re.findall(r"class (s\d+) (\w+)", text)}
    assert {name.removesuffix(" ?"): how for name, how in status.items()}["sub/h"] == "done"


def test_edges_go_through_maps_and_sub_graphs() -> None:
    """networkx has one node for each drawn place, with its node and whether it is a hole."""
    drawn = g.to_networkx()
    assert set(drawn.edges) >= {("g/f", "g/f#2[*]"), ("g/f", "g/sub/h"), ("g/sub/h", "g/sub/f"), ("g/is_big", "g/f#3")}
    assert drawn.nodes["g/sub/h"] == {"node": h, "hole": True}
    assert not drawn.nodes["g/f"]["hole"]


async def test_an_arm_that_is_not_taken_has_no_mark() -> None:
    """It waits for nothing, though the run is incomplete: only what comes after the taken arm does."""

    @graph
    async def chooses(x: int) -> int:
        return await f(await branch(await is_big(x), lambda: sub(x), lambda: h(x)))

    text = (await chooses.run(1)).to_mermaid()
    title = drawn(text)
    status = {title[number]: how for number, how in re.findall(r"class (s\d+) (\w+)", text)}
    assert status == {"is_big": "done", "f": "waiting"}
