"""Ratios, not seconds: everything is measured in one process, in turns, and medians are compared.

Time is the processor's time of this process: none of the contenders waits for anything, and what else the machine does
meanwhile is nobody's merit.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

Timed = Callable[[], float]


@dataclass(frozen=True)
class Row:
    """One line of the table; `measured` is in the unit of `bar` and `stretch`, and less is better."""

    what: str
    measured: float | None
    bar: float
    stretch: float | None = None
    unit: str = "x"
    note: str = ""

    @property
    def verdict(self) -> str:
        """Where the figure stands."""
        if self.measured is None:
            return "-"
        if self.stretch is not None and self.measured <= self.stretch:
            return "stretch"
        return "bar" if self.measured <= self.bar else "over"


def timed(work: Callable[[], object]) -> float:
    """Return how many seconds a piece of work takes, begun on a clean heap."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def in_turns(contenders: Mapping[str, Timed], rounds: int) -> dict[str, float]:
    """Return the median seconds of each contender.

    They take turns, and each round begins with another, so that a machine that grows slower harms all alike.
    """
    names = list(contenders)
    found: dict[str, list[float]] = {name: [] for name in names}
    for contender in contenders.values():
        contender()
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            found[name].append(contenders[name]())
    return {name: statistics.median(seconds) for name, seconds in found.items()}


def ratio(ours: Timed, reference: Timed, rounds: int) -> float:
    """Return the median of ours over the median of the reference."""
    found = in_turns({"ours": ours, "reference": reference}, rounds)
    return found["ours"] / found["reference"]


def table(rows: Sequence[Row]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| what | measured | bar | stretch | |", "|---|---|---|---|---|"]
    for row in rows:
        measured = "not there yet" if row.measured is None else _said(row.measured, row.unit)
        stretch = "" if row.stretch is None else _said(row.stretch, row.unit)
        verdict = row.verdict + (f" ({row.note})" if row.note else "")
        lines.append(f"| {row.what} | {measured} | {_said(row.bar, row.unit)} | {stretch} | {verdict} |")
    return "\n".join(lines)


def _said(value: float, unit: str) -> str:
    return f"{value:.3f} x" if unit == "x" else f"{value:.0f} MB" if unit == "MB" else f"{value:.2f} {unit}"


def load() -> str:
    """Return one line about how busy the machine is."""
    one, five, _ = os.getloadavg()
    return (
        f"load average {one:.2f} (1 min), {five:.2f} (5 min) on {os.cpu_count()} cores, Python {sys.version.split()[0]}"
    )


def write_json(path: str, rows: Sequence[Row], **more: object) -> None:
    """Write the rows where a program can read them."""
    found = [{**asdict(row), "verdict": row.verdict} for row in rows]
    Path(path).write_text(json.dumps({"load": load(), "rows": found, **more}, indent=1) + "\n")


def run_sections(
    about: str | None, sections: Mapping[str, Callable[[int], Iterator[Row]]], *, rounds: int, meaning: str
) -> int:
    """Read a bench's arguments, measure its sections, and print the table with the machine's load around it."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=rounds, help=meaning)
    parser.add_argument("--only", action="append", choices=sections, help="measure this section only; repeatable")
    parser.add_argument("--json", metavar="FILE", help="write the rows as JSON too")
    given = parser.parse_args()
    print(load())
    rows: list[Row] = []
    for name in given.only or sections:
        print(f"measuring {name} ...", file=sys.stderr)
        rows.extend(sections[name](given.rounds))
    print(table(rows))
    print(f"\n{load()}")
    if given.json:
        write_json(given.json, rows)
    return 0
