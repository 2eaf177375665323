"""`fits` answers as mypy does, and says nothing where nobody can know."""

import itertools
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lift_sys.define import fits
from tests.define import sample_types
from tests.define.sample_types import TYPES, Box, Plan, named

T = TypeVar("T")
B = TypeVar("B", bound=Plan)


@pytest.mark.parametrize(
    ("have", "want", "answer"),
    [
        ("int", "float", True),
        ("float", "int", False),
        ("bool", "int", True),
        ("int", "object", True),
        ("Any", "int", None),
        ("int", "Any", True),
        ("NoReturn", "int", True),
        ("int", "int|None", True),
        ("int|None", "int", False),
        ("None", "int|None", True),
        ("Literal['a']", "Literal['a','b']", True),
        ("Literal['a','b']", "Literal['a']", False),
        ("Literal[1]", "Literal[True]", False),
        ("str", "Literal['a']", False),
        ("UserId", "int", True),
        ("int", "UserId", False),
        ("AdminId", "UserId", True),
        ("Positive", "int", True),
        ("int", "Positive", True),
        ("list[int]", "list[float]", False),
        ("list[int]", "Sequence[float]", True),
        ("dict[str,int]", "Mapping[str,float]", True),
        ("dict[str,int]", "Iterable[str]", True),
        ("tuple[int,str]", "tuple[int,...]", False),
        ("Point", "tuple[int,str]", True),
        ("tuple[int,int]", "Sequence[int]", True),
        ("Names", "Sequence[str]", True),
        ("MoreOptions", "Options", True),
        ("LooseOptions", "Options", False),
        ("Options", "dict[str,Any]", False),
        ("Options", "Mapping[str,object]", True),
        ("Plan", "Titled", True),
        ("Cat", "Speaks", False),
        ("Puppy", "Speaks", True),
        ("IntBox", "Box[int]", True),
        ("IntBox", "Box[float]", False),
        ("Source[int]", "Source[float]", True),
        ("Sink[float]", "Sink[int]", True),
        ("Coroutine[Any,Any,int]", "Awaitable[float]", True),
        ("Callable[[float],str]", "Callable[[int],object]", True),
        ("Callable[[int],str]", "Callable[[float],str]", False),
    ],
)
def test_types_fit_as_their_values_do(have: str, want: str, answer: bool | None) -> None:
    """The table of what may stand where."""
    assert fits(named(have), named(want)) is answer


@pytest.mark.parametrize(
    ("have", "want", "answer"),
    [
        (list, list[int], None),
        (list[int], list, True),
        (int, T, None),
        (T, int, None),
        (int, B, False),
        (Plan, B, None),
        ("Plan", Plan, None),
        (Box, Box[int], None),
        (sample_types.Wrapped, sample_types.Wrapped[int], None),
        (tuple[int, ...], tuple[int, int], False),
        (dict[str, Any], Mapping[str, int], None),
        (Sequence[int], Iterable[int], True),
    ],
)
def test_what_nobody_said_is_not_guessed(have: Any, want: Any, answer: bool | None) -> None:
    """A bare container, a type variable or an unresolved name gives None, unless the rest decides."""
    assert fits(have, want) is answer


types = st.sampled_from(TYPES).map(named)


@given(types)
def test_a_type_fits_itself(declared: Any) -> None:
    """Nothing is refused where exactly it is wanted."""
    assert fits(declared, declared) is not False


@given(types, types, types)
def test_fitting_is_handed_on(first: Any, second: Any, third: Any) -> None:
    """What fits into something that fits is never refused."""
    if fits(first, second) and fits(second, third) and second is not Any:
        assert fits(first, third) is not False


@given(types, types, types)
def test_a_union_takes_what_its_parts_take(have: Any, left: Any, right: Any) -> None:
    """An arm more never refuses what fitted before."""
    if fits(have, left):
        assert fits(have, Union[left, right])  # noqa: UP007 - None | None is no type


@pytest.mark.slow
def test_mypy_agrees_about_every_pair(tmp_path: Path) -> None:
    """Each True is an assignment that mypy --strict accepts, each False one that it refuses."""
    pairs = list(itertools.product(TYPES, TYPES))
    lines = Path(sample_types.__file__).read_text().splitlines()
    before = len(lines) + 1
    lines += [f"def f{n}(x: {have}) -> None: y: {want} = x" for n, (have, want) in enumerate(pairs)]
    program = tmp_path / "pairs.py"
    program.write_text("\n".join(lines))
    command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--hide-error-context", str(program)]
    told = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=300).stdout
    refused = {int(line.split(":")[1]) - before for line in told.splitlines() if ": error:" in line}

    judged = [fits(named(have), named(want)) for have, want in pairs]
    wrong = [
        f"{have} -> {want}: {answer}"
        for n, ((have, want), answer) in enumerate(zip(pairs, judged, strict=True))
        if answer is not None and answer is (n in refused)
    ]

    assert wrong == []
    assert judged.count(None) < len(pairs) / 10
