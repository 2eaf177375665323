"""What a model wrote becomes a program with the wanted header, or a reason that can be counted."""

import pytest

from lift_sys.pipeline.candidate import normal_form, read_candidate
from lift_sys.pipeline.mending import Rejected
from tests.pipeline.programs import ir_of

COUNT = ir_of("count(text: str) -> int", intent="Count the letters.")
WANTED = 'def count(text: str) -> int:\n    """Count the letters."""\n    return len(text)\n'


@pytest.mark.parametrize(
    "answer",
    [
        "def count(text):\n    return len(text)",
        "Here you are:\n\n```python\ndef count(text):\n    return len(text)\n```\nIt counts.",
        "```\ndef count(text: str) -> int:\n    '''Something else.'''\n    return len(text)\n\nprint(count('a'))\n```",
        "def count(s):\n    return len(s)",
        "def letters(text):\n    return len(text)\n",
        "def count(text):\n    return len(text)\n\nThis function counts the letters.",
        "def count(text):\n    len(text)",
        "def count(text):\n    print(len(text))",
        "def count(text):\n    return len(string)",
    ],
    ids=["bare", "fenced", "own header", "own names", "other name", "talk behind", "no return", "print", "wrong name"],
)
def test_the_same_program_is_found_in_many_answers(answer: str) -> None:
    """Header and docstring are the IR's; what has only one meaning is mended."""
    assert read_candidate(answer, COUNT, "chat").code == WANTED


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("I cannot do that.", "no function in the answer"),
        ("def count(text:\n    return", "not Python"),
        ("def count(text, other):\n    return 1", "wrong number of parameters"),
        ("def count(text):\n    return helper(text) + other(text)", "undefined name helper"),
        ("import os\ndef count(text):\n    return len(os.listdir(text))", "imports os"),
        ("def count(text):\n    return len(open(text).read())", "uses open"),
        ("def count(text):\n    return 5", "ignores its parameters"),
        ("def count(text):\n    pass", "no body"),
        ("def count(text):\n    for c in text:\n        pass", "returns nothing"),
    ],
)
def test_what_is_no_candidate_has_a_reason(answer: str, reason: str) -> None:
    """Reasons are short and equal for equal faults."""
    with pytest.raises(Rejected) as refused:
        read_candidate(answer, COUNT, "chat")

    assert str(refused.value) == reason


def test_an_answer_goes_on_where_the_prompt_ended() -> None:
    """The head stands before it, unless the model began anew."""
    head = "def count("

    assert read_candidate("text):\n    return len(text)", COUNT, "shots", head).code == WANTED
    assert read_candidate("```python\n" + WANTED + "```", COUNT, "shots", head).code == WANTED


def test_missing_imports_are_added() -> None:
    """A name of a harmless standard module can only mean that."""
    ir = ir_of("top(items: list[int]) -> int")

    code = read_candidate("def top(items):\n    return Counter(items).most_common(1)[0][0]", ir, "chat").code

    assert code.startswith("from collections import Counter\n\ndef top")


def test_helpers_come_along() -> None:
    """Other functions and constants that the wanted one uses are kept, tests around it are not."""
    answer = "ODD = 'aeiou'\ndef part(t):\n    return t\ndef count(text):\n    return len(part(text) + ODD)\ncount('a')"

    code = read_candidate(answer, COUNT, "chat").code

    assert "ODD = 'aeiou'" in code
    assert "def part(t)" in code
    assert "count('a')" not in code


def test_recursion_survives_a_new_name() -> None:
    """A function that calls itself still does."""
    ir = ir_of("fact(n: int) -> int")

    code = read_candidate("def f(k):\n    return 1 if k < 2 else k * f(k - 1)", ir, "chat").code

    assert "return 1 if n < 2 else n * fact(n - 1)" in code


def test_programs_that_differ_in_names_only_are_one() -> None:
    """Locals, annotations and docstrings do not make a program another one; structure does."""
    first = normal_form("def f(a: int) -> int:\n    'x'\n    total = a + 1\n    return total")

    assert first == normal_form("def f(n):\n    result: int = n + 1\n    return result")
    assert first != normal_form("def f(n):\n    return n + 1")
