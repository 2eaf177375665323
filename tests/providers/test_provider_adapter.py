"""Requests, answers and usage as plain values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lift_sys.errors import DefinitionError
from lift_sys.providers import Message, ModelRequest, Usage

HELLO = (Message("user", "hello"),)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({}, "nothing to answer"),
        ({"prefix": ""}, "nothing to answer"),
        ({"messages": HELLO, "prefix": "x"}, "not both"),
        ({"messages": HELLO, "schema": {}, "grammar": "root ::= x"}, "give one of them"),
        ({"messages": HELLO, "n": 0}, "n=0"),
        ({"messages": HELLO, "max_tokens": 0}, "max_tokens=0"),
    ],
)
def test_a_request_that_cannot_be_answered_is_refused_where_it_is_written(wrong: dict[str, Any], says: str) -> None:
    """The fault and its cure are said before any model is asked."""
    with pytest.raises(DefinitionError, match=says):
        ModelRequest(**wrong)


usages = st.builds(
    Usage,
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.one_of(st.none(), st.integers(0, 9).map(float)),
)


@given(usages, usages, usages)
def test_usages_add_up_in_any_order(a: Usage, b: Usage, c: Usage) -> None:
    """A sum does not depend on who finished first."""
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)


@given(usages)
def test_nothing_used_changes_no_sum(usage: Usage) -> None:
    """`Usage()` is where sums begin."""
    assert Usage() + usage == usage


def test_an_unknown_price_makes_the_sum_unknown() -> None:
    """A bill with an unknown item is not a bill."""
    assert (Usage(1, 1, 1, 0.5) + Usage(1, 1, 1, None)).cost is None
    assert (Usage(1, 1, 1, 0.5) + Usage(1, 1, 1, 0.25)).cost == 0.75
