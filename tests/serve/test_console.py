"""Whatever a run gives can be written."""

import json
from typing import Any

import pytest

from lift_sys.serve.console import complain, write_json


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (2**100, 2**100),
        (b"\xff", "_w=="),
        (float("nan"), None),
        ({1: {2, 3}}, {"1": [2, 3]}),
        ((1, "ä"), [1, "ä"]),
        (complex(1, 2), "1+2j"),
    ],
)
def test_any_value_is_written_as_json(value: Any, written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Big integers, bytes, sets and foreign objects do not stop a result."""
    write_json(value)

    assert json.loads(capsys.readouterr().out) == written


def test_a_value_that_holds_itself_is_written_as_text(capsys: pytest.CaptureFixture[str]) -> None:
    """A circle has no JSON; its text is better than nothing."""
    circle: list[Any] = []
    circle.append(circle)
    write_json(circle)

    assert json.loads(capsys.readouterr().out) == "[[...]]"


def test_a_complaint_is_two_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """However many lines its parts have."""
    complain("what\nis wrong", "what\nto do")

    assert capsys.readouterr().err == "lift-sys: what is wrong\n  help: what to do\n"
