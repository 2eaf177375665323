"""From a result type to JSON, and back to a value."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from annotated_types import Gt
from pydantic import BaseModel
from typing_extensions import TypedDict

from lift_sys.errors import DefinitionError
from lift_sys.providers.answer_shapes import AnswerFault, AnswerShape
from lift_sys.providers.json_answers import json_in


class Colour(Enum):
    RED = "red"


class Plan(BaseModel):
    title: str
    parts: "list[Plan]" = []


class Row(TypedDict):
    n: int


@dataclass
class Point:
    x: int
    y: int = 0


CASES: list[tuple[Any, Any]] = [
    (str, "a text"),
    (int, 3),
    (bool, True),
    (float, 0.5),
    (date, date(2020, 1, 2)),
    (Literal["a", "b"], "b"),
    (Colour, Colour.RED),
    (list[str], ["a"]),
    (tuple[int, str], (1, "a")),
    (set[int], {1, 2}),
    (dict[str, int], {"a": 1}),
    (Point, Point(1, 2)),
    (Row, {"n": 1}),
    (Plan, Plan(title="a", parts=[Plan(title="b")])),
    (list[Plan], [Plan(title="a")]),
    (int | None, None),
    (Annotated[int, Gt(2)], 3),
    (Any, {"free": [1]}),
]


@pytest.mark.parametrize(("result", "value"), CASES, ids=[str(result) for result, _ in CASES])
def test_a_value_that_is_written_is_read_back(result: Any, value: Any) -> None:
    """Whatever the type, and inside fences and words too."""
    shape = AnswerShape(result, "f")

    written = shape.written(value)

    assert shape.parse(written) == value
    if not shape.is_text:
        assert shape.parse(f"Sure!\n```json\n{written}\n```\nDone.") == value
        assert shape.schema is not None
        assert shape.schema["type"] == "object" or "$ref" in shape.schema


@pytest.mark.parametrize(
    ("result", "answer", "says"),
    [
        (int, "three", "it is not JSON"),
        (int, '{"answer": "three"}', "the answer: Input should be a valid integer"),
        (int, "3.5", "3.5"),
        (Annotated[int, Gt(2)], '{"answer": 1}', "greater than 2, but it is 1"),
        (Point, '{"y": 1}', "x: Field required"),
        (list[Point], '{"answer": [{"x": "a"}]}', "0.x: Input should be a valid integer"),
        (Literal["a"], '{"answer": "b"}', "'a'"),
    ],
)
def test_what_does_not_fit_is_said_so_that_a_model_can_do_better(result: Any, answer: str, says: str) -> None:
    """Where, what is expected, what was found."""
    with pytest.raises(AnswerFault, match=says):
        AnswerShape(result, "f").parse(answer)


def test_a_bare_value_is_taken_where_an_object_was_asked_for() -> None:
    """A model that answers the question and forgets the wrapping has answered."""
    assert AnswerShape(int, "f").parse("3") == 3
    assert AnswerShape(list[int], "f").parse("[1, 2]") == [1, 2]


class Opaque: ...


@pytest.mark.parametrize("result", [Opaque, "Unknown", Callable[[int], int]])
def test_a_type_that_no_model_can_answer_with_is_refused(result: Any) -> None:
    """Before anybody is asked."""
    with pytest.raises(DefinitionError, match="f: a model cannot answer with"):
        AnswerShape(result, "f")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ('```\n{"a": 1}\n```', '{"a": 1}'),
        ('It is {"a": {"b": 2}}, I think.', '{"a": {"b": 2}}'),
        ("So: [1, 2].", "[1, 2]"),
        ("no json here", "no json here"),
        ("a } b {", "a } b {"),
    ],
)
def test_json_is_found_inside_talk(text: str, found: str) -> None:
    """Without any, the text stays what the model said."""
    assert json_in(text) == found
