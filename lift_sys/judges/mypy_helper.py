"""The program of the type-checking process: mypy kept warm, one text after the other.

It runs in its own process, started bare; it imports mypy and the standard library, never lift_sys, and never runs what
it checks. Each request brings its own socket for the answer, so requests wait in line in the control socket.
"""

from __future__ import annotations

import ast
import json
import os
import re
import resource
import socket
import sys
import tempfile
from pathlib import Path
from typing import Any

__all__ = ["Checker", "main"]

_MEMORY = 3 << 30
_FILE_SIZE = 64 << 20
_LINE = re.compile(r"^[^:]+:(\d+):(\d+): error: (.*?)(?:  \[([a-z0-9-]+)\])?$")
_FLAGS = (
    "--no-error-summary",
    "--show-column-numbers",
    "--hide-error-context",
    "--no-pretty",
    "--no-color-output",
    "--config-file=",
    "--no-warn-unused-configs",
    "--warn-unreachable",
)
_MODULES = """
    __future__ abc array ast asyncio base64 bisect builtins calendar cmath collections collections.abc contextlib copy
    csv dataclasses datetime decimal difflib enum fractions functools hashlib heapq html io itertools json keyword math
    numbers operator os os.path pathlib pprint queue random re secrets statistics string struct sys tempfile textwrap
    threading time types typing unicodedata urllib.parse uuid zlib zoneinfo
"""
_ANCHORED = frozenset(_MODULES.split())


class Checker:
    """One warm mypy build; the text it looks at is always the same file, so only the difference is checked.

    mypy's fine-grained builds answer in milliseconds, but lose track when a text brings packages into the build or lets
    go of them. So the build always holds an anchor that imports the modules small programs use, and a text that
    imports anything else takes the ordinary way: a whole run over mypy's cache.
    """

    def __init__(self, folder: Path, cache: str, *, strict: bool) -> None:
        from mypy.dmypy_server import Server, process_start_options
        from mypy.modulefinder import BuildSource

        self._file = folder / "program.py"
        anchor = folder / "anchor.py"
        anchor.write_text("".join(f"import {name}\n" for name in sorted(_ANCHORED)))
        self._flags = [*_FLAGS, f"--cache-dir={cache or os.devnull}", *(["--strict"] if strict else [])]
        fine = [*self._flags, *(["--use-fine-grained-cache"] if cache else [])]
        self._server = Server(process_start_options(fine, allow_sources=False), str(folder / "status.json"))
        self._sources = [BuildSource(str(anchor), "anchor", None), BuildSource(str(self._file), "program", None)]

    def check(self, source: str) -> list[list[Any]]:
        """Return [line, column, code, message] of every error in the text."""
        # A new inode makes sure that the change is seen.
        fresh = self._file.with_suffix(".new")
        fresh.write_text(source, encoding="utf-8", errors="surrogatepass")
        fresh.replace(self._file)
        output = self._server.check(list(self._sources), False, False, 200)["out"] if _anchored(source) else self._run()
        found = [_LINE.match(line) for line in output.splitlines()]
        return [[int(m[1]), int(m[2]), m[4] or "misc", m[3]] for m in found if m]

    def _run(self) -> str:
        from mypy import api

        output, fault, _ = api.run([*self._flags, str(self._file)])
        if fault:
            raise RuntimeError(fault)
        return output


def _anchored(source: str) -> bool:
    """Tell whether the text imports only what the anchor holds; a text that does not parse imports nothing."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return True
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and not all(alias.name in _ANCHORED for alias in node.names):
            return False
        if isinstance(node, ast.ImportFrom) and (node.level or node.module not in _ANCHORED):
            return False
    return True


class _Checkers:
    """The strict checker and the lenient one, each made when it is first asked for, and made anew after a crash."""

    def __init__(self, folder: Path, cache: str) -> None:
        self._folder = folder
        self._cache = cache
        self._made: dict[bool, Checker] = {}

    def answer(self, source: str, *, strict: bool) -> dict[str, Any]:
        if strict not in self._made:
            folder = self._folder / ("strict" if strict else "lenient")
            folder.mkdir(exist_ok=True)
            self._made[strict] = Checker(folder, self._cache, strict=strict)
        try:
            return {"faults": self._made[strict].check(source)}
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the seam to mypy, which may fail in any way on odd texts
            del self._made[strict]
            return {"crash": f"{type(error).__name__}: {str(error)[:300]}"}


def _receive_all(reply: socket.socket) -> Any:
    chunks = []
    while data := reply.recv(1 << 16):
        chunks.append(data)
    return json.loads(b"".join(chunks) or b"null")


def main() -> None:
    """Serve requests from the control socket until it closes."""
    for what, most in ((resource.RLIMIT_AS, _MEMORY), (resource.RLIMIT_FSIZE, _FILE_SIZE), (resource.RLIMIT_CORE, 0)):
        hard = resource.getrlimit(what)[1]
        bound = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (bound, bound))
    control = socket.socket(fileno=3)
    with tempfile.TemporaryDirectory(prefix="lift-sys-mypy-") as folder:
        os.chdir(folder)
        checkers = _Checkers(Path(folder), sys.argv[1])
        while True:
            data, fds, _, _ = socket.recv_fds(control, 16, 1)
            if not data:
                return
            with socket.socket(fileno=fds[0]) as reply:
                try:
                    asked = _receive_all(reply)
                    if asked is not None:
                        answer = checkers.answer(asked["source"], strict=asked["strict"])
                        reply.sendall(json.dumps(answer).encode())
                except OSError:
                    continue  # whoever asked does not wait any more


if __name__ == "__main__":
    main()
