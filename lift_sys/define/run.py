"""What a run leaves: outcome, closures, events, and the doors to resume it and to ask why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, ParamSpec, Protocol, TypeVar

from lift_sys.define.constraint import Constraint
from lift_sys.define.fill import Fill
from lift_sys.define.hole import Hole
from lift_sys.define.node_interface import Node
from lift_sys.errors import CancelledRun, ConstraintConflict, FailedRun, IncompleteRun

__all__ = [
    "Cancelled",
    "Closure",
    "Complete",
    "Event",
    "Explanation",
    "Failed",
    "Fit",
    "Incomplete",
    "Run",
    "RunSummary",
    "RunView",
    "WhatIf",
]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
T = TypeVar("T")


@dataclass(frozen=True)
class Closure:
    """An open hole met at run time: what it was given, what it blocks, what its answer must be.

    `question` is set when a person is asked.
    """

    hole: Hole[..., Any]
    path: str
    inputs: Mapping[str, Any]
    blocks: Sequence[str]
    expected: Any
    constraints: Sequence[Constraint]
    question: str = ""

    def __str__(self) -> str:
        given = ", ".join(f"{name}={value!r:.60}" for name, value in self.inputs.items())
        return f"{self.path}: {self.hole.name}({given})"


@dataclass(frozen=True)
class Complete(Generic[R_co]):
    """Every step that the output needs has a value."""

    value: R_co


@dataclass(frozen=True)
class Incomplete:
    """Holes were reached, or a person is waited for; nothing failed.

    `blocked` are the step paths that wait for a hole, the reached holes not among them.
    """

    closures: Sequence[Closure]
    blocked: Sequence[str]


@dataclass(frozen=True)
class Failed:
    """Steps failed; `skipped` are those that depend on one."""

    errors: Mapping[str, BaseException]
    skipped: Sequence[str]


@dataclass(frozen=True)
class Cancelled:
    """The run was cancelled from outside."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened in a run; `at` is in seconds since the run began, by a monotonic clock."""

    kind: str
    run_id: str
    path: str
    seq: int
    at: float
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Fit:
    """Something that could stand in a hole: by type, and by how it did on the captured closures."""

    candidate: str
    fill: Fill
    why: str
    tried: int = 0
    passed: int = 0


@dataclass(frozen=True)
class WhatIf:
    """What would follow from a change that was not made.

    `falls` are the facts that no longer follow, `widens` the holes of which less is known, `checks_lost` the MUSTs that
    nothing checks any more, `rerun` the paths of the steps that would run.
    """

    conflict: ConstraintConflict | None
    falls: Sequence[str]
    rerun: Sequence[str]
    widens: Sequence[str] = ()
    checks_lost: Sequence[Constraint] = ()


@dataclass(frozen=True)
class RunSummary:
    """One line about a run; `started` is in seconds since the epoch."""

    id: str
    graph: str
    outcome: Literal["complete", "incomplete", "failed", "cancelled", "running"]
    started: float


class Explanation(Protocol):
    """Why a value is what it is, or why a claim follows."""

    @property
    def constraints(self) -> Sequence[Constraint]:
        """The constraints it rests on: sufficient, none superfluous."""
        ...

    def __str__(self) -> str: ...

    def steps(self) -> Sequence[str]:
        """Return the step paths of the slice, upstream first."""
        ...

    def to_prov(self) -> Mapping[str, Any]:
        """Return the slice as W3C PROV-JSON."""
        ...


class RunView(Protocol):
    """What a run asks of the rooms that keep and explain it."""

    def read(self, what: Literal["outcome", "closures", "events", "tainted", "mermaid", "record"], /) -> Any:
        """Return something folded from the record."""
        ...

    def at(self, path: str, /) -> Any:
        """Return the value at a step path; KeyError-like LiftError where there is none."""
        ...

    def only(self, node: Node[..., Any], /) -> Any:
        """Return the value of a node's only step."""
        ...

    def ask(self, question: Literal["why", "fits"], subject: Any, /) -> Any:
        """Explain a place, or rank what could stand in a hole."""
        ...

    async def go_on(
        self, fills: Sequence[Fill], withdrawn: Sequence[Node[..., Any]], retry_failed: bool, /
    ) -> Run[Any]:
        """Run what the fills set free, or what a withdrawal puts back."""
        ...


