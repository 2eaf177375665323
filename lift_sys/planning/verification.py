"""The commands of many holes at once: a small graph that runs on the engine itself."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import anyio

from lift_sys.define import each, graph, node
from lift_sys.engine import Engine
from lift_sys.planning.acceptance import LIMIT, TIMED_OUT
from lift_sys.planning.board import Board
from lift_sys.planning.planned_hole import in_order
from lift_sys.planning.streams import tell

__all__ = ["Ending", "broken_holes", "run_commands"]

AT_ONCE = os.cpu_count() or 1
MOST_SAID = 4000
"""How many bytes of what a command printed are kept: the last ones."""


@dataclass(frozen=True)
class Ending:
    """How one command ended, and the end of what it printed."""

    command: str
    exit: int
    said: str


@node(effect="idempotent")
async def run_command(command: str) -> Ending:
    """Run one command in the current folder; it ends within its limit, and so does all it started."""
    with tempfile.TemporaryFile() as printed:
        # a file, not a pipe: what a command leaves running in the background cannot keep us waiting
        process = await anyio.open_process(
            ["sh", "-c", command], stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, start_new_session=True
        )
        code = TIMED_OUT
        try:
            with anyio.move_on_after(LIMIT):
                code = await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            with anyio.CancelScope(shield=True):
                await process.aclose()
        printed.seek(max(0, printed.seek(0, os.SEEK_END) - MOST_SAID))
        said = printed.read()
    return Ending(command, code, said.decode("utf-8", "replace"))


@graph
async def acceptance(commands: list[str]) -> list[Ending]:
    """Run every command; they do not wait for each other."""
    return await each(run_command, commands)


async def run_commands(commands: Sequence[str]) -> list[Ending]:
    """Return how each command ended, in their order, as many at once as there are processors."""
    run = await Engine(concurrency=AT_ONCE).run(acceptance, list(commands))
    return run.value


def broken_holes(board: Board, holes: Sequence[str]) -> list[str]:
    """Return which of the resolved holes do not hold, in order, and say on standard error why.

    A hole is broken when what resolved it is gone, one of its commands fails, or it rests on a hole that is open.
    """
    resolved = [hole_id for hole_id in holes if board.is_resolved(hole_id)]
    commands = list(dict.fromkeys(command for hole_id in resolved for command in board.holes[hole_id].accept))
    endings = anyio.run(run_commands, commands) if commands else []
    failed = {ending.command: ending for ending in endings if ending.exit}
    for ending in failed.values():
        tell(f"$ {ending.command}\n{ending.said}exit {ending.exit}")
    unsupported = {
        resting for hole_id in board.holes if not board.is_resolved(hole_id) for resting in board.reached(hole_id)
    }
    broken = []
    for hole_id in in_order(resolved):
        by = board.standing.resolved[hole_id]
        reasons = [f"`{command}` fails" for command in board.holes[hole_id].accept if command in failed]
        if hole_id in unsupported:
            reasons.append(f"it rests on {', '.join(board.blockers(hole_id)) or 'holes that rest on open ones'}")
        if not os.path.exists(by):
            reasons.append(f"{by} is gone")
        if reasons:
            tell(f"{hole_id} is broken: {'; '.join(reasons)}")
            broken.append(hole_id)
    return broken
