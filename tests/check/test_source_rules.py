"""What is wrong in a body is found on its own line; what is right is left alone."""

import inspect
import re
import textwrap
from collections.abc import Callable
from typing import Any

import pytest

from lift_sys.check import check_source
from tests.check import bodies

BODIES = [
    found
    for name, found in vars(bodies).items()
    if inspect.iscoroutinefunction(found) and found.__module__ == bodies.__name__ and name != "ordinary"
]


def expected(fn: Callable[..., Any]) -> list[tuple[int, str]]:
    """Return what the comments of a body promise, as (line, code)."""
    lines, first = inspect.getsourcelines(fn)
    comments = ((number, line.partition("#")[2]) for number, line in enumerate(lines, first))
    return [(number, code) for number, comment in comments for code in re.findall(r"\bLS\d+", comment)]


def found(fn: Callable[..., Any]) -> list[tuple[int, str]]:
    places = [(diagnostic.place.split(":")[1].split()[0], diagnostic.code) for diagnostic in check_source(fn)]
    return [(int(line), code) for line, code in places]


@pytest.mark.parametrize("fn", BODIES, ids=lambda fn: fn.__name__)
def test_each_line_has_the_faults_that_it_names(fn: Callable[..., Any]) -> None:
    """The rules blame exactly the lines that carry a code."""
    assert sorted(found(fn)) == sorted(expected(fn))


@pytest.mark.parametrize("fn", BODIES, ids=lambda fn: fn.__name__)
def test_a_fault_has_place_value_and_cure(fn: Callable[..., Any]) -> None:
    """Each says the file, the body, the expression as it was written, and what to write instead."""
    for diagnostic in check_source(fn):
        line = int(diagnostic.place.split(":")[1].split()[0])
        quoted = re.findall(r"`([^`]+)`", diagnostic.message)

        assert diagnostic.place == f"tests/check/bodies.py:{line} {fn.__name__}"
        assert any(quote in inspect.getsource(bodies).splitlines()[line - 1] for quote in quoted)
        assert diagnostic.help


@pytest.mark.parametrize("fn", BODIES, ids=lambda fn: fn.__name__)
def test_a_remedy_is_python(fn: Callable[..., Any]) -> None:
    """What stands below the words can be pasted: definitions at the module's level, the last part into a body."""
    for diagnostic in check_source(fn):
        _, *parts = diagnostic.help.split("\n\n")
        for part in parts:
            inside = part if part.startswith("@node") else textwrap.indent(part, "    ")
            compile(part if inside is part else f"async def body():\n{inside}", diagnostic.code, "exec")


def only(fn: Callable[..., Any], code: str) -> Any:
    return next(diagnostic for diagnostic in check_source(fn) if diagnostic.code == code)


def test_a_comprehension_is_turned_into_each() -> None:
    """The remedy is the user's own loop as a map."""
    fault = only(bodies.iterates, "LS306")

    assert "`[await check_fact(claim) for claim in plan.claims]` needs the items of `plan.claims`" in fault.message
    assert "await each(check_fact, plan.claims)" in fault.help


def test_a_while_is_turned_into_loop() -> None:
    """The remedy names the node that is repeated and what it starts with."""
    assert "await loop(draft, text, until=good_enough, most=10)" in only(bodies.repeats, "LS307").help


def test_a_time_limit_is_moved_to_the_node() -> None:
    """`with fail_after(3)` becomes the node's timeout."""
    assert "await outline.using(timeout=3)(topic)" in only(bodies.holds, "LS305").help


def test_an_identity_question_says_its_constant_answer() -> None:
    """`is None` about a reference is False whatever the value will be."""
    assert "`plan is None` is False for every value" in only(bodies.asks_whether_none, "LS301").message


def test_a_body_without_source_is_left_alone() -> None:
    """What was made by exec has no source to read: no faults, no crash."""
    space: dict[str, Any] = {}
    exec("async def typed_in(x):\n    return x is None", space)

    assert check_source(space["typed_in"]) == []


def test_what_is_no_function_definition_is_left_alone() -> None:
    """A lambda and a builtin have no body of statements."""
    assert check_source(lambda x: x is None) == []
    assert check_source(len) == []


def test_a_body_inside_a_function_knows_the_names_around_it() -> None:
    """Nodes of an enclosing function are recognised as nodes."""
    helper = bodies.outline

    async def inner(topic: str) -> object:
        helper(topic)
        return await helper(topic)

    assert [diagnostic.code for diagnostic in check_source(inner)] == ["LS104"]


def test_a_nested_body_with_text_at_the_margin_is_read() -> None:
    """A long text that ignores the indentation around it does not hide the body."""
    helper = bodies.outline

    async def inner(topic: str) -> object:
        text = """first
second at the margin
"""
        helper(text)
        return await helper(
            topic,
        )

    first = inner.__code__.co_firstlineno
    assert [(d.code, d.place) for d in check_source(inner)] == [
        ("LS104", f"tests/check/test_source_rules.py:{first + 4} inner")
    ]


def test_a_body_of_one_docstring_is_right() -> None:
    """There is nothing in it that could be wrong."""

    async def empty() -> None:
        """Say
        nothing.
        """

    assert check_source(empty) == []
