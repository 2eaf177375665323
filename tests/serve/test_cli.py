"""The command line answers with a result on one stream, a person's words on the other, and an exit code."""

import inspect
import json
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from lift_sys.check import CATALOGUE, Entry
from lift_sys.serve import main
from lift_sys.serve.cli import COMMANDS, MODEL_COMMANDS
from tests.serve.project import PROJECT

Streams = pytest.CaptureFixture[str]
TOPIC = ["--arg", 'topic="holes in graphs"']


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Each test stands in a folder with one project."""
    (tmp_path / "shop.py").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    made = [name for name, module in sys.modules.items() if str(tmp_path) in (getattr(module, "__file__", "") or "")]
    for name in made:
        del sys.modules[name]


@pytest.mark.parametrize(("where", "said"), [*COMMANDS.values(), *MODEL_COMMANDS.values()], ids=lambda text: text)
def test_every_command_keeps_the_rules(where: str, said: str) -> None:
    """It is where it is said to be, returns its exit code, has `--json`, and its help is a sentence."""
    module, _, name = where.partition(":")
    command = getattr(import_module(module), name)
    signature = inspect.signature(command, eval_str=True)

    assert signature.return_annotation is int
    assert signature.parameters["json"].annotation is bool
    assert command.__doc__.strip()
    assert said.endswith(".")


def test_run_writes_the_value(capsys: Streams) -> None:
    """A complete run: the value on standard output, nothing else, exit code 0."""
    code = main(["run", "shop:article", *TOPIC, "--arg", "most=5", "--fill", "review=shop:praise"])

    assert (code, *capsys.readouterr()) == (0, "holes: good\n", "")


def test_run_writes_structured_values_as_json(capsys: Streams) -> None:
    """A model is written as the JSON it would be read from."""
    assert main(["run", "shop:planned", *TOPIC]) == 0
    assert json.loads(capsys.readouterr().out) == {"title": "hol"}


def test_an_incomplete_run_shows_its_closures_and_the_next_command(capsys: Streams) -> None:
    """Exit code 3, the captured inputs, what is blocked, and a command that can be pasted."""
    code = main(["run", "shop.py:article", *TOPIC])
    said = capsys.readouterr()

    assert code == 3
    assert "article/review: review(plan=Plan(title='holes in g'))" in said.out
    assert "MUST result" in said.out
    assert "blocked: article/publish" in said.out
    assert """lift-sys run shop.py:article --arg 'topic="holes in graphs"' --fill review=pkg.mod:function""" in said.err


def test_run_as_json(capsys: Streams) -> None:
    """One JSON object says outcome, holes and what is blocked."""
    assert main(["run", "shop:article", *TOPIC, "--json"]) == 3

    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] == "incomplete"
    assert found["holes"][0]["inputs"] == {"plan": {"title": "holes in g"}}
    assert found["blocked"] == ["article/publish"]
    assert found["run_id"]


def test_a_deferred_hole_taints(capsys: Streams) -> None:
    """The value is there, and said to be tainted."""
    assert main(["run", "shop:article", *TOPIC, "--defer", 'review="later"', "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert (found["value"], found["tainted"]) == ("holes in g: later", True)


def test_a_failed_run_names_the_step(capsys: Streams) -> None:
    """Exit code 1, the step and its error, no traceback."""
    assert main(["run", "shop:failing", *TOPIC]) == 1

    said = capsys.readouterr()
    assert said.out == ""
    assert "failing/breaks: ValueError: no holes in graphs" in said.err
    assert "Traceback" not in said.err


def test_an_unsound_graph_does_not_run(capsys: Streams) -> None:
    """Its diagnostics are the result; exit code 1."""
    assert main(["run", "shop:unsound", *TOPIC]) == 1
    assert "shop.py:43 unsound" in capsys.readouterr().out


@pytest.mark.slow
def test_a_fill_of_the_command_line_is_placed_where_it_is_written(project: Path) -> None:
    """No user's line runs there: the function's own line is the place."""
    (project / "fills.py").write_text("\nasync def wrong(n: int) -> int:\n    return n\n")
    command = [sys.executable, "-m", "lift_sys", "run", "shop:article", *TOPIC, "--fill", "review=fills:wrong"]

    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert "fills.py:2 review: LS401 wrong does not fit the hole review" in done.stdout


def test_check_says_every_fault(capsys: Streams) -> None:
    """Diagnostics with place, code and help; exit code 1; the way to the long form."""
    assert main(["check", "shop:unsound"]) == 1

    said = capsys.readouterr()
    assert "LS301 `plan is None`" in said.out
    assert "lift-sys explain LS301" in said.err


def test_check_of_a_sound_graph(capsys: Streams) -> None:
    """Sound is said with what was looked at."""
    assert main(["check", "shop:article"]) == 0
    assert capsys.readouterr().out == "shop:article is sound: 3 steps, 1 open hole, 1 of 1 MUST is prose\n"


def test_check_as_json(capsys: Streams) -> None:
    """Each diagnostic keeps its parts."""
    assert main(["check", "shop:unsound", "--json"]) == 1

    found = json.loads(capsys.readouterr().out)
    assert found["sound"] is False
    assert set(found["diagnostics"][0]) == {"code", "place", "message", "help"}


def test_graph_as_mermaid_and_as_json(capsys: Streams) -> None:
    """The picture can be pasted, the data read."""
    assert main(["graph", "shop:article"]) == 0
    assert capsys.readouterr().out.startswith("flowchart")

    assert main(["graph", "shop:article", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert ["article/outline", "article/review"] in found["edges"]
    assert {"path": "article/review", "node": "review", "hole": True} in found["steps"]


def test_why_explains_a_place(capsys: Streams) -> None:
    """The slice behind a value, and a known place where the given one is none."""
    assert main(["why", "shop:article", "article/outline", *TOPIC]) == 0
    assert "shop:outline" in capsys.readouterr().out

    assert main(["why", "shop:article", "article/outlin", *TOPIC]) == 2
    assert "article/outline" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["run", "nowhere:graph"], ["no module nowhere"]),
        (["run", "shp.py:graph"], ["no file shp.py", "did you mean shop.py?"]),
        (["run", "shop:artcle", *TOPIC], ["has no artcle", "did you mean article?"]),
        (["run", "shop:not_a_graph"], ["is no graph but int"]),
        (["run", "shop"], ["which graph", "shop:article"]),
        (["run", "shop:article"], ["needs topic", "--arg topic=JSON"]),
        (["run", "shop:article", "--arg", "topic=holes"], ["'holes' is no JSON", """topic='"holes"'"""]),
        (["run", "shop:article", "--arg", "topic=3"], ["--arg topic", "valid string"]),
        (["run", "shop:article", "--arg", 'topc="x"'], ["no parameter topc", "did you mean topic?"]),
        (["run", "shop:article", "--arg", "topic"], ["write it as name=JSON"]),
        (["run", "shop:article", *TOPIC, "--fill", "revew=shop:praise"], ["no hole revew", "did you mean review?"]),
        (["run", "shop:article", *TOPIC, "--fill", "review=shop:prase"], ["has no prase"]),
        (["run", "shop:article", *TOPIC, "--fill", "review=shop:not_a_graph"], ["3", "review.defer"]),
        (["run", "shop:article", *TOPIC, "--fill", "review=shop:plain"], ["LS401", "write `async def plain`"]),
        (["rn"], ["no command 'rn'", "did you mean run?"]),
        (["run", "shop:article", "--jsn"], ["--jsn"]),
        (["explain", "LS999"], ["no code LS999"]),
        (["new", "not-a-name"], ["'not-a-name'"]),
        (["new", "shop"], ["shop.py is there already"]),
        (["demo", "fil"], ["fil"]),
    ],
)
def test_wrong_use_is_two_lines_and_a_two(tokens: list[str], words: list[str], capsys: Streams) -> None:
    """A user's mistake: what is wrong with its value, what to write instead, nothing on standard output."""
    assert main(tokens) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert 1 <= said.err.count("\n") <= 2
    assert [word for word in words if word not in said.err] == []


