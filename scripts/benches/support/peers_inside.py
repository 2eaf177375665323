"""The peers, run in an environment of their own; needs the standard library and what is measured.

Reads one request as JSON from standard input and prints one line of JSON for it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from importlib import import_module
from random import Random
from typing import Any

from scripts.benches.support.measuring import in_turns
from scripts.benches.support.shapes import MODULUS, Body, Dag, bodies, by_tasks, layered, random_dag
from scripts.benches.support.virtual import run_virtually

SEED = 5
Start = Callable[[int], Awaitable[list[int]]]
BodyOf = Callable[[int], Body]
"""The function of each node, by its number."""


# --- the peers: each builds the DAG once and returns what starts it ---------------------------------------------------


def langgraph(dag: Dag, body_of: BodyOf) -> Start:
    """One channel that is merged, an edge from all parents of a node at once."""
    import operator
    from typing import Annotated, TypedDict

    library: Any = import_module("langgraph.graph")
    merged: Any = Annotated[dict, operator.or_]
    state_type: Any = TypedDict("state_type", {"values": merged})

    def node_of(k: int) -> Callable[..., Awaitable[dict[str, dict[int, int]]]]:
        parents, fn = dag.parents[k], body_of(k)

        async def run(state):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - this library reads hints
            values = state["values"]
            return {"values": {k: await fn(*([values[p] for p in parents] or [values[-1]]))}}

        return run

    builder: Any = library.StateGraph(state_type)
    for k, parents in enumerate(dag.parents):
        builder.add_node(f"n{k}", node_of(k))
        builder.add_edge([f"n{p}" for p in parents] if parents else library.START, f"n{k}")
    compiled = builder.compile()

    async def start(seed: int) -> list[int]:
        found = await compiled.ainvoke({"values": {-1: seed}}, {"recursion_limit": 10_000})
        return [found["values"][k] for k in dag.outputs]

    return start


def pydantic_graph(dag: Dag, body_of: BodyOf) -> Start:
    """Edges by broadcast, a join before each node of several parents."""
    library: Any = import_module("pydantic_graph")
    builder = library.GraphBuilder(input_type=int, output_type=dict[int, int])

    def joined(name: str) -> Any:
        return builder.join(library.reduce_dict_update, initial_factory=dict, node_id=name)

    steps = [builder.step(_step(dag, k, body_of(k)), node_id=f"n{k}") for k in range(len(dag.parents))]
    entries = [joined(f"j{k}") if len(parents) > 1 else steps[k] for k, parents in enumerate(dag.parents)]
    last = joined("last")
    roots = [steps[k] for k, parents in enumerate(dag.parents) if not parents]
    builder.add(builder.edge_from(builder.start_node).to(*roots))
    after: list[list[Any]] = [[] for _ in steps]
    for k, parents in enumerate(dag.parents):
        for p in parents:
            after[p].append(entries[k])
        if entries[k] is not steps[k]:
            builder.add(builder.edge_from(entries[k]).to(steps[k]))
    for k, targets in enumerate(after):
        builder.add(builder.edge_from(steps[k]).to(*(targets or [last])))
    builder.add(builder.edge_from(last).to(builder.end_node))
    graph = builder.build()

    async def start(seed: int) -> list[int]:
        found = await graph.run(inputs=seed)
        return [found[k] for k in _all_there(found, dag.outputs)]

    return start


def _step(dag: Dag, k: int, fn: Body) -> Callable[[Any], Awaitable[dict[int, int]]]:
    parents = dag.parents[k]

    async def run(ctx: Any) -> dict[int, int]:
        given = [ctx.inputs[p] for p in _all_there(ctx.inputs, parents)] if parents else [ctx.inputs]
        return {k: await fn(*given)}

    return run


def _all_there(found: dict[int, int], wanted: tuple[int, ...]) -> tuple[int, ...]:
    if missing := set(wanted) - found.keys():
        raise WentOn(f"a join let go without {missing}")
    return wanted


class WentOn(Exception):
    """A join let go before all that it waits for had arrived."""


async def hamilton(dag: Dag, body_of: BodyOf) -> Start:
    """A module of one function per node, whose parameters are named by its parents."""
    tools: Any = import_module("hamilton.ad_hoc_utils")
    drivers: Any = import_module("hamilton.async_driver")
    made = []
    for k, parents in enumerate(dag.parents):
        names = [f"n{p}" for p in parents] or ["seed"]
        declared = ", ".join(f"{name}: int" for name in names)
        text = f"async def n{k}({declared}) -> int:\n    return await fn({', '.join(names)})"
        space: dict[str, Any] = {"fn": body_of(k)}
        exec(text, space)
        made.append(space[f"n{k}"])
    module = tools.create_temporary_module(*made, module_name="measured")
    driver = await drivers.Builder().with_modules(module).build()
    names = [f"n{k}" for k in dag.outputs]

    async def start(seed: int) -> list[int]:
        found = await driver.execute(names, inputs={"seed": seed})
        return [found[name] for name in names]

    return start


def haystack(dag: Dag, body_of: BodyOf) -> Start:
    """A component per node, a socket per parent."""
    library: Any = import_module("haystack")
    component = library.component

    @component
    class Node:
        def __init__(self, k: int) -> None:
            self.fn, self.names = body_of(k), [f"p{p}" for p in dag.parents[k]] or ["seed"]
            component.set_input_types(self, **dict.fromkeys(self.names, int))
            component.set_output_types(self, value=int)

        def run(self, **given: int) -> dict[str, int]:
            raise NotImplementedError

        async def run_async(self, **given: int) -> dict[str, int]:
            return {"value": await self.fn(*[given[name] for name in self.names])}

    pipeline = library.Pipeline()
    for k in range(len(dag.parents)):
        pipeline.add_component(f"n{k}", Node(k))
    for k, parents in enumerate(dag.parents):
        for p in parents:
            pipeline.connect(f"n{p}.value", f"n{k}.p{p}")
    roots = [f"n{k}" for k, parents in enumerate(dag.parents) if not parents]

    async def start(seed: int) -> list[int]:
        found = await pipeline.run_async({root: {"seed": seed} for root in roots}, concurrency_limit=1000)
        return [found[f"n{k}"]["value"] for k in dag.outputs]

    return start


PEERS: dict[str, Callable[[Dag, BodyOf], Any]] = {
    "hamilton": hamilton,
    "haystack": haystack,
    "langgraph": langgraph,
    "pydantic-graph": pydantic_graph,
}


# --- what is asked ----------------------------------------------------------------------------------------------------


def measure(name: str, rounds: int) -> dict[str, Any]:
    """Return a peer's median seconds and those of a task per node, in turns; its values are checked."""
    dag, made = layered(10, 100), bodies(lambda: asyncio.sleep(0))
    wrong = 0

    async def prepared() -> Start:
        start: Any = PEERS[name](dag, lambda k: made[len(dag.parents[k])])
        return await start if asyncio.iscoroutine(start) else start  # type: ignore[no-any-return]

    with asyncio.Runner() as runner:
        began = time.perf_counter()
        start = runner.run(prepared())
        built = time.perf_counter() - began

        def timed(work: Callable[[], Awaitable[list[int]]], want: list[int]) -> float:
            nonlocal wrong

            async def measured() -> float:
                nonlocal wrong
                gc.collect()
                began = time.process_time()
                got = await work()
                seconds = time.process_time() - began
                wrong += got != want
                return seconds

            return runner.run(measured())

        found = in_turns(
            {
                "peer": lambda: timed(lambda: start(SEED), dag.result(SEED)),
                "hand": lambda: timed(lambda: by_tasks(dag, made, SEED), dag.values(SEED)),
            },
            rounds,
        )
    return {"seconds": found["peer"], "hand": found["hand"], "built": built, "wrong": wrong}


