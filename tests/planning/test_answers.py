"""What the plan answers equals what trying everything finds."""

import itertools
from collections.abc import Iterator

from hypothesis import given, settings
from hypothesis import strategies as st

from lift_sys.planning import Board, Deferred, Given, Resolved, exported, imported
from lift_sys.planning.answers import gate, next_hole, phase_status, ready, what_if, why
from tests.planning.plans import board, histories, hole, plans

# H1 --> H2 --> H4,  H1 --> H3,  H5 --> H3
SMALL = (hole(1), hole(2, 1), hole(3, 1, 5), hole(4, 2, phase=2), hole(5, phase=2))


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Any plan after anything happened."""
    holes = draw(plans())
    return board(*holes, log=draw(histories(holes)))


def by_number(ids: Iterator[str] | set[str]) -> list[str]:
    return sorted(ids, key=lambda one: int(one[1:]))


def waiting_chains(plan: Board, first: str) -> Iterator[list[str]]:
    """Yield every chain of unresolved holes that begins here, by trying each order of holes."""
    yield [first]
    for made in plan.holes.values():
        if first in made.depends_on and not plan.is_resolved(made.id):
            yield from ([first, *rest] for rest in waiting_chains(plan, made.id))


def test_next_is_the_hole_on_which_most_wait() -> None:
    """H1 frees three holes, H5 one; the longest chain of H1 goes through H2."""
    assert next_hole(board(*SMALL)) == {"next": "H1", "unblocks": 3, "path": ["H1", "H2", "H4"]}
    assert next_hole(board(*SMALL, log=(Resolved("H1", "x"),))) == {"next": "H2", "unblocks": 1, "path": ["H2", "H4"]}


def test_a_deferred_hole_is_not_ready_and_still_blocks() -> None:
    """H2 waits for H1, though nobody is to work on H1 now."""
    plan = board(*SMALL, log=(Deferred("H1"),))

    assert ready(plan) == {"ready": ["H5"]}
    assert phase_status(plan, 1) == {
        "total": 3, "resolved": [], "ready": [], "blocked": {"H2": ["H1"], "H3": ["H1", "H5"]},
    }  # fmt: skip


def test_a_plan_without_ready_holes_has_no_next() -> None:
    """All is done, or all is put off."""
    assert next_hole(board(hole(1), log=(Resolved("H1", "x"),))) == {"next": None, "unblocks": 0, "path": []}
    assert next_hole(board(hole(1), log=(Deferred("H1"),))) == {"next": None, "unblocks": 0, "path": []}


def test_a_gate_names_blockers_of_later_phases() -> None:
    """H3 is wanted for the first gate and waits for H5, which belongs to the second."""
    plan = board(*SMALL, log=(Resolved("H1", "x"), Resolved("H2", "x")))

    assert gate(plan, 1, []) == {"passed": False, "open": ["H3"], "broken": [], "later": {"H3": ["H5"]}}
    assert gate(plan, 0, []) == {"passed": True, "open": [], "broken": [], "later": {}}


@given(boards())
@settings(max_examples=6)
def test_ready_and_next_are_what_trying_everything_finds(plan: Board) -> None:
    """The most waiting holes, the longest chain, and the lowest id at a tie."""
    can = [one for one in plan.holes if plan.status(one) == "open"]
    can = by_number({one for one in can if all(plan.is_resolved(giver) for giver in plan.holes[one].depends_on)})
    assert ready(plan)["ready"] == can

    waits = {one: {step for chain in waiting_chains(plan, one) for step in chain} - {one} for one in can}
    best = min(can, key=lambda one: (-len(waits[one]), int(one[1:])), default=None)
    chains = list(waiting_chains(plan, best)) if best else [[]]
    longest = min(chains, key=lambda chain: (-len(chain), [int(one[1:]) for one in chain]))
    assert next_hole(plan) == {"next": best, "unblocks": len(waits.get(best or "", ())), "path": longest}


@given(boards())
@settings(max_examples=12)
def test_phases_account_for_every_hole(plan: Board) -> None:
    """Resolved, ready, blocked or put off with nothing in its way: a hole is one of these."""
    for phase in range(4):
        found = phase_status(plan, phase)
        idle = [one for one in plan.in_phase(phase) if plan.status(one) == "deferred" and not plan.blockers(one)]

        assert found["total"] == len(found["resolved"]) + len(found["ready"]) + len(found["blocked"]) + len(idle)
        for one, blockers in found["blocked"].items():
            assert blockers == by_number({g for g in plan.holes[one].depends_on if not plan.is_resolved(g)}) != []


@given(boards())
@settings(max_examples=12)
def test_why_and_what_if_agree_with_the_log(plan: Board) -> None:
    """What is in force was given by a hole that is resolved now; a withdrawal loses what it and what falls gave."""
    received = [told for made in plan.holes.values() for told in why(plan, made)["received"]]
    assert all(plan.is_resolved(told["from"]) for told in received)
    assert {Given(told["from"], told["to"], told["text"]) for told in received} <= set(plan.standing.given)

    for made in plan.holes.values():
        found = what_if(plan, made)
        falls: set[str] = set()
        for _ in plan.holes:
            falls |= {
                one.id
                for one in plan.holes.values()
                if plan.is_resolved(one.id) and {made.id, *falls} & {*one.depends_on}
            }
        assert found["falls"] == by_number(falls)
        gone = {made.id, *falls}
        order = sorted(received, key=lambda told: (int(told["from"][1:]), int(told["to"][1:])))
        assert found["lost"] == [told for told in order if told["from"] in gone]


def test_a_line_that_the_inventory_no_longer_says_is_not_in_force() -> None:
    """The log keeps what was given; who dropped a constraint is not bound by it."""
    log = (Resolved("H1", "x"), Given("H1", "H2", "MUST a"), Given("H1", "H2", "MUST b"))
    plan = board(hole(1, constraints=("MUST b",)), hole(2, 1), log=log)

    assert why(plan, plan.hole("H2")) == {"received": [{"from": "H1", "to": "H2", "text": "MUST b"}]}


@given(plans())
@settings(max_examples=12)
def test_a_plan_survives_its_way_through_json(holes: list) -> None:  # type: ignore[type-arg]  # of planned holes
    """Export and import are each other's inverse."""
    import json

    assert imported(json.dumps(exported({made.id: made for made in holes})), "plan.json") == holes


def test_orders_are_by_number() -> None:
    """H10 comes after H9, however the plan was given."""
    for given_order in itertools.permutations([hole(10), hole(9), hole(2)]):
        assert ready(board(*given_order)) == {"ready": ["H2", "H9", "H10"]}
