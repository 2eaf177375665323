"""The file system a program sees: the interpreter and its libraries, read-only, and an empty /tmp of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from . import kernel

__all__ = ["enter", "libraries", "mount_tmp"]

_TMP = "/tmp"
_KEPT = "/kept"
_TMP_OPTIONS = "size=16m,nr_inodes=4096,mode=700"
# The new root grows here: the one folder that exists on every Linux and that nothing below is bound from.
_ROOT = "/proc"
_DEVICE = "/dev/null"
_LINKS = ("/lib", "/lib64", "/usr/lib64", "/usr/lib")
_SYSTEM = ("/", "/usr", "/usr/local")
_LOADER_CACHE = "/etc/ld.so.cache"


def libraries(extra: Iterable[str] = ()) -> list[str]:
    """Return the real paths a program must be able to read: standard library, shared libraries, zones, packages."""
    # The path holds nothing but the standard library: the interpreter was started without site and without variables.
    wanted = [os.path.dirname(os.__file__), *sys.path, "/usr/share/zoneinfo", *extra]
    wanted += {os.path.dirname(path) for path in _mapped()}
    if sys.base_prefix not in _SYSTEM:  # an interpreter with libraries of its own, not all of them mapped yet
        wanted.append(os.path.join(sys.base_prefix, "lib"))
    real = sorted({os.path.realpath(path) for path in wanted if path and os.path.exists(path)})
    # A folder inside one that is there already comes with it.
    return [path for path in real if not any(path.startswith(other + "/") for other in real)]


def _mapped() -> set[str]:
    """Return the shared objects this interpreter runs on, the loader among them; extension modules need the same."""
    found = set()
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            path = line.rstrip("\n").partition("/")[2]
            if ".so" in os.path.basename(path):
                found.add("/" + path)
    return found


def enter(paths: Iterable[str]) -> list[tuple[str, str]]:
    """Make a root that holds these paths and nothing else, and step into it for good.

    Return what `mount_tmp` will hide, as pairs of where it is kept and where it belongs.
    """
    kernel.make_private()
    links = {link: os.readlink(link) for link in _LINKS if os.path.islink(link)}
    cache = _read(_LOADER_CACHE)
    kernel.mount("tmpfs", _ROOT, "size=1m,mode=755")
    hidden: list[tuple[str, str]] = []
    for path in paths:
        _show(path, _ROOT + path)
        if path.startswith(_TMP + "/"):
            hidden.append((f"{_KEPT}/{len(hidden)}", path))
            _show(path, _ROOT + hidden[-1][0])
    _write(_ROOT + _DEVICE, b"")
    kernel.bind(_DEVICE, _ROOT + _DEVICE, device=True)
    _write(_ROOT + _LOADER_CACHE, cache)
    for link, target in links.items():
        if not os.path.lexists(_ROOT + link):
            os.makedirs(os.path.dirname(_ROOT + link), exist_ok=True)
            os.symlink(target, _ROOT + link)
    os.makedirs(_ROOT + _TMP, exist_ok=True)
    kernel.pivot_root(_ROOT)
    kernel.seal("/", nodev=False)
    return hidden


def mount_tmp(hidden: Iterable[tuple[str, str]]) -> None:
    """Give this process an empty /tmp of its own, but for what of the interpreter and the packages lies there."""
    kernel.mount("tmpfs", _TMP, _TMP_OPTIONS)
    for kept, path in hidden:
        _show(kept, path)
    os.chdir(_TMP)


def _show(source: str, target: str) -> None:
    """Show a file or folder, read-only, at a place that is made for it."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        _write(target, b"")
    kernel.bind(source, target)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:  # not every system has one
        return b""


def _write(path: str, data: bytes) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
