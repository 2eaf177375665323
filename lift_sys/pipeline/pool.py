"""Everything known about one task while it is worked on: what flows from step to step of the pipeline's graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lift_sys.judges import Sandbox, canonical
from lift_sys.pipeline.agreement import Agreement, Tried, agree
from lift_sys.pipeline.candidate import Candidate
from lift_sys.pipeline.ir import IR, Example
from lift_sys.pipeline.reading import Reading
from lift_sys.providers import ProviderAdapter, Usage

__all__ = ["Answered", "Opening", "Pool", "Tools"]


@dataclass(frozen=True)
class Tools:
    """What the steps work with: who is asked, who runs programs, who hears of progress."""

    adapter: ProviderAdapter
    sandbox: Sandbox
    progress: Callable[[str], None] = lambda text: None


@dataclass(frozen=True)
class Answered:
    """What a model wrote: `head` stands before each text, `way` says how it was asked."""

    way: str
    head: str
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Opening:
    """The first answers, from which the signature is settled where nobody gave one."""

    answers: tuple[Answered, ...] = ()
    rounds_done: int = 0
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Pool:
    """The programs so far, with all that was found out about them."""

    ir: IR
    reading: Reading
    seed: int
    n: int
    inputs: tuple[tuple[Any, ...], ...] = ()
    tried: tuple[Tried, ...] = ()
    conventions: tuple[Tried, ...] = ()
    """Programs under a reading of the prose that no example decides; they have a voice once it is accepted."""
    proposals: tuple[tuple[Example, int], ...] = ()
    """Calls with values as the model guesses them, each with how often it did."""
    waiting: tuple[Answered, ...] = ()
    """Answers that were not read yet."""
    rounds_done: int = 0
    sampled: int = 0
    repairs_tried: int = 0
    refused: tuple[Candidate, ...] = ()
    """Programs that mypy refused: never run, but a repair may begin with them."""
    rejected: Mapping[str, int] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    before: Agreement | None = None
    """The agreement before anything was assumed."""
    exhausted: str = ""
    """Why the model could not be asked again, if it could not."""

    def but(self, **changes: Any) -> Pool:
        """Return the pool with some fields changed."""
        return replace(self, **changes)

    def rejecting(self, reasons: Iterable[str]) -> Pool:
        """Return the pool with these reasons counted."""
        counts = dict(self.rejected)
        for reason in reasons:
            counts[reason] = counts.get(reason, 0) + 1
        return self.but(rejected=counts)

    @property
    def agreement(self) -> Agreement | None:
        """Which program speaks for itself best so far."""
        return agree(self.tried)

    def kept_proposals(self, one: Tried) -> Sequence[tuple[Example, int]]:
        """The model's guesses that this program keeps; their calls are the first derived inputs."""
        kept = []
        for place, (example, count) in enumerate(self.proposals):
            text = one.outcomes[place].text if place < len(one.outcomes) else None
            if text is not None and one.outcomes[place].key == canonical(example.value):
                kept.append((example, count))
        return kept

    @property
    def distinct(self) -> int:
        """Different programs that the model wrote, those among them that mypy refused included."""
        return sum(one.candidate.made_by == "model" for one in self.tried) + len(self.refused)

    @property
    def passed(self) -> int:
        """Distinct programs that keep every example."""
        return sum(one.examples_kept for one in self.tried)
