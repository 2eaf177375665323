"""The levels of isolation, each as what it does to the waiting interpreter and to each program's process."""

from __future__ import annotations

import os
import resource
import signal
import socket
from typing import Any

from . import kernel

__all__ = ["LEVELS", "Wall"]


class Wall:
    """What every level does, and all that `process` does: limits, a session of its own, no strays left behind."""

    layers: list[str]

    def __init__(self, config: Any) -> None:
        self.config = config
        self.layers = []
        # Opened while there is a /proc: how much address space this interpreter has before a program adds to it.
        self._statm = os.open("/proc/self/statm", os.O_RDONLY)
        self._size = 0

    def settle(self, control: socket.socket) -> None:
        """Prepare the waiting interpreter; OSError says what this machine refuses."""
        # Whatever a program starts and abandons becomes ours, so that it can be found and ended.
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)

    def fork(self) -> int:
        """Return the pid of a new child, or 0 in it."""
        self._size = int(os.pread(self._statm, 100, 0).split()[0]) * resource.getpagesize()
        return self._clone()

    def _clone(self) -> int:
        return os.fork()

    def enclose(self, limits: Any) -> list[str]:
        """Raise the wall around this process and return the layers that stand."""
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        self._limit(limits, writes=True)
        return ["rlimits"]

    def _limit(self, limits: Any, *, writes: bool) -> None:
        for what, most in (
            # This is what bounds threads too: each takes its stack from it. (NPROC means nothing to root.)
            (resource.RLIMIT_AS, self._size + limits["mem_mb"] * 2**20),
            # Soft equals hard: at the soft limit comes SIGXCPU, which the first process of a namespace never notices.
            (resource.RLIMIT_CPU, limits["cpu"]),
            (resource.RLIMIT_FSIZE, 16 * 2**20 if writes else 0),
            (resource.RLIMIT_NOFILE, 64),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_STACK, 8 * 2**20),
        ):
            hard = resource.getrlimit(what)[1]
            bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(what, (bound, bound))

    def sweep(self, alive: set[int]) -> None:
        """End what dead programs left behind: every child of ours that is not in `alive`."""
        for _ in range(_SWEEPS):
            strays = [pid for pid in kernel.children() if pid not in alive]
            if not strays:
                return
            # All are stopped before the first is killed, or they would start others meanwhile.
            for number in (signal.SIGSTOP, signal.SIGKILL):
                for pid in strays:
                    os.kill(pid, number)
            for pid in strays:
                os.waitpid(pid, 0)


_SWEEPS = 100

LEVELS: dict[str, type[Wall]] = {"process": Wall}
