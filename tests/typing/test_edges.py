"""Plain mypy and pyright, with no plugin, say of each edge what we promise."""

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from tests.house.sources import ROOT

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
Found = dict[tuple[str, int], list[str]]


def promised(cases: list[Path]) -> Found:
    """Return what the comments say: `# E: arg-type` is an error of that kind on that line."""
    return {
        (case.name, number): sorted(re.split(r",\s*", line.split("# E: ")[1]))
        for case in cases
        for number, line in enumerate(case.read_text().splitlines(), 1)
        if "# E: " in line
    }


def said_by_mypy(cases: list[Path]) -> Found:
    """Return the errors of mypy --strict by file and line."""
    command = [sys.executable, "-m", "mypy", "--strict", "--output=json"]
    done = subprocess.run([*command, *map(str, cases)], capture_output=True, text=True, cwd=ROOT, timeout=300)
    found: Found = defaultdict(list)
    for line in done.stdout.splitlines():
        fault = json.loads(line)
        if fault["severity"] == "error":
            found[Path(fault["file"]).name, fault["line"]].append(fault["code"])
    assert done.returncode in (0, 1), done.stderr
    return {place: sorted(set(codes)) for place, codes in found.items()}


def said_by_pyright(cases: list[Path]) -> set[tuple[str, int]]:
    """Return the lines with errors of pyright."""
    command = [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run([*command, *map(str, cases)], capture_output=True, text=True, cwd=ROOT, timeout=300)
    faults = json.loads(done.stdout)["generalDiagnostics"]
    return {(Path(f["file"]).name, f["range"]["start"]["line"] + 1) for f in faults if f["severity"] == "error"}


@pytest.mark.slow
def test_mypy_judges_each_edge() -> None:
    """Every wrong edge is an error of the right kind on its own line, and no right edge is one."""
    assert said_by_mypy(CASES) == promised(CASES)


@pytest.mark.slow
def test_pyright_judges_each_edge() -> None:
    """Pyright finds the same lines wrong, in strict mode, and no others."""
    assert sorted(said_by_pyright(CASES)) == sorted(promised(CASES))


def test_every_case_promises_something() -> None:
    """A file of cases holds right and wrong edges."""
    assert all(any(name == case.name for name, _ in promised(CASES)) for case in CASES)


PROGRAM = """
from lift_sys import Engine, graph, node

@node
async def step(x: int) -> int:
    return x

@graph
async def steps(x: int) -> int:
    return await step(x)
"""


@pytest.mark.slow
def test_a_users_type_check_reads_no_heavy_library(tmp_path: Path) -> None:
    """Checking a program that imports lift_sys costs about a second, as mypy never opens pydantic_ai or dspy."""
    (tmp_path / "program.py").write_text(PROGRAM)
    command = [sys.executable, "-m", "mypy", "--strict", "-v", "--cache-dir", "cache", "program.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300)
    read = set(re.findall(r"site-packages/(\w+)", done.stderr))

    assert done.returncode == 0
    assert "pydantic" in read
    assert read & {"pydantic_ai", "dspy", "networkx", "z3", "litellm", "openai", "redis"} == set()
