"""The bench of the engine says every figure, and checks every value on the way."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.benches.support.makespans import critical_path, makespan
from scripts.benches.support.measuring import Row, table
from scripts.benches.support.shapes import chain, diamonds, fan, layered
from tests.house.sources import ROOT


def test_shapes_are_what_their_names_say() -> None:
    """A chain ends in one node, a fan in all but its root, diamonds in the last foot, layers in the last layer."""
    shapes = (chain(4), fan(3), diamonds(2), layered(3, 5))

    assert [(len(shape.parents), shape.outputs) for shape in shapes] == [
        (4, (3,)),
        (4, (1, 2, 3)),
        (8, (7,)),
        (15, (10, 11, 12, 13, 14)),
    ]
    assert chain(4).result(5) == [8]


def test_a_makespan_on_the_virtual_clock_is_exact() -> None:
    """Without a limit a run takes its critical path, with a limit of one all of its work."""
    dag, waits = diamonds(2), [1.0, 2.0, 3.0, 1.0, 1.0, 5.0, 4.0, 1.0]

    assert critical_path(dag, waits) == 12
    assert makespan(dag, waits, 8) == pytest.approx(12)
    assert makespan(dag, waits, 1) == pytest.approx(sum(waits))


def test_the_table_says_where_a_figure_stands() -> None:
    """Each row names its verdict: stretch, bar, over, or that there is nothing yet."""
    rows = [Row("a", measured, 1.0, 0.8) for measured in (0.7, 0.9, 1.1, None)]

    assert [row.verdict for row in rows] == ["stretch", "bar", "over", "-"]
    assert "| a | 1.100 x | 1.000 x | 0.800 x | over |" in table(rows)
    assert "| a | not there yet |" in table(rows)


@pytest.mark.slow
def test_every_section_of_the_bench_runs(tmp_path: Path) -> None:
    """One round of everything that is quick enough gives its rows as JSON."""
    said = tmp_path / "rows.json"
    sections = ("full", "trio", "makespan", "planning", "memory", "hole")
    command = [sys.executable, "-m", "scripts.benches.engine", "--rounds", "1", "--json", str(said)]
    command += [word for name in sections for word in ("--only", name)]
    subprocess.run(command, check=True, cwd=ROOT, timeout=120)

    rows = json.loads(said.read_text())["rows"]
    assert len(rows) == 12 + 1 + 3 + 2 + 1 + 1
    assert all(row["measured"] > 0 for row in rows)
