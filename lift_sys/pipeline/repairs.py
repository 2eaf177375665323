"""Bounded repair: small edits of what the model wrote, then the failing example shown to the model once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

import anyio

from lift_sys.define import RunContext, node
from lift_sys.errors import RequestFailed
from lift_sys.judges import canonical, judge_types
from lift_sys.pipeline.agreement import Tried
from lift_sys.pipeline.asking import repair_answers, repair_request, want_of
from lift_sys.pipeline.candidate import Candidate, normal_form, read_candidate
from lift_sys.pipeline.mending import Rejected
from lift_sys.pipeline.pool import Pool, Tools
from lift_sys.pipeline.talking import ask_model
from lift_sys.pipeline.trying import examples_right, try_candidates
from lift_sys.pipeline.variants import variants

__all__ = ["repair"]

MOST_VARIANTS = 2500
MOST_OF_ONE = 250
ENOUGH_FOUND = 8
MOST_NEARER = 8
SEARCH_SECONDS = 12.0
"""A wall for the search; on a quiet machine the number of variants ends it first, so results repeat."""
_VARIANT_SECONDS = 0.25
_WORKERS = 2


@node(context=True, timeout=300)
async def repair(ctx: RunContext[Tools], pool: Pool) -> Pool:
    """Look for a program that keeps the examples near those that do not; do nothing when one does already."""
    if pool.passed or not pool.ir.examples:
        return pool
    ctx.deps.progress("no program keeps the examples; trying small repairs")
    pool = await _by_edits(ctx.deps, pool)
    n = repair_answers(ctx.deps.adapter.capabilities, pool.n)
    if pool.passed or pool.exhausted or not pool.tried or not n:
        return pool
    ctx.deps.progress("showing the model what fails")
    return await _by_asking(ctx, pool, n)


async def _by_edits(tools: Tools, pool: Pool) -> Pool:
    search = _Search(tools, pool)
    with anyio.move_on_after(SEARCH_SECONDS):
        seeds = [one.candidate for one in sorted(pool.tried, key=_promise, reverse=True)]
        await search.around([*seeds, *pool.refused])
        if not search.found:
            await search.around(search.nearer[:MOST_NEARER])
    tried = await try_candidates(tools.sandbox, pool.ir, search.found, pool.inputs)
    return pool.but(tried=(*pool.tried, *tried), repairs_tried=pool.repairs_tried + search.count)


class _Search:
    """Runs the neighbours of programs on the examples until enough keep them all."""

    def __init__(self, tools: Tools, pool: Pool) -> None:
        self._tools = tools
        self._pool = pool
        self._seen = {one.candidate.form for one in pool.tried} | {one.form for one in pool.refused}
        self._most_right = max((one.examples_right for one in pool.tried), default=0)
        self.count = 0
        self.found: list[Candidate] = []
        self.nearer: list[Candidate] = []
        """Those that keep more examples than any program before: the seeds of a second edit."""

    async def around(self, seeds: Sequence[Candidate]) -> None:
        """Try every program one edit away from a seed: first one edit of each, then the next of each."""
        queue = self._neighbours(seeds)

        async def work() -> None:
            for candidate in queue:
                self.count += 1
                if self.count > MOST_VARIANTS or len(self.found) >= ENOUGH_FOUND:
                    return
                await self._try(candidate)

        async with anyio.create_task_group() as group:
            for _ in range(_WORKERS):
                group.start_soon(work)

    async def _try(self, candidate: Candidate) -> None:
        if await judge_types(candidate.code):
            return
        right = await examples_right(self._tools.sandbox, self._pool.ir, candidate.code, _VARIANT_SECONDS)
        if right == len(self._pool.ir.examples):
            self.found.append(candidate)
        elif right > self._most_right:
            self.nearer.append(candidate)

    def _neighbours(self, seeds: Sequence[Candidate]) -> Iterator[Candidate]:
        for row in zip_longest(*(_variants_of(seed, self._pool) for seed in seeds)):
            for candidate in row:
                if candidate is not None and candidate.form not in self._seen:
                    self._seen.add(candidate.form)
                    yield candidate


def _variants_of(seed: Candidate, pool: Pool) -> Iterator[Candidate]:
    for code in variants(seed.code, pool.ir.signature.name, most=MOST_OF_ONE):
        yield Candidate(
            code=code,
            form=normal_form(code),
            way=seed.way,
            mends=(*seed.mends, "a small edit"),
            parent=seed.form,
            made_by="repair",
        )


def _promise(one: Tried) -> tuple[int, int, int]:
    return one.examples_right, one.samples, -len(one.candidate.form)


async def _by_asking(ctx: RunContext[Tools], pool: Pool, n: int) -> Pool:
    """Show the most promising program and the example it breaks."""
    tools = ctx.deps
    best = max(pool.tried, key=_promise)
    complaint = await _complaint(tools, pool, best.candidate)
    want = want_of(pool.reading, pool.ir.signature)
    request = repair_request(want, best.candidate.code, complaint, n, pool.seed + 500)
    try:
        answer = await ask_model(ctx, request, "repair")
    except RequestFailed as fault:
        return pool.but(exhausted=str(fault))
    fresh, reasons = await _readable(answer.texts, pool)
    tried = await try_candidates(tools.sandbox, pool.ir, fresh, pool.inputs)
    return pool.rejecting(reasons).but(
        tried=(*pool.tried, *tried), usage=pool.usage + answer.usage, sampled=pool.sampled + len(answer.texts)
    )


async def _readable(texts: Sequence[str], pool: Pool) -> tuple[list[Candidate], list[str]]:
    seen = {one.candidate.form for one in pool.tried}
    fresh: list[Candidate] = []
    reasons: list[str] = []
    for text in texts:
        try:
            candidate = read_candidate(text, pool.ir, "repair chat")
        except Rejected as reason:
            reasons.append(str(reason))
            continue
        faults = await judge_types(candidate.code)
        if faults:
            reasons.append(f"mypy: {faults[0].code}")
        elif candidate.form not in seen:
            seen.add(candidate.form)
            fresh.append(candidate)
    return fresh, reasons


async def _complaint(tools: Tools, pool: Pool, candidate: Candidate) -> str:
    """Return the first example that the program breaks, with what it gives instead."""
    example_inputs = [example.args for example in pool.ir.examples]
    bare = pool.ir.model_copy(update={"examples": ()})
    [tried] = await try_candidates(tools.sandbox, bare, [candidate], example_inputs)
    for example, outcome in zip(pool.ir.examples, tried.outcomes, strict=True):
        if outcome.key != canonical(example.value):
            got = outcome.text if outcome.text is not None else outcome.key.lstrip("!")
            return f"{example.call} gives {got}, it must give {example.expected}."
    return "it breaks an example."
