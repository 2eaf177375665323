"""What is asked of a sandbox, and what it answers: Job in, Verdict out."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

__all__ = [
    "NOTHING",
    "Case",
    "CaseResult",
    "Isolation",
    "Job",
    "Level",
    "Sandbox",
    "Session",
    "Used",
    "Verdict",
    "VerdictName",
]

Level = Literal["embedded", "landlock", "process", "strong", "wasm"]
VerdictName = Literal["pass", "fail", "timeout", "memory", "crash", "error", "denied", "protocol"]


class _Nothing:
    """The absence of a value where None is a value."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING: Final = _Nothing()
"""Stands in `Case.expected` when a case only asks for its value."""


@dataclass(frozen=True)
class Case:
    """One call of the program's function; `expected` never enters the sandbox."""

    args: tuple[Any, ...]
    expected: Any = NOTHING


@dataclass(frozen=True)
class Job:
    """A program, the function of it to call, the cases, and what the program may use up.

    `timeout` is wall-clock seconds for all cases together, `mem_mb` is what the program may allocate,
    `allow_imports` names the packages beyond the standard library that it may import.
    """

    source: str
    function: str = "solve"
    cases: tuple[Case, ...] = ()
    timeout: float = 5.0
    mem_mb: int = 256
    allow_imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class CaseResult:
    """What one case gave: `ok` is None where nothing was expected and a value came."""

    ok: bool | None
    value: Any = None
    error: str | None = None


@dataclass(frozen=True)
class Isolation:
    """How a program was confined: the level, and each layer that stood while it ran."""

    level: str
    layers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Used:
    """What a program used up, as the kernel counted it."""

    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """The judge's word on one job; `denied` and `memory` are hints, as a program can raise those itself."""

    verdict: VerdictName
    cases: tuple[CaseResult, ...] = ()
    isolation: Isolation = field(default_factory=lambda: Isolation("none"))
    used: Used = field(default_factory=Used)
    message: str = ""


class Session(Protocol):
    """One program behind the wall that answers call after call, until it dies or the session ends."""

    @property
    def ended(self) -> str | None:
        """Why the program answers no more calls, or None while it does."""
        ...

    async def call(self, *args: Any) -> CaseResult:
        """Return what the function gave for these arguments, or how it failed (`ok` is None or False)."""
        ...


class Sandbox(Protocol):
    """Runs programs that nobody trusts; made by `open_sandbox`, closed by `aclose`."""

    @property
    def isolation(self) -> Isolation:
        """The level, and the layers that were seen to stand when the sandbox opened."""
        ...

    async def run(self, job: Job) -> Verdict:
        """Run every case of the job and judge it; nothing of the program is alive when this returns."""
        ...

    def session(self, job: Job) -> AbstractAsyncContextManager[Session]:
        """Open one program for calls one by one; its `timeout` counts for the whole session."""
        ...

    async def aclose(self) -> None:
        """End every process the sandbox started, and wait until they are gone."""
        ...
