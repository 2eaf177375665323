"""Kept runs on the command line: recorded by `run`, asked by `why`, `diff` and `lineage`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import prov.model
import pytest

from lift_sys.serve import main
from tests.serve.project import PROJECT

Streams = pytest.CaptureFixture[str]
TOPIC = ["--arg", 'topic="holes in graphs"']
REVIEWED = [*TOPIC, "--fill", "review=shop:praise"]


SPENT = """
from lift_sys import Budget, graph, prompt, todo

@prompt(model="helper")
async def ask(text: str) -> str:
    \"\"\"Answer.\"\"\"
    todo()

@graph(budget=Budget(requests=1))
async def asked(text: str) -> str:
    return await ask(await ask(text))
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Each test stands in a folder with one project."""
    (tmp_path / "shop.py").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield tmp_path
    sys.modules.pop("shop", None)


@pytest.fixture
def kept(capsys: Streams) -> str:
    """A run that was kept."""
    assert main(["run", "shop:article", *REVIEWED, "--record", "run.json"]) == 0
    capsys.readouterr()
    return "run.json"


def test_a_run_is_kept_with_its_target(project: Path, kept: str) -> None:
    """The file says its format and version, what was run, and how it ended."""
    said = json.loads((project / kept).read_text())

    assert {name: said[name] for name in ("format", "version", "graph", "target", "outcome")} == {
        "format": "lift-sys run", "version": 1, "graph": "article", "target": "shop:article", "outcome": "complete",
    }  # fmt: skip


@pytest.mark.parametrize(("graph", "code"), [("failing", 1), ("article", 3)])
def test_runs_without_a_value_are_kept_too(graph: str, code: int, capsys: Streams) -> None:
    """A failed run can be asked why; so can one that waits."""
    assert main(["run", f"shop:{graph}", *TOPIC, "--record", "run.json"]) == code
    assert main(["why", "run.json", f"{graph}/publish"]) == 0
    assert "publish has no value" in capsys.readouterr().out


def test_why_reads_a_kept_run_without_running_it(project: Path, kept: str, capsys: Streams) -> None:
    """The graph's module is not even there any more."""
    (project / "shop.py").unlink()

    assert main(["why", kept, "article/publish"]) == 0
    assert "filled by code praise" in capsys.readouterr().out


@pytest.mark.parametrize("run", ["run.json", "shop:article"])
def test_why_as_json_is_prov(run: str, kept: str, capsys: Streams) -> None:
    """From a file and from a run made now, one activity for each step."""
    assert main(["why", run, "publish", "--json", *([] if run == kept else REVIEWED)]) == 0

    document = prov.model.ProvDocument.deserialize(content=capsys.readouterr().out)
    paths = [str(a.get_attribute("lift:path").pop()) for a in document.get_records(prov.model.ProvActivity)]
    assert sorted(paths) == ["article/outline", "article/publish", "article/review"]


def test_diff_names_the_cause(kept: str, capsys: Streams) -> None:
    """Exit code 1 and the fill that differs; 0 where nothing does."""
    assert main(["run", "shop:article", *TOPIC, "--defer", 'review="later"', "--record", "other.json"]) == 0
    capsys.readouterr()

    assert main(["diff", kept, "other.json"]) == 1
    said = capsys.readouterr().out
    assert "article/review: something else stands in the hole" in said
    assert 'article/publish: "holes in g: good" became "holes in g: later"' in said

    assert main(["diff", kept, "other.json", "--json"]) == 1
    assert [cause["kind"] for cause in json.loads(capsys.readouterr().out)["causes"]] == ["fill"]

    assert main(["diff", kept, kept]) == 0
    assert capsys.readouterr().out.startswith("no difference")


