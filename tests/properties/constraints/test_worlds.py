"""What is said of random graphs, judged by all worlds of small ones: propagation, conflicts, repairs, why, what if."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from tests.properties.constraints.graphs import program
from tests.properties.constraints.judging import (
    judge_conflict,
    judge_core,
    judge_facts,
    judge_fill,
    judge_why,
    judge_withdrawal,
)
from tests.properties.constraints.planting import planted
from tests.properties.constraints.worlds import TooMany

Judge = Callable[[Random], object]


def judged(judge: Judge, seeds: range) -> int:
    """Judge one random graph for each seed; return how many were small enough."""
    count = 0
    for seed in seeds:
        try:
            judge(Random(seed))
            count += 1
        except TooMany:
            continue
        except AssertionError as error:
            error.add_note(f"seed {seed}")
            raise
    return count


def facts(random: Random, size: int = 4) -> None:
    judge_facts(program(random, size=size))


def conflicts(random: Random, size: int = 4) -> None:
    judge_conflict(
        program(random, size=size, exact=True, native=True, shapes=random.choice((("sub",), ("arms", "sub"))))
    )


def claims(random: Random, size: int = 4) -> None:
    judge_why(program(random, size=size, exact=random.random() < 0.5), random)


def claims_about_holes(random: Random, size: int = 4) -> None:
    judge_why(program(random, size=size, exact=True, native=True, code=0, shapes=("sub",)), random, exact=True)


def withdrawals(random: Random, size: int = 4) -> None:
    judge_withdrawal(program(random, size=size), random)


def fills(random: Random, size: int = 4) -> None:
    judge_fill(program(random, size=size), random)


def cores(random: Random) -> None:
    judge_core(planted(random))


@pytest.mark.parametrize("judge", [facts, conflicts, claims, claims_about_holes, withdrawals, fills])
def test_what_is_known_is_right(judge: Callable[[Random, int], None]) -> None:
    """Nothing that is told of a few small graphs is wrong in any of their worlds."""
    assert judged(lambda random: judge(random, 1), range(8))


def test_a_planted_conflict_is_seen() -> None:
    """A few constraints that cannot hold together are found among others, and none too many."""
    assert judged(cores, range(6))


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 1_500, 500))
@pytest.mark.parametrize("judge", [facts, conflicts, claims, claims_about_holes, withdrawals, fills])
def test_what_is_known_of_thousands_of_graphs_is_right(judge: Judge, start: int) -> None:
    """Nothing that is told of thousands of graphs is wrong in any of their worlds."""
    assert judged(judge, range(start, start + 500)) > 400


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 400, 50))
def test_conflicts_planted_in_hundreds_of_graphs_are_seen(start: int) -> None:
    """Every planted conflict is reported by a core of which nothing can be left out."""
    assert judged(cores, range(start, start + 50)) > 45
