"""What may be said of the chosen program, and what speaks for it. Pure.

`verified` is a strong word: every example is kept, mypy is content, enough programs that were written differently
agree on enough inputs nobody gave, and nothing is left open or deferred. What rests on an assumption says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from lift_sys.pipeline.agreement import Agreement
from lift_sys.pipeline.ir import IR, OpenPoint
from lift_sys.pipeline.pool import Pool
from lift_sys.providers import Usage

__all__ = ["Counts", "Result", "claim_of", "is_strong"]

ENOUGH_PROGRAMS = 3
ENOUGH_INPUTS = 10
ENOUGH_TOLD_APART = 2
ENOUGH_SHARE = 0.85
MUCH_DISSENT = 0.25
"""Share of the voices that must say otherwise on an input before it is worth a question."""
ENOUGH_WRITTEN = 4
MOST_WRITTEN = 0.5
"""A program that is half of all the model ever wrote for this task stands for many, even if all look alike."""
LEAST_WRITTEN_UNSHOWN = 0.2
AHEAD_UNSHOWN = 2.0
"""Without an example nothing but agreement tells right from wrong: the runner-up must be far behind."""


@dataclass(frozen=True)
class Counts:
    """How many programs came how far."""

    sampled: int = 0
    distinct: int = 0
    static_ok: int = 0
    passed: int = 0


@dataclass(frozen=True)
class Result:
    """What came of a task: the program if there is one, what speaks for it, and what is open."""

    ir: IR
    code: str | None
    verified: bool
    tainted: bool
    holes: tuple[OpenPoint, ...]
    evidence: tuple[str, ...]
    candidates: Counts
    rejected: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)

    @property
    def outcome(self) -> str:
        """`complete` when verified, `failed` when there is no program, else `incomplete`."""
        return "complete" if self.verified else "failed" if self.code is None else "incomplete"

    @property
    def exit_code(self) -> int:
        """0 verified, 3 something is open or deferred, 4 no candidate passed."""
        return {"complete": 0, "incomplete": 3, "failed": 4}[self.outcome]


def is_strong(agreement: Agreement, pool: Pool) -> bool:
    """Tell whether the agreement is enough to rest a claim on."""
    if not pool.ir.signature.parameters:
        return bool(pool.ir.examples)  # Without a parameter the example is all there is to know.
    if agreement.compared < ENOUGH_INPUTS or agreement.told_apart < ENOUGH_TOLD_APART:
        return False
    if not pool.ir.examples:
        return _is_strong_unshown(agreement, pool)
    independent = agreement.agreeing >= ENOUGH_PROGRAMS and 3 * agreement.agreeing >= 2 * agreement.voices
    return agreement.share >= ENOUGH_SHARE and (independent or _is_dominant(agreement, pool))


def _is_strong_unshown(agreement: Agreement, pool: Pool) -> bool:
    independent = agreement.agreeing >= ENOUGH_PROGRAMS and agreement.written >= LEAST_WRITTEN_UNSHOWN * pool.sampled
    ahead = agreement.written >= AHEAD_UNSHOWN * agreement.runner_up
    return ahead and (independent or _is_dominant(agreement, pool))


def _is_dominant(agreement: Agreement, pool: Pool) -> bool:
    return agreement.written >= max(ENOUGH_WRITTEN, MOST_WRITTEN * pool.sampled)


def claim_of(pool: Pool, points: Sequence[OpenPoint]) -> Result:
    """Return the result: the chosen program, whether it is verified, and every count behind that."""
    agreement = pool.agreement
    code = agreement.chosen.candidate.code if agreement else None
    open_points = tuple(point for point in points if point.state in ("open", "deferred"))
    verified = (
        agreement is not None
        and bool(pool.ir.examples)
        and not open_points
        and not pool.reading.unread
        and is_strong(agreement, pool)
    )
    return Result(
        ir=pool.ir.model_copy(update={"holes": tuple(points)}),
        code=code,
        verified=verified,
        tainted=any(point.state == "deferred" for point in points) and code is not None,
        holes=tuple(points),
        evidence=tuple(_evidence(pool, agreement, points)) if agreement else (),
        candidates=Counts(
            sampled=pool.sampled,
            distinct=pool.distinct,
            static_ok=len([one for one in pool.tried if one.candidate.made_by == "model"]),
            passed=pool.passed,
        ),
        rejected=pool.rejected,
        usage=pool.usage,
    )


def _evidence(pool: Pool, agreement: Agreement, points: Sequence[OpenPoint]) -> Iterator[str]:
    given = [example for example in pool.ir.examples if example.origin in ("user", "stub")]
    assumed = [example for example in pool.ir.examples if example.origin not in ("user", "stub")]
    if given:
        yield f"keeps {_count(len(given), 'given example')}"
    yield "mypy --strict is content"
    yield from _voices(pool, agreement, bool(given))
    if agreement.chosen.repaired:
        yield (
            "made by a small repair of a program that the model wrote, one of "
            f"{pool.repairs_tried} tried; the model itself wrote none that passed"
        )
    elif agreement.chosen.candidate.mends:
        yield f"mended: {', '.join(dict.fromkeys(agreement.chosen.candidate.mends))}"
    silent = [i for i, outcome in enumerate(agreement.chosen.outcomes) if outcome.text is None]
    if silent:
        yield f"not claimed: {_count(len(silent), 'derived input')} for which it raises or does not end"
    yield from (f"assumed: {example} ({_assumption(example.call, points)})" for example in assumed)
    yield from (f"not checked: MUST {text}" for text in pool.reading.unread)
    if pool.ir.ensures:
        yield f"keeps {_count(len(pool.ir.ensures), 'MUST line')} on the examples and {agreement.compared} inputs"
    if pool.exhausted:
        yield f"the model gave no more answers: {pool.exhausted[:120]}"


def _voices(pool: Pool, agreement: Agreement, shown: bool) -> Iterator[str]:
    """Without a given example the count before any assumption is the one that says something."""
    counted = agreement if shown or pool.before is None else pool.before
    which = "that keep the examples " if shown else "of the right type "
    against = f", the largest group that says otherwise {counted.runner_up} times" if counted.runner_up else ""
    yield (
        f"{counted.agreeing} of {_count(counted.voices, 'differently written program')} {which}"
        f"agree with it on {_count(counted.compared, 'derived input')}; the model wrote these {counted.written} "
        f"times in {pool.sampled}{against}"
    )
    for example, count in pool.kept_proposals(agreement.chosen)[:3] if not shown else ():
        yield f"keeps {example}, which the model guessed {_count(count, 'time')} without seeing a program"


def _assumption(call: str, points: Sequence[OpenPoint]) -> str:
    for point in points:
        if point.about == call:
            why = next((fit.why for fit in point.fits if fit.value == point.chosen), "")
            state = {"deferred": "deferred", "accepted": "accepted unseen"}.get(point.state, point.state)
            return f"{state}; {why}" if why else state
    return "assumed"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
