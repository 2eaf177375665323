"""What neither the prose nor the examples say, found where programs that keep all of it differ. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from lift_sys.pipeline.agreement import Agreement, Dissent, Tried
from lift_sys.pipeline.claim import MUCH_DISSENT, is_strong
from lift_sys.pipeline.conventions import CASE_CONVENTION
from lift_sys.pipeline.ir import Fit, OpenPoint
from lift_sys.pipeline.pool import Pool

__all__ = ["find_points"]

_MOST_BEHAVIOURS = 2
_SHOWN_FITS = 3
_LONGEST_CALL = 60


def find_points(pool: Pool) -> tuple[OpenPoint, ...]:
    """Return the points to decide, most telling first; none when no program keeps the examples."""
    agreement = pool.agreement
    if agreement is None:
        return ()
    differing = _where_case_matters(pool, agreement)
    found = [*pool.ir.holes, *_case_point(pool, agreement, differing)]
    about = {point.about for point in found}
    if not pool.ir.examples:
        found += [point for point in _example_points(pool, agreement, differing) if point.about not in about]
    found += _behaviour_points(pool, agreement, {point.about for point in found}, differing)
    if not is_strong(agreement, pool) and not any(point.kind == "behaviour" for point in found):
        found += _evidence_point(pool, agreement, {point.about for point in found})
    return tuple(found)


def _call(pool: Pool, args: Sequence[Any]) -> str:
    return f"{pool.ir.signature.name}({', '.join(map(repr, args))})"


def _by_simplicity(pool: Pool, indexes: Sequence[int]) -> list[int]:
    """Order inputs for a person: short ones first, the empty ones last, as those are rarely what is meant."""
    return sorted(
        indexes, key=lambda i: (not all(map(_says_something, pool.inputs[i])), len(_call(pool, pool.inputs[i])))
    )


def _says_something(value: Any) -> bool:
    return not hasattr(value, "__len__") or len(value) > 0


def _twin(pool: Pool, agreement: Agreement) -> Tried | None:
    """Return the chosen program without regard to capital letters, if that keeps the examples too."""
    form = agreement.chosen.candidate.form
    return next((one for one in pool.conventions if one.candidate.parent == form and one.examples_kept), None)


def _where_case_matters(pool: Pool, agreement: Agreement) -> Sequence[int]:
    """Return the inputs for which the chosen program and its twin have different values."""
    twin = _twin(pool, agreement)
    pairs = zip(agreement.chosen.outcomes, twin.outcomes, strict=True) if twin else ()
    return [i for i, (one, other) in enumerate(pairs) if one.key != other.key and one.text and other.text]


def _case_point(pool: Pool, agreement: Agreement, differing: Sequence[int]) -> Iterator[OpenPoint]:
    """Ask about capital letters, if they matter to the chosen program and nothing said so far decides it."""
    twin = _twin(pool, agreement)
    if twin is None or not differing:
        return
    place = _by_simplicity(pool, differing)[0]
    usual, strict = twin.outcomes[place], agreement.chosen.outcomes[place]
    yield OpenPoint(
        about=_call(pool, pool.inputs[place]),
        kind="behaviour",
        question="Do capital letters count like small ones? The prose does not say.",
        fits=(
            Fit(value=usual.text or "", support=_saying(pool.tried, place, usual.key), why=CASE_CONVENTION),
            Fit(
                value=strict.text or "",
                support=_saying(pool.tried, place, strict.key),
                why="capital letters are other letters",
            ),
        ),
    )


def _saying(tried: Sequence[Tried], place: int, key: str) -> int:
    return sum(one.examples_kept and not one.repaired and one.outcomes[place].key == key for one in tried)


def _example_points(pool: Pool, agreement: Agreement, explained: Sequence[int]) -> Iterator[OpenPoint]:
    """Without examples: the call that the model itself named most often and the program keeps, or a plain one."""
    settled_by_case = {_call(pool, pool.inputs[i]) for i in explained}
    kept = [pair for pair in pool.kept_proposals(agreement.chosen) if pair[0].call not in settled_by_case]
    for example, count in sorted(kept, key=lambda pair: -pair[1])[:1]:
        yield OpenPoint(
            about=example.call,
            kind="example",
            question="No example was given. Is this what it should give?",
            fits=(Fit(value=example.expected, support=agreement.agreeing, why=f"the model also guessed it {count} x"),),
        )
        return
    valued = [i for i, o in enumerate(agreement.chosen.outcomes) if o.text is not None and i not in explained]
    for place in _by_simplicity(pool, valued)[:1]:
        yield OpenPoint(
            about=_call(pool, pool.inputs[place]),
            kind="example",
            question="No example was given. Is this what it should give?",
            fits=_fits(pool, place),
        )


def _fits(pool: Pool, place: int) -> tuple[Fit, ...]:
    counts: dict[str, int] = {}
    texts: dict[str, str] = {}
    for one in pool.tried:
        outcome = one.outcomes[place]
        if one.examples_kept and outcome.text is not None:
            counts[outcome.key] = counts.get(outcome.key, 0) + (0 if one.repaired else 1)
            texts[outcome.key] = outcome.text
    chosen = pool.agreement.chosen.outcomes[place].key if pool.agreement else ""
    ordered = sorted(counts, key=lambda key: (key != chosen, -counts[key], texts[key]))[:_SHOWN_FITS]
    return tuple(Fit(value=texts[key], support=counts[key], why=_programs(counts[key])) for key in ordered)


def _programs(count: int) -> str:
    return "a repaired program" if count == 0 else f"{count} program{'s' if count > 1 else ''}"


def _behaviour_points(
    pool: Pool, agreement: Agreement, known: set[str], explained: Sequence[int]
) -> Iterator[OpenPoint]:
    """Ask once for each way in which the voices divide, about the simplest input that shows it.

    What the reading of capital letters explains is asked about once, not again for each input.
    """
    seen: set[tuple[str, ...]] = set()
    asked = 0
    dissents = {d.index: d for d in agreement.dissents if d.share >= MUCH_DISSENT and d.index not in explained}
    for place in _by_simplicity(pool, list(dissents)):
        division = tuple(one.outcomes[place].key for one in pool.tried if one.examples_kept)
        division = tuple(str(division.index(key)) for key in division)
        call = _call(pool, pool.inputs[place])
        if division in seen or call in known or not _can_be_asked(dissents[place], call):
            continue
        seen.add(division)
        asked += 1
        yield OpenPoint(
            about=call,
            kind="behaviour",
            question="Programs that keep everything said so far differ here. What should it give?",
            fits=_fits(pool, place),
        )
        if asked == _MOST_BEHAVIOURS:
            return


def _can_be_asked(dissent: Dissent, call: str) -> bool:
    return len(call) <= _LONGEST_CALL * 3 and not any(text.endswith("...") for text, _ in dissent.values)


def _evidence_point(pool: Pool, agreement: Agreement, known: set[str]) -> Iterator[OpenPoint]:
    valued = [i for i, outcome in enumerate(agreement.chosen.outcomes) if outcome.text is not None]
    for place in _by_simplicity(pool, valued):
        call = _call(pool, pool.inputs[place])
        if call not in known:
            yield OpenPoint(
                about=call,
                kind="evidence",
                question="Too few independent programs agree to be sure. What should it give?",
                fits=_fits(pool, place),
            )
            return
    yield OpenPoint(
        about="examples",
        kind="evidence",
        question="No input could be derived for which it has a value; more examples would tell more.",
    )
