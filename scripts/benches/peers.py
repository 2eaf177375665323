"""The same DAGs on LangGraph, pydantic-graph, Hamilton and Haystack, as multiples of a task per node.

The peers are installed in an environment of their own and never become dependencies. Every value is checked. Then
random DAGs whose nodes take unequal times: all of ours on a virtual clock, and the joins of pydantic-graph as many as
fit into the time that is given.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path
from typing import Any

from lift_sys import Engine, graph, node
from lift_sys.testing import virtual_time
from scripts.benches.support.measuring import in_turns, load
from scripts.benches.support.peers_inside import PEERS, SEED, unequal
from scripts.benches.support.shapes import bodies, layered
from scripts.benches.support.speed import by_hand, prepared

INSTALLED = ("langgraph>=1.2,<2", "pydantic-graph>=2.62,<3", "sf-hamilton>=1.89", "haystack-ai>=3.4,<4")


def environment(place: Path | None) -> Path:
    """Return the Python of the peers' environment, made at its first use."""
    digest = hashlib.blake2b(repr((INSTALLED, sys.version)).encode(), digest_size=6).hexdigest()
    where = place or Path(tempfile.gettempdir()) / f"lift-sys-peers-{digest}"
    python, done = where / "bin" / "python", where / "installed"
    if not done.exists():
        print(f"installing {', '.join(INSTALLED)} in {where} ...", file=sys.stderr)
        venv.create(where, clear=True, with_pip=False, symlinks=True)
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        subprocess.run([*pip, "--disable-pip-version-check", *INSTALLED], check=True, stdout=sys.stderr)
        done.touch()
    return python


def asked(python: Path, question: dict[str, Any]) -> dict[str, Any]:
    """Return what the peers' process answers."""
    command = [str(python), "-m", "scripts.benches.support.peers_inside"]
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(command, input=json.dumps(question), capture_output=True, text=True, env=quiet)
    if done.returncode:
        return {"failed": done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "no answer"}
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def ours(rounds: int) -> dict[str, float]:
    """Return the medians of our engine and of a task per node."""
    dag, made = layered(10, 100), bodies(lambda: asyncio.sleep(0))
    limits = {"ours, 8 at once": 8, "ours, 64 at once": 64}
    engines = {name: prepared(dag, made, Engine(concurrency=limit)) for name, limit in limits.items()}
    return in_turns({"hand": by_hand(dag, made), **engines}, rounds)


def sweep(count: int) -> int:
    """Run random DAGs of ours with unequal latencies on a virtual clock; return how many gave a wrong value."""
    return sum(not _is_right(number) for number in range(count))


def _is_right(number: int) -> bool:
    dag, body_of = unequal(number)
    nodes = [node(body_of(k)) for k in range(len(dag.parents))]

    async def shape(seed: int) -> list[int]:
        refs: list[Any] = []
        for k, parents in enumerate(dag.parents):
            refs.append(await nodes[k](*([refs[p] for p in parents] or [seed])))
        return [refs[k] for k in dag.outputs]

    async def run() -> list[int]:
        clock = asyncio.get_running_loop().time
        found = await Engine(concurrency=1 + number % 9, clock=clock).run(graph(shape), SEED)
        values: list[int] = found.value
        return values

    return virtual_time(run) == dag.result(SEED)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each contender runs; medians are compared")
    parser.add_argument("--dags", type=int, default=10_000, help="random DAGs for ours")
    parser.add_argument("--seconds", type=float, default=60, help="time for random DAGs of pydantic-graph")
    parser.add_argument("--most", type=int, default=4000, help="at most so many of these")
    parser.add_argument("--environment", type=Path, help="where the peers are installed; a temporary folder else")
    parser.add_argument("--json", metavar="FILE", help="write the figures as JSON too")
    given = parser.parse_args()
    print(load())
    python = environment(given.environment)
    figures: dict[str, Any] = {}
    print("| layered 10x100, bodies suspend once | x a task per node | values | to build |\n|---|---|---|---|")
    mine = ours(max(9, given.rounds))
    for name in list(mine)[1:]:
        figures[name] = mine[name] / mine["hand"]
        print(f"| {name} | {figures[name]:.2f} | right | |")
    for name in PEERS:
        found = asked(python, {"peer": name, "rounds": given.rounds})
        figures[name] = found
        if "failed" in found:
            print(f"| {name} | failed: {found['failed']} | | |")
            continue
        times, values = found["seconds"] / found["hand"], f"{found['wrong']} runs wrong" if found["wrong"] else "right"
        print(f"| {name} | {times:.0f} | {values} | {found['built']:.1f} s |", flush=True)
    began = time.perf_counter()
    wrong = sweep(given.dags)
    print(f"\nrandom DAGs with unequal latencies, virtual clock: ours wrong on {wrong} of {given.dags}", end=" ")
    print(f"({time.perf_counter() - began:.0f} s)", flush=True)
    joins = asked(python, {"seconds": given.seconds, "most": given.most})
    print(f"joins of pydantic-graph on the same DAGs: {joins}\n{load()}")
    if given.json:
        figures |= {"sweep": {"dags": given.dags, "wrong": wrong}, "joins": joins}
        Path(given.json).write_text(json.dumps(figures, indent=1) + "\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
