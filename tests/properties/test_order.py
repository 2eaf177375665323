"""The order of independent lines says nothing: the same steps, paths, data and values, whatever stands first."""

from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any

import anyio
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lift_sys import Engine, Run
from lift_sys.testing import virtual_time
from tests.properties.programs import Block, Call, Made, Operand, Program, Shape, Taken, Var, Workshop, program

Part = Block | Call | Shape | Operand | str


def used(part: Part) -> Iterator[str]:
    """Yield the names of the variables that a part of a program uses."""
    if isinstance(part, Var):
        yield part.name
    for inner in parts_of(part):
        yield from used(inner)


def parts_of(part: Part) -> tuple[Part, ...]:
    """Return what a part of a program is made of."""
    match part:
        case Taken():
            return (part.of,)
        case Made():
            return part.items
        case Call():
            return (*part.args, *part.kwargs.values())
        case Shape():
            return (part.source, *part.bodies)
        case Block():
            return (*part.statements, part.result)
        case _:
            return ()


def reordered(block: Block, random: Random) -> Block:
    """Return a block with its lines in another order: what is used still stands before its use.

    Maps, branches and loops keep their order, as their names are numbered by the lines; calls have names of their own.
    """
    left = [_within(s, random) for s in block.statements]
    made: set[str] = set()
    own = {s.to for s in left}
    lines: list[Call | Shape] = []
    while left:
        first_shape = next((s for s in left if isinstance(s, Shape)), None)
        free = [s for s in left if (isinstance(s, Call) or s is first_shape) and (own & set(used(s))) <= made]
        line = random.choice(free)
        left.remove(line)
        made.add(line.to)
        lines.append(line)
    return replace(block, statements=lines)


def _within(statement: Call | Shape, random: Random) -> Call | Shape:
    if isinstance(statement, Call):
        return replace(statement)
    bodies = tuple(reordered(b, random) if isinstance(b, Block) else b for b in statement.bodies)
    return replace(statement, bodies=bodies)


def story(run: Run[Any]) -> set[tuple[str, str, str]]:
    """Return the events of a run as kind, path and data."""
    return {(e.kind, e.path, repr(sorted(e.data.items()))) for e in run.events}


def assert_order_says_nothing(random: Random) -> None:
    """Assert that a program and another order of its lines tell the same story."""
    made = program(random, parents=True)
    other = Program(reordered(made.root, random), {n: reordered(b, random) for n, b in made.subs.items()})
    first, second = (Workshop(p, lambda: random.choice((-1.0, 0.0, 0.1)), own_names=True) for p in (made, other))
    runs = [virtual_time(Engine(clock=anyio.current_time).run, shop.root, 3, 4) for shop in (first, second)]

    assert story(runs[0]) == story(runs[1])
    assert type(runs[0].outcome) is type(runs[1].outcome)
    assert first.ran == second.ran


@settings(max_examples=15, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink))
@given(st.randoms(use_true_random=False))
def test_the_order_of_independent_lines_says_nothing(random: Random) -> None:
    """The set of kinds, paths and data of the events is the same for any order of the lines."""
    assert_order_says_nothing(random)


@pytest.mark.slow
def test_the_order_says_nothing_a_thousand_times() -> None:
    """The same for a thousand programs."""
    for seed in range(1_000):
        assert_order_says_nothing(Random(seed))
