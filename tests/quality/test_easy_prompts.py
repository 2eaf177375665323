"""The thirty prompts that quality is measured with are sound, and no prompt of ours gives one of them away."""

import json
from pathlib import Path
from typing import Any

import pytest

from lift_sys.pipeline import Task, read_examples, read_task
from lift_sys.pipeline.asking import WAYS, header_request, want_of

ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in (Path(__file__).parent / "easy_prompts.jsonl").read_text().splitlines()
]


def test_there_are_thirty_different_ones() -> None:
    """Each with its own id, function and words."""
    assert len(ROWS) == 30
    for key in ("id", "function", "prompt"):
        assert len({row[key] for row in ROWS}) == 30


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_each_has_two_visible_and_five_hidden_examples(row: dict[str, Any]) -> None:
    """They are examples of one function, and no hidden one is shown."""
    examples = read_examples([*row["examples"], *row["hidden"]])

    assert (len(row["examples"]), len(row["hidden"])) == (2, 5)
    assert len({example.call for example in examples}) == 7
    assert {example.function for example in examples} == {row["function"]}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row["id"]))
def test_the_shown_programs_are_for_other_tasks(row: dict[str, Any]) -> None:
    """What every request shows, whatever is asked for, names none of the thirty functions."""
    want = want_of(read_task(Task(prompt="Something", examples=("something(1) == 1",))))
    requests = [way.ask(want)[0] for way in WAYS] + [header_request(want, 1, 0)[0]]
    shown = " ".join((request.prefix or "") + " ".join(m.text for m in request.messages) for request in requests)

    assert f"{row['function']}(" not in shown
    assert row["prompt"] not in shown
