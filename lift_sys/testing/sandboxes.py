"""What a sandbox must withstand and must let pass: a conformance suite for adapters of the port `Sandbox`; and a fake.

```python
await check_sandbox(sandbox)
```

The programs lie in `programs/`, one file for each family. A hostile program gets the traps as its argument, tries to
spring them, and returns "ESCAPED" where it believes it succeeded. Its case expects a text that is in no candidate's
reach, so the verdict "pass" is an escape too, and so is every trap found sprung.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio

from lift_sys.judges import (
    CLAIMS,
    NOTHING,
    Case,
    CaseResult,
    Isolation,
    Job,
    Sandbox,
    Session,
    Verdict,
    from_json,
    same,
)

__all__ = [
    "HostileProgram",
    "OrdinaryProgram",
    "ScriptedSandbox",
    "Traps",
    "check_sandbox",
    "hostile_faults",
    "hostile_programs",
    "ordinary_faults",
    "ordinary_programs",
    "set_traps",
]

_FOLDER = Path(__file__).parent / "programs"
_TITLE = re.compile(r"^=== (\w+)(?:: (.*)| needs (.*))?$", re.MULTILINE)
_CASE = re.compile(r"^#> (\[.*\]) -> (.*)$", re.MULTILINE)
_PROGRAM_SECONDS = 30.0

_NEEDS = {
    "time": "time",
    "memory": "memory",
    "processes": "processes",
    "signals": "processes",
    "resources": "resources",
    "reading": "files",
    "writing": "files",
    "network": "network",
    "ipc": "ipc",
}
"""What a level must claim to be tried with a family; the others only try to deceive the judge, which none may."""


class ScriptedSandbox:
    """A sandbox that runs nothing: `answer(job, args)` says what the program would have returned, or raises.

    Verdicts are made as the real ones are, by comparison; a session asks for one call at a time.
    """

    isolation = Isolation("scripted")

    def __init__(self, answer: Callable[[Job, tuple[Any, ...]], Any]) -> None:
        self._answer = answer
        self.jobs: list[Job] = []
        """Every job it was given, in order."""

    async def run(self, job: Job) -> Verdict:
        """Return the verdict on the scripted answers."""
        self.jobs.append(job)
        results = tuple(self._case(job, case) for case in job.cases)
        wrong = next((number for number, result in enumerate(results) if result.ok is False), None)
        if wrong is None:
            return Verdict("pass", results, self.isolation)
        error = results[wrong].error
        return Verdict(
            "error" if error else "fail", results, self.isolation, message=f"case {wrong}: {error or 'differs'}"
        )

    def _case(self, job: Job, case: Case) -> CaseResult:
        try:
            value = self._answer(job, case.args)
        except Exception as error:  # noqa: BLE001 - a scripted program may raise anything, as a real one may
            return CaseResult(False, error=f"{type(error).__name__}: {error}")
        return CaseResult(None if case.expected is NOTHING else same(value, case.expected), value)

    @contextlib.asynccontextmanager
    async def session(self, job: Job) -> AsyncIterator[Session]:
        """Open a session that gives the scripted answers."""
        self.jobs.append(job)
        yield _ScriptedSession(self, job)

    async def aclose(self) -> None:
        """Do nothing: nothing was started."""


class _ScriptedSession:
    ended: str | None = None

    def __init__(self, sandbox: ScriptedSandbox, job: Job) -> None:
        self._sandbox = sandbox
        self._job = job

    async def call(self, *args: Any) -> CaseResult:
        """Return the scripted answer."""
        return self._sandbox._case(self._job, Case(args))


async def check_sandbox(sandbox: Sandbox) -> None:
    """Raise AssertionError with every escape, and every ordinary program that was not accepted; takes some seconds."""
    with set_traps() as traps:
        faults = await hostile_faults(sandbox, traps)
    faults += await ordinary_faults(sandbox)
    if faults:
        raise AssertionError("\n".join(faults))


@dataclass(frozen=True)
class HostileProgram:
    """A program that tries one thing it must not achieve; `verdicts` are the honest ways for it to end."""

    name: str
    family: str
    source: str
    verdicts: frozenset[str]

    @property
    def claim(self) -> str:
        """What a level must claim to be tried with this program."""
        return _NEEDS.get(self.family, "answers")


@dataclass(frozen=True)
class OrdinaryProgram:
    """A decent program with its cases; `needs` is what a level must claim for it to pass."""

    name: str
    source: str
    cases: tuple[Case, ...]
    needs: str


def _sections(text: str) -> Iterator[tuple[re.Match[str], str]]:
    titles = list(_TITLE.finditer(text))
    for title, following in zip(titles, [*titles[1:], None], strict=True):
        yield title, text[title.end() + 1 : following.start() if following else len(text)]


def hostile_programs() -> list[HostileProgram]:
    """Return every hostile program, family by family."""
    return [
        HostileProgram(title[1], path.stem, body, frozenset(title[2].split()))
        for path in sorted((_FOLDER / "hostile").glob("*.txt"))
        for title, body in _sections(path.read_text(encoding="utf-8"))
    ]


def ordinary_programs() -> list[OrdinaryProgram]:
    """Return every ordinary program with its cases."""
    text = (_FOLDER / "ordinary.txt").read_text(encoding="utf-8")
    return [OrdinaryProgram(title[1], body, _cases(body), title[3] or "") for title, body in _sections(text)]


def _cases(body: str) -> tuple[Case, ...]:
    return tuple(
        Case(tuple(from_json(json.loads(args))), from_json(json.loads(expected)))
        for args, expected in _CASE.findall(body)
    )


@dataclass
class Traps:
    """What hostile programs aim at; `sprung` says what they hit."""

    folder: Path
    secret: Path
    victim: int
    tcp: socket.socket
    datagrams: socket.socket
    abstract: socket.socket
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    _before: Any = None

    def arm(self) -> None:
        """Remember how everything looks now."""
        self._before = self._look()

    def as_argument(self) -> dict[str, Any]:
        """Return what a hostile program is told."""
        return {
            "secret": str(self.secret),
            "secret_half": self.token[:16],
            "drop": str(self.folder / "drop"),
            "victim": self.victim,
            "judge": os.getpid(),
            "port": self.tcp.getsockname()[1],
            "socket": str(self.folder / "socket"),
            "abstract": self.abstract.getsockname()[1:].decode(),
        }

    def _look(self) -> dict[str, Any]:
        watched = (self.secret, self.folder, self.folder / "drop", Path(json.__file__), Path(json.__file__).parent)
        seen: dict[str, Any] = {
            str(path): (stat.st_mode, stat.st_uid, stat.st_size, stat.st_mtime_ns)
            for path, stat in ((path, path.stat()) for path in watched)
        }
        for kind in ("shm", "msg", "sem"):
            with contextlib.suppress(OSError):
                seen[f"System V {kind}"] = len(Path(f"/proc/sysvipc/{kind}").read_text().splitlines())
        return seen

    def sprung(self) -> list[str]:
        """Return every trap that was hit since they were armed."""
        now = self._look()
        hit = [f"{name} was changed" for name, was in self._before.items() if now.get(name) != was]
        if os.waitpid(self.victim, os.WNOHANG)[0]:
            hit.append("a stranger was killed")
        for name, trap in (("TCP", self.tcp), ("abstract", self.abstract)):
            with contextlib.suppress(BlockingIOError):
                trap.accept()[0].close()
                hit.append(f"the {name} socket was reached")
        with contextlib.suppress(BlockingIOError):
            self.datagrams.recv(100)
            hit.append("the socket file was reached")
        return hit


@contextlib.contextmanager
def set_traps() -> Iterator[Traps]:
    """Set the traps and take them away again."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="traps-")))
        (folder / "drop").mkdir()
        secret = folder / f"secret-{secrets.token_hex(8)}"
        victim = os.posix_spawn("/bin/sleep", ["sleep", "1000"], {})
        stack.callback(_end, victim)
        tcp = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        datagrams = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        datagrams.bind(str(folder / "socket"))
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind("\0lift-sys-" + secrets.token_hex(8))
        abstract.listen()
        for trap in (tcp, datagrams, abstract):
            trap.setblocking(False)
        traps = Traps(folder, secret, victim, tcp, datagrams, abstract)
        secret.write_text(traps.token)
        traps.arm()
        yield traps


