"""The hole tracker on a plan of a thousand holes: each command as a process of its own, start-up included."""

from __future__ import annotations

import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from scripts.benches.support.measuring import Row, in_turns

HOLES = 1000
RESOLVED = 500
SCRIPT = Path(__file__).resolve().parents[3] / "scripts" / "planning" / "track_holes.py"
COMMANDS: dict[str, tuple[str, ...]] = {
    "list": (),
    "ready": (),
    "show": ("H400",),
    "next": (),
    "reopen": ("H900",),
    "defer": ("H900",),
    "phase-status": ("3",),
    "why": ("H700",),
    "what-if": ("--withdraw", "H3"),
    "graph": (),
    "state": (),
    "export": (),
    "import": ("plan.json",),
}


def plan() -> list[dict[str, Any]]:
    """Return a plan in which each hole waits for up to four earlier ones and gives each of them a line."""
    chance = random.Random(1)
    holes: list[dict[str, Any]] = []
    for own in range(1, HOLES + 1):
        before = sorted(chance.sample(range(1, own), min(own - 1, chance.randint(0, 4))))
        for giver in before:
            holes[giver - 1]["gives"][f"H{own}"] = [f"MUST serve H{own}"]
        holes.append(
            {
                "id": f"H{own}",
                "name": f"Hole{own}",
                "kind": "interface",
                "type": "int -> int",
                "phase": 1 + own // 150,
                "depends_on": [f"H{giver}" for giver in before],
                "constraints": [f"MUST keep {own}", "SHOULD be quick"],
                "gives": {},
                "accept": ["true"],
            }
        )
    return holes


def write(folder: Path) -> None:
    """Write the plan, and a log in which its first half was resolved."""
    holes = plan()
    (folder / "plan.json").write_text(json.dumps({"holes": holes}))
    ask(folder, "import", "plan.json")
    entries = []
    for hole in holes[:RESOLVED]:
        entries.append(f"- resolved {hole['id']} by README.md\n")
        entries += [f"- {hole['id']} gives {to}: {text}\n" for to, texts in hole["gives"].items() for text in texts]
    (folder / "CONSTRAINT_PROPAGATION_LOG.md").write_text("".join(entries))


def ask(folder: Path, *words: str) -> float:
    """Run one command of the tracker, read its answer, and return how many seconds that took a person."""
    command = [sys.executable, str(SCRIPT), "--dir", ".", *words, "--json"]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, check=True, cwd=folder)
    took = time.perf_counter() - began
    json.loads(done.stdout)
    return took


def rows(rounds: int) -> Iterator[Row]:
    """Yield the slowest command; the note says how much of it the processor worked."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder)
        contenders = {command: partial(ask, folder, command, *rest) for command, rest in COMMANDS.items()}
        before = _worked()
        found = in_turns(contenders, rounds)
        worked = (_worked() - before) / ((rounds + 1) * len(COMMANDS))
        slowest = max(found, key=lambda command: found[command])
        note = f"slowest: {slowest}; {worked:.2f} s of processor time on average"
        yield Row(f"tracker on {HOLES} holes, any command, start-up included", found[slowest], 0.3, 0.15, "s", note)


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
