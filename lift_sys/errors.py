"""Every way things go wrong, as one tree.

```
LiftError
├── DefinitionError          wrong use, said where it is written, before anything runs (.diagnostics)
│   └── FillRefused          a fill does not fit its hole; the run is as it was
├── RunError                 a run has no value to give (.run)
│   ├── IncompleteRun        a hole is open, or a person is waited for
│   ├── FailedRun            a step failed
│   └── CancelledRun         the run was cancelled
├── StepError                why one step of a run has no value
│   ├── ConstraintViolated   a MUST was broken at run time
│   ├── InvalidValue         a value did not fit its type where it entered
│   ├── BudgetExceeded       the run may not spend what this step asks for
│   ├── LoopLimit            a loop took more turns than `most`
│   ├── StepTimeout          a body did not end in time
│   └── Deadlock             a step waits for what cannot come
├── ConstraintConflict       constraints that cannot hold together (.core, .repairs)
├── StoreError               records cannot be read or written
├── ProviderError            nobody can answer a model request
│   ├── UnknownModel         no provider of that name
│   ├── ProviderUnavailable  it exists but cannot be used here: weights, key or package missing
│   ├── RequestFailed        the provider refused or did not answer
│   ├── NotRecorded          a replayed request is not in the recording
│   └── AnswerRejected       the answer did not parse, also after being asked again
├── SandboxError             a program cannot be run safely here
└── PlanningError            a plan of work is malformed, or does not hold what it is asked for (.code, .file, .line)
LiftBug                      our own fault: please report it with its story
```

A message says the place, the value and the cure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = [
    "AnswerRejected",
    "BudgetExceeded",
    "CancelledRun",
    "ConstraintConflict",
    "ConstraintViolated",
    "Deadlock",
    "DefinitionError",
    "Diagnostic",
    "FailedRun",
    "FillRefused",
    "IncompleteRun",
    "InvalidValue",
    "LiftBug",
    "LiftError",
    "LoopLimit",
    "NotRecorded",
    "PlanningError",
    "ProviderError",
    "ProviderUnavailable",
    "RequestFailed",
    "RunError",
    "SandboxError",
    "StepError",
    "StepTimeout",
    "StoreError",
    "UnknownModel",
]


class LiftError(Exception):
    """Anything that lift_sys raises because of what it was given."""


class DefinitionError(LiftError):
    """Wrong use, found where it was written; `diagnostics` holds every fault found at once."""

    def __init__(self, message: str = "", diagnostics: Sequence[Any] = ()) -> None:
        self.diagnostics: tuple[Any, ...] = tuple(diagnostics)
        super().__init__(message or "\n".join(str(d) for d in self.diagnostics))


class RunError(LiftError):
    """A run that has no value to give; `run` is the run, which can be resumed."""

    def __init__(self, message: str, run: Any = None) -> None:
        super().__init__(message)
        self.run = run


class IncompleteRun(RunError):
    """A hole is open, or a person is waited for."""


class FailedRun(RunError):
    """A step failed, and what was asked for depends on it."""


class CancelledRun(RunError):
    """The run was cancelled before its value was there."""


class StepError(LiftError):
    """Why one step of a run has no value."""


class ConstraintViolated(StepError):
    """A MUST was broken at run time; `constraint` is the broken one, `ports` the values that it was asked of."""

    def __init__(self, message: str, constraint: Any = None, ports: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.constraint = constraint
        self.ports = dict(ports or {})


class InvalidValue(StepError):
    """A value did not fit its type where it entered the run: `value`, what is `wrong` with it, the `fill` it is of."""

    def __init__(self, message: str, *, value: Any = None, wrong: str = "", fill: Any = None) -> None:
        super().__init__(message)
        self.value, self.wrong, self.fill = value, wrong, fill


class BudgetExceeded(StepError):
    """The run may not spend what this step asks for: seconds, tokens, money or requests."""


class LoopLimit(StepError):
    """A loop took more turns than its `most` allows."""


class StepTimeout(StepError):
    """A body did not end within its timeout, or the run within its deadline."""


class Deadlock(StepError):
    """A step waits for what cannot come; the message says who waits for whom."""


class FillRefused(DefinitionError):
    """A fill does not fit its hole; the run it was offered to is as it was."""


class ConstraintConflict(LiftError):
    """Constraints that cannot hold together.

    `core` is minimal: every proper subset can hold. `repairs` are the sets whose withdrawal leaves no conflict,
    smallest first; `repairs_complete` tells whether they are all there are.
    """

    def __init__(
        self,
        message: str,
        core: Sequence[Any] = (),
        repairs: Sequence[Sequence[Any]] = (),
        repairs_complete: bool = True,
    ) -> None:
        super().__init__(message)
        self.core = tuple(core)
        self.repairs = tuple(tuple(repair) for repair in repairs)
        self.repairs_complete = repairs_complete


class StoreError(LiftError):
    """Records cannot be read or written."""


class ProviderError(LiftError):
    """Nobody can answer a model request."""


class UnknownModel(ProviderError):
    """No provider answers to that model name."""


class ProviderUnavailable(ProviderError):
    """The provider exists but cannot be used on this machine: weights, key or package are missing."""


class RequestFailed(ProviderError):
    """The provider refused the request or did not answer it; `retryable` says whether asking again may help."""

    def __init__(self, message: str, *, retryable: bool = False, status: int | None = None) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.status = status


class NotRecorded(ProviderError):
    """A replayed request is not in the recording."""


class AnswerRejected(ProviderError):
    """The model's answer did not parse, also after it was asked again with the error; `answer` is the last one."""

    def __init__(self, message: str, *, answer: str = "", attempts: int = 0) -> None:
        super().__init__(message)
        self.answer = answer
        self.attempts = attempts


class SandboxError(LiftError):
    """A program cannot be run safely here."""


class PlanningError(LiftError):
    """A plan of work is malformed, or does not hold what it is asked for; nothing was written.

    `code` is stable, `file` and `line` are the place where there is one, `path` is the circle of ids when holes wait
    for each other in a circle.
    """

    def __init__(
        self, code: str, message: str, *, file: str | None = None, line: int | None = None, path: Sequence[str] = ()
    ) -> None:
        self.code, self.message, self.file, self.line, self.path = code, message, file, line, tuple(path)
        place = ":".join(str(part) for part in (file, line) if part is not None)
        super().__init__(f"{place}: {message}" if place else message)


class LiftBug(Exception):
    """Our own fault, never the user's: please report it with the story it carries."""


@dataclass(frozen=True)
class Diagnostic:
    """One fault with its place, its meaning and its cure; `code` is stable and `lift-sys explain CODE` tells more."""

    code: str
    place: str
    """`pkg/mod.py:31 article/draft`: file, line, and where in the graph if that is known."""
    message: str
    """What is wrong, with the value that shows it."""
    help: str
    """What to write instead; can be pasted where that is possible."""

    def __str__(self) -> str:
        return f"{self.place}: {self.code} {self.message}\n  help: {self.help}"