def _end(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


async def hostile_faults(
    sandbox: Sandbox, traps: Traps, programs: Iterable[HostileProgram] | None = None, *, together: int = 3
) -> list[str]:
    """Run hostile programs, several at a time, and return every escape; an empty list is what you want.

    A level is spared only what it does not claim (`lift_sys.judges.CLAIMS`).
    """
    claims = CLAIMS[sandbox.isolation.level]
    chosen = [p for p in (hostile_programs() if programs is None else programs) if p.claim in claims]
    faults: list[str] = []
    argument = traps.as_argument()

    async def attempt(program: HostileProgram) -> None:
        job = Job(program.source, cases=(Case((argument,), traps.token),), timeout=1.0, mem_mb=128)
        verdict = await _within_limits(sandbox, job)
        faults.extend(
            f"{program.family}/{program.name}: {fault}"
            for fault in _escapes(program, verdict, traps, sandbox.isolation.level)
        )
        if sprung := traps.sprung():
            faults.append(f"{program.family}/{program.name} or a neighbour: {', '.join(sprung)}")
            traps.arm()

    await _each(attempt, chosen, together)
    return faults


def _escapes(program: HostileProgram, verdict: Verdict | None, traps: Traps, level: str) -> list[str]:
    if verdict is None:
        return [f"no verdict within {_PROGRAM_SECONDS:.0f} s"]
    faults = []
    # A level without threads, signals or descriptors fails earlier than the program meant to.
    honest = program.verdicts if "threads of its own" in CLAIMS[level] else program.verdicts | {"error", "crash"}
    if verdict.verdict not in honest:
        faults.append(f"verdict {verdict.verdict} ({verdict.message}), not one of {sorted(honest)}")
    given = [(case.value, case.error) for case in verdict.cases]
    if "ESCAPED" in str(given) or traps.token in str(given):
        faults.append(f"it got out: {str(given)[:200]}")
    return faults


async def ordinary_faults(sandbox: Sandbox, *, together: int = 3) -> list[str]:
    """Run every ordinary program and return those that were not accepted."""
    claims = CLAIMS[sandbox.isolation.level]
    chosen = [p for p in ordinary_programs() if not p.needs or f"{p.needs} of its own" in claims]
    faults: list[str] = []

    async def attempt(program: OrdinaryProgram) -> None:
        verdict = await _within_limits(sandbox, Job(program.source, cases=program.cases, timeout=10.0))
        if verdict is None or verdict.verdict != "pass":
            faults.append(
                f"{program.name}: {verdict.verdict if verdict else 'no verdict'} ({verdict and verdict.message})"
            )

    await _each(attempt, chosen, together)
    return faults


async def _within_limits(sandbox: Sandbox, job: Job) -> Verdict | None:
    with anyio.move_on_after(_PROGRAM_SECONDS):
        return await sandbox.run(job)
    return None


async def _each(attempt: Callable[[Any], Any], items: list[Any], together: int) -> None:
    places = anyio.Semaphore(together)

    async def one(item: Any) -> None:
        async with places:
            await attempt(item)

    async with anyio.create_task_group() as group:
        for item in items:
            group.start_soon(one, item)
