"""Processes the judges start: exec'd bare, with nothing but a control socket, and always reaped."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Sequence

import anyio

__all__ = ["Child", "receive_ready", "send_ready", "start_child"]

_CONTROL = 3
_GRACE = 2.0


class Child:
    """A process with its control socket; closing the socket asks it to end, `aclose` sees to it."""

    def __init__(self, pid: int, control: socket.socket) -> None:
        self.pid = pid
        self.pidfd = os.pidfd_open(pid)
        self.control = control
        self._reaped = False

    def adopt(self, pid: int) -> None:
        """Take the process that this one has become: its successor, a child of ours as well."""
        self._reap(0)
        os.close(self.pidfd)
        self.pid, self.pidfd, self._reaped = pid, os.pidfd_open(pid), False

    def _reap(self, options: int) -> bool:
        if not self._reaped:
            try:
                pid, _ = os.waitpid(self.pid, options)
            except ChildProcessError:
                pid = self.pid  # somebody in this program waits for every child; it is gone all the same
            self._reaped = pid != 0
        return self._reaped

    def alive(self) -> bool:
        """Tell whether the process still runs."""
        return not self._reap(os.WNOHANG)

    def kill(self) -> None:
        """End the process now and wait for it; what it started inside its own namespace goes with it."""
        self.control.close()
        if self.pidfd >= 0:
            self._signal()
            self._reap(0)
            os.close(self.pidfd)
            self.pidfd = -1

    async def aclose(self, *, grace: bool = True) -> None:
        """End the process, after a moment in which it may end by itself; return when it is gone."""
        self.control.close()
        if self.pidfd < 0:
            return
        if not grace:
            self._signal()
        with anyio.CancelScope(shield=True):
            with anyio.move_on_after(_GRACE):
                if not self._reaped:
                    await anyio.wait_readable(self.pidfd)
            self.kill()

    def _signal(self) -> None:
        if not self._reaped:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)


def start_child(argv: Sequence[str], env: dict[str, str] | None = None) -> Child:
    """Start a program in its own session, with no environment and no descriptor of ours but its control socket."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setblocking(False)
    with theirs:
        try:
            pid = os.posix_spawn(
                argv[0],
                list(argv),
                env or {},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), _CONTROL),
                ],
                # A session of its own: the terminal's Ctrl-C is for us, and we end our children ourselves.
                setsid=True,
                setsigmask=[],
                setsigdef=[signal.SIGINT, signal.SIGPIPE, signal.SIGTERM],
            )
        except BaseException:
            ours.close()
            raise
    return Child(pid, ours)


async def receive_ready(source: socket.socket, most: int) -> bytes:
    """Return what arrives next on a non-blocking socket; empty when the other side has hung up."""
    while True:
        try:
            return source.recv(most)
        except BlockingIOError:
            await anyio.wait_readable(source)
        except ConnectionResetError:
            return b""


async def send_ready(target: socket.socket, data: bytes) -> None:
    """Send all of `data` on a non-blocking socket; OSError when the other side has hung up."""
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[target.send(rest) :]
        except BlockingIOError:
            await anyio.wait_writable(target)
