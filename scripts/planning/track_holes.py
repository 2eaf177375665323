#!/usr/bin/env python3
"""Plan and track the holes of a project: `scripts/planning/track_holes.py --help`."""

import os
import sys
from types import ModuleType

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
PYTHON = os.path.join(ROOT, ".venv", "bin", "python")


def main() -> int:
    """Run the tracker from this checkout, without lift_sys' front page, which wires the whole engine (0.2 s)."""
    package = ModuleType("lift_sys")
    package.__path__ = [os.path.join(ROOT, "lift_sys")]
    sys.modules["lift_sys"] = package
    from lift_sys.planning import main as track

    try:
        return track()
    except ModuleNotFoundError as error:
        # `verify` and `gate` run on the engine, whose libraries this interpreter lacks
        if os.path.exists(PYTHON) and sys.executable != PYTHON:
            os.execv(PYTHON, [PYTHON, *sys.argv])
        print(f"track_holes.py: {error}; run scripts/setup, then .venv/bin/python {sys.argv[0]}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
