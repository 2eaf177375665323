"""Acceptance: a shell command of the inventory, run in the current folder within a time limit."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress

from lift_sys.planning.board import Board
from lift_sys.planning.planned_hole import PlannedHole
from lift_sys.planning.streams import tell

__all__ = ["LIMIT", "TIMED_OUT", "blocked_by", "refusal"]

STANDARD_ERROR = 2

LIMIT = 600.0
"""Seconds that one command may take."""
TIMED_OUT = 124
"""What a command that takes longer is said to end with, as `timeout` says it."""


def blocked_by(board: Board, hole: PlannedHole) -> dict[str, object] | None:
    """Return why a hole cannot be resolved yet: `{refused: "blocked", open: []}`."""
    blockers = board.blockers(hole.id)
    return {"refused": "blocked", "open": blockers} if blockers else None


def refusal(board: Board, hole: PlannedHole, by: str) -> dict[str, object] | None:
    """Return why a hole is not resolved by what stands at `by`, or None; runs its commands, one after the other."""
    blocked = blocked_by(board, hole)
    if blocked is not None:
        return blocked
    if not os.path.exists(by):
        return {"refused": "path", "path": by}
    for command in hole.accept:
        code = _run(command)
        if code:
            return {"refused": "acceptance", "command": command, "exit": code}
    return None


def _run(command: str) -> int:
    """Run a command and return its exit code; what it prints goes to standard error, results have the other stream."""
    tell(f"$ {command}")
    with subprocess.Popen(
        ["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=STANDARD_ERROR, start_new_session=True
    ) as process:
        try:
            return process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            return TIMED_OUT
        finally:
            if process.poll() is None:  # too slow, or interrupted: end it with all it started
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
