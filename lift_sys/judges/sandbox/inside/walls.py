"""The levels of isolation, each as what it does to the waiting interpreter and to each program's process.

A layer is named only after it was put up, in the very process it protects; one that cannot be put up ends the process
before the program is there. Landlock alone may be missing inside the jail, where it is a second lock on the same door.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import stat
from typing import Any

from . import jail, kernel, landlock, seccomp

__all__ = ["LEVELS", "Wall"]

_SWEEPS = 100
_FILES = 16 << 20
_STACK = 8 << 20
_DESCRIPTORS = 64
_THREADS = 512
_INSIDE_ID = 1000


class Wall:
    """What every level does, and all that `process` does: limits, a session of its own, no strays left behind."""

    def __init__(self, config: Any) -> None:
        self.config = config
        self._statm = -1
        self._size = 0
        self._parent = os.getpid()

    def settle(self, control: socket.socket) -> None:
        """Prepare the waiting interpreter; OSError says what this machine refuses."""
        self._open_statm()
        # Whatever a program starts and abandons becomes ours, so that it can be found and ended.
        kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)

    def _open_statm(self) -> None:
        # Opened while there is a /proc: how much address space this interpreter has before a program adds to it.
        self._statm = os.open("/proc/self/statm", os.O_RDONLY)

    def fork(self) -> int:
        """Return the pid of a new child, or 0 in it."""
        self._size = int(os.pread(self._statm, 100, 0).split()[0]) * resource.getpagesize()
        return self._clone()

    def _clone(self) -> int:
        return os.fork()

    def enclose(self, limits: Any) -> list[str]:
        """Raise the wall around this process and return the layers that stand."""
        self._keep_to_itself()
        self._limit(limits, writes=True)
        return ["rlimits"]

    def _keep_to_itself(self) -> None:
        """End with the waiting interpreter, and have no part in its session."""
        kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != self._parent:
            raise OSError("the waiting interpreter ended first")
        os.setsid()

    def _limit(self, limits: Any, *, writes: bool) -> None:
        self._bound(
            # This is what bounds threads too: each takes its stack from it. (NPROC means nothing to root.)
            (resource.RLIMIT_AS, self._size + (limits["mem_mb"] << 20)),
            # Soft equals hard: at the soft limit comes SIGXCPU, which the first process of a namespace never notices.
            (resource.RLIMIT_CPU, limits["cpu"]),
            (resource.RLIMIT_FSIZE, _FILES if writes else 0),
            (resource.RLIMIT_NOFILE, _DESCRIPTORS),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_STACK, _STACK),
        )

    @staticmethod
    def _bound(*limits: tuple[int, int]) -> None:
        for what, most in limits:
            hard = resource.getrlimit(what)[1]
            bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(what, (bound, bound))

    def _give_up_rights(self) -> None:
        kernel.drop_capabilities()
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)

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


class LandlockWall(Wall):
    """No namespaces: Landlock hides all files but the libraries, seccomp refuses whatever reaches other processes.

    Nothing is writable. Names and sizes of files elsewhere can still be seen, and the processes of the machine counted.
    """

    def settle(self, control: socket.socket) -> None:
        """Prepare the waiting interpreter; OSError says what this machine refuses."""
        landlock.available()
        seccomp.build(os.getpid(), writes=False)
        self._open_statm()
        kernel.forbid_new_rights()
        self._paths = jail.libraries(self.config["packages"])

    def enclose(self, limits: Any) -> list[str]:
        """Raise the wall around this process and return the layers that stand."""
        self._keep_to_itself()
        self._limit(limits, writes=False)
        self._give_up_rights()
        layer = landlock.restrict(self._paths, ["/dev/null"], self.config["path"])
        kernel.filter_calls(seccomp.build(os.getpid(), writes=False))
        return [layer, "seccomp", "no capabilities", "no_new_privs", "rlimits"]

    def sweep(self, alive: set[int]) -> None:
        """Do nothing: a program cannot start processes here."""


class EmbeddedWall(Wall):
    """Namespaces and a root of its own, and everything LandlockWall has besides."""

    def settle(self, control: socket.socket) -> None:
        """Prepare the waiting interpreter; OSError says what this machine refuses."""
        kernel.unshare(
            kernel.CLONE_NEWUSER
            | kernel.CLONE_NEWNS
            | kernel.CLONE_NEWPID
            | kernel.CLONE_NEWNET
            | kernel.CLONE_NEWIPC
            | kernel.CLONE_NEWUTS
            | kernel.CLONE_NEWCGROUP
        )
        # The judge writes our identity maps: before they are there, files could not be made, not even in a tmpfs of
        # our own, and only from outside can they be written whole.
        identity = _ask(control, {"unshared": True})["identity"]
        # The pid namespace begins with the next process. CLONE_PARENT makes it the judge's child, so nobody has to
        # stay behind to wait for it.
        successor = kernel.clone(kernel.CLONE_PARENT)
        if successor:
            control.send(json.dumps({"successor": successor}).encode())
            os._exit(0)
        self._open_statm()
        paths = jail.libraries(self.config["packages"])
        self._hidden = jail.enter(paths)
        socket.sethostname("sandbox")
        self._identity = self._become_nobody(paths) if identity == "nobody" else []
        kernel.forbid_new_rights()
        self._filter = seccomp.build(1, writes=True)

    def _become_nobody(self, paths: list[str]) -> list[str]:
        """Leave the host's root behind, unless the interpreter's own files are for root only."""
        if not all(os.stat(path).st_mode & stat.S_IROTH for path in [*paths, os.__file__]):
            return []
        kernel.keep_capabilities()  # this process goes on making namespaces; the programs get none
        os.setgroups([])
        os.setresgid(_INSIDE_ID, _INSIDE_ID, _INSIDE_ID)
        os.setresuid(_INSIDE_ID, _INSIDE_ID, _INSIDE_ID)
        return ["nobody"]

    def _clone(self) -> int:
        return kernel.clone(kernel.CLONE_NEWPID | kernel.CLONE_NEWNS | kernel.CLONE_NEWIPC | kernel.CLONE_NEWNET)

    def enclose(self, limits: Any) -> list[str]:
        """Raise the wall around this process and return the layers that stand."""
        jail.mount_tmp(self._hidden)
        self._limit(limits, writes=True)
        # Counted within our own user namespace, so it takes nothing from the user outside; small stacks would otherwise
        # allow thousands of threads.
        self._bound((resource.RLIMIT_NPROC, _THREADS))
        self._give_up_rights()
        layers = ["namespaces", "pivot_root", *self._identity]
        with contextlib.suppress(OSError):
            layers.append(landlock.restrict(["/"], ["/tmp", "/dev/null"]))
        kernel.filter_calls(self._filter)
        return [*layers, "seccomp", "no capabilities", "no_new_privs", "rlimits"]

    def sweep(self, alive: set[int]) -> None:
        """Do nothing: whatever a program started went with its namespace."""


def _ask(control: socket.socket, message: Any) -> Any:
    control.send(json.dumps(message).encode())
    answer = control.recv(4096)
    if not answer:
        os._exit(0)
    return json.loads(answer)


LEVELS: dict[str, type[Wall]] = {"embedded": EmbeddedWall, "landlock": LandlockWall, "process": Wall}
