"""The plan of this project is whole, and its state is what the log says."""

import re
from typing import Any

import pytest

from lift_sys.planning import Board, PlanFolder
from tests.house.sources import ROOT
from tests.planning.plans import asked

PHASES = {
    1: {6},
    2: {9, 14, 1, 2, 3, 7},
    3: {11, 10, 8, 17, 12, 4, 5, 15, 13, 16},
    4: {18, 19, 20},
    5: {21, 22},
    6: {23, 24},
    7: {25, 26},
}
EDGES = {
    6: {1, 4, 5, 10, 11, 12},
    10: {4},
    1: {5, 8},
    4: {5},
    8: {15},
    7: {8},
    14: {13},
    17: {18, 19, 20},
}
TOLD = [
    ("H6", "H1", "support async calls"),
    ("H6", "H4", "run concurrently"),
    ("H6", "H5", "handle async failures"),
    ("H1", "H8", "optimize through ProviderAdapter"),
    *(("H17", receiver, "hash deterministically") for receiver in ("H18", "H19", "H20")),
]


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Board:
    """The plan of this project, read where its paths are true."""
    monkeypatch.chdir(ROOT)
    return PlanFolder("docs/planning").board()


def test_every_hole_is_in_its_phase(plan: Board) -> None:
    """26 holes, seven phases."""
    assert {n: {int(one[1:]) for one in plan.in_phase(n)} for n in range(1, 8)} == PHASES
    assert len(plan.holes) == 26


def test_every_hole_says_how_it_is_accepted(plan: Board) -> None:
    """A MUST, a type, a command that runs tests of this repository, and words for a person."""
    for made in plan.holes.values():
        assert made.type
        assert any(text.startswith("MUST") for text in made.constraints)
        assert made.accept
        assert all(re.match(r"scripts/test (--all )?tests/", command) for command in made.accept)


def test_holes_give_to_those_that_depend_on_them(plan: Board) -> None:
    """No gift goes to a hole that would never hear of it, and the first edges stand."""
    for made in plan.holes.values():
        assert set(made.gives) <= set(plan.dependants[made.id])
    for giver, dependants in EDGES.items():
        assert {f"H{n}" for n in dependants} <= set(plan.dependants[f"H{giver}"])


def test_no_hole_waits_for_a_later_phase(plan: Board) -> None:
    """Otherwise a gate could not be passed in order."""
    for made in plan.holes.values():
        assert [giver for giver in made.depends_on if plan.holes[giver].phase > made.phase] == []


@pytest.mark.parametrize(("giver", "receiver", "text"), TOLD, ids=str)
def test_what_resolved_holes_said_is_in_force(giver: str, receiver: str, text: str, plan: Board) -> None:
    """A node is async, so providers and executors must be; there is one way to a model; keys are deterministic."""
    said = [given for given in plan.gifts(giver) if given.receiver == receiver and text in given.text]
    assert len(said) == 1

    assert (said[0] in plan.in_force) == plan.is_resolved(giver)


def test_what_resolved_a_hole_is_there(plan: Board) -> None:
    """A resolved hole rests on resolved holes and on a file of this repository."""
    for one, by in plan.standing.resolved.items():
        assert (ROOT / by).exists()
        assert plan.blockers(one) == []


def test_the_state_is_up_to_date(plan: Board, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """STATE.md says what the inventory and the log come to."""
    assert asked(ROOT / "docs" / "planning", capsys, "state", "--check")[0] == 0