def test_a_module_that_cannot_be_imported_is_told_by_its_line(project: Path, capsys: Streams) -> None:
    """The user's own error, with the file and line where it happened; exit code 1."""
    (project / "broken.py").write_text("\nx = unknown\n")

    assert main(["check", "broken:x"]) == 1
    said = capsys.readouterr().err
    assert "NameError: name 'unknown' is not defined" in said
    assert "broken.py:2" in said
    assert "Traceback" not in said


def test_a_file_is_loaded_as_itself(project: Path, capsys: Streams) -> None:
    """A file with the name of an installed module, and a file inside a package, are found by their paths."""
    (project / "json.py").write_text(PROJECT)
    (project / "pkg").mkdir()
    (project / "pkg" / "__init__.py").touch()
    (project / "pkg" / "steps.py").write_text(PROJECT)
    (project / "pkg" / "flow.py").write_text("from .steps import planned\n")

    assert main(["run", "json.py:planned", *TOPIC]) == 0
    assert main(["run", "pkg/flow.py:planned", *TOPIC]) == 0
    assert capsys.readouterr().err == ""


def test_demo_runs_around_its_hole(capsys: Streams) -> None:
    """What ran, the closure with its inputs, what is blocked, and the next command."""
    assert main(["demo"]) == 0

    said = capsys.readouterr()
    assert "ran      article/headline" in said.out
    assert "hole     article/review" in said.out
    assert "blocked  article/publish" in said.out
    assert "lift-sys demo fill" in said.err


def test_demo_fill_goes_on_where_it_stopped(capsys: Streams) -> None:
    """Only what waited for the hole runs."""
    assert main(["demo", "fill"]) == 0
    assert capsys.readouterr().out.startswith("1 hole filled, 2 steps ran, 3 were kept\n")


def test_new_writes_a_file_that_runs(project: Path, capsys: Streams) -> None:
    """At most twenty lines; the command in its first line works."""
    assert main(["new", "mine"]) == 0
    written = (project / "mine.py").read_text()
    capsys.readouterr()

    assert written.count("\n") <= 20
    assert main(["run", "mine:greeting", "--arg", 'name="Ada"']) == 3
    assert "translate(text='Hello, Ada')" in capsys.readouterr().out


def test_explain_says_it_at_length(capsys: Streams) -> None:
    """The text, a wrong program and a right one; as JSON too."""
    assert main(["explain", "ls101"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("# LS101")
    assert "## Wrong" in said
    assert "## Right" in said

    assert main(["explain", "LS101", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["family"] == "drawing a graph"


@pytest.mark.parametrize("said", [e for e in CATALOGUE.values() if e.language == "sh"], ids=lambda said: said.code)
def test_a_wrong_line_earns_its_code(said: Entry, capsys: Streams) -> None:
    """The commands that `explain` shows as wrong are refused, before a model is asked."""
    assert main(shlex.split(said.wrong)[1:]) == 2
    assert capsys.readouterr().out == ""


def test_explain_lists_all_codes(capsys: Streams) -> None:
    """Without a code, one line for each."""
    assert main(["explain"]) == 0
    assert "LS104  A call is never awaited" in capsys.readouterr().out
