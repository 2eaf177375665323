"""Properties are judged by inputs nobody wrote down, and broken ones are shown by the smallest."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from lift_sys.errors import DefinitionError
from lift_sys.judges import Job, Sandbox, judge_property, open_sandbox

pytestmark = pytest.mark.slow

SORT = "def solve(xs): return sorted(xs)"
DEDUPLICATING_SORT = "def solve(xs): return sorted(set(xs))"


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """The strongest level of this machine, for all of these tests."""
    opened = await open_sandbox()
    yield opened
    await opened.aclose()


def is_sorted_permutation(xs: list[int], result: Any) -> bool:
    """What sorting ensures."""
    return list(result) == sorted(xs)


async def test_a_true_property_holds(sandbox: Sandbox) -> None:
    """As many inputs as asked for are tried, and none breaks it."""
    verdict = await judge_property(sandbox, Job(SORT), ["list[int]"], is_sorted_permutation, examples=25)

    assert verdict.holds
    assert verdict.tried == 25


async def test_a_broken_property_is_shown_by_the_smallest_input(sandbox: Sandbox) -> None:
    """A sort that loses equal items fails on two zeros."""
    verdict = await judge_property(sandbox, Job(DEDUPLICATING_SORT), ["list[int]"], is_sorted_permutation)

    assert not verdict.holds
    assert verdict.counterexample is not None
    assert (verdict.counterexample.args, verdict.counterexample.value) == (([0, 0],), [0])


async def test_the_same_seed_tries_the_same(sandbox: Sandbox) -> None:
    """A verdict can be had again."""
    verdicts = [
        await judge_property(sandbox, Job(DEDUPLICATING_SORT), ["list[int]"], is_sorted_permutation, seed=3)
        for _ in range(2)
    ]

    assert verdicts[0] == verdicts[1]


async def test_raising_breaks_a_property_unless_the_input_is_excluded(sandbox: Sandbox) -> None:
    """`requires` says which inputs count."""
    job = Job("def solve(a, b): return a // b")

    broken = await judge_property(sandbox, job, ["int", "int"], lambda a, b, r: True, examples=25)
    held = await judge_property(
        sandbox, job, ["int", "int"], lambda a, b, r: a == b * r + a % b, requires=lambda a, b: b != 0, examples=25
    )

    assert broken.counterexample is not None
    assert broken.counterexample.args == (0, 0)
    assert "ZeroDivisionError" in broken.counterexample.error
    assert held.holds


async def test_a_program_that_hangs_is_out_of_time(sandbox: Sandbox) -> None:
    """The whole search has the job's time; what was tried when it ended is the counterexample."""
    job = Job("def solve(x):\n    while x > 10: pass\n    return x", timeout=0.3)

    verdict = await judge_property(sandbox, job, ["int"], lambda x, r: x == r)

    assert verdict.counterexample is not None
    assert verdict.counterexample.args[0] > 10
    assert "0.3 s" in verdict.counterexample.error


async def test_an_answer_of_another_kind_breaks_it(sandbox: Sandbox) -> None:
    """Where `ensures` cannot even be asked, the answer is wrong."""
    verdict = await judge_property(sandbox, Job("def solve(x): return None"), ["int"], lambda x, r: r > x, examples=10)

    assert verdict.counterexample is not None
    assert verdict.counterexample.error.startswith("ensures raised TypeError")


TYPES = [
    ("int", int),
    ("bool", bool),
    ("str", str),
    ("float", float),
    ("bytes", bytes),
    ("None", type(None)),
    ("list[str]", list),
    ("dict[str, list[int]]", dict),
    ("set[int]", set),
    ("frozenset[int]", frozenset),
    ("tuple[int, str]", tuple),
    ("tuple[int, ...]", tuple),
    ("typing.Optional[int]", (int, type(None))),
    ("int | str | None", (int, str, type(None))),
    ("Union[int, str]", (int, str)),
    ("Sequence[float]", list),
    ("Literal['a', 'b']", str),
]


async def test_types_are_understood(sandbox: Sandbox) -> None:
    """Each type makes inputs of that type, which reach the program unharmed."""
    wanted = [kind for _, kind in TYPES]

    verdict = await judge_property(
        sandbox,
        Job("def solve(*args): return args"),
        [text for text, _ in TYPES],
        lambda *all: all[-1] == all[:-1] and all_are(all[:-1], wanted),
        examples=15,
    )

    assert verdict.holds, verdict


def all_are(values: tuple[Any, ...], kinds: list[Any]) -> bool:
    """Tell whether each value is of its kind."""
    return all(isinstance(value, kind) for value, kind in zip(values, kinds, strict=True))


@pytest.mark.parametrize("text", ["Widget", "list[", "list[int, str]", "1 + 1", "__import__('os')", "dict[int]"])
async def test_other_types_are_said(sandbox: Sandbox, text: str) -> None:
    """A type no inputs can be made for is wrong use, with what can be."""
    with pytest.raises(DefinitionError, match="no inputs can be made for the type"):
        await judge_property(sandbox, Job(SORT), [text], lambda x, r: True)


async def test_a_requirement_nothing_meets_is_said(sandbox: Sandbox) -> None:
    """A property that was never tried is no property that holds."""
    with pytest.raises(DefinitionError, match="no input was found"):
        await judge_property(sandbox, Job(SORT), ["int"], lambda x, r: True, requires=lambda x: False)
