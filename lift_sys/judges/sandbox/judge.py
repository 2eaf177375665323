"""From answers to a verdict: expected values stay here, and whatever comes back is doubted first."""

from __future__ import annotations

import signal
import time
from typing import Any

import anyio
import anyio.to_thread

from lift_sys.errors import DefinitionError
from lift_sys.judges.sandbox.comparison import same
from lift_sys.judges.sandbox.confined import Confined, Ended
from lift_sys.judges.sandbox.inside.frames import FRAME_LIMIT, frame
from lift_sys.judges.sandbox.inside.values import NotPlain, decode, dumps, encode, loads
from lift_sys.judges.sandbox.job import NOTHING, Case, CaseResult, Isolation, Job, Used, Verdict, VerdictName

__all__ = ["SOURCE_LIMIT", "Hearing", "opening", "question", "refuse", "try_job"]

SOURCE_LIMIT = 1 << 20
"""The longest program, in bytes."""

_TEXT = 700
_AT_ONCE = 1 << 17
_ROOM = 1 << 16
_KINDS: dict[str, VerdictName] = {"raised": "error", "unsupported": "error", "denied": "denied", "memory": "memory"}


def refuse(job: Job) -> str | None:
    """Say why a job is not worth a process, or None."""
    size = len(job.source.encode(errors="surrogatepass"))
    if size > SOURCE_LIMIT:
        return f"the program has {size} bytes; the limit is {SOURCE_LIMIT}"
    if len(dumps(job.source)) > FRAME_LIMIT - _ROOM:
        return "most of the program is no text"
    return None


def opening(job: Job) -> bytes:
    """Return the first message to a candidate: the program, without any case."""
    return frame({"source": job.source, "function": job.function, "allow": list(job.allow_imports)})


class Hearing:
    """Collects one program's answers, in order, and compares each as it comes."""

    def __init__(self, cases: tuple[Case, ...], *, first: int = 0, loaded: bool = False) -> None:
        self._cases = cases
        self._first = first
        self.results: list[CaseResult] = []
        self.finding: tuple[VerdictName, str] | None = None
        """What was first found wrong, if anything."""
        self.loaded = loaded
        self.over = False

    async def wait_heard(self, messages: list[bytes]) -> None:
        """Take in answers; NotPlain means that the program does not keep to the protocol."""
        if sum(map(len, messages)) <= _AT_ONCE:
            self._hear(messages)
        else:
            # Megabytes take a while to understand, and the deadlines of others are kept by this thread.
            await anyio.to_thread.run_sync(self._hear, messages)

    def _hear(self, messages: list[bytes]) -> None:
        for message in map(loads, messages):
            if self.over:
                raise NotPlain("an answer to a question that was not asked")
            kind, value = _read(message, self._first + len(self.results) if self.loaded else -1)
            if self.loaded:
                self._take(self._cases[len(self.results)], kind, value)
            elif kind == "err":
                self._find(*value)
                self.over = True
                continue
            self.loaded = True
            self.over = len(self.results) == len(self._cases)

    def _take(self, case: Case, kind: str, value: Any) -> None:
        if kind == "err":
            name, text = value
            self.results.append(CaseResult(False, error=text))
            self._find(name, f"case {len(self.results) - 1}: {text}")
            return
        ok = None if case.expected is NOTHING else same(value, case.expected)
        self.results.append(CaseResult(ok, value))
        if ok is False:
            self._find("fail", f"case {len(self.results) - 1}: got {_short(value)}, expected {_short(case.expected)}")

    def _find(self, name: VerdictName, text: str) -> None:
        if self.finding is None:
            self.finding = (name, text)


def _read(message: Any, number: int) -> tuple[str, Any]:
    """Return ("ok", value) or ("err", (verdict, text)) for one message; call -1 is the loading of the program."""
    if type(message) is not dict or len(message) != 2 or "i" not in message:
        raise NotPlain(f"not an answer: {_short(message)}")
    index = message["i"]
    if type(index) is not int or index != number:
        raise NotPlain(f"an answer to call {_short(index)} where call {number} was asked")
    if "ok" in message:
        return "ok", decode(message["ok"])
    fault = message.get("err")
    if type(fault) is not dict or type(fault.get("text")) is not str:
        raise NotPlain(f"not an answer: {_short(message)}")
    name = _KINDS.get(str(fault.get("kind")), "error")
    return "err", (name, fault["text"][:_TEXT])


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer of more digits than Python likes to print
        text = f"an integer of {value.bit_length()} bits" if type(value) is int else "a value too long to print"
    return text if len(text) <= 200 else text[:200] + "..."


def question(number: int, args: tuple[Any, ...]) -> bytes:
    """Return the message that asks for one call; DefinitionError when the arguments are not plain values."""
    try:
        return frame({"i": number, "args": [encode(argument) for argument in args]})
    except NotPlain as error:
        raise DefinitionError(f"the arguments of call {number} cannot be given to a program: {error}") from None


async def try_job(job: Job, questions: bytes, confined: Confined, level: str) -> Verdict:
    """Put every case to the program and return the verdict once the program is gone."""
    hearing = Hearing(job.cases)
    ending: tuple[VerdictName, str] | None = None
    hung_up = False
    started = time.monotonic()
    try:
        with anyio.move_on_after(job.timeout) as clock:
            try:
                hung_up = await _ask(questions, confined, hearing)
            except NotPlain as error:
                ending = ("protocol", f"the program does not keep to the protocol: {error}")
    finally:
        seconds = time.monotonic() - started
        ended = await confined.end()
    if clock.cancelled_caught:
        ending = ("timeout", f"no answer to case {len(hearing.results)} within {job.timeout:g} s")
    elif hung_up:
        ending = _cause(ended, job, len(hearing.results))
    name, text = ending or hearing.finding or ("pass", "")
    return Verdict(
        name,
        tuple(hearing.results),
        Isolation(level, confined.layers),
        Used(seconds, ended.cpu_seconds, ended.peak_mb),
        text,
    )


async def _ask(questions: bytes, confined: Confined, hearing: Hearing) -> bool:
    """Send program and cases, hear the answers; True when the program ended before it had answered."""
    rest = confined.send_nowait(questions)
    if not rest:
        return await _hear(confined, hearing)
    # More than the socket takes at once: go on sending while answers come, or both sides would wait for each other.
    hung_up, fault = False, None
    async with anyio.create_task_group() as group:
        group.start_soon(confined.send, bytes(rest))
        try:
            hung_up = await _hear(confined, hearing)
        except NotPlain as error:  # raised on below: a task group would wrap it
            fault = error
        group.cancel_scope.cancel()
    if fault is not None:
        raise fault
    return hung_up


async def _hear(confined: Confined, hearing: Hearing) -> bool:
    while not hearing.over:
        messages = await confined.receive()
        if not messages:
            return True
        await hearing.wait_heard(messages)
    return False


def _named(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # one of the many without a name
        return f"signal {number}"


def _cause(ended: Ended, job: Job, number: int) -> tuple[VerdictName, str]:
    """Say what a death before the last answer means."""
    where = f"before it answered case {number}"
    if ended.signal == signal.SIGSYS:
        return "denied", f"the program was ended {where} for a system call that is not allowed"
    if ended.signal == signal.SIGXCPU or (ended.signal == signal.SIGKILL and ended.cpu_seconds > job.timeout):
        return "timeout", f"the program used {ended.cpu_seconds:.1f} s of processor time {where}"
    if ended.signal:
        return "crash", f"the program was ended by {_named(ended.signal)} {where}"
    return "crash", f"the program ended with exit code {ended.code} {where}"
