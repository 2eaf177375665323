"""Constraints are read: what compares ports is computed, a slip of the pen is told, and all else is prose."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypedDict

import pytest

from lift_sys import MUST, node, relates, todo
from lift_sys.define import Shape, broken_by, leaf_type, read_predicate, written
from lift_sys.errors import DefinitionError


@dataclass
class Claim:
    text: str
    weight: float = 0.0

    def said(self) -> str:
        return self.text

    @property
    def size(self) -> int:
        return len(self.text)


class Marks(TypedDict):
    score: int


class Pair(NamedTuple):
    left: int
    right: str


@node
async def judge(
    text: str,
    tone: str | None,
    n: int,
    counts: dict[str, int],
    marks: Marks,
    pair: Pair,
    two: tuple[int, str],
    flag: bool,
    claims: list[Claim],
    anything: Any,
) -> Claim:
    todo()


SHAPE: Shape = judge.shape


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("result.weight >= 0", "result.weight >= 0"),
        ("0 <= n < 10", "0 <= n and n < 10"),
        ("len(claims) <= 5.", "len(claims) <= 5"),
        ("n > -3", "n > -3"),
        ("n * 2 + 1 <= len(claims)", "((n * 2) + 1) <= len(claims)"),
        ("tone in {'plain', 'dry'}", "tone in {'dry', 'plain'}"),
        ("'x' not in text", "'x' not in text"),
        ("n in (1, 2) or n in [3]", "n in (1, 2) or n in [3]"),
        ("tone is None or len(tone) > 2", "tone is None or len(tone) > 2"),
        ("tone != None", "tone is not None"),
        (r"matches(text, '\d+')", r"matches(text, '\\d+')"),
        ("n % 3 == 0 and len(text) % 2 != 0", "n % 3 == 0 and len(text) % 2 != 0"),
        ("flag and not flag is True", "flag and (not flag)"),
        ("flag == False", "flag == False"),
        ("claims[0].text != ''", "claims[0].text != ''"),
        ("two[-1] == 'x'", "two[1] == 'x'"),
        ("pair[0] == pair.left", "pair.left == pair.left"),
        ("marks['score'] > marks.score", "marks.score > marks.score"),
        ("result.size > 3", "result.size > 3"),
        ("anything.some[3].thing > 1", "anything.some[3].thing > 1"),
        ("text ==\n    tone", "text == tone"),
        ("`n > 0`.", "n > 0"),
    ],
)
def test_comparisons_of_ports_are_read(text: str, means: str) -> None:
    """Leaves are ports, fields of classes, and items at a number; chains and sums are among the words."""
    read = read_predicate(text, SHAPE)

    assert read is not None
    assert written(read.formula) == means


@pytest.mark.parametrize(
    "text",
    [
        "name every section that is missing",
        "keep `n > 0` at all times",
        "be short",
        "result is good",
        "text in english",
        "results in order",
        "text",
        "not claims",
        "len(text) < 100 characters",
        "n > 0 words",
        "text -> result",
        "text, text and only text: result",
        "counts['k'] > 0",
        "result._weight > 0",
        "result.__class__ == 1",
        "result.said() == 'x'",
        "result.said == 'x'",
        "text.upper() == text",
        "n / 2 > 1",
        "n ** 3 > 2",
        "sum(claims) > 1",
        "[c for c in claims] == []",
        "(lambda: 1) == n",
        "all(claims) and n > 1",
        "f'{n}' == text",
        "latency < 2",
        "1 < 2",
        "n > 0, flag",
        "n < 1e999",
        "text in {[1]}",
        "word " * 200,
        "",
    ],
)
def test_anything_else_is_prose(text: str) -> None:
    """What the language has no words for is carried and shown, and is no fault."""
    assert read_predicate(text, SHAPE) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("resutl.weight >= 0", "did you mean `result.weight >= 0`?"),
        ("result.wieght >= 0", "did you mean `result.weight >= 0`?"),
        ("result.colour == 'red'", "the fields: text, weight"),
        ("two[2] == 1", "check the type of two"),
        ("result.weight >= >= 0", "write comparisons of ports"),
        ("n => 3", "did you mean `n >= 3`?"),
        ("n = 3", "did you mean `n == 3`?"),
        ("len(text <= 3", "write comparisons of ports"),
        ("n > 0 and", "write comparisons of ports"),
        ("matches(text, '(')", "mend the pattern"),
        (" and ".join(["n > 1"] * 100), "say it in several constraints"),
        ("n" + " + n" * 30 + " > 3", "say it in several constraints"),
        ("-" * 9000 + "n > 3", "say it in several constraints"),
        ("(" * 300 + "n" + ")" * 300 + " > 1", "write comparisons of ports"),
    ],
)
def test_a_slip_of_the_pen_is_told(text: str, told: str) -> None:
    """What is plainly meant to be computed and cannot be is a fault with its place and its cure."""
    with pytest.raises(DefinitionError) as raised:
        read_predicate(text, SHAPE, "pkg/mod.py:3")

    (said,) = raised.value.diagnostics
    assert (said.code, said.place) == ("LS501", "pkg/mod.py:3")
    assert told in said.help
    assert len(str(said)) < 500


def test_a_leaf_has_its_declared_type() -> None:
    """Whoever propagates over leaves asks what they are."""
    read = read_predicate("claims[0].weight > anything.some", SHAPE)

    assert read is not None
    assert [leaf_type(SHAPE, leaf) for leaf in (read.formula.left, read.formula.right)] == [float, Any]  # type: ignore[union-attr, arg-type]  # a comparison of leaves


@pytest.mark.parametrize(
    ("text", "ports", "why"),
    [
        ("n > 0", {"n": 3}, None),
        ("n > 0", {"n": -3}, "n = -3"),
        ("0 <= n < 10", {"n": 11}, "n = 11"),
        ("n > 0 or len(text) > 3", {"n": -1, "text": "ab"}, "n = -1, len(text) = 2"),
        ("not (n > 0 or flag)", {"n": -1, "flag": True}, "flag = True"),
        ("tone == 'dry'", {"tone": None}, "tone is None"),
        ("not tone == 'dry'", {"tone": None}, "tone is None"),
        ("tone is None or len(tone) > 2", {"tone": None}, None),
        ("tone in {'dry', None}", {"tone": None}, None),
        ("tone in {'dry'}", {"tone": None}, "tone is None"),
        ("anything.score > 1", {"anything": None}, "anything is None"),
        ("anything.score > 1", {"anything": {"score": 0}}, "anything.score = 0"),
        ("anything > n", {"anything": "x", "n": 1}, "anything > n raised TypeError"),
        ("not anything > n", {"anything": "x", "n": 1}, "anything > n raised TypeError"),
        ("anything.no.more > 1", {"anything": 5}, "anything.no.more > 1 raised AttributeError"),
        ("claims[2].text == ''", {"claims": []}, "claims[2].text == '' raised IndexError"),
        ("anything * 99999999999 == text", {"anything": "a", "text": ""}, "is no product of numbers"),
        ("matches(text, 'a+')", {"text": "b"}, "text = 'b'"),
        ("anything % 0.1 == 0", {"anything": 0.3}, None),
        ("flag == 1", {"flag": True}, None),
    ],
)
def test_a_predicate_holds_of_values_or_says_what_breaks_it(text: str, ports: Mapping[str, Any], why: str) -> None:
    """What raises is broken whichever way it is asked, and so is None without a guard."""
    read = read_predicate(text, SHAPE)
    assert read is not None

    told = broken_by(read, ports, lambda pattern, said: re.fullmatch(pattern, said) is not None)

    assert told == why if why is None else why in (told or "")


def test_a_relation_is_never_prose() -> None:
    """`relates` refuses a sentence where it is written, and what names no port when the graph is checked."""
    with pytest.raises(DefinitionError, match="LS501 `be short`: this is prose"):
        relates("be short")
    said = relates("len(result) <= len(items)")

    assert (said.strength, said.text) == ("MUST", "len(result) <= len(items)")
    with pytest.raises(DefinitionError, match="LS501"):
        said.predicate_for(SHAPE)


def test_a_text_with_a_check_may_look_like_anything() -> None:
    """Its function is asked; where the text can be read as well, it counts, too."""
    unread = MUST("resutl >= >= 0", check=lambda result: True)
    read = MUST("n > 0", check=lambda result: True)

    assert unread.predicate_for(SHAPE) is None
    assert unread.ports(SHAPE) == {"result"}
    assert read.ports(SHAPE) == {"n", "result"}
