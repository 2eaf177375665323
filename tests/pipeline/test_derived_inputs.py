"""Derived inputs are many, different, the same for the same seed, and allowed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lift_sys.pipeline.derived_inputs import allowed, derive_inputs
from lift_sys.pipeline.literals import type_of
from tests.pipeline.programs import ir_of

HEADERS = [
    ("f(text: str) -> int", "f('level') == 1"),
    ("f(n: int) -> bool", "f(4) == True"),
    ("f(items: list[int]; size: int) -> list[list[int]]", "f([1, 2, 3], 2) == [[1, 2], [3]]"),
    ("f(m: dict[str, int]) -> int", "f({'a': 1}) == 1"),
    ("f(a: str; b: str) -> bool", "f('ab', 'ba') == True"),
    ("f(x: float) -> float", "f(1.5) == 2.0"),
    ("f(pair: tuple[int, str]) -> str", "f((1, 'a')) == 'a'"),
    ("f(items: set[int]) -> int", "f({1, 2}) == 2"),
    ("f(flag: bool) -> bool", "f(True) == False"),
]


@given(st.sampled_from(HEADERS), st.integers(0, 10_000), st.booleans())
def test_inputs_are_typed_distinct_and_repeat(header: tuple[str, str], seed: int, shown: bool) -> None:
    """No input is an example or another input; each has the types of the header; a seed gives them again."""
    ir = ir_of(header[0], *([header[1]] if shown else []))

    found = derive_inputs(ir, count=24, seed=seed)

    assert found == derive_inputs(ir, count=24, seed=seed)
    assert len({repr(args) for args in found}) == len(found)
    assert not {repr(args) for args in found} & {repr(example.args) for example in ir.examples}
    for args in found:
        assert [type_of(v).split("[")[0] for v in args] == [p.type.split("[")[0] for p in ir.signature.parameters]


@pytest.mark.parametrize("header", HEADERS[:6], ids=lambda header: str(header[0]))
def test_there_are_enough_of_them(header: tuple[str, str]) -> None:
    """Simple types and two examples are enough for as many as are wanted."""
    assert len(derive_inputs(ir_of(*header), count=24, seed=0)) >= 20


@given(st.integers(0, 10_000))
def test_what_is_required_is_kept(seed: int) -> None:
    """`n >= 0` and `len(items) > 0` leave out what they exclude."""
    ir = ir_of("f(n: int; items: list[int]) -> int", "f(2, [1]) == 1", requires=("n >= 0", "len(items) > 0"))

    assert all(args[0] >= 0 and args[1] for args in derive_inputs(ir, count=24, seed=seed))


def test_requirements_that_are_not_simple_exclude_nothing() -> None:
    """Only comparisons with constants are read; nothing is evaluated."""
    ir = ir_of("f(n: int) -> int", requires=("n in known", "not Python at all", "n < 5 < 9"))

    assert allowed(ir, (100,))
