"""How values are shown to a model: readable, and the same in every run."""

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel

from lift_sys.errors import DefinitionError
from lift_sys.providers.prompt_spec import shown


class Colour(Enum):
    RED = "red"


class Plan(BaseModel):
    title: str
    tags: set[str] = set()


@dataclass
class Point:
    x: int
    of: frozenset[str]


class Opaque: ...


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("two\nlines", "two\nlines"),
        (3, "3"),
        (None, "null"),
        (True, "true"),
        (float("nan"), "NaN"),
        (Colour.RED, '"red"'),
        (date(2020, 1, 2), '"2020-01-02"'),
        ([1, "é"], '[1,"é"]'),
        ({"b": 1, "a": (2, 3)}, '{"b":1,"a":[2,3]}'),
        (Plan(title="t", tags={"b", "a"}), '{"title":"t","tags":["a","b"]}'),
        (Point(1, frozenset("zyx")), '{"x":1,"of":["x","y","z"]}'),
    ],
)
def test_texts_are_shown_as_they_are_and_values_as_json(value: Any, text: str) -> None:
    """A model reads what a person would write down."""
    assert shown(value, "f(x)") == text


@pytest.mark.slow
def test_sets_look_the_same_in_every_process() -> None:
    """Their order changes with each start of Python; what is asked must not."""
    code = "from lift_sys.providers.prompt_spec import shown; print(shown({'a', 'b', 'c', 'd'}, ''))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True, timeout=60
        ).stdout
        for seed in ("1", "2")
    }

    assert outputs == {b'["a","b","c","d"]\n'}


@pytest.mark.parametrize("value", [Opaque(), [Opaque()], {"a": Opaque()}])
def test_a_value_without_a_form_is_refused_by_place(value: Any) -> None:
    """An address in memory would make every request a new one."""
    with pytest.raises(DefinitionError, match=r"^f\(x\): .*Opaque has no JSON form.*__repr__"):
        shown(value, "f(x)")


def test_mappings_of_any_kind_are_objects() -> None:
    """What behaves like a dictionary reads like one."""

    class Lazy(Mapping[str, int]):
        def __getitem__(self, key: str) -> int:
            return 1

        def __iter__(self) -> Any:
            return iter("ab")

        def __len__(self) -> int:
            return 2

    assert shown(Lazy(), "") == '{"a":1,"b":1}'
