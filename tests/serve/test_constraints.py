"""The command line reasons about constraints: what is known, what follows, what cannot hold."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lift_sys.serve import main

Streams = pytest.CaptureFixture[str]
PROJECT = '''
from lift_sys import MUST, SHOULD, graph, hole, node, todo

@hole
async def score(text: str) -> int:
    """Say how good a text is.

    MUST 0 <= result <= 10
    MUST be fair
    """
    todo()

@node(constraints=[MUST("points >= 10")])
async def publish(text: str, points: int) -> str:
    return f"{text}: {points}"

@node(constraints=[SHOULD("points < 5"), MUST("points <= 100")])
async def file(text: str, points: int) -> str:
    return text

@node(constraints=[MUST("points > 10")])
async def praise(text: str, points: int) -> str:
    return text

@graph
async def review(text: str) -> str:
    points = await score(text)
    return await publish(await file(text, points), points)

@graph
async def wrong(text: str) -> str:
    return await praise(text, await score(text))
'''


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test stands in a folder with one module."""
    (tmp_path / "rated.py").write_text(PROJECT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    yield
    sys.modules.pop("rated", None)


def test_an_open_hole_shows_what_is_known_of_it(capsys: Streams) -> None:
    """What its neighbours ask for stands below its closure."""
    assert main(["run", "rated:review", "--arg", 'text="holes"']) == 3
    assert "known: result == 10" in capsys.readouterr().out


def test_auto_fills_what_is_decided(capsys: Streams) -> None:
    """A hole that is left with one value is filled with it, and standard error says that nobody chose it."""
    assert main(["run", "rated:review", "--arg", 'text="holes"', "--auto"]) == 0
    out, said = capsys.readouterr()
    assert out == "holes: 10\n"
    assert "score is filled, derived: only 10 is possible" in said


def test_a_graph_in_conflict_does_not_run(capsys: Streams) -> None:
    """The core and the repairs are the answer, with exit code 1."""
    assert main(["run", "rated:wrong", "--arg", 'text="holes"', "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["outcome"] == "conflict"
    assert [line.partition("  [")[0] for line in found["core"]] == ["MUST 0 <= result <= 10", "MUST points > 10"]
    assert [len(repair) for repair in found["repairs"]] == [1, 1]


def test_check_reports_a_conflict_as_a_fault(capsys: Streams) -> None:
    """It has a code that `lift-sys explain` knows."""
    assert main(["check", "rated:wrong", "--json"]) == 1
    assert [one["code"] for one in json.loads(capsys.readouterr().out)["diagnostics"]] == ["LS502"]


def test_check_warns_of_what_should_hold_and_cannot(capsys: Streams) -> None:
    """The graph is sound all the same; each constraint is counted by how it stands."""
    assert main(["check", "rated:review", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert "SHOULD points < 5" in found["warnings"][0]
    assert (found["constraints"]["verified"], found["constraints"]["checked"]) == (1, 3)
    assert found["constraints"]["MUST"] == {"said": 4, "prose": 1}


def test_a_claim_is_answered_without_a_run(capsys: Streams) -> None:
    """What it follows from, or with exit code 1 what is known instead."""
    assert main(["why", "rated:review", "score", "--claim", "result >= 7"]) == 0
    assert "MUST points >= 10" in capsys.readouterr().out
    assert main(["why", "rated:review", "review/publish", "--claim", "points < 10"]) == 1
    assert "points >= 10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("place", "claim", "said"),
    [("scor", "result >= 7", "score"), ("score", "resul >= 7", "result"), ("score", "be fair", "no claim")],
)
def test_a_wrong_question_is_a_two(place: str, claim: str, said: str, capsys: Streams) -> None:
    """A mistyped node or port names the nearest; prose is no claim."""
    assert main(["why", "rated:review", place, "--claim", claim]) == 2
    assert said in capsys.readouterr().err


def test_a_graph_in_conflict_is_counted_all_the_same(capsys: Streams) -> None:
    """How much of what is said is prose stands in every report, those of faults among them."""
    assert main(["check", "rated:wrong"]) == 1
    assert "1 fault in rated:wrong; 1 of 3 MUSTs is prose" in capsys.readouterr().err

    assert main(["check", "rated:wrong", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["steps"], told["holes"]) == (2, 1)
    assert told["constraints"]["MUST"] == {"said": 3, "prose": 1}
    assert told["constraints"]["verified"] == 0


def test_a_claim_is_asked_of_a_graph(capsys: Streams) -> None:
    """A run that was kept says what happened, not what must."""
    main(["run", "rated:review", "--arg", 'text="holes"', "--auto", "--record", "kept.json"])
    assert main(["why", "kept.json", "score", "--claim", "result > 0"]) == 2
    assert "a claim is asked of a graph" in capsys.readouterr().err
