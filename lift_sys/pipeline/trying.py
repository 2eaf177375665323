"""Running candidates behind the wall: which keep the examples, and what they give for the derived inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import anyio

from lift_sys.judges import Case, CaseResult, Job, Sandbox, canonical
from lift_sys.pipeline.agreement import Outcome, Tried
from lift_sys.pipeline.candidate import Candidate
from lift_sys.pipeline.ir import IR

__all__ = ["JOB_SECONDS", "examples_right", "try_candidates"]

JOB_SECONDS = 0.5
_MEMORY_MB = 256
_WORKERS = 2
_MOST_SHOWN = 200
_MOST_TIMEOUTS = 4


async def try_candidates(
    sandbox: Sandbox, ir: IR, candidates: Sequence[Candidate], inputs: Sequence[tuple[Any, ...]]
) -> list[Tried]:
    """Return each candidate with what it gave, in their order; nothing of them is alive afterwards."""
    results: list[Tried | None] = [None] * len(candidates)
    waiting = iter(enumerate(candidates))

    async def work() -> None:
        for i, candidate in waiting:
            results[i] = await _try(sandbox, ir, candidate, inputs)

    async with anyio.create_task_group() as group:
        for _ in range(_WORKERS):
            group.start_soon(work)
    return [result for result in results if result is not None]


async def examples_right(sandbox: Sandbox, ir: IR, code: str, seconds: float) -> int:
    """Return how many examples a program keeps, within a short time for all."""
    cases = tuple(Case(example.args, example.value) for example in ir.examples)
    verdict = await sandbox.run(Job(code, ir.signature.name, cases, timeout=seconds, mem_mb=_MEMORY_MB))
    return sum(result.ok is True for result in verdict.cases)


async def _try(sandbox: Sandbox, ir: IR, candidate: Candidate, inputs: Sequence[tuple[Any, ...]]) -> Tried:
    shown = await _run_all(sandbox, ir, candidate, [Case(example.args, example.value) for example in ir.examples])
    right = sum(result is not None and result.ok is True for result in shown)
    kept = right == len(shown)
    # What breaks an example has no voice, so nobody needs to know what it gives elsewhere.
    derived = await _run_all(sandbox, ir, candidate, [Case(args) for args in inputs]) if kept else [None] * len(inputs)
    return Tried(candidate, examples_kept=kept, outcomes=tuple(map(_outcome, derived)), examples_right=right)


async def _run_all(
    sandbox: Sandbox, ir: IR, candidate: Candidate, cases: Sequence[Case]
) -> Sequence[CaseResult | None]:
    """Run all cases; one that does not end costs itself, not those behind it, a bounded number of times."""
    results: list[CaseResult | None] = []
    for _ in range(_MOST_TIMEOUTS):
        rest = cases[len(results) :]
        if not rest:
            break
        job = Job(candidate.code, ir.signature.name, tuple(rest), timeout=JOB_SECONDS, mem_mb=_MEMORY_MB)
        verdict = await sandbox.run(job)
        results += verdict.cases[: len(rest)]
        if len(results) == len(cases) or verdict.verdict not in ("timeout", "memory", "crash"):
            break
        results.append(None)
    return [*results, *([None] * (len(cases) - len(results)))]


def _outcome(result: CaseResult | None) -> Outcome:
    if result is None:
        return Outcome("!no end", None)
    if result.error is not None:
        return Outcome(f"!{result.error.split(':')[0]}", None)
    return Outcome(canonical(result.value), _shown(result.value))


def _shown(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python writes out
        text = canonical(value)
    return text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "..."
