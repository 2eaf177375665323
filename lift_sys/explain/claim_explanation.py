"""Why a claim about a node's ports follows from what was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lift_sys.define import Constraint
from lift_sys.resolve import Proof

__all__ = ["ClaimExplanation"]


class ClaimExplanation:
    """A proof that a person can read: `constraints` suffice, and none of them can be left out."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof

    @property
    def constraints(self) -> Sequence[Constraint]:
        """The constraints that the claim follows from; with types and constants they suffice."""
        return self.proof.constraints

    def steps(self) -> Sequence[str]:
        """Return the step paths that the proof passes, upstream first."""
        return self.proof.places

    def __str__(self) -> str:
        lines = [f"{self.proof.node.name}: {self.proof.claim}"]
        for line in self.proof.lines:
            said = f"said: {line.constraint}" if line.constraint is not None else line.rule
            lines.append(f"{'  ' * (line.depth + 1)}{f'{line.place}: {line.fact}  ({said})' if line.fact else said}")
        lines = list(dict.fromkeys(lines))
        if not self.proof.constraints:
            lines.append("  from types and constants alone")
        lines += [f"  tainted: {path} is only deferred" for path in self.proof.deferred]
        return "\n".join(lines)

    def to_prov(self) -> Mapping[str, Any]:
        """Return the proof as W3C PROV-JSON: the claim is derived from the constraints that it follows from."""
        claim = {"lift:claim": self.proof.claim, "lift:node": self.proof.node.label}
        document: dict[str, Any] = {
            "prefix": {"lift": "urn:lift-sys:"},
            "entity": {"lift:claim": claim},
            "wasDerivedFrom": {},
        }
        for number, constraint in enumerate(self.proof.constraints):
            name = f"lift:constraint-{number}"
            document["entity"][name] = {
                "lift:says": f"{constraint.strength} {constraint.text}",
                "lift:origin": constraint.origin,
            }
            document["wasDerivedFrom"][f"_:from-{number}"] = {
                "prov:generatedEntity": "lift:claim",
                "prov:usedEntity": name,
            }
        return {key: part for key, part in document.items() if part}
