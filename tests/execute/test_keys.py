"""Keys tell values apart as `same` does, in every process alike."""

import subprocess
import sys
from copy import deepcopy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from lift_sys.execute import NotHashable, key_of, same


class Colour(Enum):
    RED = 1


class Model(BaseModel):
    x: int = 1


@dataclass(frozen=True)
class Data:
    x: int = 1


DIFFERENT: list[Any] = [
    *(None, True, 1, 1.0, "1", b"1", 2**70, -(2**70), float("inf"), float("nan"), Colour.RED, "RED", Decimal(1)),
    *(
        [1],
        (1,),
        {1},
        [True],
        [[1]],
        {"x": 1},
        {"x": True},
        {1: "x"},
        {"1": "x"},
        Model(),
        Model(x=2),
        Data(),
        date(2020, 1, 2),
    ),
]


def test_different_values_have_different_keys() -> None:
    """Type and value both count, at any depth."""
    assert [pair for pair in combinations(DIFFERENT, 2) if key_of(pair[0]) == key_of(pair[1])] == []
    assert [pair for pair in combinations(DIFFERENT, 2) if same(*pair)] == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(JSON, JSON)
def test_equal_values_have_equal_keys(one: Any, other: Any) -> None:
    """A copy is the same; what is the same has one key."""
    again = deepcopy(one)
    assert same(one, again)
    assert key_of(one) == key_of(again)
    if key_of(one) == key_of(other):
        assert same(one, other)


def test_the_order_of_a_dict_does_not_count() -> None:
    """Nor that of a set."""
    assert key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    assert key_of({1, 2, 3}) == key_of({3, 2, 1})


def test_what_has_no_canonical_form_is_refused() -> None:
    """An object that is only itself has no key."""
    with pytest.raises(NotHashable, match="object"):
        key_of([object()])


@pytest.mark.slow
def test_keys_are_the_same_in_every_process() -> None:
    """Keys do not depend on the seed of a process's hashes."""
    program = "from lift_sys.execute import key_of; print(key_of({'a', 'b'}, {'x': [1, None, 2.5]}).hex())"
    found = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
