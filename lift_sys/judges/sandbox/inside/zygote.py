"""The waiting interpreter: everything imported once, one child for each program.

It is started by exec and never shares memory with the judge, knows nothing but numbers about the jobs (program and
cases go over the candidate's own socket once the wall is up), keeps one thread, and ends when the judge hangs up.
"""

from __future__ import annotations

import array
import contextlib
import gc
import json
import os
import select
import signal
import socket
import sys
from typing import Any

from . import candidate, walls
from .frames import frame
from .importable import IMPORTABLE, WARM
from .values import loads

__all__ = ["main"]

_CONTROL = 3
_DESCRIPTORS = 1 << 20


class _Child:
    """One program's process, and where its end is to be told."""

    def __init__(self, pid: int, pidfd: int, status: int) -> None:
        self.pid = pid
        self.pidfd = pidfd
        self.status = status


def main() -> None:
    """Build the jail, say so, then serve requests until the control socket closes."""
    os.closerange(_CONTROL + 1, _DESCRIPTORS)  # whatever the judge's own parent let it inherit
    config = json.loads(sys.argv[1])
    os.chdir("/")
    os.environ.clear()  # nothing was given, but the interpreter adds the locale it chose
    control = socket.socket(fileno=_CONTROL)
    level = walls.LEVELS[config["level"]](config)
    try:
        level.settle(control)
    except OSError as error:
        control.send(json.dumps({"fault": _told(error)}).encode())
        return
    sys.path += config["path"]  # only what was let in by name is there
    control.send(b'{"settled":true}')
    _Zygote(control, level).serve()


class _Zygote:
    """Waits for requests and for ends; warms up by one import at a time while there is nothing to do."""

    def __init__(self, control: socket.socket, level: walls.Wall) -> None:
        self._control = control
        self._wall = level
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._by_pidfd: dict[int, _Child] = {}
        self._by_status: dict[int, _Child] = {}
        self._cold = list(reversed(WARM))

    def serve(self) -> None:
        """Return when the judge has hung up; the caller's exit ends whatever still lives below it."""
        while True:
            for fd, _ in self._poll.poll(0 if self._cold else None):
                if fd == _CONTROL:
                    if not self._accept():
                        self._end_all()
                        return
                elif fd in self._by_pidfd:
                    self._reap(self._by_pidfd[fd])
                elif fd in self._by_status:
                    # The judge let go of it: nobody waits for this program any more.
                    self._kill(self._by_status[fd])
            self._warm_up()

    def _warm_up(self) -> None:
        if self._cold:
            sys.modules["ssl"] = None  # type: ignore[assignment] # asyncio does without, and nobody here has a network
            # An interpreter may be built without one of them; programs that ask for it are told so.
            with contextlib.suppress(ImportError):
                __import__(self._cold.pop())
            del sys.modules["ssl"]
            if not self._cold:
                # What is here now is shared by every child: counting its garbage would only copy its pages.
                gc.collect()
                gc.freeze()

    def _accept(self) -> bool:
        data, fds, _, _ = socket.recv_fds(self._control, 4096, 2)
        if not data:
            return False
        if len(fds) != 2:  # no descriptors left for one more program; closing these tells the judge
            for fd in fds:
                os.close(fd)
            return True
        channel, status = fds
        try:
            pid = self._wall.fork()
        except OSError as error:
            os.write(status, json.dumps({"fault": f"no process for the program: {_told(error)}"}).encode())
            os.close(channel)
            os.close(status)
            return True
        if pid == 0:
            self._become_candidate(loads(data), channel)
        os.close(channel)
        self._follow(_Child(pid, os.pidfd_open(pid), status))
        return True

    def _become_candidate(self, limits: Any, channel: int) -> None:
        """Never return: this is the child, and it ends here whatever happens in it."""
        try:
            os.dup2(channel, _CONTROL)  # also drops the control socket, the last thing a program could misuse
            os.closerange(_CONTROL + 1, _DESCRIPTORS)
            candidate_main(self._wall, limits)
        finally:
            os._exit(70)

    def _follow(self, child: _Child) -> None:
        self._by_pidfd[child.pidfd] = child
        self._by_status[child.status] = child
        self._poll.register(child.pidfd, select.POLLIN)
        self._poll.register(child.status, 0)  # hang-ups are always reported
        try:
            with socket.socket(fileno=os.dup(child.status)) as status:
                rights = array.array("i", [child.pidfd])
                status.sendmsg([b'{"born":true}'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        except OSError:
            self._kill(child)

    def _kill(self, child: _Child) -> None:
        self._poll.unregister(child.status)
        del self._by_status[child.status]
        signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)

    def _reap(self, child: _Child) -> None:
        """Tell how it ended only after it is gone: then nothing of it can still act."""
        _, ended, used = os.wait4(child.pid, 0)
        self._poll.unregister(child.pidfd)
        del self._by_pidfd[child.pidfd]
        self._wall.sweep({other.pid for other in self._by_pidfd.values()})
        os.close(child.pidfd)
        if self._by_status.pop(child.status, None) is not None:
            self._poll.unregister(child.status)
        report = {"ended": ended, "cpu": used.ru_utime + used.ru_stime, "peak_kb": used.ru_maxrss}
        with contextlib.suppress(OSError):  # the judge may not wait for it any more
            os.write(child.status, json.dumps(report).encode())
        os.close(child.status)

    def _end_all(self) -> None:
        for child in list(self._by_pidfd.values()):
            signal.pidfd_send_signal(child.pidfd, signal.SIGKILL)
            os.wait4(child.pid, 0)
        self._wall.sweep(set())


def _told(error: OSError) -> str:
    what = error.strerror or str(error)
    return f"{error.filename}: {what}" if error.filename else what


def candidate_main(wall: walls.Wall, limits: Any) -> None:
    """Raise the wall in this process, say which layers stand, and serve the program."""
    gc.enable()
    try:
        layers = wall.enclose(limits)
    except OSError as error:
        os.write(_CONTROL, frame({"fault": _told(error)}))
        return
    os.write(_CONTROL, frame({"layers": layers}))
    read, write = os.read, os.write
    candidate.serve(lambda most: read(_CONTROL, most), lambda data: write(_CONTROL, data), IMPORTABLE)
