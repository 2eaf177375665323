"""When two values are the same answer."""

import math
from typing import Any

import pytest
from hypothesis import given, settings

from lift_sys.judges import canonical, same
from tests.judges.test_values import plain

SAME = [
    (1, 1),
    (2.0, 2),
    (0.1 + 0.2, 0.3),
    (-0.0, 0),
    (math.nan, math.nan),
    (math.inf, math.inf),
    (10**30, 10**30),
    ((1, 2), [1, 2]),
    ([(1, [2])], [[1, (2,)]]),
    ({1, 2, 3}, {3, 2, 1}),
    ({3, 1, 2}, [1, 2, 3]),
    (frozenset("ab"), ["b", "a"]),
    ({0.1 + 0.2, 1}, {1, 0.3}),
    ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1}),
    ({1: "a", None: "b", 2.5: "d"}, {"1": "a", "null": "b", "2.5": "d"}),
    ({True: "c"}, {"true": "c"}),
    ({(1, 2): "x"}, {(1, 2): "x"}),
    (b"ab", bytearray(b"ab")),
    (1 + 2j, 1.0000000000001 + 2j),
    ("é", "é"),
    (None, None),
]
DIFFERENT = [
    (1, 2),
    (True, 1),
    (1, True),
    (1.001, 1),
    (10**30, 10**30 + 1),
    (10**400, math.inf),
    (10**400, 1.5),
    (math.inf, -math.inf),
    (math.nan, 0.0),
    ("1", 1),
    ("e\u0301", "é"),
    ([1, 2], [2, 1]),
    ([1, 2], {1, 2}),
    ({1, 2}, [1, 1, 2]),
    ({1}, {1, 2}),
    ([1], [1, 1]),
    ({"a": 1}, {"a": 2}),
    ({"a": 1}, {"b": 1}),
    ({1: "a", "1": "b"}, {"1": "a", "2": "b"}),
    ({}, []),
    (None, 0),
    ("", None),
    (b"a", "a"),
    (1, 1j),
]


@pytest.mark.parametrize(("got", "wanted"), SAME, ids=str)
def test_the_same_answer(got: Any, wanted: Any) -> None:
    """Differences that JSON or floating point make are no differences."""
    assert same(got, wanted)


@pytest.mark.parametrize(("got", "wanted"), DIFFERENT, ids=str)
def test_another_answer(got: Any, wanted: Any) -> None:
    """Everything else is."""
    assert not same(got, wanted)


@settings(max_examples=20)
@given(plain)
def test_a_value_is_the_same_as_itself(value: Any) -> None:
    """Every plain value is its own answer, and has a canonical text."""
    assert same(value, value)
    assert canonical(value) == canonical(value)


def test_programs_that_agree_share_a_canonical_text() -> None:
    """Order of sets and members, tuples and rounding do not separate answers; types do."""
    assert canonical({"b": {2, 1}, "a": (0.1 + 0.2,)}) == canonical({"a": [0.3], "b": {1, 2}})
    assert len({canonical(value) for value in (1, True, "1", None, [1], {1}, b"1", 1.5, {"1": 1})}) == 9
