"""What a user gave is read without asking anybody."""

import pytest

from lift_sys.errors import DefinitionError
from lift_sys.pipeline import Task, read_task

STUB = '''
import math

def area(radius: float, scale: int = 1) -> float:
    """Return the area of a circle.

    >>> area(0.0)
    0.0
    >>> print(area(1.0))
    3.14

    MUST result >= 0.
    MUST be exact for whole numbers
    """
'''


def test_a_stub_says_everything_it_can() -> None:
    """Name, types, defaults, doctests, and MUST lines: those that are expressions are checked, others shown."""
    reading = read_task(Task(stub=STUB, examples=("area(2.0, scale=0) == 0.0",)))

    assert reading.name == "area"
    assert [str(p) for p in reading.parameters or ()] == ["radius: float", "scale: int = 1"]
    assert reading.returns == "float"
    assert [str(example) for example in reading.examples] == ["area(0.0) == 0.0", "area(2.0, 0) == 0.0"]
    assert reading.ensures == ("result >= 0",)
    assert reading.unread == ("be exact for whole numbers",)
    assert reading.intent == "Return the area of a circle. It must be exact for whole numbers."


def test_types_come_from_the_examples() -> None:
    """Prose with examples has a name, types and a result before a model is asked."""
    reading = read_task(Task(prompt=" Count  the vowels ", examples=("vowels('ab') == 1", "vowels('') == 0")))

    assert (reading.intent, reading.name, reading.types, reading.returns) == (
        "Count the vowels",
        "vowels",
        ("str",),
        "int",
    )


def test_a_missing_annotation_is_read_from_the_examples() -> None:
    """What a stub leaves out, its examples may say."""
    reading = read_task(Task(stub='def f(x):\n    """Do it."""', examples=("f([1]) == 'a'",)))

    assert [str(p) for p in reading.parameters or ()] == ["x: list[int]"]
    assert reading.returns == "str"


@pytest.mark.parametrize(
    ("task", "reason"),
    [
        (Task(prompt="  \n "), "it is empty"),
        (Task(prompt="x" * 1_000_000), "1,000,000 characters"),
        (Task(stub="def f(:"), "not Python (line 1"),
        (Task(stub="x = 1"), "0 functions"),
        (Task(stub='async def f(): """Do."""'), "is async"),
        (Task(stub="def f(x: int) -> int: ..."), "no docstring"),
        (Task(stub='def f(*x: int) -> int: """Do."""'), "other than plain ones"),
        (Task(stub='def f(x: int) -> int: """Do."""', examples=("g(1) == 1",)), "calls `g`"),
        (Task(stub='def f(x: int) -> int: """Do."""', examples=("f(1, 2) == 1",)), "too many arguments"),
    ],
)
def test_what_cannot_be_meant_is_refused(task: Task, reason: str) -> None:
    """Before anybody is asked, with the place and what to do."""
    with pytest.raises(DefinitionError) as refused:
        read_task(task)

    assert reason in str(refused.value)
    assert len(refused.value.diagnostics) == 1
