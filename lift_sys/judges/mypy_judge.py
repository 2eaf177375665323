"""mypy as a judge of generated text: warm, in a limited process of its own, without ever running the text."""

from __future__ import annotations

import atexit
import io
import json
import os
import socket
import sys
import threading
import tokenize
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio

from lift_sys.judges.child import Child, receive_ready, send_ready, start_child

__all__ = ["TypeFault", "judge_types"]

_SECONDS = 60.0
_SOURCE_LIMIT = 1 << 20
_HELPER = str(Path(__file__).resolve().parent / "mypy_helper.py")


@dataclass(frozen=True)
class TypeFault:
    """One thing mypy holds against a text; `line` and `column` count from 1."""

    line: int
    column: int
    code: str
    message: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.message} [{self.code}]"


class _Helper:
    """The one helper process of this program, started when first needed and again after it died."""

    def __init__(self) -> None:
        self._child: Child | None = None
        # Threads may run event loops of their own; starting is quick and never waits, so a plain lock will do.
        self._lock = threading.Lock()

    def child(self) -> Child:
        with self._lock:
            if self._child is None or not self._child.alive():
                if self._child is not None:
                    self._child.kill()
                self._child = start_child([sys.executable, "-I", _HELPER, _cache_folder()])
            return self._child

    def end(self, child: Child | None = None) -> None:
        """End the helper, if it is still the one that is meant."""
        with self._lock:
            if self._child is not None and child in (None, self._child):
                self._child.kill()
                self._child = None


_helper = _Helper()
atexit.register(_helper.end)


def _cache_folder() -> str:
    """Return a folder where mypy may keep what it knows of the standard library, or "" when there is none."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    folder = base / "lift-sys" / "mypy"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return ""
    return str(folder) if os.access(folder, os.W_OK) else ""


async def judge_types(source: str, *, strict: bool = True) -> Sequence[TypeFault]:
    """Return what mypy holds against a program, in the order of its lines; empty when it is content.

    Comments that tell mypy to look away are faults themselves: a program does not judge itself. A text that mypy cannot
    check (too long, not text, a crash, no answer in a minute) has one fault that says so.
    """
    if len(source) > _SOURCE_LIMIT:
        return [TypeFault(1, 1, "too-long", f"the program has {len(source)} characters; the limit is {_SOURCE_LIMIT}")]
    if "\0" in source:
        return [TypeFault(1, 1, "syntax", "the program contains a null character")]
    faults = _excuses(source)
    for _ in range(2):
        child = _helper.child()
        try:
            with anyio.fail_after(_SECONDS):
                answer = await _ask(child, source, strict)
        except TimeoutError:
            _helper.end(child)
            return [*faults, TypeFault(1, 1, "timeout", f"mypy gave no answer within {_SECONDS:.0f} s")]
        if answer is not None:
            break
        # The process died under us, maybe of what another caller sent: once more with a new one.
        _helper.end(child)
    else:
        return [*faults, TypeFault(1, 1, "crash", "mypy's process ended on this program")]
    if "crash" in answer:
        return [*faults, TypeFault(1, 1, "crash", f"mypy failed on this program: {answer['crash']}")]
    faults += [TypeFault(*fault) for fault in answer["faults"]]
    return sorted(faults, key=lambda fault: (fault.line, fault.column))


async def _ask(child: Child, source: str, strict: bool) -> dict[str, Any] | None:
    """Return the helper's answer, or None when it died."""
    ours, theirs = socket.socketpair()
    with ours:
        ours.setblocking(False)
        try:
            with theirs:
                await _hand_over(child, theirs)
            await send_ready(ours, json.dumps({"source": source, "strict": strict}).encode())
            ours.shutdown(socket.SHUT_WR)
        except OSError:
            return None
        chunks = []
        while data := await receive_ready(ours, 1 << 16):
            chunks.append(data)
    return json.loads(b"".join(chunks)) if chunks else None


async def _hand_over(child: Child, reply: socket.socket) -> None:
    while True:
        try:
            socket.send_fds(child.control, [b"check"], [reply.fileno()])
            return
        except BlockingIOError:
            await anyio.wait_writable(child.control)


def _excuses(source: str) -> list[TypeFault]:
    """Return every comment by which the text excuses itself from being checked."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            text = token.string.lstrip("# ")
            if token.type == tokenize.COMMENT and text.startswith(("type: ignore", "type:ignore", "mypy:")):
                message = f"the comment {token.string[:60]!r} hides faults from the judge"
                found.append(TypeFault(token.start[0], token.start[1] + 1, "excuse", message))
    except (tokenize.TokenError, SyntaxError):  # not Python: mypy says where and why
        pass
    return found
