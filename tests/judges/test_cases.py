"""Cases and values as JSON that people write and read."""

import math
from typing import Any

import pytest
from hypothesis import given, settings

from lift_sys.errors import DefinitionError
from lift_sys.judges import NOTHING, Case, cases_from_json, from_json, json_from_text, same, to_json
from lift_sys.judges.sandbox.inside.values import dumps
from tests.judges.test_values import plain


@settings(max_examples=20)
@given(plain)
def test_what_is_written_can_be_read(value: Any) -> None:
    """A value that went through JSON is the same answer."""
    assert same(from_json(json_from_text(dumps(to_json(value)))), value)


def test_people_read_what_they_would_write() -> None:
    """Tuples are lists and integers are digits; tags stand only for what JSON has no word for."""
    assert to_json((1, [2**70], {"a": (True, None, 1.5)})) == [1, [2**70], {"a": [True, None, 1.5]}]
    assert to_json([math.inf, {1}, {1: 2}, b"\xff"]) == [
        {"!float": "inf"},
        {"!set": [1]},
        {"!dict": [[1, 2]]},
        {"!bytes": "ff"},
    ]
    assert to_json({"!int": "0x1"}) == {"!dict": [["!int", "0x1"]]}


def test_integers_of_any_size_are_read() -> None:
    """Digits beyond what Python reads at once, of either sign."""
    assert json_from_text("[" + "7" * 50_000 + ",-" + "7" * 5_000 + ",3]") == [
        7 * (10**50_000 - 1) // 9,
        -7 * (10**5_000 - 1) // 9,
        3,
    ]


def test_cases_are_read() -> None:
    """Arguments and, where there is one, the expected value; null is a value."""
    assert cases_from_json([{"args": [1]}, {"args": [], "expected": None}, {"args": [{"!set": [1]}]}]) == (
        Case((1,), NOTHING),
        Case((), None),
        Case(({1},)),
    )


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({}, "the cases are an object, not a list"),
        (None, "the cases are null"),
        (3, "the cases are a number"),
        ([1], "case 0 has no list of args"),
        ([{"args": []}, {"args": {}}], "case 1 has no list of args"),
        ([{"args": [], "want": 1}], "case 0 has 'want', which means nothing here"),
        ([{"args": [{"!int": "x"}]}], "case 0 cannot be given to a program"),
        ([{"args": [], "expected": json_from_text("[" * 900 + "]" * 900)}], "case 0 cannot be given to a program"),
    ],
    ids=lambda given: str(given)[:40],
)
def test_what_is_no_case_is_said(raw: Any, message: str) -> None:
    """Which case, what is wrong with it, and what to write."""
    with pytest.raises(DefinitionError, match=message):
        cases_from_json(raw)
