"""The judge's side of a waiting interpreter: start it, ask it for candidates, end it."""

from __future__ import annotations

import json
import math
import os
import socket
import sys
from collections.abc import Sequence
from importlib.machinery import PathFinder
from pathlib import Path

import anyio

from lift_sys.errors import SandboxError
from lift_sys.judges.child import Child, receive_ready, send_ready, start_child
from lift_sys.judges.sandbox.confined import Confined, InterpreterEnded
from lift_sys.judges.sandbox.job import Job

__all__ = ["Zygote", "start_zygote"]

# `-I -S`: no site, no user directory, no variables, and the path holds the standard library alone. The package `inside`
# is imported by path and the path is taken back at once, so nothing of lift_sys can be imported in there.
_BOOT = "import sys;sys.path.insert(0,sys.argv.pop(1));from inside import zygote;del sys.path[0];zygote.main()"
_HERE = str(Path(__file__).resolve().parent)
_START_SECONDS = 20.0
_COMPILE_SECONDS = 600.0  # the runtime compiles itself once for a machine
_INSIDE_ID = 1000
_NOBODY = 65534


class Zygote:
    """An interpreter that waits behind its wall and gives birth to one candidate per request."""

    def __init__(self, child: Child, level: str) -> None:
        self._child = child
        self._level = level

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
                raise InterpreterEnded(f"the sandbox's interpreter has ended ({error})") from None

    async def aclose(self) -> None:
        """End the interpreter and every candidate below it; return when they are gone."""
        # Only where nothing else ends what programs left behind does the interpreter need a moment to do it.
        await self._child.aclose(grace=self._level == "process")


def _interpreter() -> str:
    """Return the real interpreter: a venv's link leads to it, and the wall admits real paths only."""
    return os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)


async def start_zygote(level: str, allowed: Sequence[str] = ()) -> Zygote:
    """Start an interpreter behind the wall of `level`; SandboxError says what this machine refused."""
    child = start_child(_command(level, allowed))
    seconds = _COMPILE_SECONDS if level == "wasm" else _START_SECONDS
    try:
        with anyio.fail_after(seconds):
            fault = await _settle(child)
    except TimeoutError:
        fault = f"it did not answer within {seconds:.0f} s"
    except BaseException:
        child.kill()
        raise
    if fault:
        child.kill()
        raise SandboxError(f"isolation level {level!r} cannot be had on this machine: {fault}")
    return Zygote(child, level)


def _command(level: str, allowed: Sequence[str]) -> list[str]:
    if level == "wasm":
        # A trusted host of guests: it needs the runtime's package, so it is this program's own interpreter.
        return [sys.executable, "-I", os.path.join(_HERE, "wasm_helper.py")]
    folders, packages = _packages(allowed)
    settings = json.dumps({"level": level, "path": folders, "packages": packages})
    return [_interpreter(), "-I", "-S", "-c", _BOOT, _HERE, settings]


async def _settle(child: Child) -> str:
    """Do the judge's part while the interpreter builds its wall; return what failed, or nothing."""
    while True:
        answer = json.loads(await receive_ready(child.control, 1 << 16) or b'{"fault": "it ended at once"}')
        if "unshared" in answer:
            identity = _map_identity(child.pid)
            await send_ready(child.control, json.dumps({"identity": identity}).encode())
        elif "successor" in answer:
            child.adopt(answer["successor"])
        else:
            return str(answer.get("fault", ""))


def _map_identity(pid: int) -> str:
    """Write who the interpreter is in its user namespace; return "nobody" when it can stop being root outside.

    Root gets two identities: itself, to build the jail out of files that only root may reach, and nobody, to live in
    it. Everybody else can only be mapped to themselves.
    """
    proc = Path(f"/proc/{pid}")
    if os.geteuid() == 0:
        try:
            for kind in ("gid_map", "uid_map"):
                (proc / kind).write_text(f"0 0 1\n{_INSIDE_ID} {_NOBODY} 1\n")
            return "nobody"
        except OSError:  # a root that may not become others, as in some containers
            pass
    try:
        (proc / "setgroups").write_text("deny")
        (proc / "uid_map").write_text(f"{_INSIDE_ID} {os.geteuid()} 1\n")
        (proc / "gid_map").write_text(f"{_INSIDE_ID} {os.getegid()} 1\n")
    except OSError as error:
        raise SandboxError(f"isolation level 'embedded' cannot be had on this machine: identity map: {error}") from None
    return "self"


def _packages(allowed: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the folders to search and the real paths to show for the packages beyond the standard library."""
    folders, shown = [], []
    for name in allowed:
        if name in sys.stdlib_module_names:
            continue
        found = PathFinder.find_spec(name)
        if found is None:
            raise SandboxError(f"--allow-import {name}: no package of that name is installed here")
        places = list(found.submodule_search_locations or [found.origin or ""])
        for place in places:
            folder = os.path.dirname(place)
            folders.append(folder)
            shown += [place, os.path.join(folder, f"{name}.libs")]
    return sorted(set(folders)), shown
