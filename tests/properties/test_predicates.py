"""Predicates against Python: what is read means what the same text means as an expression, and nothing else is run."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lift_sys import todo
from lift_sys.define import (
    And,
    Arithmetic,
    Compare,
    Constant,
    Formula,
    IsNone,
    Leaf,
    Length,
    Matches,
    Member,
    Multiple,
    Node,
    Not,
    Or,
    Term,
    Truth,
    broken_by,
    read_predicate,
    written,
)
from lift_sys.errors import DefinitionError

pytestmark = pytest.mark.slow


class Report:
    def __init__(self, score: int) -> None:
        self.score = score


async def ports(x: int, y: int, text: str, items: list[int], flag: bool, tone: str | None, report: Any) -> int:
    todo()


SHAPE = Node(ports).shape
NUMBERS = st.integers(-5, 5)
WORDS = st.text("ab", max_size=3)
PATTERNS = st.sampled_from(["a+", "(a|b)*", "", "b?a", "[^a]", r"\w+"])

known: list[Term] = [
    Leaf("x"), Leaf("y"), Leaf("result"), Leaf("report", ("score",)), Length(Leaf("items")), Length(Leaf("text")),
]  # fmt: skip
simple: st.SearchStrategy[Term] = st.sampled_from(known) | NUMBERS.map(Constant)
numbers: st.SearchStrategy[Term] = st.recursive(
    simple,
    lambda inner: st.builds(Arithmetic, st.sampled_from(["+", "-", "*"]), inner, inner),
    max_leaves=4,
)
texts: st.SearchStrategy[Term] = st.just(Leaf("text")) | WORDS.map(Constant)
ORDERS = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
atoms: st.SearchStrategy[Formula] = st.one_of(
    st.builds(Compare, ORDERS, numbers, numbers),
    st.builds(Compare, ORDERS, texts, texts),
    st.builds(Member, numbers, st.just(Leaf("items")), st.booleans()),
    st.builds(Member, numbers, st.frozensets(NUMBERS, min_size=1).map(Constant), st.booleans()),
    st.builds(Member, texts, st.tuples(WORDS, WORDS).map(Constant), st.booleans()),
    st.builds(IsNone, st.just(Leaf("tone")), st.booleans()),
    st.builds(Matches, st.just(Leaf("text")), PATTERNS),
    st.builds(Multiple, st.sampled_from([Leaf("x"), Length(Leaf("items"))]), st.integers(1, 4), st.booleans()),
    st.just(Truth(Leaf("flag"))),
)
formulas: st.SearchStrategy[Formula] = st.recursive(
    atoms,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=5,
)
values = st.fixed_dictionaries(
    {
        "x": NUMBERS, "y": NUMBERS, "result": NUMBERS, "text": WORDS, "items": st.lists(NUMBERS, max_size=3),
        "flag": st.booleans(), "tone": st.none() | WORDS, "report": NUMBERS.map(Report),
    }
)  # fmt: skip


def match(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text) is not None


def in_python(text: str, given: dict[str, Any]) -> bool:
    """Return what the text says as an expression of Python."""
    return bool(eval(text, {"__builtins__": {}, "len": len, "matches": lambda t, p: match(p, t)}, given))


def has_leaf(formula: Formula) -> bool:
    return re.search(r"\b(x|y|result|text|items|flag|tone|report)\b", written(formula)) is not None


@settings(max_examples=2000, deadline=None)
@given(formulas.filter(has_leaf), values)
def test_a_predicate_means_what_it_says_in_python(formula: Formula, given: dict[str, Any]) -> None:
    """It holds exactly where the same text is true, and says by what it is broken where it is not."""
    text = written(formula)
    read = read_predicate(text, SHAPE)
    assert read is not None

    why = broken_by(read, given, match)

    assert (why is None) is in_python(text, given)
    assert why is None or why


@settings(max_examples=2000, deadline=None)
@given(formulas.filter(has_leaf))
def test_what_is_written_is_read_as_the_same(formula: Formula) -> None:
    """Printing and reading lose nothing."""
    read = read_predicate(written(formula), SHAPE)

    assert read is not None
    assert read.formula == formula
    assert read.ports == {leaf for leaf in read.ports if re.search(rf"\b{leaf}\b", read.text)}


@settings(max_examples=1000, deadline=None)
@given(formulas.filter(has_leaf), values)
def test_an_atom_that_cannot_be_asked_is_broken_either_way(formula: Formula, given: dict[str, Any]) -> None:
    """What is asked of values that no operation takes is never a held constraint and its held opposite."""
    nothing = dict.fromkeys(given)
    text = written(formula)

    straight, turned = read_predicate(text, SHAPE), read_predicate(f"not ({text})", SHAPE)

    assert straight is not None
    assert turned is not None
    assert not (broken_by(straight, nothing, match) is None and broken_by(turned, nothing, match) is None)


SAID = """
result resutl x y text items flag report.score report._x len( matches( ( ) [ ] { } < <= => >= == = != in not is and or
None True 0 1.5 'a' " , . + - * ** / % : lambda await yield good be short the # @ ~ 0x 1e999 1in
"""
PIECES = st.sampled_from([*SAID.split(), "\\", "\0", "\n"])


@settings(max_examples=3000, deadline=None)
@given(st.text() | st.lists(PIECES, max_size=12).map(" ".join) | st.lists(PIECES, max_size=12).map("".join))
def test_reading_never_fails_but_by_its_fault(text: str) -> None:
    """Any text at all is a predicate, prose, or an LS501 with a place and a cure."""
    try:
        read_predicate(text, SHAPE, "pkg/mod.py:3")
    except DefinitionError as error:
        (said,) = error.diagnostics
        assert said.code == "LS501"
        assert said.place == "pkg/mod.py:3"
        assert said.help
