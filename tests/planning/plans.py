"""Plans for tests: small ones by hand, any ones by hypothesis."""

import json
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from lift_sys.planning import Board, Deferred, Entry, Inventory, PlannedHole, Reopened, Resolved, main, spliced

WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8)
TEXTS = st.text(max_size=8) | st.sampled_from(["", " padded ", '"quoted"', "two\nlines", "```", "- phase: 3", "\u2028"])
STRENGTHS = st.sampled_from(["MUST", "SHOULD", "MAY"])
CONSTRAINTS = st.builds(lambda strength, rest: f"{strength} x{rest}", STRENGTHS, TEXTS)


def hole(number: int, *depends_on: int, phase: int = 1, **more: Any) -> PlannedHole:
    """Return a hole that waits for others, by number."""
    ids = tuple(f"H{n}" for n in depends_on)
    return PlannedHole(f"H{number}", f"Name{number}", "interface", "int", phase, depends_on=ids, **more)


def board(*holes: PlannedHole, log: tuple[Entry, ...] = ()) -> Board:
    """Return a plan of these holes after these things happened."""
    return Board(Inventory("plan", holes={hole.id: hole for hole in holes}), log)


def written(folder: Path, *holes: PlannedHole) -> Path:
    """Write an inventory of these holes; return its folder."""
    (folder / "HOLE_INVENTORY.md").write_text(spliced(Inventory("new"), holes), newline="")
    return folder


def asked(folder: Path, capsys: Any, *words: str) -> tuple[int, Any]:
    """Return exit code and data that a command answers with `--json`."""
    capsys.readouterr()
    code = main(["--dir", str(folder), *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


@st.composite
def plans(draw: st.DrawFn, most: int = 8) -> list[PlannedHole]:
    """Any plan without a circle, in the order of ids, which is not the order of dependencies."""
    count = draw(st.integers(1, most))
    numbers = draw(st.permutations(range(1, count + 1)))
    holes = []
    for index, own in enumerate(numbers):
        before = draw(st.lists(st.sampled_from(numbers[:index]), unique=True, max_size=4)) if index else []
        gives = draw(st.dictionaries(st.sampled_from([f"H{n}" for n in numbers]), st.lists(CONSTRAINTS, max_size=2)))
        made = hole(
            own,
            *before,
            phase=draw(st.integers(0, 3)),
            constraints=tuple(draw(st.lists(CONSTRAINTS, max_size=2))),
            gives={receiver: tuple(texts) for receiver, texts in gives.items()},
            accept=tuple(draw(st.lists(TEXTS, max_size=2))),
        )
        holes.append(made)
    return sorted(holes, key=lambda made: int(made.id[1:]))


@st.composite
def histories(draw: st.DrawFn, holes: list[PlannedHole]) -> tuple[Entry, ...]:
    """Anything that could have happened to the holes of a plan, gifts included."""
    ids = st.sampled_from([made.id for made in holes])
    gifts = st.sampled_from(list(board(*holes).sayable)) if board(*holes).sayable else st.nothing()
    happened = st.builds(Resolved, ids, WORDS) | st.builds(Reopened, ids) | st.builds(Deferred, ids) | gifts
    return tuple(draw(st.lists(happened, max_size=20)))
