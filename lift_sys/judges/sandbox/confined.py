"""The judge's side of one program's process: its channel, its pidfd, its certain end."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from dataclasses import dataclass

import anyio
from anyio.lowlevel import checkpoint

from lift_sys.errors import LiftBug, SandboxError
from lift_sys.judges.child import receive_ready, send_ready
from lift_sys.judges.sandbox.inside.frames import Frames
from lift_sys.judges.sandbox.inside.values import NotPlain

__all__ = ["Confined", "Ended", "InterpreterEnded"]

_WALL_SECONDS = 20.0
_REAP_SECONDS = 30.0
_READ = 1 << 16
OUTPUT_LIMIT = 32 << 20
"""How many bytes one program may answer in all."""


class InterpreterEnded(SandboxError):
    """The waiting interpreter is gone; another one can be started."""


@dataclass(frozen=True)
class Ended:
    """How a process ended (as wait(2) says it) and what it had used up."""

    signal: int = 0
    code: int = 0
    cpu_seconds: float = 0.0
    peak_mb: float = 0.0


class Confined:
    """One process behind its wall; `end` must be awaited, whatever happened before, and may be again."""

    def __init__(self, channel: socket.socket, status: socket.socket) -> None:
        self._channel = channel
        self._status = status
        self._pidfd = -1
        self._frames = Frames()
        self._received = 0
        self._ended: Ended | None = None
        self._born = False
        self.asked = False
        """Whether the interpreter was asked for the process: from then on it must be ended."""
        self.layers: tuple[str, ...] = ()

    async def wait_enclosed(self) -> None:
        """Return when every layer stands; nothing of the program is there yet, so the process can be believed."""
        try:
            with anyio.fail_after(_WALL_SECONDS):
                # Its first message is later than its birth, so by then both are there and one waiting is enough.
                messages = await self.receive()
                await self._wait_born()
                answer = json.loads(messages[0]) if messages else {"fault": "it ended before its wall stood"}
        except TimeoutError:
            answer = {"fault": f"its wall did not stand within {_WALL_SECONDS:.0f} s"}
        if "fault" in answer:
            raise SandboxError(f"a program's process cannot be confined on this machine: {answer['fault']}")
        self.layers = tuple(answer["layers"])

    async def _wait_born(self) -> None:
        while True:
            try:
                data, fds, _, _ = socket.recv_fds(self._status, 4096, 1)
                break
            except BlockingIOError:
                await anyio.wait_readable(self._status)
        if not data:
            raise InterpreterEnded("the sandbox's interpreter has ended")
        answer = json.loads(data)
        if "fault" in answer:
            raise SandboxError(f"a program's process cannot be started on this machine: {answer['fault']}")
        self._born = True
        if fds:
            (self._pidfd,) = fds

    async def send(self, data: bytes) -> None:
        """Send bytes; a program that hung up is no error here, as its silence will tell."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            await send_ready(self._channel, data)

    def send_nowait(self, data: bytes) -> memoryview:
        """Send what fits at once and return the rest."""
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self._channel.send(rest) :]
        except (BrokenPipeError, ConnectionResetError):
            return rest[:0]
        except BlockingIOError:
            pass
        return rest

    async def receive(self) -> list[bytes]:
        """Return the messages that arrive next, as JSON, or none when the program hung up; may raise NotPlain."""
        while True:
            data = await receive_ready(self._channel, _READ)
            if not data:
                return []
            # A program that keeps the channel full never lets us wait, and who never waits never sees the deadline.
            await checkpoint()
            self._received += len(data)
            if self._received > OUTPUT_LIMIT:
                raise NotPlain(f"more than {OUTPUT_LIMIT >> 20} MB of answers")
            messages = list(self._frames.feed(data))
            if messages:
                return messages

    async def end(self) -> Ended:
        """Kill the process and return how it ended, once it is reaped: after that nothing of it can act."""
        if self._ended is None:
            try:
                self._ended = await self._end()
            finally:
                self._channel.close()
                self._status.close()
                if self._pidfd >= 0:
                    os.close(self._pidfd)
        return self._ended

    async def _end(self) -> Ended:
        with anyio.move_on_after(_REAP_SECONDS, shield=True):
            if not self._born:
                if not self.asked:
                    return Ended()
                try:
                    await self._wait_born()  # it was asked for, so it will come, and must go again
                except SandboxError:
                    return Ended()
            self._kill()
            data = await receive_ready(self._status, 4096)
            if not data:
                return Ended(signal=signal.SIGKILL)
            report = json.loads(data)
            code = os.waitstatus_to_exitcode(report["ended"])
            return Ended(max(0, -code), max(0, code), report["cpu"], report["peak_kb"] / 1024)
        raise LiftBug(f"a program's process was not reaped within {_REAP_SECONDS:.0f} s after SIGKILL")

    def _kill(self) -> None:
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            return
        # A guest without a process of its own: its host stops it when told, and it waits for nobody any more.
        with contextlib.suppress(OSError):
            self._channel.shutdown(socket.SHUT_RDWR)
            self._status.send(b"end")
