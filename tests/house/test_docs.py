"""What the documents show is what happens: their programs run, and print what they say."""

import ast
import doctest
import inspect
import linecache
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.house.sources import ROOT, house

PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^```(?P<kind>\w+)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_HERE = ("scripts/test", "scripts/check", "scripts/setup", "pip ", "git ")
"""Commands that would start these tests again, or change what they run in."""


@dataclass(frozen=True)
class Block:
    """One fenced block of a page, with the line on which it begins."""

    page: Path
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*kinds: str) -> list[Block]:
    """Return the blocks of these kinds on every page."""
    return [
        Block(page, text.count("\n", 0, found.start()) + 1, found["kind"], found["text"])
        for page in PAGES
        for text in [page.read_text()]
        for found in FENCE.finditer(text)
        if found["kind"] in kinds
    ]


def promised_output(text: str) -> list[str]:
    """Return the lines that a program says it prints: `#> like this`."""
    return [line.split("#>", 1)[1].strip() for line in text.splitlines() if "#>" in line]


async def run_program(text: str, name: str) -> Mapping[str, Any]:
    """Run a program that may await at its top level, as the REPL of asyncio does; its source can be read."""
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    code = compile(text, name, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    space: dict[str, Any] = {"__name__": "example"}
    made = eval(code, space)
    if inspect.iscoroutine(made):
        await made
    return space


@pytest.mark.parametrize("block", blocks("python"), ids=str)
async def test_a_program_of_the_documents_runs(block: Block, capsys: pytest.CaptureFixture[str]) -> None:
    """Each program runs as it stands, and prints what its `#>` comments say."""
    await run_program("\n" * block.line + block.text, str(block.page))

    assert capsys.readouterr().out.splitlines() == promised_output(block.text)


@pytest.mark.slow
@pytest.mark.parametrize("block", blocks("sh"), ids=str)
def test_a_command_of_the_documents_works(block: Block, tmp_path: Path) -> None:
    """Each command line ends well or incomplete; those that run the tests themselves are only looked up."""
    for line in block.text.splitlines():
        words = shlex.split(line, comments=True)
        if not words or line.startswith(NOT_HERE):
            assert not words or not words[0].startswith("scripts/") or (ROOT / words[0]).is_file()
            continue
        program = ROOT / words[0] if words[0].startswith("scripts/") else Path(sys.executable).parent / words[0]
        done = subprocess.run([program, *words[1:]], capture_output=True, text=True, cwd=tmp_path, timeout=600)
        assert done.returncode in (0, 3), f"{line}\n{done.stderr}"


def test_examples_in_docstrings_hold() -> None:
    """Each `>>>` in a docstring gives what stands below it."""
    shown = [source.name for source in house() if ">>> " in source.text]

    assert {name: doctest.testmod(import_module(name)).failed for name in shown} == dict.fromkeys(shown, 0)


def test_every_page_is_in_the_index() -> None:
    """A page of docs/planning that the index does not name would not be found."""
    index = (ROOT / "docs" / "planning" / "README.md").read_text()
    pages = [page.relative_to(ROOT / "docs" / "planning").as_posix() for page in PAGES if "planning" in page.parts]

    assert [page for page in pages if page not in index and page != "README.md"] == []


def test_the_readme_is_short() -> None:
    """A newcomer reads at most 150 lines."""
    assert (ROOT / "README.md").read_text().count("\n") <= 150


async def test_a_wrong_promise_is_noticed(capsys: pytest.CaptureFixture[str]) -> None:
    """A program that prints something else than it says would fail."""
    program = "import anyio\nawait anyio.sleep(0)\nprint('a')\n#> b\n"
    await run_program(program, "made-up")

    assert capsys.readouterr().out.splitlines() == ["a"] != promised_output(program)
