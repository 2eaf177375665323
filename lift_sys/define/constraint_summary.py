"""How much of what is said is computed: "3 of 7 MUSTs are prose"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from lift_sys.define.constraint import Constraint, Strength
from lift_sys.define.shape import Shape

__all__ = ["ConstraintSummary", "summary"]

_STRENGTHS: tuple[Strength, ...] = ("MUST", "SHOULD", "MAY")


@dataclass(frozen=True, slots=True)
class ConstraintSummary:
    """How many constraints there are of each strength, and how many of them are prose; summaries can be added."""

    said: dict[Strength, int] = field(default_factory=dict)
    prose: dict[Strength, int] = field(default_factory=dict)

    def __add__(self, other: ConstraintSummary) -> ConstraintSummary:
        return ConstraintSummary(
            {s: self.said.get(s, 0) + other.said.get(s, 0) for s in _STRENGTHS},
            {s: self.prose.get(s, 0) + other.prose.get(s, 0) for s in _STRENGTHS},
        )

    def __bool__(self) -> bool:
        return any(self.said.values())

    def __str__(self) -> str:
        parts = []
        for strength in _STRENGTHS:
            number, prose = self.said.get(strength, 0), self.prose.get(strength, 0)
            counted = f"{number} {strength}{'' if number == 1 else 's'}"
            if prose:
                counted = f"{prose} of {counted} {'is' if prose == 1 else 'are'} prose"
            if number:
                parts.append(counted)
        return ", ".join(parts) or "no constraints"

    def as_json(self) -> dict[str, dict[str, int]]:
        """Return `{"MUST": {"said": 7, "prose": 3}, ...}`, every strength among them."""
        return {s: {"said": self.said.get(s, 0), "prose": self.prose.get(s, 0)} for s in _STRENGTHS}


def summary(constraints: Iterable[Constraint], shape: Shape) -> ConstraintSummary:
    """Count constraints about the ports of one shape; one with a `check` is no prose, and a MAY is nothing else."""
    said: dict[Strength, int] = {}
    prose: dict[Strength, int] = {}
    for constraint in constraints:
        strength = constraint.strength
        said[strength] = said.get(strength, 0) + 1
        if strength != "MAY" and not constraint.is_asked(shape):
            prose[strength] = prose.get(strength, 0) + 1
    return ConstraintSummary(said, prose)
