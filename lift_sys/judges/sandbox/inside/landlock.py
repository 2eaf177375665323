"""Landlock: a process gives up, for good, all files but those it names, the network, and signals to others."""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
from collections.abc import Sequence

from . import kernel

__all__ = ["available", "restrict"]

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_READ = _READ_FILE | _READ_DIR
# Write, remove, make folders, files, pipes and links, move, truncate; never devices or sockets, never execute.
_CHANGE = _READ | _WRITE_FILE | sum(1 << bit for bit in (4, 5, 7, 8, 10, 12, 13, 14))
_FILE_RIGHTS = _READ_FILE | _WRITE_FILE | _TRUNCATE
_NETWORK = 3  # bind and connect by TCP
_SCOPES = 3  # abstract sockets and signals of others


def available() -> int:
    """Return the version of Landlock this kernel has; OSError when it has none or switched it off."""
    return kernel.syscall("landlock", _CREATE, None, 0, 1)


def _handled(version: int) -> tuple[int, int, int]:
    """Return all rights of files, of the network, and scopes that this version can take away."""
    bits = 16 if version >= 5 else 15 if version >= 3 else 14 if version >= 2 else 13
    return (1 << bits) - 1, _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0


def restrict(readable: Sequence[str], writable: Sequence[str], listable: Sequence[str] = ()) -> str:
    """Take away everything but these paths; return the layer's name with the version that holds it.

    Folders that are `listable` show the names in them and below, but no content.
    """
    version = available()
    files, network, scopes = _handled(version)
    attributes = struct.pack("=QQQ", files, network, scopes)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = kernel.syscall("landlock rules", _CREATE, ctypes.create_string_buffer(attributes), size, 0)
    try:
        for path in readable:
            _allow(rules, path, _READ & files)
        for path in listable:
            _allow(rules, path, _READ_DIR)
        for path in writable:
            _allow(rules, path, _CHANGE & files)
        kernel.syscall("landlock", _RESTRICT, rules, 0)
    finally:
        os.close(rules)
    return f"landlock v{version}"


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError as error:
        if error.errno == errno.ENOENT:  # not on this machine, so there is nothing to allow
            return
        raise
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _FILE_RIGHTS
        rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, place))
        kernel.syscall(f"landlock rule for {path}", _ADD_RULE, rules, 1, rule, 0)
    finally:
        os.close(place)
