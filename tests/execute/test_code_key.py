"""The hash of a function's code tells what it does, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from lift_sys.execute import code_key


def adding(number: Any) -> Callable[[int], Any]:
    def add(x: int) -> Any:
        return x + number

    return add


def counting() -> Callable[[], int]:
    count = 0

    def counts() -> int:
        nonlocal count
        count += 1
        return count

    return counts


def written(text: str, line: int = 1) -> Callable[..., Any]:
    """Return the function `f` of a source that begins at some line."""
    space: dict[str, Any] = {}
    exec(compile("\n" * line + text, "made.py", "exec"), space)
    made: Callable[..., Any] = space["f"]
    return made


BODY = "def f(x):\n    return x in {'a', 'b', 'c', 'd'} and (lambda y: y + 1)(x)\n"


def test_the_place_of_a_function_is_not_in_its_key() -> None:
    """The same text on another line does the same."""
    assert code_key(written(BODY)) == code_key(written(BODY, 30)) != ""


@pytest.mark.parametrize(
    "other",
    [
        BODY.replace("1", "2"),
        BODY.replace("'a'", "'\\ud800'"),
        BODY.replace("'a'", "'z'"),
        BODY.replace("(x):", "(x=1):"),
        'def f(x):\n    "Says."\n',
    ],
)
def test_another_body_default_or_docstring_is_another_key(other: str) -> None:
    """Constants count, those of inner functions too; so does what a prompt asks."""
    assert code_key(written(other)) != code_key(written(BODY))


def test_plain_values_that_a_function_closes_over_count() -> None:
    """Numbers and texts do, lists only by their type, as their content changes."""
    assert code_key(adding(1)) == code_key(adding(1)) != code_key(adding(2))
    assert code_key(adding([1])) == code_key(adding([2])) != code_key(adding("1"))


def test_a_name_that_a_function_rebinds_does_not_count() -> None:
    """What a function did so far is not what it does."""
    counts = counting()
    before = code_key(counts)
    counts()

    assert code_key(counts) == before


def test_what_has_no_code_of_its_own_has_no_key() -> None:
    """Built-in functions and objects that can be called."""
    assert code_key(len) == code_key(object()) == ""
