"""Which program to choose, and how much speaks for it: agreement between programs that were written independently.

Every program that passes the examples has one voice on each derived input, however often the model wrote it. The one
whose values most voices share is chosen; what the others say instead is kept, because a disagreement between
programs that all keep the examples is usually something the prose does not say. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lift_sys.pipeline.candidate import Candidate

__all__ = ["Agreement", "Dissent", "Outcome", "Tried", "agree"]

_ALIKE = 0.9
"""Share of the inputs on which two programs must agree to count as saying the same."""
_REPAIRED_VOICE = 0.25
"""A program made by a repair was steered by the examples, so that it keeps them proves little."""


@dataclass(frozen=True)
class Outcome:
    """What one call gave: `key` is equal for equal values, `text` is the value as source, None where it failed."""

    key: str
    text: str | None


@dataclass(frozen=True)
class Tried:
    """A candidate with what it gave for the examples and the derived inputs."""

    candidate: Candidate
    examples_kept: bool
    outcomes: tuple[Outcome, ...]
    examples_right: int = 0
    samples: int = 1
    """How often the model wrote this program."""

    @property
    def repaired(self) -> bool:
        """Whether the program was made from a sampled one by a repair."""
        return self.candidate.made_by == "repair"


@dataclass(frozen=True)
class Dissent:
    """A derived input on which programs give different values: (value, programs) with most programs first."""

    index: int
    values: tuple[tuple[str, int], ...]
    share: float
    """Part of the voices that say something else than the chosen program."""


@dataclass(frozen=True)
class Agreement:
    """The chosen program and the voices for and against it."""

    chosen: Tried
    voices: int
    """Structurally different programs, written by the model, that keep the examples."""
    agreeing: int
    """Those of them that say the same as the chosen one."""
    compared: int
    """Derived inputs for which the chosen program has a value."""
    share: float
    """Mean part of the voices that share the chosen program's value, over the compared inputs."""
    written: int
    """How often the model wrote one of the agreeing programs."""
    runner_up: int
    """How often the model wrote one of the largest group of programs that agree on something else."""
    told_apart: int
    """Compared inputs whose value is not the most frequent one: what a constant function would get wrong."""
    dissents: tuple[Dissent, ...]


def agree(tried: Sequence[Tried]) -> Agreement | None:
    """Return the program that most voices support; None when none keeps the examples."""
    able = [one for one in tried if one.examples_kept]
    if not able:
        return None
    votes = _votes(able)
    chosen = max(able, key=lambda one: _rank(one, votes))
    return _described(chosen, able, votes)


_Votes = Sequence[dict[str, float]]


def _voice(one: Tried) -> float:
    return _REPAIRED_VOICE if one.repaired else 1.0


def _votes(able: Sequence[Tried]) -> _Votes:
    votes: list[dict[str, float]] = [{} for _ in able[0].outcomes]
    for one in able:
        for count, outcome in zip(votes, one.outcomes, strict=True):
            count[outcome.key] = count.get(outcome.key, 0.0) + _voice(one)
    return votes


def _rank(one: Tried, votes: _Votes) -> tuple[float, bool, int, int]:
    """Order programs: support, written rather than repaired, written often, short."""
    support = sum(count[outcome.key] for count, outcome in zip(votes, one.outcomes, strict=True))
    return round(support, 6), not one.repaired, one.samples, -len(one.candidate.form)


def _described(chosen: Tried, able: Sequence[Tried], votes: _Votes) -> Agreement:
    valued = [i for i, outcome in enumerate(chosen.outcomes) if outcome.text is not None]
    written = [one for one in able if not one.repaired]
    shares = [votes[i][chosen.outcomes[i].key] / sum(votes[i].values()) for i in valued]
    return Agreement(
        chosen=chosen,
        voices=len(written),
        agreeing=sum(_alike(one, chosen, valued) for one in written),
        compared=len(valued),
        written=sum(one.samples for one in written if _alike(one, chosen, valued)),
        runner_up=_runner_up(written, chosen, valued),
        told_apart=len(valued) - max(Counter(chosen.outcomes[i].key for i in valued).values(), default=0),
        share=sum(shares) / len(shares) if shares else 0.0,
        dissents=tuple(
            dissent for i in range(len(chosen.outcomes)) if (dissent := _dissent(i, chosen, able)) is not None
        ),
    )


def _runner_up(written: Sequence[Tried], chosen: Tried, valued: Sequence[int]) -> int:
    others: Counter[tuple[str, ...]] = Counter()
    for one in written:
        if not _alike(one, chosen, valued):
            others[tuple(one.outcomes[i].key for i in valued)] += one.samples
    return max(others.values(), default=0)


def _alike(one: Tried, chosen: Tried, valued: Sequence[int]) -> bool:
    same = sum(one.outcomes[i].key == chosen.outcomes[i].key for i in valued)
    return bool(valued) and same >= _ALIKE * len(valued)


def _dissent(i: int, chosen: Tried, able: Sequence[Tried]) -> Dissent | None:
    """Return who says what on input `i`, if anyone gives another value; a failure is no value."""
    values: Counter[str] = Counter()
    weight: dict[str, float] = {}
    for one in able:
        text = one.outcomes[i].text
        if text is not None:
            key = one.outcomes[i].key
            values[key] += 1
            weight[key] = weight.get(key, 0.0) + _voice(one)
    if len(values) < 2:
        return None
    texts = {one.outcomes[i].key: one.outcomes[i].text or "" for one in able}
    total = sum(weight.values())
    ordered = sorted(values, key=lambda key: (-weight[key], texts[key]))
    return Dissent(
        index=i,
        values=tuple((texts[key], values[key]) for key in ordered),
        share=round(1 - weight.get(chosen.outcomes[i].key, 0.0) / total, 4),
    )
