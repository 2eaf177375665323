"""The engine against hand-written asyncio: the table of ratios, measured in one process, in turns.

The reference is one `asyncio.create_task` per node that awaits its parents' tasks, with the same bodies. "full" means
that every step logs its start and finish with time and that results are recorded. Nothing here asserts a time; values
are checked.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from scripts.benches.support import costs, makespans, speed
from scripts.benches.support.measuring import Row, load, table, write_json

SECTIONS: dict[str, Callable[[int], Iterator[Row]]] = {
    "full": speed.full,
    "trio": speed.over_trio,
    "growth": speed.growth,
    "makespan": makespans.rows,
    "planning": costs.planning,
    "memory": costs.memory,
    "large": costs.large,
    "each": speed.mapped,
    "hole": speed.hole_in_an_arm,
    "check": costs.inferred_edges,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="how often each contender runs; medians are compared")
    parser.add_argument("--only", action="append", choices=SECTIONS, help="measure this section only; repeatable")
    parser.add_argument("--json", metavar="FILE", help="write the rows as JSON too")
    given = parser.parse_args()
    print(load())
    rows: list[Row] = []
    for name in given.only or SECTIONS:
        print(f"measuring {name} ...", file=sys.stderr)
        rows.extend(SECTIONS[name](given.rounds))
    print(table(rows))
    print(f"\n{load()}")
    if given.json:
        write_json(given.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
