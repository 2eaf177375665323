"""Constraints and plans: how long their questions take.

scripts/bench constraints [--rounds N] [--only tracker] [--json FILE]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator

from scripts.benches.support import tracker
from scripts.benches.support.measuring import Row, run_sections

SECTIONS: dict[str, Callable[[int], Iterator[Row]]] = {
    "tracker": tracker.rows,
}


def main() -> int:
    return run_sections(__doc__, SECTIONS, rounds=11, meaning="how often each question is asked; medians count")


if __name__ == "__main__":
    sys.exit(main())
