"""mypy as a judge of a text that imports a project's own modules: read from their files, kept in a cache."""

from __future__ import annotations

import hashlib
import os
import re
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

import anyio

from lift_sys.judges.mypy_judge import TypeFault

__all__ = ["judge_project_types"]

_SECONDS = 120.0
_LINE = re.compile(
    r"^(?P<file>.*?):(?P<line>\d+):(?P<column>\d+): error: (?P<said>.*?)(?:  \[(?P<code>[a-z0-9-]+)\])?$"
)
_NAME = "lift_sys_witness.py"
_CONFIG = """
[mypy]
follow_imports = silent
show_column_numbers = True
hide_error_context = True
pretty = False
color_output = False
error_summary = False
strict = True
"""
_SKIPPED = """
[mypy-{name}]
follow_imports = skip
"""


async def judge_project_types(
    source: str, roots: Sequence[str], *, skip: Sequence[str] = (), cache: Path | None = None
) -> Sequence[TypeFault]:
    """Return what mypy holds against a text that imports modules below `roots`; their own faults are not told.

    Modules in `skip` are not read, and count as unknown: reading what no type depends on would only take time. What
    mypy has learnt is kept in `cache`, below the user's cache folder unless said. A text that cannot be judged has one
    fault that says why.
    """
    own = [root for root in roots if not root.startswith((sysconfig.get_path("purelib"), sysconfig.get_path("stdlib")))]
    with tempfile.TemporaryDirectory(prefix="lift-sys-witness-") as folder:
        config = _written(Path(folder), source, skip)
        command = [sys.executable, "-m", "mypy", f"--config-file={config}", f"--cache-dir={cache or _cache()}", _NAME]
        environment = {**os.environ, "MYPYPATH": os.pathsep.join(own)}
        try:
            with anyio.fail_after(_SECONDS):
                done = await anyio.run_process(command, cwd=folder, env=environment, check=False)
        except TimeoutError:
            return [TypeFault(1, 1, "timeout", f"mypy gave no answer within {_SECONDS:.0f} s")]
    output = done.stdout.decode(errors="replace")
    found = [match for match in map(_LINE.match, output.splitlines()) if match]
    faults = [
        TypeFault(int(m["line"]), int(m["column"]), m["code"] or "misc", m["said"])
        for m in found
        if m["file"].endswith(_NAME)
    ]
    if faults or done.returncode == 0:
        return faults
    said = next((f"{m['file']}:{m['line']}: {m['said']}" for m in found), "") or done.stderr.decode(errors="replace")
    return [TypeFault(1, 1, "crash", said.strip()[:500] or f"mypy ended with {done.returncode}")]


def _written(folder: Path, source: str, skip: Sequence[str]) -> Path:
    """Write the text and mypy's configuration, and return the latter's path."""
    config = folder / "mypy.ini"
    config.write_text(_CONFIG + "".join(_SKIPPED.format(name=name) for name in skip))
    text = folder / _NAME
    data = source.encode(errors="surrogatepass")
    text.write_bytes(data)
    # mypy knows a file again by name, size and time: two texts of one size in one second would be one to its cache
    time = int.from_bytes(hashlib.blake2b(data, digest_size=4).digest())
    os.utime(text, (time, time))
    return config


def _cache() -> str:
    """Return the folder of what mypy has learnt about projects; nowhere if it cannot be written."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    folder = base / "lift-sys" / "mypy-projects"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return os.devnull
    return str(folder) if os.access(folder, os.W_OK) else os.devnull
