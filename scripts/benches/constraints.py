"""Constraints and plans: how long their questions take.

scripts/bench constraints [--rounds N] [--only tracker] [--json FILE]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator

from scripts.benches.support import tracker
from scripts.benches.support.measuring import Row, load, table, write_json

SECTIONS: dict[str, Callable[[int], Iterator[Row]]] = {
    "tracker": tracker.rows,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11, help="how often each question is asked; medians count")
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
