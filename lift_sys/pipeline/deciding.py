"""From programs to a decision: what is open, what was answered, what may be claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lift_sys.define import RunContext, hole, node, todo
from lift_sys.errors import DefinitionError, ProviderError
from lift_sys.judges import Case, Job, judge_types
from lift_sys.pipeline.agreement import Tried
from lift_sys.pipeline.asking import example_chat, example_request, want_of
from lift_sys.pipeline.claim import Result, claim_of
from lift_sys.pipeline.conventions import case_is_open, ignoring_case
from lift_sys.pipeline.derived_inputs import DERIVED_INPUTS, derive_inputs
from lift_sys.pipeline.ir import Answer, Example, OpenPoint, Origin
from lift_sys.pipeline.literals import read_example, type_of
from lift_sys.pipeline.open_points import find_points
from lift_sys.pipeline.pool import Pool, Tools
from lift_sys.pipeline.repairs import repair
from lift_sys.pipeline.talking import ask_model
from lift_sys.pipeline.trying import try_candidates

__all__ = ["decide", "guess_examples", "make_claim", "open_points", "read_conventions", "take_answers"]

_GUESSES = 16
_MOST_GUESSES = 8
_ABLE = 0.6
"""Part of the derived inputs for which a program must have a value of the right type, where no example judges it."""


@hole
async def decide(point: OpenPoint) -> Answer:
    """Decide what the prose does not say."""
    todo()


@node(context=True)
async def guess_examples(ctx: RunContext[Tools], pool: Pool) -> Pool:
    """Without an example, have the model guess some: assumptions that are independent of the programs it writes."""
    if pool.ir.examples or pool.exhausted:
        return pool
    ctx.deps.progress("asking for examples")
    small = ctx.deps.adapter.capabilities.supports_prefix
    want = want_of(pool.reading, pool.ir.signature)
    request, head = (
        example_request(want, _GUESSES, pool.seed + 300) if small else example_chat(want, 1, pool.seed + 300)
    )
    try:
        answer = await ask_model(ctx, request, "examples")
    except ProviderError:
        return pool  # Guesses are a help; the programs come first, and asking for those says what is wrong.
    counts: dict[str, tuple[Example, int]] = {}
    for text in answer.texts:
        for line in (head + text).splitlines():
            example = _guess(line, pool)
            if example is not None:
                counts[str(example)] = (example, counts.get(str(example), (example, 0))[1] + 1)
    guesses = sorted(counts.values(), key=lambda pair: -pair[1])[:_MOST_GUESSES]
    return _compared_on(pool.but(usage=pool.usage + answer.usage), guesses)


def _compared_on(pool: Pool, guesses: Sequence[tuple[Example, int]]) -> Pool:
    """Let the calls of the guesses be the first derived inputs."""
    like = pool.ir.model_copy(update={"examples": tuple(example for example, _ in guesses)})
    calls = [example.args for example, _ in guesses]
    derived = derive_inputs(like, count=DERIVED_INPUTS, seed=pool.seed)
    return pool.but(proposals=tuple(guesses), inputs=(*calls, *derived))


def _guess(line: str, pool: Pool) -> Example | None:
    try:
        example = read_example(line.strip(), origin="model")
    except DefinitionError:
        return None
    wanted = pool.ir.signature.parameters
    fits = len(example.arguments) == len(wanted) and all(
        _roughly(type_of(value)) == _roughly(parameter.type)
        for value, parameter in zip(example.args, wanted, strict=True)
    )
    return example if fits and example.function == pool.ir.signature.name else None


def _roughly(annotation: str) -> str:
    return annotation.split("[")[0]


@node(context=True, timeout=300)
async def read_conventions(ctx: RunContext[Tools], pool: Pool) -> Pool:
    """Without examples drop what cannot be right by its type; add the programs under the usual reading of the prose."""
    if not pool.ir.examples:
        pool = pool.but(tried=tuple(replace(one, examples_kept=_is_able(one, pool)) for one in pool.tried))
    able = [one for one in pool.tried if one.examples_kept]
    if not able or not case_is_open(pool.ir):
        return pool
    twins = [ignoring_case(one.candidate, pool.ir) for one in able]
    twins = [twin for twin in twins if not await judge_types(twin.code)]
    tried = await try_candidates(ctx.deps.sandbox, pool.ir, twins, pool.inputs)
    samples = {one.candidate.form: one.samples for one in able}
    return pool.but(
        conventions=tuple(replace(one, samples=samples.get(one.candidate.parent or "", 1)) for one in tried)
    )


def _is_able(one: Tried, pool: Pool) -> bool:
    valued = [outcome for outcome in one.outcomes if outcome.text is not None]
    return len(valued) >= _ABLE * len(one.outcomes) and len({outcome.key for outcome in valued}) > 1


@node(thread=False, effect="pure")
def open_points(pool: Pool) -> list[OpenPoint]:
    """Find what neither prose nor examples say."""
    return list(find_points(pool))


@node(context=True, timeout=600)
async def take_answers(ctx: RunContext[Tools], pool: Pool, points: list[OpenPoint], answers: list[Answer]) -> Pool:
    """Choose anew among the programs that keep what was answered; look for one that does if there is none."""
    decided = [
        example
        for point, answer in zip(points, answers, strict=True)
        if (example := _as_example(point, answer, pool)) is not None
    ]
    holes = pool.ir.with_answers({p.about: a for p, a in zip(points, answers, strict=True)})
    holes = holes.model_copy(update={"holes": _answered(points, answers)})
    if not decided:
        return pool.but(ir=holes)
    programs = [one for one in (*pool.tried, *pool.conventions) if one.examples_kept]
    while True:
        ir = holes.model_copy(update={"examples": (*pool.ir.examples, *decided)})
        again = await try_candidates(ctx.deps.sandbox, ir, [one.candidate for one in programs], pool.inputs)
        assumed = [example for example in decided if example.origin != "user"]
        if any(one.examples_kept for one in again) or not assumed:
            break
        # Assumptions that no program keeps together are too many; what a person said is never dropped.
        decided.remove(assumed[-1])
    kept = {one.candidate.form: replace(new, samples=one.samples) for one, new in zip(programs, again, strict=True)}
    rest = [replace(one, examples_kept=False) for one in pool.tried if one.candidate.form not in kept]
    return await repair(pool.but(ir=ir, tried=(*kept.values(), *rest), before=pool.agreement))


def _as_example(point: OpenPoint, answer: Answer, pool: Pool) -> Example | None:
    """Return the call with the value that was decided; evidence that nobody gave decides nothing."""
    undecided = point.kind == "types" or (point.kind == "evidence" and answer.state != "answered")
    if undecided or answer.value is None:
        return None
    origins: dict[str, Origin] = {"answered": "user", "accepted": "convention", "deferred": "convention"}
    example = read_example(f"{point.about} == {answer.value}", origin=origins[answer.state])
    return None if any(known.call == example.call for known in pool.ir.examples) else example


def _answered(points: Sequence[OpenPoint], answers: Sequence[Answer]) -> tuple[OpenPoint, ...]:
    return tuple(
        point.model_copy(update={"state": answer.state, "chosen": answer.value})
        for point, answer in zip(points, answers, strict=True)
    )


@node(context=True)
async def make_claim(ctx: RunContext[Tools], pool: Pool) -> Result:
    """Say what came of it, and no more than was found out."""
    broken = await _broken_claims(ctx.deps, pool)
    result = claim_of(pool, pool.ir.holes)
    if broken:
        found = (*(f"breaks MUST {text}" for text in broken), *result.evidence)
        result = replace(result, verified=False, evidence=found)
    return result


async def _broken_claims(tools: Tools, pool: Pool) -> list[str]:
    """Return the MUST lines that the chosen program breaks; they are evaluated behind the wall, on its values."""
    agreement = pool.agreement
    if agreement is None:
        return []
    names = [parameter.name for parameter in pool.ir.signature.parameters]
    inputs = [*(example.args for example in pool.ir.examples), *pool.inputs]
    job = Job(agreement.chosen.candidate.code, pool.ir.signature.name, tuple(Case(args) for args in inputs))
    values = (await tools.sandbox.run(job)).cases if pool.ir.ensures else ()
    broken: list[str] = []
    for text in pool.ir.ensures:
        source = f"def holds({', '.join([*names, 'result'])}):\n    return bool({text})\n"
        cases = [
            Case((*args, one.value), True)
            for args, one in zip(inputs, values, strict=False)
            if one.error is None and len(args) == len(names)
        ]
        if (await tools.sandbox.run(Job(source, "holds", tuple(cases)))).verdict != "pass":
            broken.append(text)
    return broken
