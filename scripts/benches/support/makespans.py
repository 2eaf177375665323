"""Virtual seconds: how close a run comes to what no scheduler can beat."""

from __future__ import annotations

import asyncio
import math
import statistics
from collections.abc import Awaitable, Iterator
from random import Random
from typing import Any

from lift_sys import Engine, graph, node
from lift_sys.testing import virtual_time
from scripts.benches.support.measuring import Row
from scripts.benches.support.shapes import Dag, layered

SEEDS = 30


def latencies(dag: Dag, seed: int) -> list[float]:
    """Return a latency for each node: lognormal with a median of 20 ms and a sigma of 0.5."""
    random = Random(seed)
    return [random.lognormvariate(math.log(0.020), 0.5) for _ in dag.parents]


def critical_path(dag: Dag, waits: list[float]) -> float:
    """Return the longest chain of latencies."""
    ends: list[float] = []
    for k, parents in enumerate(dag.parents):
        ends.append(max((ends[p] for p in parents), default=0.0) + waits[k])
    return max(ends)


def makespan(dag: Dag, waits: list[float], limit: float) -> float:
    """Return the virtual seconds of one run, its value checked."""

    async def step(k: int, values: list[int]) -> int:
        await asyncio.sleep(waits[k])
        return k if tuple(values) == dag.parents[k] else -1

    made = node(step)

    async def body() -> list[int]:
        refs: list[Any] = []
        for k, parents in enumerate(dag.parents):
            refs.append(await made(k, [refs[p] for p in parents]))
        return [refs[k] for k in dag.outputs]

    async def measured() -> float:
        loop = asyncio.get_running_loop()
        began = loop.time()
        running: Awaitable[Any] = Engine(concurrency=limit, clock=loop.time).run(graph(body))
        run = await running
        if run.value != list(dag.outputs):
            raise AssertionError(f"{dag.name}: {run.value!r:.200}")
        return loop.time() - began

    return virtual_time(measured)


def rows(_rounds: int) -> Iterator[Row]:
    """Without a limit over the critical path; with one over what the path and the work allow."""
    dag = layered(10, 100)
    free, limited = [], []
    for seed in range(SEEDS):
        waits = latencies(dag, seed)
        path = critical_path(dag, waits)
        free.append(makespan(dag, waits, math.inf) / path)
        limited.append(makespan(dag, waits, 8) / max(path, sum(waits) / 8))
    note = f"virtual clock, {SEEDS} seeds"
    yield Row(f"makespan over the critical path, {dag.name}, no limit, worst", max(free), 1.0005, note=note)
    what = f"makespan over max(path, work/8), {dag.name}, limit 8"
    yield Row(f"{what}, median", statistics.median(limited), 1.012, 1.008, note=note)
    yield Row(f"{what}, worst", max(limited), 1.03, 1.02, note=note)
