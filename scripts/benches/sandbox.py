"""What safety costs: how fast programs are judged behind the full wall.

Every figure is of whole verdicts: program sent, wall raised, cases answered, values compared, process reaped.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import anyio

from lift_sys.judges import Case, Job, Sandbox, open_sandbox
from lift_sys.judges.sandbox.inside.importable import WARM

PROGRAM = """
def solve(text):
    vowels = 0
    for letter in text:
        if letter in "aeiou":
            vowels += 1
    return vowels
"""
CASES = tuple(
    Case((text,), vowels) for text, vowels in (("hello", 2), ("", 0), ("aeiou", 5), ("xyz", 0), ("banana", 3))
)
JOB = Job(PROGRAM, cases=CASES)


@dataclass(frozen=True)
class Row:
    """One line of the table; `more` says whether more is better."""

    what: str
    measured: float
    bar: float
    stretch: float
    unit: str
    more: bool = False

    def __str__(self) -> str:
        def reached(goal: float) -> bool:
            return self.measured >= goal if self.more else self.measured <= goal

        verdict = "stretch" if reached(self.stretch) else "bar" if reached(self.bar) else "MISSED"
        sign = ">=" if self.more else "<="
        return (
            f"| {self.what} | {self.measured:,.1f} {self.unit} | {sign} {self.bar:g} | {self.stretch:g} | {verdict} |"
        )


async def judged(sandbox: Sandbox, job: Job = JOB) -> float:
    """Return the seconds one passing verdict took."""
    began = time.perf_counter()
    verdict = await sandbox.run(job)
    if verdict.verdict != "pass":
        raise SystemExit(f"a right program did not pass: {verdict}")
    return time.perf_counter() - began


async def latency(level: str | None, rounds: int) -> tuple[list[Row], str]:
    """Measure one candidate at a time, warm, and the memory of the interpreter that waits."""
    sandbox = await open_sandbox(level)
    try:
        for _ in range(50):
            await judged(sandbox)
        seconds = sorted([await judged(sandbox) for _ in range(rounds)])
        waiting = _resident_mb(_children(os.getpid()))
    finally:
        await sandbox.aclose()
    p50, p99 = statistics.median(seconds) * 1e3, seconds[int(rounds * 0.99)] * 1e3
    rows = [
        Row("one candidate, warm, full isolation, p50", p50, 6, 4, "ms"),
        Row("one candidate, warm, full isolation, p99", p99, 20, 8, "ms"),
        Row("a waiting zygote (resident)", waiting, 35, 25, "MB"),
    ]
    return rows, f"{sandbox.isolation.level}: {', '.join(sandbox.isolation.layers)}"


async def parallel(count: int, together: int, one: Callable[[], Awaitable[object]]) -> float:
    """Return how many of `one` were done a second, `together` at once."""
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await one()

    began = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(together):
            group.start_soon(work)
    return count / (time.perf_counter() - began)


async def throughput(level: str | None, rounds: int) -> list[Row]:
    """Measure candidates a second, and the same through a fresh interpreter for each, in turns."""
    cores = len(os.sched_getaffinity(0))
    imports = ";".join(f"import {name}" for name in WARM)
    fresh = [
        sys.executable,
        "-I",
        "-c",
        f"{imports}\n{PROGRAM}\nfor c in {[c.args[0] for c in CASES]!r}: print(solve(c))",
    ]

    async def start_fresh() -> None:
        await anyio.run_process(fresh)

    sandbox = await open_sandbox(level, workers=cores)
    try:
        await parallel(100, cores * 2, lambda: judged(sandbox))
        ours, theirs = [], []
        for _ in range(3):
            ours.append(await parallel(rounds, cores * 2, lambda: judged(sandbox)))
            theirs.append(await parallel(max(10, rounds // 20), cores, start_fresh))
    finally:
        await sandbox.aclose()
    best, reference = statistics.median(ours), statistics.median(theirs)
    return [
        Row(f"candidates a second, {cores} cores, full verdicts", best, 250, 450, "/s", more=True),
        Row("over a fresh python -I with the same imports", best / reference, 6, 10, "x", more=True),
    ]


async def calls(level: str | None, count: int) -> list[Row]:
    """Measure calls through the wall, each answer compared."""
    values = [[n, {"n": str(n)}] for n in range(count)]
    job = Job("def solve(x): return x", cases=tuple(Case((value,), value) for value in values), timeout=60)
    sandbox = await open_sandbox(level)
    try:
        seconds = min([await judged(sandbox, job) for _ in range(5)])
    finally:
        await sandbox.aclose()
    return [Row("calls through the wall, compared", count / seconds, 15_000, 30_000, "/s", more=True)]


def cold(rounds: int) -> list[Row]:
    """Measure the command line from nothing to its exit."""
    command = str(Path(sys.executable).parent / "lift-sys")
    with tempfile.TemporaryDirectory() as folder:
        program, cases = Path(folder) / "program.py", Path(folder) / "cases.json"
        program.write_text(PROGRAM)
        cases.write_text(json.dumps([{"args": list(case.args), "expected": case.expected} for case in CASES]))
        seconds = []
        for _ in range(rounds):
            began = time.perf_counter()
            done = subprocess.run(
                [command, "verify", str(program), "--cases", str(cases)], capture_output=True, check=True
            )
            seconds.append(time.perf_counter() - began)
            if json.loads(done.stdout.splitlines()[-1])["verdict"] != "pass":
                raise SystemExit(f"the command line did not pass a right program: {done.stdout!r}")
    return [Row("cold CLI", statistics.median(seconds) * 1e3, 300, 200, "ms")]


def _children(parent: int) -> list[int]:
    stats = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stats[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    return [pid for pid, its_parent in stats.items() if its_parent == parent]


def _resident_mb(pids: list[int]) -> float:
    pages = [int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids]
    return sum(pages) * os.sysconf("SC_PAGESIZE") / 2**20


async def measure(level: str | None, rounds: int) -> list[Row]:
    """Return every row."""
    found, about = await latency(level, rounds)
    print(about, file=sys.stderr)
    found += await throughput(level, rounds)
    found += await calls(level, 30_000)
    return found + cold(11)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--level", help="the level to measure; the strongest of this machine if not said")
    parser.add_argument("--rounds", type=int, default=400, help="candidates per measurement")
    given = parser.parse_args()
    rows = anyio.run(measure, given.level, given.rounds)
    print("| what | measured | bar | stretch | |\n|---|---|---|---|---|")
    print("\n".join(map(str, rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