class Run(Generic[R_co]):
    """One execution, ended: it never changes; resuming gives another."""

    def __init__(self, run_id: str, graph_name: str, view: RunView) -> None:
        self.id = run_id
        self.graph_name = graph_name
        self._view = view

    @property
    def outcome(self) -> Complete[R_co] | Incomplete | Failed | Cancelled:
        """How it ended: failed if any step failed, else incomplete if a hole is open, else complete."""
        found: Complete[R_co] | Incomplete | Failed | Cancelled = self._view.read("outcome")
        return found

    @property
    def value(self) -> R_co:
        """The output if it is there; else IncompleteRun, FailedRun or CancelledRun, which carry the run."""
        outcome = self.outcome
        if isinstance(outcome, Complete):
            return outcome.value
        name = f"run {self.id} of {self.graph_name}"
        if isinstance(outcome, Incomplete):
            met = "; ".join(str(c) for c in outcome.closures)
            hole = outcome.closures[0].hole.name if outcome.closures else "hole"
            raise IncompleteRun(
                f"{name} waits for {len(outcome.closures)} hole(s): {met}; "
                f"fill with `await run.resume({hole}.fill(...))`",
                self,
            )
        if isinstance(outcome, Cancelled):
            raise CancelledRun(f"{name} was cancelled", self)
        said = "; ".join(f"{path}: {type(error).__name__}: {error}" for path, error in outcome.errors.items())
        raise FailedRun(f"{name} failed: {said}", self) from next(iter(outcome.errors.values()), None)

    @property
    def holes(self) -> Sequence[Closure]:
        """The open holes that were reached."""
        found: Sequence[Closure] = self._view.read("closures")
        return found

    @property
    def events(self) -> Sequence[Event]:
        """What happened, in order."""
        found: Sequence[Event] = self._view.read("events")
        return found

    @property
    def tainted(self) -> bool:
        """Whether a deferred hole is in the support of the value."""
        return bool(self._view.read("tainted"))

    def __getitem__(self, node: Node[..., T]) -> T:
        """Return the value of that node's only step."""
        found: T = self._view.only(node)
        return found

    def at(self, path: str) -> Any:
        """Return the value at a step path."""
        return self._view.at(path)

    async def resume(self, *fills: Fill, retry_failed: bool = False) -> Run[R_co]:
        """Run what the fills set free; finished steps never run again, failed ones only if asked."""
        return await self._view.go_on(fills, (), retry_failed)

    async def withdraw(self, hole: Hole[..., Any]) -> Run[R_co]:
        """Take a fill back and put its closures back; nothing upstream runs again."""
        return await self._view.go_on((), (hole,), False)

    def fits(self, hole: Hole[..., Any]) -> Sequence[Fit]:
        """Return what could stand in a hole, ranked on the captured closures."""
        found: Sequence[Fit] = self._view.ask("fits", hole)
        return found

    def why(self, place: str | Node[..., Any]) -> Explanation:
        """Explain the value, error or closure at a place."""
        found: Explanation = self._view.ask("why", place)
        return found

    def to_record(self) -> Mapping[str, Any]:
        """Return the run as JSON that outlives the process: what `lift-sys run --record FILE` writes."""
        found: Mapping[str, Any] = self._view.read("record")
        return found

    def to_mermaid(self) -> str:
        """Return the graph with this run drawn over it: done, failed, waiting for."""
        return str(self._view.read("mermaid"))

    def __repr__(self) -> str:
        return f"<run {self.id} of {self.graph_name}: {type(self.outcome).__name__.lower()}>"
