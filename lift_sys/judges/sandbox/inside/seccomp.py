"""The filter of system calls: an allow list in the kernel's own small language."""

from __future__ import annotations

import errno
import os
import struct

from .syscalls import ALLOWED, CHECKED, MACHINES, WRITING

__all__ = ["build"]

_LOAD, _EQUAL, _AT_LEAST, _JUMP, _MASK, _RETURN = 0x20, 0x15, 0x35, 0x05, 0x54, 0x06
_NUMBER, _MACHINE = 0, 4  # where struct seccomp_data keeps them
_ALLOW = 0x7FFF0000
_KILL = 0x80000000

_CLONE_THREAD = 0x10000
_CLONE_NEW = 0x7E020000 | 0x80  # every namespace there is
_AF_UNIX = 1
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # terminal? size? bytes waiting? non-blocking, close-on-exec
# Signals of a descriptor can be aimed at any process of the same user; a lease on a file makes others wait who want to
# write it; notices of folders are nobody's need here.
_FCNTL_REFUSED = (8, 10, 15, 1024, 1026)

_ATTRIBUTES = ("getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr")

_Instruction = tuple[int, int, int, int]


def _refuse(number: int) -> _Instruction:
    return (_RETURN, 0, 0, 0x00050000 | number)


def _argument(index: int, *, high: bool = False) -> int:
    return 16 + 8 * index + (4 if high else 0)  # both machines are little-endian


_PASS: _Instruction = (_RETURN, 0, 0, _ALLOW)
_EPERM = _refuse(errno.EPERM)


def _one_of(index: int, values: tuple[int, ...], then: _Instruction, otherwise: _Instruction) -> list[_Instruction]:
    """Decide by whether an argument is one of some values."""
    code: list[_Instruction] = [(_LOAD, 0, 0, _argument(index))]
    for value in values:
        code += [(_EQUAL, 0, 1, value), then]
    return [*code, otherwise]


def _checks(pid: int) -> dict[str, list[_Instruction]]:
    """Return, for each call whose arguments decide, the code that ends in the decision."""
    only_self = _one_of(0, (pid,), _PASS, _EPERM)
    return {
        # Threads, but never a process, and no namespace.
        "clone": [
            (_LOAD, 0, 0, _argument(0)),
            (_MASK, 0, 0, _CLONE_THREAD | _CLONE_NEW),
            (_EQUAL, 0, 1, _CLONE_THREAD),
            _PASS,
            _EPERM,
        ],
        # Its flags lie in memory where no filter can see them; told that it does not exist, the C library uses clone.
        "clone3": [_refuse(errno.ENOSYS)],
        # Limits of oneself only: hard ones can only be lowered.
        "prlimit64": _one_of(0, (0,), _PASS, _EPERM),
        "kill": only_self,
        "tgkill": only_self,
        # asyncio wakes itself through a pair; a pair reaches nobody else.
        "socketpair": _one_of(0, (_AF_UNIX,), _PASS, _EPERM),
        # With an address, a datagram could reach sockets that others have bound.
        "sendto": [
            (_LOAD, 0, 0, _argument(4)),
            (_EQUAL, 1, 0, 0),
            _EPERM,
            (_LOAD, 0, 0, _argument(4, high=True)),
            (_EQUAL, 1, 0, 0),
            _EPERM,
            _PASS,
        ],
        "fcntl": _one_of(1, _FCNTL_REFUSED, _EPERM, _PASS),
        # Said to be missing rather than refused: then the standard library copies files without them.
        **{name: [_refuse(errno.ENOTSUP)] for name in _ATTRIBUTES},
        "ioctl": _one_of(1, _IOCTLS, _PASS, _refuse(errno.ENOTTY)),
    }


def build(pid: int, *, writes: bool) -> bytes:
    """Return the filter for the process `pid`; `writes` says whether it has files of its own to change.

    OSError where there is no table for this machine.
    """
    machine = os.uname().machine
    if machine not in MACHINES:
        raise OSError(errno.ENOSYS, f"seccomp: no table of system calls for {machine}")
    code: list[_Instruction] = [
        (_LOAD, 0, 0, _MACHINE),
        (_EQUAL, 1, 0, MACHINES[machine]),
        (_RETURN, 0, 0, _KILL),  # called in by another machine's numbers, where the table means other calls
        (_LOAD, 0, 0, _NUMBER),
        *_search(_decisions(machine, pid, writes)),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in code)


def _decisions(machine: str, pid: int, writes: bool) -> list[tuple[int, list[_Instruction]]]:
    """Return where, in the order of the numbers, each decision begins; it holds up to the next one."""
    allowed = {**ALLOWED[machine], **(WRITING[machine] if writes else {})}
    decided = {number: [_PASS] for number in allowed.values()}
    decided |= {number: _checks(pid)[name] for name, number in CHECKED[machine].items()}
    begins: list[tuple[int, list[_Instruction]]] = []
    for number in range(max(decided) + 2):
        code = decided.get(number, [_EPERM])
        if not begins or begins[-1][1] != code:
            begins.append((number, code))
    return begins  # the last is a refusal, which covers the numbers of x32 too


def _search(begins: list[tuple[int, list[_Instruction]]]) -> list[_Instruction]:
    """Return code that finds the decision for a number by halving.

    The kernel runs a new filter once for every call there is, to learn which are always allowed; going through a list
    each time would take longer than the rest of the wall.
    """
    if len(begins) == 1:
        return begins[0][1]
    middle = len(begins) // 2
    below, above = _search(begins[:middle]), _search(begins[middle:])
    return [(_AT_LEAST, 0, 1, begins[middle][0]), (_JUMP, 0, 0, len(below)), *below, *above]
