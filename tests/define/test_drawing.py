"""Drawing: a body is run once with references, and what it calls becomes places; records work leaf by leaf."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import anyio
import anyio.lowlevel
import pytest
import trio
from pydantic import BaseModel

from lift_sys import branch, each, graph, hole, node, todo
from lift_sys.errors import DefinitionError
from tests.backends import both_backends


@dataclass(frozen=True)
class Pair:
    left: int
    right: int


class Named(NamedTuple):
    first: int
    second: int


@node
async def f(x: int, plus: int = 1) -> int:
    return x + plus


@node
async def pair(x: int) -> Pair:
    return Pair(x, x + 1)


@node
async def named(x: int) -> Named:
    return Named(x, x + 1)


@node
async def size(xs: list[int], by: dict[str, int]) -> int:
    return len(xs) + sum(by.values())


@hole
async def h(x: int) -> int:
    todo()


async def test_a_graph_is_drawn_once_at_its_first_use() -> None:
    """Not at decoration, as nodes may stand below it; not again for another run."""
    drawn: list[int] = []

    @graph
    async def g(x: int) -> int:
        drawn.append(1)
        return await below(x)

    @node
    async def below(x: int) -> int:
        return x

    assert not drawn
    assert not g.check()
    assert [(await g.run(k)).value for k in range(3)] == [0, 1, 2]
    assert (await g.with_fills().run(5)).value == 5
    assert drawn == [1]


async def test_paths_do_not_depend_on_unrelated_lines() -> None:
    """A line more or less about something else leaves the other paths as they are."""

    @graph
    async def short(x: int) -> int:
        return await f(await f(x))

    @graph(name="short")
    async def long(x: int) -> int:
        first = await f(x)
        await pair(x)
        await named(x)
        return await f(first)

    assert set(short.nodes) == set(long.nodes) - {"short/pair", "short/named"}


async def test_fields_and_items_are_steps_of_no_cost() -> None:
    """Projections of dataclasses, named tuples, lists and dicts; a fixed tuple can be unpacked."""

    @graph
    async def g(x: int) -> list[int]:
        found = await pair(x)
        first, second = await named(found.right)
        made = {"a": first, "b": [second, found.left]}
        return [await f(found.left), await f(first, plus=second), await f(made["b"][1])]  # type: ignore[index]

    run = await g.run(1)
    assert run.value == [2, 5, 2]
    assert sum(e.kind == "step.started" for e in run.events) == 5


async def test_defaults_and_keywords_are_what_python_says() -> None:
    """Arguments reach a node as they would in a call."""

    @graph
    async def inner(x: int, times: int = 3) -> int:
        return await f(x, plus=times)

    @graph
    async def g(x: int = 10) -> list[int]:
        return [await inner(x), await inner(times=1, x=x), await f(plus=5, x=2), await f(x, 7)]

    assert (await g.run()).value == [13, 11, 7, 17]
    assert (await g.run(x=0)).value == [3, 1, 7, 7]


async def test_containers_are_copied_when_they_are_passed() -> None:
    """What the body does with a list afterwards is not what the call was given."""

    @graph
    async def g(x: int) -> list[int]:
        xs = [x]
        by = {"a": x}
        before = await size(xs, by)
        xs.append(await f(x))
        by["b"] = 100
        return [before, await size(xs, by), len(xs)]

    assert (await g.run(1)).value == [2, 103, 2]


async def test_a_field_of_a_partly_open_record_is_there() -> None:
    """Containers that were drawn, also by a sub-graph, work leaf by leaf."""

    @graph
    async def parts(x: int) -> tuple[int, dict[str, int]]:
        return await f(x), {"open": await h(x), "known": await f(x)}

    @graph
    async def g(x: int) -> list[int]:
        first, rest = await parts(x)
        return [await f(first), await f(rest["known"]), await f(rest["open"])]

    run = await g.run(1)
    assert (run.at("g/f"), run.at("g/f#2")) == (3, 3)
    assert run.outcome.blocked == ["g/f#3"]  # type: ignore[union-attr]


async def test_a_map_goes_on_item_by_item() -> None:
    """Items that do not rest on the hole go through all maps of a pipeline."""

    @graph
    async def g(x: int) -> list[int]:
        return await each(f, await each(f, [x, await h(x), 5]))

    run = await g.run(1)
    assert (run.at("g/f#2[0]"), run.at("g/f#2[2]")) == (3, 7)
    assert run.outcome.blocked == ["g/f#2[1]", "g/f[1]"]  # type: ignore[union-attr]


async def test_an_item_of_a_map_is_there_before_the_others() -> None:
    """A projection of one item does not wait for holes that the others wait for; what is not there is an error."""

    @graph
    async def g(x: int) -> list[int]:
        found = await each(f, [x, await h(x), 5])
        pairs = await each(pair, found)
        return [await f(found[0]), await f(found[1]), await f(found[-1]), await f(pairs[0].right)]

    run = await g.run(1)
    assert [run.at(f"g/f{n}") for n in ("#2", "#4", "#5")] == [3, 7, 4]
    assert run.outcome.blocked == ["g/f#3", "g/f[1]", "g/pair[1]"]  # type: ignore[union-attr]
    assert run.why("g/f#2").steps() == ["g/f[0]", "g/f#2"]
    assert (await run.resume(h.defer(10))).value == [3, 12, 7, 4]

    @graph
    async def beyond(x: int) -> int:
        found = await each(f, [x])
        return await f(found[3])

    outcome = (await beyond.run(1)).outcome
    assert [type(e) for e in outcome.errors.values()] == [IndexError]  # type: ignore[union-attr]


async def test_a_field_of_what_an_arm_gives_is_there_before_the_others() -> None:
    """A record that a branch gives works leaf by leaf."""

    @node
    async def holds(x: int) -> bool:
        return x > 0

    async def arm() -> tuple[int, int]:
        return await f(1), await h(1)

    @graph
    async def g(x: int) -> int:
        found = await branch(await holds(x), arm, arm)
        return await f(found[0])

    assert (await g.run(1)).at("g/f#3") == 3


async def test_a_field_of_an_item_is_there_before_the_others() -> None:
    """A record that a mapped body gives works leaf by leaf."""

    async def body(x: int) -> tuple[int, int]:
        return await f(x), await h(x)

    @graph
    async def g(x: int) -> list[int]:
        return await each(lambda t: f(t[0]), await each(body, [x, 2]))

    assert (await g.run(1)).at("g/each#2[0]/f") == 3


async def test_bodies_close_over_what_is_around_them() -> None:
    """Maps, arms and nested maps may use values of the body around them, two deep too."""

    @node
    async def positive(x: int) -> bool:
        return x > 0

    @graph
    async def g(x: int, ys: list[int]) -> list[list[int]]:
        one = await f(x)
        both = await pair(x)

        async def row(y: int) -> list[int]:
            inside = await f(y, one)
            return await each(lambda z: branch(True, lambda: f(z, inside), lambda: f(one, both.left)), [one, y])

        return await each(row, ys)

    assert (await g.run(1, [10, 20])).value == [[14, 22], [24, 42]]


async def test_an_output_may_be_anything_that_was_drawn() -> None:
    """A constant, an input, a container, nothing."""

    @graph
    async def constant() -> int:
        return 5

    @graph
    async def same_again(x: int) -> int:
        return x

    @graph
    async def several(x: int) -> tuple[int, list[object]]:
        return x, [x, None, {"x": await f(x)}]

    @graph
    async def nothing(x: int) -> None:
        await f(x)

    assert (await constant.run()).value == 5
    assert (await same_again.run(3)).value == 3
    assert (await several.run(1)).value == (1, [1, None, {"x": 2}])
    assert (await nothing.run(1)).value is None


async def test_a_branch_or_loop_may_give_what_is_there_already() -> None:
    """Arms may be values of the body around them or constants, drawn without a call."""

    @node
    async def is_big(x: int) -> bool:
        return x > 3

    async def constant() -> int:
        return 7

    @graph
    async def g(x: int) -> list[int]:
        y = await f(x)

        async def around() -> int:
            return y

        return [await branch(await is_big(x), around, constant), await f(x)]

    assert (await g.run(9)).value == [10, 10]
    assert (await g.run(1)).value == [7, 2]


async def test_one_node_may_be_called_thousands_of_times() -> None:
    """A long body is drawn, checked and run without recursion."""

    @graph
    async def chain(x: int) -> int:
        for _ in range(3_000):
            x = await f(x)
        return x

    assert (await chain.run(0)).value == 3_000


def test_a_graph_inside_itself_is_refused() -> None:
    """The ring is named."""

    @graph
    async def outer(x: int) -> int:
        return await inner(x)

    @graph
    async def inner(x: int) -> int:
        return await outer(x)

    with pytest.raises(DefinitionError, match="outer -> inner -> outer"):
        outer.nodes  # noqa: B018 - the property draws
    assert [d.code for d in outer.check()] == ["LS110"]


def test_nodes_has_one_entry_for_each_drawn_place() -> None:
    """By path, with `[*]` for bodies; holes are told apart."""

    @graph
    async def sub(x: int) -> int:
        return await h(x)

    @graph
    async def g(x: int) -> list[int]:
        return await each(lambda y: f(y, x), [await sub(x), await f(x)])

    assert dict(g.nodes) == {"g/sub/h": h, "g/f": f, "g/each[*]/f": f}
    assert list(g.holes) == [h]
    assert list(g.with_fills(h.defer(1)).holes) == []


def test_a_mistyped_field_of_a_pydantic_model_is_said_while_drawing() -> None:
    """pydantic answers unknown names itself, which is no reason to believe in them."""

    class Model(BaseModel):
        claims: list[int]

    @node
    async def make(x: int) -> Model:
        return Model(claims=[x])

    @graph
    async def typo(x: int) -> Any:
        return (await make(x)).clams  # type: ignore[attr-defined]  # the mistake

    assert [d.code for d in typo.check()] == ["LS103"]


async def test_a_set_is_made_a_list_before_it_is_mapped_over() -> None:
    """A set has no order of its own, an iterator ends: the remedy is a node that makes a list of them."""

    @node
    async def some(x: int) -> set[int]:
        return {x}

    @graph
    async def g(x: int) -> list[int]:
        return await each(f, await some(x))

    (said,) = g.check()
    assert said.code == "LS204"
    assert "async def listed(items: set[int]) -> list[int]:\n    return sorted(items)" in said.help
    assert said.help.endswith("await each(f, await listed(await some(x)))")


async def test_a_deletion_is_said_once() -> None:
    """`del` is refused like any change in place, by the rule that knows the remedy."""

    @graph
    async def g(xs: list[int]) -> int:
        del xs[0]
        return await size(xs, {})

    assert [said.code for said in g.check()] == ["LS309"]


@both_backends
async def test_a_body_enters_nothing_that_waits(anyio_backend: str) -> None:
    """What is entered while a graph is drawn could not be left: it is refused first, and who runs the graph goes on."""

    @graph
    async def g(x: int) -> int:
        async with anyio.create_task_group() as group:
            group.cancel_scope.cancel()
        return await f(x)

    with anyio.CancelScope():
        with pytest.raises(DefinitionError, match=r"LS107 `async with anyio.create_task_group\(\) as group:` waits"):
            await g.run(1)
        await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize("pause", [anyio.sleep, asyncio.sleep, trio.sleep])
def test_a_body_that_waits_is_told_so_where_no_loop_runs(pause: Callable[[float], Any]) -> None:
    """The libraries raise errors of their own there, which speak of loops and not of the body."""

    @graph
    async def pauses(x: int) -> int:
        await pause(1)
        return await f(x)

    (fault,) = pauses.check()

    assert fault.code == "LS107"
    assert "`await pause(1)` awaits something that is not a node" in fault.message
    assert "await wait()" in fault.help
