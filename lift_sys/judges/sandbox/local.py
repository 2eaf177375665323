"""A sandbox on this machine: a few waiting interpreters, and the judge before them."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator
from typing import Any

import anyio

from lift_sys.errors import SandboxError
from lift_sys.judges.sandbox.confined import Confined, InterpreterEnded
from lift_sys.judges.sandbox.inside.values import NotPlain
from lift_sys.judges.sandbox.job import Case, CaseResult, Isolation, Job, Session, Verdict
from lift_sys.judges.sandbox.judge import Hearing, opening, question, refuse, try_job
from lift_sys.judges.sandbox.zygote import Zygote, start_zygote

__all__ = ["LocalSandbox"]

# One candidate computes while the next one's wall goes up; more would only share the processor.
_PER_WORKER = 2


class LocalSandbox:
    """Runs programs behind one level of isolation with `workers` waiting interpreters, started as they are needed."""

    def __init__(self, level: str, workers: int) -> None:
        self._level = level
        self._workers = max(1, workers)
        self._zygotes: dict[tuple[str, ...], list[Zygote]] = {}
        self._starting = anyio.Lock()
        self._places = anyio.Semaphore(self._workers * _PER_WORKER)
        self._busy: dict[int, int] = {}
        self._layers: tuple[str, ...] = ()
        self._closed = False

    @property
    def isolation(self) -> Isolation:
        """The level, and the layers that were seen to stand when the sandbox opened."""
        return Isolation(self._level, self._layers)

    async def probe(self) -> None:
        """Raise the whole wall once around nothing; SandboxError says which layer this machine refuses."""
        async with self._confined(Job(source="", function="")) as confined:
            self._layers = confined.layers

    async def run(self, job: Job) -> Verdict:
        """Run every case of the job and judge it; nothing of the program is alive when this returns."""
        if (fault := refuse(job)) is not None:
            return Verdict("error", isolation=self.isolation, message=fault)
        questions = b"".join([opening(job), *(question(number, case.args) for number, case in enumerate(job.cases))])
        async with self._places, self._confined(job) as confined:
            return await try_job(job, questions, confined, self._level)

    @contextlib.asynccontextmanager
    async def session(self, job: Job) -> AsyncIterator[Session]:
        """Open one program for calls one by one; its `timeout` counts for the whole session."""
        if (fault := refuse(job)) is not None:
            raise SandboxError(fault)
        # Sessions take no place: whoever needs two at once could otherwise wait for ever for another who does too.
        async with self._confined(job) as confined:
            yield _LocalSession(job, confined)

    @contextlib.asynccontextmanager
    async def _confined(self, job: Job) -> AsyncIterator[Confined]:
        zygote = await self._free_zygote(job.allow_imports)
        self._busy[zygote.pid] = self._busy.get(zygote.pid, 0) + 1
        try:
            confined = await self._born(zygote, job)
            try:
                yield confined
            finally:
                await confined.end()
        finally:
            self._busy[zygote.pid] -= 1

    async def _born(self, zygote: Zygote, job: Job) -> Confined:
        try:
            return await zygote.candidate(job)
        except InterpreterEnded:
            # At a weak level a program can take its interpreter with it; the next program shall not suffer for that.
            await zygote.aclose()
            return await (await self._free_zygote(job.allow_imports)).candidate(job)

    async def _free_zygote(self, allowed: tuple[str, ...]) -> Zygote:
        """Return the least busy interpreter that admits these packages, a new one if all are busy and there is room."""
        async with self._starting:
            if self._closed:
                raise SandboxError("this sandbox is closed; open another with open_sandbox()")
            zygotes = self._zygotes.setdefault(allowed, [])
            for dead in [zygote for zygote in zygotes if not zygote.alive()]:
                zygotes.remove(dead)
                await dead.aclose()
            idle = min(zygotes, key=lambda zygote: self._busy.get(zygote.pid, 0), default=None)
            if idle is None or (self._busy.get(idle.pid, 0) and len(zygotes) < self._workers):
                idle = await start_zygote(self._level, allowed)
                zygotes.append(idle)
            return idle

    async def aclose(self) -> None:
        """End every process the sandbox started, and wait until they are gone."""
        with anyio.CancelScope(shield=True):
            async with self._starting:  # whoever is starting one has put it where it is found
                self._closed = True
            for zygote in [zygote for zygotes in self._zygotes.values() for zygote in zygotes]:
                await zygote.aclose()
        self._zygotes.clear()


class _LocalSession:
    """One program that answers call after call."""

    def __init__(self, job: Job, confined: Confined) -> None:
        self._confined = confined
        self._opening: bytes = opening(job)
        self._until = time.monotonic() + job.timeout
        self._timeout = job.timeout
        self._number = 0
        self.ended: str | None = None
        """Why the program answers no more calls, or None while it does."""

    async def call(self, *args: Any) -> CaseResult:
        """Return what the function gave for these arguments, or how it failed."""
        if self.ended is not None:
            return CaseResult(False, error=self.ended)
        asked = question(self._number, args)
        try:
            with anyio.fail_after(self._until - time.monotonic()):
                return await self._ask(args, asked)
        except TimeoutError:
            self.ended = f"no answer to call {self._number} within the session's {self._timeout:g} s"
        except NotPlain as error:
            self.ended = f"the program does not keep to the protocol: {error}"
        return CaseResult(False, error=self.ended)

    async def _ask(self, args: tuple[Any, ...], asked: bytes) -> CaseResult:
        hearing = Hearing((Case(args),), first=self._number, loaded=not self._opening)
        await self._confined.send(self._opening + asked)
        self._opening = b""
        while not hearing.over:
            messages = await self._confined.receive()
            if not messages:
                self.ended = f"the program ended before it answered call {self._number}"
                return CaseResult(False, error=self.ended)
            await hearing.wait_heard(messages)
        self._number += 1
        if not hearing.results:
            self.ended = hearing.finding[1] if hearing.finding else "the program did not load"
            return CaseResult(False, error=self.ended)
        return hearing.results[0]
