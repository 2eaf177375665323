"""What is refused before anything runs: unsound graphs, and inputs that do not fit."""

import anyio
import pytest
from pydantic import BaseModel

from lift_sys import Engine, Graph, graph, node
from lift_sys.errors import DefinitionError, StoreError
from tests.backends import both_backends

ran: list[object] = []


class Point(BaseModel):
    x: int
    y: int = 0


@node
async def takes(x: object) -> int:
    ran.append(x)
    return len(ran)


@graph
async def g(x: int, names: list[str], at: Point | None = None) -> list[int]:
    return [await takes(x), await takes(names), await takes(at)]


@pytest.fixture(autouse=True)
def _fresh() -> None:
    ran.clear()


@both_backends
async def test_inputs_are_validated_all_at_once() -> None:
    """Every misfit is said, with the parameter, the value and the signature; nothing has run."""
    with pytest.raises(DefinitionError) as raised:
        await g.run("one", ["a", 2], at={"x": "?"})  # type: ignore[arg-type, list-item]

    assert [d.code for d in raised.value.diagnostics] == ["LS108"] * 3
    said = str(raised.value)
    for part in ("'one'", "['a', 2]", "x: int, names: list[str]"):
        assert part in said
    assert not ran


WRONG_CALLS: list[tuple[tuple[object, ...], dict[str, object], str]] = [
    ((), {}, "x"),
    ((1,), {}, "names"),
    ((1, [], None, 4), {}, "one more: 4"),
    ((1, []), {"where": 3}, "where"),
]


@pytest.mark.parametrize(("args", "kwargs", "word"), WRONG_CALLS, ids=[word for _, _, word in WRONG_CALLS])
async def test_a_call_that_does_not_fit_the_signature_is_refused(
    args: tuple[object, ...], kwargs: dict[str, object], word: str
) -> None:
    """Missing, unknown and superfluous arguments are named."""
    with pytest.raises(DefinitionError, match=word):
        await g.run(*args, **kwargs)  # type: ignore[arg-type]
    assert not ran


async def test_inputs_enter_as_they_are() -> None:
    """Fitting values are handed on; what is not given has its default."""
    point = Point(x=1)
    await g.run(1, ["a"], at=point)
    assert ran == [1, ["a"], point]
    ran.clear()
    await g.run(names=[], x=2)
    assert ran == [2, [], None]


@both_backends
async def test_an_unsound_graph_never_runs() -> None:
    """Every diagnostic is raised before any node runs, by `run`, by calling and by `stream`."""

    @graph
    async def unsound(x: int) -> int:
        first = await takes(x)
        takes(first)
        return first + 1

    found = unsound.check()
    assert [d.code for d in found]
    engine = Engine()
    with pytest.raises(DefinitionError) as raised:
        await unsound.run(1)
    assert tuple(raised.value.diagnostics) == tuple(found)
    with pytest.raises(DefinitionError):
        await unsound(1)
    with pytest.raises(DefinitionError):
        await anext(engine.stream(unsound, 1))
    assert not ran
    assert not await engine.runs()


async def test_events_are_told_as_they_happen() -> None:
    """`on_event` and `stream` give the events of the run, in order, with times that never go back."""
    told: list[str] = []
    engine = Engine(on_event=lambda event: told.append(f"{event.kind} {event.path}"))
    streamed = [event async for event in engine.stream(g, 1, [])]

    assert told == [f"{e.kind} {e.path}" for e in streamed]
    assert told[0] == "run.started "
    assert told[-1] == "run.finished "
    assert [e.seq for e in streamed] == list(range(len(streamed)))
    assert [e.at for e in streamed] == sorted(e.at for e in streamed)
    run = await engine.run(g, 1, [])
    assert {f"{e.kind} {e.path}" for e in run.events} == set(told)


async def test_an_unknown_run_is_refused() -> None:
    """Opening what is not there names what is."""
    engine = Engine()
    run = await engine.run(g, 1, [])
    with pytest.raises(StoreError, match=run.id):
        await engine.open("run-of-nobody", g)


async def test_only_graphs_are_run() -> None:
    """A node or a function is refused with the cure."""
    with pytest.raises(DefinitionError, match="@graph"):
        await Engine().run(takes, 1)  # type: ignore[arg-type]


def test_one_graph_runs_on_both_backends_in_turn() -> None:
    """Nothing of an engine belongs to one loop or one backend."""
    engine = Engine()
    for backend in ("asyncio", "trio", "asyncio"):

        async def scene() -> list[int]:
            return (await engine.run(g, 1, [])).value

        assert len(anyio.run(scene, backend=backend)) == 3


async def test_a_graph_may_be_run_many_times_at_once() -> None:
    """Runs of one graph do not meet."""
    found: dict[int, list[int]] = {}

    @node
    async def echo(x: int) -> int:
        await anyio.lowlevel.checkpoint()
        return x

    @graph
    async def echoes(x: int) -> list[int]:
        return [await echo(x), await echo(await echo(x))]

    async def one(made: Graph[[int], list[int]], x: int) -> None:
        found[x] = (await made.run(x)).value

    async with anyio.create_task_group() as group:
        for x in range(20):
            group.start_soon(one, echoes, x)
    assert found == {x: [x, x] for x in range(20)}
