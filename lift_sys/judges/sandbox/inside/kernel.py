"""The few kernel calls Python has no name for, each raising OSError that says what was tried."""

from __future__ import annotations

import ctypes
import os
import signal
import struct

__all__ = [
    "CLONE_NEWCGROUP",
    "CLONE_NEWIPC",
    "CLONE_NEWNET",
    "CLONE_NEWNS",
    "CLONE_NEWPID",
    "CLONE_NEWUSER",
    "CLONE_NEWUTS",
    "CLONE_PARENT",
    "PR_SET_CHILD_SUBREAPER",
    "PR_SET_DUMPABLE",
    "PR_SET_PDEATHSIG",
    "bind",
    "children",
    "clone",
    "drop_capabilities",
    "filter_calls",
    "forbid_new_rights",
    "keep_capabilities",
    "make_private",
    "mount",
    "pivot_root",
    "prctl",
    "seal",
    "syscall",
    "unshare",
]

CLONE_PARENT = 0x8000
CLONE_NEWNS = 0x20000
CLONE_NEWCGROUP = 0x2000000
CLONE_NEWUTS = 0x4000000
CLONE_NEWIPC = 0x8000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
PR_SET_CHILD_SUBREAPER = 36
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_SECUREBITS = 28
_NO_SETUID_FIXUP = 4
_NOBODY_SPECIAL = 0x2F  # being or becoming root gives nothing, and that is locked
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
_MS_BIND, _MS_REC, _MS_PRIVATE = 0x1000, 0x4000, 0x40000
_MNT_DETACH = 2
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID, _MOUNT_ATTR_NODEV = 1, 2, 4
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000

_ARM = os.uname().machine == "aarch64"
_NR_CLONE = 220 if _ARM else 56
_NR_PIVOT_ROOT = 41 if _ARM else 155
_NR_CAPSET = 91 if _ARM else 126
_NR_MOUNT_SETATTR = 442  # like every call added since 5.0: one number everywhere

# PyDLL keeps the interpreter's lock during a call: there is one thread, and clone must not let go of it.
_libc = ctypes.PyDLL(None, use_errno=True)
_python = ctypes.pythonapi


def _check(result: int, what: str) -> int:
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(what: str, number: int, *values: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a raw system call; `what` names it in the OSError."""
    given = [ctypes.c_long(value) if isinstance(value, int) else value for value in values]
    return _check(int(_libc.syscall(ctypes.c_long(number), *given)), what)


def prctl(option: int, *values: int) -> int:
    """Call prctl(2); missing values are zero."""
    given = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    return _check(int(_libc.prctl(option, *given)), f"prctl({option})")


def unshare(flags: int) -> None:
    """Leave the namespaces that `flags` name for new ones."""
    _check(int(_libc.unshare(flags)), "new namespaces (unshare)")


def clone(flags: int) -> int:
    """Fork into the new namespaces that `flags` name; return the child's pid, or 0 in the child.

    os.fork cannot do it: unshare(CLONE_NEWPID) serves one child only, and setns needs a /proc. So this is fork's
    own sequence with another call in the middle. No thread exists, so no lock can be held that the child would miss;
    and both sides are the first process of their namespace, so the thread id the C library remembers stays true.
    """
    _python.PyOS_BeforeFork()
    pid = int(_libc.syscall(ctypes.c_long(_NR_CLONE), ctypes.c_long(flags | signal.SIGCHLD), 0, 0, 0, 0))
    if pid == 0:
        _python.PyOS_AfterFork_Child()
        return 0
    number = ctypes.get_errno()
    _python.PyOS_AfterFork_Parent()
    if pid == -1:
        raise OSError(number, f"a process in new namespaces (clone): {os.strerror(number)}")
    return pid


def mount(kind: str, target: str, options: str = "", flags: int = MS_NOSUID | MS_NODEV | MS_NOEXEC) -> None:
    """Mount a new file system."""
    name = kind.encode()
    given = ctypes.c_ulong(flags)
    _check(int(_libc.mount(name, target.encode(), name, given, options.encode())), f"mount {kind} on {target}")


def make_private() -> None:
    """Keep what is mounted from now on from every other namespace."""
    flags = ctypes.c_ulong(_MS_REC | _MS_PRIVATE)
    _check(int(_libc.mount(None, b"/", None, flags, None)), "private mounts")


def bind(source: str, target: str, *, device: bool = False) -> None:
    """Show `source` at `target`, read-only, with everything mounted below it."""
    flags = ctypes.c_ulong(_MS_BIND | _MS_REC)
    _check(int(_libc.mount(source.encode(), target.encode(), None, flags, None)), f"bind {source}")
    seal(target, nodev=not device)


def seal(target: str, *, nodev: bool = True) -> None:
    """Make a mount, and all below it, read-only and without setuid files."""
    attributes = _MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID | (_MOUNT_ATTR_NODEV if nodev else 0)
    wanted = ctypes.create_string_buffer(struct.pack("=QQQQ", attributes, 0, 0, 0))
    path = ctypes.create_string_buffer(target.encode())
    syscall(f"read-only {target}", _NR_MOUNT_SETATTR, _AT_FDCWD, path, _AT_RECURSIVE, wanted, 32)


def pivot_root(root: str) -> None:
    """Make `root` the root and let go of everything that was outside it."""
    os.chdir(root)
    here = ctypes.create_string_buffer(b".")
    # The old root is stacked under the new one and detached from there: no folder for it is needed.
    syscall("pivot_root", _NR_PIVOT_ROOT, here, here)
    _check(int(_libc.umount2(b".", _MNT_DETACH)), "umount of the old root")
    os.chdir("/")


def keep_capabilities() -> None:
    """Let the capabilities of this namespace outlive a change of user."""
    prctl(_PR_SET_SECUREBITS, _NO_SETUID_FIXUP)


def forbid_new_rights() -> None:
    """Close every way to gain a capability, for this process and all it will start; what it has it keeps."""
    for number in range(64):
        try:
            prctl(_PR_CAPBSET_DROP, number)
        except OSError:  # past the last one this kernel knows
            break
    try:
        prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
        prctl(_PR_SET_SECUREBITS, _NOBODY_SPECIAL)
    except OSError:  # without capabilities there is nothing to lock
        pass
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def drop_capabilities() -> None:
    """Give up every capability this process has."""
    header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    syscall("drop capabilities (capset)", _NR_CAPSET, header, ctypes.create_string_buffer(24))


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]


def filter_calls(code: bytes) -> None:
    """Install a seccomp filter; from here on only what it allows can be called."""
    program = _Program(len(code) // 8, code)
    given = [ctypes.c_ulong(_PR_SET_SECCOMP), ctypes.c_ulong(2), ctypes.byref(program), ctypes.c_ulong(0)]
    _check(int(_libc.prctl(*given, ctypes.c_ulong(0))), "seccomp filter")


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
