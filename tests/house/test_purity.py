"""What decides does not wait, look at the clock, draw lots or open files."""

import ast
from collections.abc import Iterator

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
DELEGATES = {
    "lift_sys.define.combinators": {"_each_outside", "_loop_outside"},
    "lift_sys.define.graph": {"run", "_value_of"},
    "lift_sys.define.run": {"resume", "withdraw"},
}
"""Functions that only pass on what others await: to the port that the hall installs, or to what the caller gave."""
WAITING = {ast.Await: "await", ast.AsyncFor: "async for", ast.AsyncWith: "async with"}


def is_pure_room(source: Source) -> bool:
    return any(source.name == room or source.name.startswith(f"{room}.") for room in PURE)


def purity_faults(source: Source) -> list[str]:
    """Return each way in which a module touches the world."""
    faults = []
    for found in walk_but(source.tree, DELEGATES.get(source.name, set())):
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


def walk_but(tree: ast.AST, names: set[str]) -> Iterator[ast.AST]:
    """Walk a tree, but not into functions of these names."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if not (isinstance(child, ast.AsyncFunctionDef) and child.name in names):
            yield from walk_but(child, names)


def test_pure_rooms_do_not_touch_the_world() -> None:
    """define, check, resolve, errors and the machine of a run can be replayed from their arguments."""
    assert [fault for source in house() if is_pure_room(source) for fault in purity_faults(source)] == []


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


def test_delegates_are_delegates() -> None:
    """A function that may await holds one statement beside its docstring, or a loop over what it was given."""
    functions = {
        (source.name, found.name): found
        for source in house()
        for found in source.nodes
        if isinstance(found, ast.AsyncFunctionDef)
    }
    lengths = [len(functions[module, name].body) for module, names in DELEGATES.items() for name in names]

    assert max(lengths) <= 2
