"""The few kernel calls Python has no name for, each raising OSError with what was tried."""

from __future__ import annotations

import ctypes
import os

__all__ = ["PR_SET_CHILD_SUBREAPER", "PR_SET_PDEATHSIG", "children", "prctl"]

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36

# PyDLL keeps the interpreter's lock during a call: there is one thread, and clone must not let go of it.
_libc = ctypes.PyDLL(None, use_errno=True)


def check(result: int, what: str) -> int:
    """Return a call's result, or raise OSError that names what was tried."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def prctl(option: int, *values: int) -> int:
    """Call prctl(2); missing values are zero."""
    given = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return check(int(_libc.prctl(option, *given)), f"prctl({option})")


def children() -> list[int]:
    """Return the pids of this process's children."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", "rb") as stat:
                    parent = int(stat.read().rpartition(b")")[2].split()[1])
            except OSError:  # it ended while we looked
                continue
            if parent == os.getpid():
                found.append(int(entry))
    return found