def judge_joins(seconds: float, most: int) -> dict[str, int]:
    """Run pydantic-graph on random DAGs with unequal latencies for a while; return how often it was wrong."""
    found = {"tried": 0, "right": 0, "wrong": 0, "went on too early": 0, "refused": 0}
    until = time.perf_counter() + seconds
    while found["tried"] < most and time.perf_counter() < until:
        dag, body_of = unequal(found["tried"])
        found["tried"] += 1
        try:
            start = pydantic_graph(dag, body_of)
            got = run_virtually(started(start))
        except WentOn:
            found["went on too early"] += 1
        except Exception:  # noqa: BLE001 - a peer may refuse a DAG in any way: that is what is counted
            found["refused"] += 1
        else:
            found["right" if got == dag.result(SEED) else "wrong"] += 1
    return found


async def started(start: Start) -> list[int]:
    return await start(SEED)


def unequal(number: int) -> tuple[Dag, BodyOf]:
    """Return the random DAG of a number, and bodies that take unequal times."""
    random = Random(number)
    dag = random_dag(random)
    waits = [random.choice((0.0, 0.001, 0.01, 0.1)) for _ in dag.parents]

    def body_of(k: int) -> Body:
        async def body(*values: int) -> int:
            await asyncio.sleep(waits[k])
            return (sum(values) + 1) % MODULUS if dag.parents[k] else values[0]

        return body

    return dag, body_of


def main() -> None:
    os.environ.update(HAYSTACK_TELEMETRY_ENABLED="False", HAMILTON_TELEMETRY_ENABLED="false", LANGSMITH_TRACING="false")
    asked = json.load(sys.stdin)
    peer = asked.pop("peer", None)
    found = judge_joins(**asked) if peer is None else measure(peer, **asked)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
