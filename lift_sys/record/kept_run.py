"""A run as it is kept outside the process: what a run file holds, and what every explanation is read from.

The shape is JSON with a version; docs/planning/run_files.md says what each field means. A reader takes its own version
only; fields that it does not know are left aside.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, Literal

from lift_sys.define import Constraint
from lift_sys.errors import DefinitionError
from lift_sys.record.kept_value import KeptValue

__all__ = [
    "FORMAT",
    "VERSION",
    "KeptConstraint",
    "KeptError",
    "KeptEvent",
    "KeptFill",
    "KeptRun",
    "KeptStep",
    "KeptUsage",
    "StepKind",
    "parse_run",
    "run_as_json",
]

FORMAT: Final = "lift-sys run"
VERSION: Final = 1
StepKind = Literal["call", "hole", "graph", "each", "branch", "loop", "made"]
_SHOWN = ("call", "hole", "graph")


@dataclass(frozen=True, slots=True)
class KeptFill:
    """What stood in a hole; `code` is a hash of what it would do: of its function, its value or its settings."""

    kind: Literal["code", "model", "person", "graph", "deferred"]
    name: str
    hole: str
    code: str = ""

    def __str__(self) -> str:
        return self.name if self.name.startswith(self.kind) else f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class KeptError:
    """Why a step has no value."""

    type: str
    message: str

    def __str__(self) -> str:
        return f"{self.type}: {self.message}"


@dataclass(frozen=True, slots=True)
class KeptConstraint:
    """A constraint that was checked at a step."""

    strength: Literal["MUST", "SHOULD", "MAY"]
    text: str
    origin: str = ""

    def said(self) -> Constraint:
        """Return it as a Constraint, without the function that checked it."""
        return Constraint(self.strength, self.text, self.origin)


@dataclass(frozen=True, slots=True)
class KeptUsage:
    """What a step asked of models; `cost` is None where no price is known."""

    models: tuple[str, ...] = ()
    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """One thing that happened; `step` is the number of the step it is about, None for the run itself."""

    kind: str
    seq: int
    at: float
    step: int | None = None
    path: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptStep:
    """One step of a run; steps name each other by their place in the run's list, `id`.

    `used` are the steps that its value rests on, `takes` the inputs of the graph that it is given; what lies between
    (fields, items, containers) is looked through. `decided_by` are those that say whether, or how often, what is
    `within` it runs. `within` is the map, branch, loop, graph or calling body that opened it, `caller` the nearest
    body. A step of kind `made` is a field or container: kept where it failed, and where it is the graph's output.
    """

    id: int
    path: str
    kind: StepKind
    status: Literal["done", "failed", "open", "waiting"]
    node: str = ""
    name: str = ""
    place: str = ""
    effect: str = ""
    code: str = ""
    fill: KeptFill | None = None
    inputs: Mapping[str, KeptValue] = field(default_factory=dict)
    value: KeptValue | None = None
    error: KeptError | None = None
    used: tuple[int, ...] = ()
    takes: tuple[str, ...] = ()
    decided_by: tuple[int, ...] = ()
    within: int | None = None
    caller: int | None = None
    constraints: tuple[KeptConstraint, ...] = ()
    usage: KeptUsage | None = None
    started: float | None = None
    seconds: float | None = None

    @property
    def is_shown(self) -> bool:
        """Whether it is a step of its own, and not the shape around some."""
        return self.kind in _SHOWN


@dataclass(frozen=True)
class KeptRun:
    """A run that outlives its process: how it ended, its inputs, its steps and its events."""

    graph: str
    label: str
    run_id: str
    outcome: Literal["complete", "incomplete", "failed", "cancelled"]
    steps: tuple[KeptStep, ...]
    inputs: Mapping[str, KeptValue] = field(default_factory=dict)
    events: tuple[KeptEvent, ...] = ()
    output: int | None = None
    value: KeptValue | None = None
    started: float | None = None
    seconds: float | None = None
    tainted: bool = False
    target: str | None = None
    code: str = ""
    python: str = ""

    def at(self, place: str) -> KeptStep:
        """Return the step at a path; the graph's own name is its output. DefinitionError names the nearest paths."""
        known: dict[str, KeptStep] = {}
        for step in self.steps:
            known.setdefault(step.path, step)
        if self.output is not None and place == self.graph:
            return self.steps[self.output]
        found = known.get(place) or known.get(f"{self.graph}/{place}")
        if found is None:
            near = get_close_matches(place, list(known), 3, 0.4) or list(known)[:5]
            raise DefinitionError(
                f"run {self.run_id}: no step at {place!r}\n  help: did you mean {', '.join(near)}?"
                if near
                else f"run {self.run_id}: no step at {place!r}\n  help: it has no steps"
            )
        return found

    def events_of(self, steps: Iterable[KeptStep]) -> Iterator[KeptEvent]:
        """Yield the events of some steps, in order."""
        ids = {step.id for step in steps}
        yield from (event for event in self.events if event.step in ids)


@cache
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(KeptRun)


def run_as_json(kept: KeptRun) -> dict[str, Any]:
    """Return a run as the JSON object that a run file holds."""
    found: dict[str, Any] = _adapter().dump_python(kept, mode="json", exclude_none=True)
    return {"format": FORMAT, "version": VERSION, **found}


def parse_run(said: Any, where: str) -> KeptRun:
    """Return the run that a JSON object says; DefinitionError with the place of the first fault."""
    from pydantic import ValidationError

    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise DefinitionError(
            f'{where} is no run file: it does not say `"format": "{FORMAT}"`\n'
            "  help: write one with lift-sys run TARGET --record FILE"
        )
    if said.get("version") != VERSION:
        raise DefinitionError(
            f"{where} is of version {said.get('version')!r}, and this lift-sys reads version {VERSION}\n"
            "  help: read it with the lift-sys that wrote it, or run the graph again with --record"
        )
    try:
        kept: KeptRun = _adapter().validate_python(said)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        at = ".".join(str(part) for part in fault["loc"])
        raise DefinitionError(
            f"{where}: {at}: {fault['msg']}\n  help: a run file is written by lift-sys run TARGET --record FILE"
        ) from None
    _refuse_wrong_numbers(kept, where)
    return kept


def _refuse_wrong_numbers(kept: KeptRun, where: str) -> None:
    """Refuse steps that name steps which are not there: every other reader may then trust the numbers."""
    count = len(kept.steps)
    for position, step in enumerate(kept.steps):
        named = (*step.used, *step.decided_by, *(n for n in (step.within, step.caller) if n is not None))
        wrong = next((n for n in named if not 0 <= n < count), None)
        if step.id != position:
            raise DefinitionError(f"{where}: steps.{position}: its id is {step.id}\n  help: ids count from 0, in order")
        if wrong is not None:
            raise DefinitionError(
                f"{where}: steps.{position}: {step.path} names step {wrong}, and there are {count}\n"
                "  help: the file was cut or changed; run the graph again with --record"
            )
    if kept.output is not None and not 0 <= kept.output < count:
        raise DefinitionError(f"{where}: output: there is no step {kept.output}\n  help: there are {count} steps")
