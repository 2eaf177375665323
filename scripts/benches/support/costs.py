"""What a graph costs beside running it: drawing, checking, planning, memory."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from lift_sys import Engine, Graph, graph
from scripts.benches.support.drawn import Nodes, drawn, nodes_of
from scripts.benches.support.measuring import Row, ratio, timed
from scripts.benches.support.shapes import Dag, bodies, by_tasks, layered

SEED = 5


def planning(rounds: int) -> Iterator[Row]:
    """Drawing, check and planning over building the same networkx.DiGraph."""
    import networkx as nx

    dag, made, engine = layered(10, 100), bodies(None), Engine()
    nodes = nodes_of(made)

    def with_networkx() -> None:
        found: nx.DiGraph[int] = nx.DiGraph()
        for k, parents in enumerate(dag.parents):
            found.add_node(k, node=made[len(parents)])
            for parent in parents:
                found.add_edge(parent, k)

    def with_lift_sys(shape: Graph[..., list[int]]) -> None:
        if shape.check():
            raise AssertionError("the graph is unsound")
        engine.plan(shape)

    found = ratio(lambda: timed(lambda: with_lift_sys(drawn(dag, nodes))), lambda: timed(with_networkx), 2 * rounds)
    what = f"drawing + check() + planning, {dag.name}, over building the same networkx.DiGraph"
    yield Row(what, found, 4, 2.5)
    with tempfile.TemporaryDirectory() as folder:
        body = _written_out(dag, nodes, folder)
        found = ratio(lambda: timed(lambda: with_lift_sys(graph(body))), lambda: timed(with_networkx), 2 * rounds)
    yield Row("the same, each call on a line of its own", found, 4, 2.5)


def _written_out(dag: Dag, nodes: Nodes, folder: str) -> Callable[[int], Awaitable[list[int]]]:
    """Return a body that calls each node of a DAG on a line of its own, its source in a file."""
    lines = ["async def shape(seed):"]
    for k, parents in enumerate(dag.parents):
        lines.append(f"    v{k} = await node{len(parents)}({', '.join(f'v{p}' for p in parents) or 'seed'})")
    lines.append(f"    return [{', '.join(f'v{k}' for k in dag.outputs)}]")
    file = Path(folder, "written_out.py")
    file.write_text("\n".join(lines))
    space: dict[str, Any] = {f"node{count}": made for count, made in enumerate(nodes)}
    exec(compile(file.read_text(), str(file), "exec"), space)
    body: Callable[[int], Awaitable[list[int]]] = space["shape"]
    body.__annotations__ = {"seed": int, "return": list[int]}
    return body


def memory(_rounds: int) -> Iterator[Row]:
    """Peak memory per step, drawing included, over a task per node; the values themselves take none."""
    dag, made = layered(10, 100), bodies(lambda: asyncio.sleep(0))
    nodes = nodes_of(made)

    def ours() -> None:
        engine, shape = Engine(), drawn(dag, nodes)
        if asyncio.run(engine.run(shape, SEED)).value != dag.result(SEED):
            raise AssertionError("a value is wrong")

    def by_hand() -> None:
        asyncio.run(by_tasks(dag, made, SEED))

    mine, reference = peak(ours), peak(by_hand)
    steps = len(dag.parents)
    note = f"{mine / steps:.0f} over {reference / steps:.0f} bytes a step"
    what = f"peak memory per step beyond the values, {dag.name}, drawing included"
    yield Row(what, mine / reference, 0.7, 0.45, note=note)


def peak(work: Callable[[], object]) -> int:
    """Return the most bytes that some work held beyond what was there before; the second time it runs."""
    work()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def large(rounds: int) -> Iterator[Row]:
    """A graph of 100,000 steps, drawn, planned and run in a process of its own."""
    found = sorted(_in_a_process() for _ in range(max(3, rounds // 8)))
    waited, worked, _ = found[len(found) // 2]
    note = f"{worked:.2f} s of processor time"
    yield Row("100,000-step graph, drawn, planned and run", waited, 2.5, 1.2, unit="s", note=note)
    yield Row("the same, process at its largest", max(megabytes for _, _, megabytes in found), 250, unit="MB")


def _in_a_process() -> tuple[float, float, float]:
    command = [sys.executable, "-m", "scripts.benches.support.costs"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    waited, worked, megabytes = json.loads(said)
    return waited, worked, megabytes


def _large_alone() -> None:
    """Print the seconds that the large graph takes by the wall and of the processor, and the process's megabytes."""
    dag, nodes = layered(1000, 100), nodes_of(bodies(lambda: asyncio.sleep(0)))
    want = dag.result(SEED)
    asyncio.run(Engine().run(drawn(layered(2, 10), nodes), SEED))
    got: list[list[int]] = []

    began, before = time.perf_counter(), time.process_time()
    got.append(asyncio.run(Engine().run(drawn(dag, nodes), SEED)).value)
    waited, worked = time.perf_counter() - began, time.process_time() - before
    if got != [want]:
        raise AssertionError("a value is wrong")
    print(json.dumps([waited, worked, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))


EDGES = 200
_CHAIN = """from pydantic import BaseModel

from lift_sys import Graph, node


class Item(BaseModel):
    number: int


@node
async def n0(seed: int) -> Item:
    return Item(number=seed)

{steps}

wide = Graph.from_nodes({names}, output=n{last}, name="wide")
"""
_STEP = """
@node
async def n{k}(n{before}: Item) -> Item:
    return n{before}
"""


def inferred_edges(rounds: int) -> Iterator[Row]:
    """`lift-sys check` of 200 inferred edges, with and without a cache of the type checker."""
    steps = "".join(_STEP.format(k=k, before=k - 1) for k in range(1, EDGES + 1))
    names = ", ".join(f"n{k}" for k in range(EDGES + 1))
    cold: list[tuple[float, float]] = []
    warm: list[tuple[float, float]] = []
    for _ in range(max(1, rounds // 10)):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "wide_graph.py").write_text(_CHAIN.format(steps=steps, names=names, last=EDGES))
            cold.append(_checked(folder))
            warm.extend(_checked(folder) for _ in range(3))
    for label, found, bar, stretch in (("cold", cold, 3, 2), ("warm", warm, 0.5, 0.3)):
        waited, worked = (statistics.median(column) for column in zip(*found, strict=True))
        note = f"{worked:.2f} s of processor time"
        yield Row(f"`lift-sys check`: {EDGES} inferred edges, {label}", waited, bar, stretch, unit="s", note=note)


def _checked(folder: str) -> tuple[float, float]:
    """Return the seconds of one command as a user waits for it, and of the processor; its verdict is checked."""
    command = [sys.executable, "-m", "lift_sys", "check", "wide_graph:wide"]
    environment = {**os.environ, "XDG_CACHE_HOME": f"{folder}/cache"}
    began, before = time.perf_counter(), _worked_for_us()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if "is sound" not in done.stdout:
        raise AssertionError(f"lift-sys check said: {done.stdout}{done.stderr}")
    return seconds, _worked_for_us() - before


def _worked_for_us() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    _large_alone()
