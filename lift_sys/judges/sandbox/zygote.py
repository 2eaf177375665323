"""The judge's side of a waiting interpreter: start it, ask it for candidates, end it."""

from __future__ import annotations

import json
import math
import os
import socket
import sys
from pathlib import Path
from typing import Any

import anyio

from lift_sys.errors import SandboxError
from lift_sys.judges.child import Child, receive_ready, start_child
from lift_sys.judges.sandbox.confined import Confined
from lift_sys.judges.sandbox.job import Job

__all__ = ["Zygote", "start_zygote"]

# `-I -S`: no site, no user directory, no variables, and the path holds the standard library alone. The package `inside`
# is imported by path and the path is taken back at once, so nothing of lift_sys can be imported in there.
_BOOT = "import sys;sys.path.insert(0,sys.argv.pop(1));from inside import zygote;del sys.path[0];zygote.main()"
_HERE = str(Path(__file__).resolve().parent)
_START_SECONDS = 20.0


class Zygote:
    """An interpreter that waits behind its wall and gives birth to one candidate per request."""

    def __init__(self, child: Child, layers: tuple[str, ...]) -> None:
        self._child = child
        self.layers = layers

    @property
    def pid(self) -> int:
        """Return the process id, for measurements."""
        return self._child.pid

    def alive(self) -> bool:
        """Tell whether it can still be asked."""
        return self._child.alive()

    async def candidate(self, job: Job) -> Confined:
        """Return a new process behind its wall, ready to be given the program; it must be ended."""
        # Only numbers go through the zygote: program and cases never do.
        limits = {"mem_mb": job.mem_mb, "cpu": 2 * math.ceil(job.timeout) + 1}
        ours, theirs = socket.socketpair()
        status, told = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, status):
            end.setblocking(False)
        confined = Confined(ours, status)
        try:
            with theirs, told:
                await self._request(json.dumps(limits).encode(), [theirs.fileno(), told.fileno()])
            confined.asked = True
            await confined.wait_enclosed()
        except BaseException:
            await confined.end()
            raise
        return confined

    async def _request(self, data: bytes, fds: list[int]) -> None:
        while True:
            try:
                socket.send_fds(self._child.control, [data], fds)
                return
            except BlockingIOError:
                await anyio.wait_writable(self._child.control)
            except OSError as error:
                raise SandboxError(f"the sandbox's interpreter has ended ({error}); open the sandbox again") from None

    async def aclose(self) -> None:
        """End the interpreter and every candidate below it; return when they are gone."""
        await self._child.aclose()


def _interpreter() -> str:
    """Return the real interpreter: a venv's link leads to it, and the wall admits real paths only."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


async def start_zygote(level: str, config: dict[str, Any]) -> Zygote:
    """Start an interpreter behind the wall of `level`; SandboxError says what this machine refused."""
    settings = json.dumps({**config, "level": level})
    child = start_child([_interpreter(), "-I", "-S", "-c", _BOOT, _HERE, settings])
    try:
        with anyio.fail_after(_START_SECONDS):
            answer = json.loads(await receive_ready(child.control, 1 << 16) or b'{"fault": "it ended at once"}')
    except TimeoutError:
        answer = {"fault": f"it did not answer within {_START_SECONDS:.0f} s"}
    except BaseException:
        child.kill()
        raise
    if "fault" in answer:
        child.kill()
        raise SandboxError(f"isolation level {level!r} cannot be had on this machine: {answer['fault']}")
    return Zygote(child, tuple(answer["layers"]))
