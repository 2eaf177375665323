"""Constraints and plans: how long their questions take.

scripts/bench constraints [--rounds N] [--only SECTION] [--json FILE]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from scripts.benches.support import reasoning, tracker
from scripts.benches.support.measuring import Row, run_sections

SECTIONS: dict[str, Callable[[int], Iterator[Row]]] = {
    "propagate": reasoning.propagating,
    "why": reasoning.explaining,
    "core": reasoning.conflicting,
    "chains": reasoning.long_chains,
    "repairs": reasoning.repairing,
    "tracker": tracker.rows,
}


def main() -> int:
    return run_sections(__doc__, SECTIONS, rounds=11, meaning="how often each question is asked; medians count")


if __name__ == "__main__":
    sys.exit(main())
