"""What decides does not wait, look at the clock, draw lots or open files."""

import ast

import pytest

from tests.house.sources import Source, house, parse

PURE = ("lift_sys.define", "lift_sys.check", "lift_sys.resolve", "lift_sys.errors", "lift_sys.execute.run_state")
WORLDLY = frozenset(
    {
        "anyio", "asyncio", "datetime", "glob", "httpx", "httpx2", "io", "multiprocessing", "os", "pathlib", "random",
        "secrets", "select", "shutil", "signal", "socket", "sqlite3", "subprocess", "tempfile", "threading", "time",
        "trio", "urllib", "uuid",
    }
)  # fmt: skip
WAITING = {ast.Await: "await", ast.AsyncFor: "async for", ast.AsyncWith: "async with"}


def is_pure_room(source: Source) -> bool:
    return any(source.name == room or source.name.startswith(f"{room}.") for room in PURE)


def purity_faults(source: Source) -> list[str]:
    """Return each way in which a module touches the world."""
    faults = []
    for found in ast.walk(source.tree):
        place = f"{source.path}:{getattr(found, 'lineno', 0)}"
        if type(found) in WAITING:
            faults.append(f"{place}: {WAITING[type(found)]}")
        elif isinstance(found, ast.Import):
            faults += [f"{place}: import {a.name}" for a in found.names if a.name.split(".")[0] in WORLDLY]
        elif isinstance(found, ast.ImportFrom) and (found.module or "").split(".")[0] in WORLDLY:
            faults.append(f"{place}: from {found.module} import ...")
        elif isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.func.id in {"open", "input"}:
            faults.append(f"{place}: {found.func.id}(...)")
    return faults


@pytest.mark.parametrize("source", [s for s in house() if is_pure_room(s)], ids=lambda source: source.name)
def test_pure_rooms_do_not_touch_the_world(source: Source) -> None:
    """define, check, resolve, errors and the machine of a run can be replayed from their arguments."""
    assert purity_faults(source) == []


@pytest.mark.parametrize(
    "text",
    [
        "async def f(x):\n    return await x",
        "async def f(x):\n    async with x: pass",
        "import os.path",
        "from time import monotonic",
        "def f():\n    import random",
        "def f():\n    return open('x')",
    ],
)
def test_a_touch_of_the_world_is_noticed(text: str) -> None:
    """Waiting, clocks, chance and files are faults, wherever they hide."""
    assert len(purity_faults(parse("lift_sys.define.graph", text))) == 1


def test_an_async_signature_alone_is_pure() -> None:
    """A pure room may hand out awaitables; it may not wait for them."""
    assert purity_faults(parse("lift_sys.define.graph", "async def f(x): return x")) == []
