"""The steps between prose and code, as nodes: ask, read, gate, run, repair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from lift_sys.define import RunContext, node
from lift_sys.errors import RequestFailed
from lift_sys.judges import judge_types
from lift_sys.pipeline.asking import DEFAULT_PROGRAMS, Way, asked, header_request, schedule, want_of
from lift_sys.pipeline.candidate import Candidate, read_candidate
from lift_sys.pipeline.claim import ENOUGH_PROGRAMS, MUCH_DISSENT, is_strong
from lift_sys.pipeline.derived_inputs import DERIVED_INPUTS, derive_inputs
from lift_sys.pipeline.mending import Rejected
from lift_sys.pipeline.pool import Answered, Opening, Pool, Tools
from lift_sys.pipeline.reading import Reading, Task, read_task
from lift_sys.pipeline.statement import headers_in, state
from lift_sys.pipeline.talking import ask_model
from lift_sys.pipeline.trying import try_candidates

__all__ = ["ask", "gate", "open_talk", "read", "read_answers", "settled", "state_ir", "try_out"]

_HEADERS = 8


def programs_of(task: Task) -> int:
    """Return how many programs a task asks for; `generate` has put a number in."""
    return task.n if task.n is not None else DEFAULT_PROGRAMS[True]


@node(thread=False, effect="pure")
def read(task: Task) -> Reading:
    """Read what the user gave, without asking anybody."""
    return read_task(task)


@node(context=True)
async def open_talk(ctx: RunContext[Tools], task: Task, reading: Reading) -> Opening:
    """Ask for what is missing in the signature: header lines, or the first programs where only those can be had."""
    if reading.parameters is not None:
        return Opening()
    want = want_of(reading)
    capabilities = ctx.deps.adapter.capabilities
    if capabilities.supports_prefix and reading.types is None:
        ctx.deps.progress("asking for a signature")
        request, head = header_request(want, _HEADERS, task.seed)
        answer = await ask_model(ctx, request, "header")
        return Opening((Answered("header", head, answer.texts),), 0, answer.usage)
    way, n = schedule(capabilities, programs_of(task))[0]
    ctx.deps.progress(f"asking for {n} programs ({way.name})")
    request, head = asked(way, want, n, task.seed)
    answer = await ask_model(ctx, request, way.name)
    return Opening((Answered(way.name, head, answer.texts),), 1, answer.usage)


@node(thread=False, effect="pure")
def state_ir(task: Task, reading: Reading, opening: Opening) -> Pool:
    """State the IR and derive the inputs on which programs will be compared."""
    texts = [(answer.head, text) for answer in opening.answers for text in answer.texts]
    waiting = opening.answers if opening.rounds_done else _whole_programs(opening.answers)
    ir = state(reading, headers_in(texts))
    return Pool(
        ir=ir,
        reading=reading,
        seed=task.seed,
        n=programs_of(task),
        inputs=derive_inputs(ir, count=DERIVED_INPUTS, seed=task.seed),
        waiting=waiting,
        rounds_done=opening.rounds_done,
        sampled=sum(len(answer.texts) for answer in waiting),
        usage=opening.usage,
    )


def _whole_programs(answers: Sequence[Answered]) -> tuple[Answered, ...]:
    """A model that was asked for a header and wrote a program has written a program."""
    found = [(answer, text) for answer in answers for text in answer.texts if "return" in text]
    return tuple(Answered(answer.way, answer.head, (text,)) for answer, text in found)


@node(context=True)
async def ask(ctx: RunContext[Tools], pool: Pool) -> Pool:
    """Ask for the programs of the next round, unless answers still wait to be read."""
    if pool.waiting:
        return pool
    plan = schedule(ctx.deps.adapter.capabilities, pool.n)
    if pool.rounds_done >= len(plan) or pool.exhausted:
        return pool
    way, n = plan[pool.rounds_done]
    ctx.deps.progress(f"asking for programs {pool.sampled + 1} to {pool.sampled + n} of {pool.n} ({way.name})")
    return await _asked(ctx, pool, way, n)


async def _asked(ctx: RunContext[Tools], pool: Pool, way: Way, n: int) -> Pool:
    want = want_of(pool.reading, pool.ir.signature)
    request, head = asked(way, want, n, pool.seed + 1000 * (pool.rounds_done + 1))
    try:
        answer = await ask_model(ctx, request, way.name)
    except RequestFailed as fault:
        if not pool.tried:
            raise
        # What was written before the provider failed is not lost; the evidence says that no more came.
        return pool.but(exhausted=str(fault), rounds_done=pool.rounds_done + 1)
    return pool.but(
        waiting=(Answered(way.name, head, answer.texts),),
        rounds_done=pool.rounds_done + 1,
        sampled=pool.sampled + len(answer.texts),
        usage=pool.usage + answer.usage,
    )


@dataclass(frozen=True)
class Batch:
    """New programs of one round, each with how often it was written, on their way into the pool."""

    pool: Pool
    fresh: tuple[tuple[Candidate, int], ...] = ()


@node(thread=False, effect="pure")
def read_answers(pool: Pool) -> Batch:
    """Make programs of the answers; a program known already only counts once more."""
    known = {one.candidate.form: one for one in pool.tried}
    refused = {one.form for one in pool.refused}
    fresh: dict[str, tuple[Candidate, int]] = {}
    reasons: list[str] = []
    for answer in pool.waiting:
        for text in answer.texts:
            try:
                candidate = read_candidate(text, pool.ir, answer.way, answer.head)
            except Rejected as reason:
                reasons.append(str(reason))
                continue
            if candidate.form in refused:
                reasons.append("mypy: refused before")
            elif candidate.form in known:
                one = known[candidate.form]
                known[candidate.form] = replace(one, samples=one.samples + 1)
            else:
                first, count = fresh.get(candidate.form, (candidate, 0))
                fresh[candidate.form] = (first, count + 1)
    read_pool = pool.rejecting(reasons).but(waiting=(), tried=tuple(known.values()))
    return Batch(read_pool, tuple(fresh.values()))


@node(timeout=120)
async def gate(batch: Batch) -> Batch:
    """Let mypy judge each new program; one that does not pass is counted with its fault and never run."""
    passed: list[tuple[Candidate, int]] = []
    refused: list[Candidate] = []
    reasons: list[str] = []
    for candidate, count in batch.fresh:
        faults = await judge_types(candidate.code)
        if faults:
            reasons += [f"mypy: {faults[0].code}"] * count
            refused.append(candidate)
        else:
            passed.append((candidate, count))
    pool = batch.pool.rejecting(reasons)
    return Batch(pool.but(refused=(*pool.refused, *refused)), tuple(passed))


@node(context=True, timeout=300)
async def try_out(ctx: RunContext[Tools], batch: Batch) -> Pool:
    """Run each new program on the examples and the derived inputs, behind the wall."""
    pool = batch.pool
    if not batch.fresh:
        return pool
    ctx.deps.progress(f"running {len(batch.fresh)} new programs")
    found = await try_candidates(ctx.deps.sandbox, pool.ir, [one for one, _ in batch.fresh], pool.inputs)
    counted = [replace(one, samples=count) for one, (_, count) in zip(found, batch.fresh, strict=True)]
    return pool.but(tried=(*pool.tried, *counted))


@node(context=True)
async def settled(ctx: RunContext[Tools], pool: Pool) -> bool:
    """Tell whether asking on would add nothing: all asked, or enough different programs agree."""
    plan = schedule(ctx.deps.adapter.capabilities, pool.n)
    if pool.waiting:
        return False
    if pool.exhausted or pool.rounds_done >= len(plan):
        return True
    agreement = pool.agreement
    if agreement is None or not pool.ir.examples or pool.rounds_done < 2:
        return False
    disputed = any(dissent.share >= MUCH_DISSENT for dissent in agreement.dissents)
    return agreement.agreeing >= ENOUGH_PROGRAMS and is_strong(agreement, pool) and not disputed
