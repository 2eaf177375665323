"""The engine against hand-written asyncio: the table of ratios, measured in one process, in turns.

The reference is one `asyncio.create_task` per node that awaits its parents' tasks, with the same bodies. "full" means
that every step logs its start and finish with time and that results are recorded. Nothing here asserts a time; values
are checked.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from scripts.benches.support import costs, makespans, speed
from scripts.benches.support.measuring import Row, run_sections

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
    return run_sections(__doc__, SECTIONS, rounds=25, meaning="how often each contender runs; medians are compared")


if __name__ == "__main__":
    sys.exit(main())
