"""One planted change in a random program is the one cause that is found, and all that differs follows from it."""

from random import Random
from typing import Any

import pytest

from lift_sys import Engine
from lift_sys.explain import RunComparison, compare
from lift_sys.record import KeptRun, parse_run
from tests.properties.programs import HOLES, Program, Workshop, mix, program

pytestmark = pytest.mark.slow
SEEDS = 150


class Salted(Workshop):
    """A workshop in which one node gives something else than it does elsewhere."""

    salt: tuple[str, int] = ("", 0)

    def work(self, name: str, *args: Any) -> Any:
        return super().work(name, *args, *([self.salt[1]] if name == self.salt[0] else []))


async def kept(made: Program, a: int, b: int, salt: tuple[str, int] = ("", 0), *, filled: bool = True) -> KeptRun:
    shop = Salted(made)
    shop.salt = salt
    run = await Engine().run(shop.root, a, b)
    while run.holes and filled:
        run = await run.resume(run.holes[0].hole.fill(shop.answer(run.holes[0].hole.name), name="answer"))
    return parse_run(dict(run.to_record()), "run.json")


def explained(found: RunComparison) -> set[str]:
    return {path for cause in found.causes for path in (cause.path, *cause.places, *cause.follows)}


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_equal_runs_have_no_cause(seed: int) -> None:
    """Nothing of a run's time, order or addresses is taken for a difference."""
    made = program(Random(seed), parents=seed % 2 == 0)

    assert compare(await kept(made, 1, 2), await kept(made, 1, 2)).same


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_changed_input_is_the_only_cause(seed: int) -> None:
    """Whatever differs follows from it, and nothing else is called a cause."""
    made = program(Random(seed), parents=seed % 2 == 0)
    found = compare(await kept(made, 1, 2), await kept(made, 7, 2))

    assert [(cause.kind, cause.path) for cause in found.causes] == [("input", "root(a)")]
    assert set(found.to_json()["differing"]) == set(found.causes[0].follows)


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_a_node_that_gives_something_else_is_the_only_cause(seed: int) -> None:
    """Each first step of the salted node that was given the same is a cause; all that differs follows."""
    random = Random(seed)
    made = program(random, parents=seed % 2 == 0)
    name = random.choice(("f", "g", "two", "rec", "effect", *HOLES))
    one, other = await kept(made, 1, 2), await kept(made, 1, 2, (name, mix(seed)))
    found = compare(one, other)

    nodes = {step.path: step.name for step in (*one.steps, *other.steps) if step.is_shown}
    assert {nodes[cause.path] for cause in found.causes} <= {name}
    assert set(found.to_json()["differing"]) <= explained(found)
    assert {cause.path for cause in found.causes}.isdisjoint({p for cause in found.causes for p in cause.follows})


@pytest.mark.parametrize("seed", range(SEEDS // 3))
async def test_an_open_hole_is_the_cause_of_what_waits_for_it(seed: int) -> None:
    """Run around or run through: what differs is explained by the fills."""
    made = program(Random(seed))
    found = compare(await kept(made, 1, 2), await kept(made, 1, 2, filled=False))

    assert {cause.kind for cause in found.causes} <= {"fill"}
    assert set(found.to_json()["differing"]) <= explained(found)
