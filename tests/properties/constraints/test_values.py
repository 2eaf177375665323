"""Claims and conflicts about values of every sort, judged by asking the values themselves: nothing told is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum, Flag, IntEnum, StrEnum
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict

import pytest
from pydantic import BaseModel

from lift_sys import MUST, Graph, Node, graph, node
from lift_sys.define import Predicate, broken_by, read_predicate
from lift_sys.errors import DefinitionError


class Suit(Enum):
    RED = "r"
    FOUR = 4


class Word(StrEnum):
    A = "a"
    B = "b"


class Rank(IntEnum):
    ONE = 1
    TWO = 2


class Bits(Flag):
    P = 1
    Q = 2


class Model(BaseModel):
    a: int = 0
    b: str | None = None
    c: list[int] = []


@dataclass
class Record:
    a: float = 1.0
    b: int | str = 2


class Pair(NamedTuple):
    a: int
    b: str


class Keyed(TypedDict):
    a: int
    b: NotRequired[str]


INTS = [-3, -1, 0, 1, 2, 3, 5, 10**30]
FLOATS = [-1.5, -0.0, 0.5, 2.5, 3.0]
TEXTS = ["", "a", "b", "ab", "é", "3"]
LISTS = [[], [0], [1, 2], [3, 1, 2]]
ODD = [
    None,
    True,
    Model(),
    Record(),
    Decimal("2.5"),
    Fraction(1, 2),
    date(2020, 1, 1),
    b"ab",
    Suit.RED,
    Word.A,
    Rank.ONE,
]
MODELS = [Model(), Model(a=3, b="a", c=[1]), Model(a=-2, b="ab", c=[3, 4, 5])]
TYPES: list[tuple[Any, Sequence[Any], Sequence[str]]] = [
    (int, INTS, ()), (float, [*FLOATS, 1, -3], ()), (bool, [True, False], ()), (str, TEXTS, ()),
    (int | None, [*INTS, None], ()), (int | str, [*INTS, *TEXTS], ()), (int | str | None, [1, "a", None], ()),
    (Any, [*INTS, *FLOATS, *TEXTS, *LISTS, *ODD], ("{}[0]",)), (object, [1, "a", None, []], ()),
    (list[int], LISTS, ("{}[0]", "{}[-1]")), (tuple[int, str], [(1, "a"), (0, "")], ("{}[0]", "{}[1]", "len({}[1])")),
    (dict[str, int], [{}, {"a": 1}], ()), (set[int], [set(), {1}], ()), (bytes, [b"", b"ab"], ()),
    (Suit, list(Suit), ()), (Word, list(Word), ()), (Rank, list(Rank), ()), (Bits, [Bits.P, Bits.Q], ()),
    (Literal[1, "a", None], [1, "a", None], ()), (Decimal, [Decimal(1), Decimal("2.5")], ()),
    (Fraction, [Fraction(1, 2), Fraction(3)], ()), (date, [date(2020, 1, 1)], ()), (complex, [1j, 2], ()),
    (Model, MODELS, ("{}.a", "{}.b", "len({}.c)", "{}.c[0]")), (Model | None, [*MODELS, None], ("{}.a", "{}.b")),
    (Record, [Record(), Record(2.5, "a")], ("{}.a", "{}.b")), (Pair, [Pair(1, "a"), Pair(5, "")], ("{}.a", "{}[1]")),
    (Keyed, [{"a": 1}, {"a": 3, "b": "a"}], ("{}.a", "{}['b']")), (Model | Record, [*MODELS, Record()], ("{}.a",)),
]  # fmt: skip
CONSTANTS = ["0", "1", "2", "3", "-1", "2.5", "'a'", "'ab'", "''", "True"]
ORDERS = ["<", "<=", "==", "!=", ">", ">="]


class _Writer:
    """Writes what may be said of x and y."""

    def __init__(self, random: Random, fields: Sequence[Sequence[str]]) -> None:
        self.random = random
        self.terms = [[p, p, f"len({p})", *(f.format(p) for f in of)] for p, of in zip("xy", fields, strict=True)]

    def said(self) -> str:
        first, second = self.atom(), self.atom()
        ways = [first, first, first, f"{first} or {second}", f"not ({first})", f"{first} and {second}"]
        return self.random.choice([*ways, f"{self.term()} % 2 == 0", f"matches({self.random.choice('xy')}, '[ab]*')"])

    def atom(self) -> str:
        order, constant = self.random.choice(ORDERS), self.random.choice(CONSTANTS)
        some = ", ".join(self.random.sample([*CONSTANTS, "None"], 2))
        other = self.term() + self.random.choice(["", "", f" + {self.random.randint(0, 3)}", " - 1"])
        kinds = [
            f"{order} {constant}",
            f"{order} {constant}",
            f"{order} {other}",
            f"in {{{some}}}",
            f"not in {{{some}}}",
        ]
        return f"{self.term()} {self.random.choice(kinds)}"

    def term(self) -> str:
        return self.random.choice(self.random.choice(self.terms))


def program(random: Random) -> tuple[Node[..., Any], Graph[..., Any], str, list[tuple[Any, Any]]]:
    """Return a node of which something is said, a graph of it, a claim, and pairs of values."""
    (one, some, fields), (other, more, others) = random.choice(TYPES), random.choice(TYPES)
    writer = _Writer(random, (fields, others))

    async def both(x: Any, y: Any) -> int:
        return 0

    both.__annotations__ |= {"x": one, "y": other}
    made = node(constraints=[MUST(writer.said()) for _ in range(random.randint(0, 4))])(both)

    @graph
    async def g(x: Any, y: Any) -> Any:
        return await made(x, y)

    return made, g, writer.atom(), list(product(some, more))


def holds(said: Sequence[Predicate | None], x: Any, y: Any) -> bool:
    """Whether none of what is said is broken by two values."""
    ports = {"x": x, "y": y, "result": 0}
    return all(
        p is None or broken_by(p, ports, lambda pattern, v: bool(re.fullmatch(pattern, v))) is None for p in said
    )


@pytest.mark.slow
@pytest.mark.parametrize("first", range(0, 6000, 1500))
def test_what_is_told_of_values_of_every_sort_is_true_of_them(first: int) -> None:
    """What some values keep to is no conflict, and what follows holds of all that keep to what it follows from."""
    proofs = conflicts = 0
    for seed in range(first, first + 1500):
        made, g, claim, values = program(Random(seed))
        try:
            why, conflict = g.why(made, claim), g.conflict()
        except DefinitionError:
            continue
        proofs, conflicts = proofs + (why is not None), conflicts + (conflict is not None)
        said = [c.predicate_for(made.shape) for c in made.constraints]
        used = [c.predicate_for(made.shape) for c in why.constraints] if why is not None else []
        claimed = [read_predicate(claim, made.shape)]
        for x, y in values:
            assert conflict is None or not holds(said, x, y), (seed, x, y)
            assert why is None or not holds(used, x, y) or holds(claimed, x, y), (seed, claim, x, y)

    assert proofs > 100
    assert conflicts > 100
