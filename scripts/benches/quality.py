"""How good the main job is: 30 easy prompts, two visible examples each, five hidden ones.

scripts/bench quality [--limit N] [--only ID,...] [--model M] [-n N] [--seed S] [--yes] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import anyio

from lift_sys.errors import LiftError
from lift_sys.judges import Case, Job, open_sandbox
from lift_sys.pipeline import Result, Task, accept, defer, generate, read_example

PROMPTS = Path(__file__).resolve().parents[2] / "tests" / "quality" / "easy_prompts.jsonl"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench quality", description=__doc__)
    parser.add_argument("--limit", type=int, default=None, help="only the first N prompts")
    parser.add_argument("--only", default="", help="only these ids, separated by commas")
    parser.add_argument("--model", default=None, help="a model string; the embedded model without one")
    parser.add_argument("-n", type=int, default=32, help="programs to ask for, per prompt")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--yes", action="store_true", help="accept the best fit of every open point")
    parser.add_argument("--no-examples", action="store_true", help="give the prose alone")
    parser.add_argument("--json", default=None, metavar="FILE", help="write every result to FILE")
    given = parser.parse_args(argv)
    rows = [json.loads(line) for line in PROMPTS.read_text(encoding="utf-8").splitlines()]
    wanted = [name for name in given.only.split(",") if name]
    rows = [row for row in rows if not wanted or row["id"] in wanted][: given.limit]
    results = anyio.run(_measure, rows, given)
    _print_summary(results, given)
    if given.json:
        Path(given.json).write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


async def _measure(rows: Sequence[dict[str, Any]], given: argparse.Namespace) -> list[dict[str, Any]]:
    results = []
    for row in rows:
        results.append(await _one(row, given))
        shown = results[-1]
        mark = "right" if shown["right"] else "wrong" if shown["code"] else "none "
        print(
            f"{row['id']:<16} {mark} {'verified' if shown['verified'] else '        '} {shown['seconds']:6.1f} s"
            f"  {shown['candidates']}  {shown['note']}",
            flush=True,
        )
    return results


async def _one(row: dict[str, Any], given: argparse.Namespace) -> dict[str, Any]:
    started = time.perf_counter()
    examples = () if given.no_examples else tuple(row["examples"])
    task = Task(prompt=row["prompt"], examples=examples, n=given.n, seed=given.seed)
    try:
        result: Result | None = (await generate(task, model=given.model, decider=accept if given.yes else defer)).result
        note = ""
    except LiftError as fault:
        result, note = None, str(fault)[:100]
    seconds = time.perf_counter() - started
    code = result.code if result else None
    return {
        "id": row["id"],
        "right": await _is_right(code, result.ir.signature.name, row) if result and code else False,
        "verified": bool(result and result.verified),
        "seconds": round(seconds, 2),
        "candidates": "/".join(map(str, vars(result.candidates).values())) if result else "",
        "holes": [f"{point.kind}: {point.about}" for point in result.holes] if result else [],
        "evidence": list(result.evidence) if result else [],
        "code": code,
        "note": note or "; ".join(f"{point.kind} {point.about}" for point in result.holes)[:90] if result else note,
    }


async def _is_right(code: str, name: str, row: dict[str, Any]) -> bool:
    hidden = [read_example(text) for text in (*row["examples"], *row["hidden"])]
    sandbox = await open_sandbox()
    try:
        job = Job(code, name, tuple(Case(one.args, one.value) for one in hidden))
        return (await sandbox.run(job)).verdict == "pass"
    finally:
        await sandbox.aclose()


def _print_summary(results: Sequence[dict[str, Any]], given: argparse.Namespace) -> None:
    right = sum(one["right"] for one in results)
    claimed = sum(one["verified"] for one in results)
    false = sum(one["verified"] and not one["right"] for one in results)
    seconds = [one["seconds"] for one in results]
    print(
        f"\nright {right} of {len(results)}; claimed verified {claimed}; claimed but wrong {false}; "
        f"median {statistics.median(seconds):.1f} s, slowest {max(seconds):.1f} s, sum {sum(seconds):.0f} s"
    )
    print(
        f"model {given.model or 'local'}, n <= {given.n}, seed {given.seed}, "
        f"{'no examples' if given.no_examples else 'two examples each'}, {os.cpu_count()} cores, "
        f"load {os.getloadavg()[0]:.1f}, Python {sys.version.split()[0]}"
    )


if __name__ == "__main__":
    sys.exit(main())