def test_lineage_is_one_event_on_each_line(project: Path, kept: str, capsys: Streams) -> None:
    """The same as what a run writes while it is there, under the same ids."""
    assert main(["lineage", kept, "--namespace", "shop"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [lines[0]["eventType"], lines[-1]["eventType"]] == ["START", "COMPLETE"]
    assert lines[0]["job"] == {**lines[0]["job"], "namespace": "shop", "name": "shop:article"}

    assert main(["run", "shop:article", *REVIEWED, "--openlineage", "events.ndjson"]) == 0
    assert len((project / "events.ndjson").read_text().splitlines()) == len(lines)


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        (["why", "rn.json", "publish"], ["no run file rn.json", "did you mean run.json?"]),
        (["why", "run.json", "article/publsh"], ["no step at 'article/publsh'", "did you mean article/publish"]),
        (["why", "run.json", "publish", "--model", "local"], ["--model", "is not run again"]),
        (["why", "old.json", "publish"], ["old.json is of version 0", "version 1"]),
        (["why", "no.json", "publish"], ["no.json is no run file", "--record FILE"]),
        (["diff", "run.json", "shop:article"], ["shop:article names no run file", "--record"]),
        (["diff", "run.json", "planned.json"], ["a run of article", "one of planned", "compare two runs of one graph"]),
        (["lineage", "shop:article"], ["shop:article names no run file"]),
    ],
)
def test_wrong_use_of_a_kept_run_is_a_two(
    tokens: list[str], words: list[str], project: Path, kept: str, capsys: Streams
) -> None:
    """What is wrong with the file or the place, and what is near; nothing on standard output."""
    (project / "old.json").write_text(json.dumps({"format": "lift-sys run", "version": 0}))
    (project / "no.json").write_text("{}")
    (project / "planned.json").write_text(
        (project / kept).read_text().replace('"graph": "article"', '"graph": "planned"')
    )

    assert main(tokens) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert [word for word in words if word not in said.err] == []


def test_plan_says_what_is_not_known(kept: str, capsys: Streams) -> None:
    """Nothing is run: the open hole is named, a fill is planned, past runs are told apart from what is certain."""
    assert main(["plan", "shop:article"]) == 0
    said = capsys.readouterr().out
    assert "requests unknown" in said
    assert "review is an open hole" in said

    assert main(["plan", "shop:article", "--fill", "review=shop:praise", "--runs", kept]) == 0
    said = capsys.readouterr().out
    assert "requests 0\n" in said
    assert "measured in 1 run, which is no promise:" in said


def test_plan_as_json(kept: str, capsys: Streams) -> None:
    """Each interval has two ends, null where one is not known; measured values stand apart."""
    assert main(["plan", "shop:article", "--arg", "most=3", "--defer", 'review="x"', "--runs", kept, "--json"]) == 0

    found = json.loads(capsys.readouterr().out)
    assert found["total"]["requests"] == {"low": 0, "high": 0, "unknown": []}
    assert found["total"]["latency"]["high"] is None
    assert [step["path"] for step in found["steps"]] == ["article/outline", "article/review", "article/publish"]
    assert found["measured"]["whole"]["requests"]["max"] == 0
    assert found["measured"]["nodes"]["shop:outline"]["seconds"]["times"] == 1


def test_an_unsound_graph_is_not_planned(capsys: Streams) -> None:
    """Its diagnostics are the result, as those of a run would be."""
    assert main(["plan", "shop:unsound"]) == 1
    assert "LS301" in capsys.readouterr().out


def test_a_budget_that_cannot_be_kept_is_a_one(project: Path, capsys: Streams) -> None:
    """The steps that need more than is allowed are named, before anything is paid."""
    (project / "spent.py").write_text(SPENT)

    assert main(["plan", "spent:asked"]) == 1
    said = capsys.readouterr().out
    assert "conflict: requests: a run takes at least 2, and the budget allows 1 (asked/ask takes 1, asked/ask#2" in said
    sys.modules.pop("spent")


def test_a_record_that_cannot_be_written_is_told(capsys: Streams) -> None:
    """The run was made; its exit code says that it was not kept."""
    assert main(["run", "shop:article", *REVIEWED, "--record", "none/run.json"]) == 1
    assert "none/run.json cannot be written" in capsys.readouterr().err
