"""Where constraints come from: docstrings of anything that is called, `constraints=[...]`, and types."""

from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, TypedDict

import pytest
from annotated_types import Ge, Gt, Interval, Len, Lt, MinLen, MultipleOf
from pydantic import BaseModel, Field, PositiveInt

from lift_sys import MAY, MUST, SHOULD, graph, node, prompt, todo
from lift_sys.define import Node, read_predicate


class Tree(BaseModel):
    size: int | None = Field(default=None, gt=3)
    child: "Tree | None" = None
    labels: list[str] = Field(max_length=5)


class Marks(TypedDict):
    good: Annotated[int, Gt(0)]
    bad: NotRequired[Annotated[int, Gt(0)]]


@dataclass
class Deep:
    tree: Tree | None
    count: PositiveInt


@dataclass
class Deeper:
    deep: Deep
    deeper: "Deeper | None" = None


@dataclass
class Deepest:
    deeper: Deeper


@pytest.mark.parametrize(
    ("declared", "asked"),
    [
        (int, []),
        (Any, []),
        (Annotated[int, Gt(0)], ["x > 0"]),
        (Annotated[float, Interval(ge=0, lt=1.5)], ["x >= 0", "x < 1.5"]),
        (Annotated[str, Len(1, 5)], ["len(x) >= 1", "len(x) <= 5"]),
        (Annotated[list[int], MinLen(0)], []),
        (Annotated[int, MultipleOf(3), Field(le=9)], ["x % 3 == 0", "x <= 9"]),
        (Annotated[float, Lt(float("inf"))], []),
        (Annotated[int, Gt(0)] | None, ["x is None or x > 0"]),
        (Annotated[int | None, Gt(0)], ["x is None or x > 0"]),
        (Annotated[int, Gt(0)] | str, []),
        (list[Annotated[int, Gt(0)]], []),
        (tuple[Annotated[int, Ge(2)], str], ["x[0] >= 2"]),
        (Marks, ["x.good > 0"]),
        (Tree, ["x.size is None or x.size > 3", "len(x.labels) <= 5"]),
        (
            Deep | None,
            [
                "x is None or x.tree is None or x.tree.size is None or x.tree.size > 3",
                "x is None or x.tree is None or len(x.tree.labels) <= 5",
                "x is None or x.count > 0",
            ],
        ),
        (Deepest, ["x.deeper.deep.count > 0"]),
    ],
    ids=str,
)
def test_types_say_what_they_ask(declared: Any, asked: list[str]) -> None:
    """In the words of the language, guarded where a value may be None, three fields deep and never in a circle."""

    async def takes(x: Any) -> None:
        todo()

    takes.__annotations__["x"] = declared
    made = Node(takes)

    assert [c.text for c in made.constraints] == asked
    assert all(read_predicate(text, made.shape) is not None for text in asked)


@prompt
async def draft(topic: str) -> Annotated[str, MinLen(1)]:
    """Write.

    MUST len(result) > len(topic)
    and it goes on.

    SHOULD be short,
        and to the point
    """
    todo()


@node(constraints=[MUST("x > 1"), MAY("result > 100")])
async def count(x: int) -> int:
    """Count.

    MUST result >= x
    SHOULD be quick
    """
    return x


@graph(constraints=[SHOULD("result < 9")])
async def both(topic: str) -> tuple[str, int]:
    """Do both.

    - MUST be done
    """
    return await draft(topic), await again(1)


@graph
async def again(x: int) -> int:
    """Do it twice.

    MUST x != 3
    """
    return await count(await count(x))


def said(of: Node[..., Any]) -> list[tuple[str, str, str]]:
    return [(c.strength, c.text, c.origin.rpartition(":")[2]) for c in of.constraints]


def test_each_constraint_has_its_origin() -> None:
    """The line of a docstring, the place in a list, the type of a port; the intent is what is left."""
    assert said(draft) == [
        ("MUST", "len(result) > len(topic)", "draft docstring line 3"),
        ("SHOULD", "be short, and to the point", "draft docstring line 6"),
        ("MUST", "len(result) >= 1", "draft.result"),
    ]
    assert draft.constraints[2].origin.startswith("type of ")
    assert draft.intent == "Write.\n\nand it goes on."
    assert said(count)[2:] == [
        ("MUST", "x > 1", "count constraints[0]"),
        ("MAY", "result > 100", "count constraints[1]"),
    ]


def test_a_graph_has_its_own_and_those_within_it_once() -> None:
    """Graphs within it speak for themselves, too; a node that is called twice says what it says once."""
    texts = [c.text for c in both.constraints]

    assert texts[:2] == ["be done", "result < 9"]
    assert sorted(texts[2:]) == sorted(
        [*(c.text for c in draft.constraints), *(c.text for c in count.constraints), "x != 3"]
    )


def test_what_is_prose_is_counted() -> None:
    """A report says how much of what is said is computed."""
    assert str(both.constraint_summary()) == "1 of 6 MUSTs is prose, 2 of 3 SHOULDs are prose, 1 MAY"
    assert both.constraint_summary().as_json()["MAY"] == {"said": 1, "prose": 0}


def test_nodes_of_one_factory_are_told_apart_by_their_names() -> None:
    """Equal words said of two nodes are two constraints; a policy or another name for a call makes no new one."""

    def made(name: str) -> Node[[int], int]:
        async def step(x: int) -> int:
            return x

        maker: Any = node(name=name, constraints=[MUST("result >= x")])
        found: Node[[int], int] = maker(step)
        return found

    one, other = made("one"), made("other")

    @graph
    async def both(x: int) -> int:
        return await other(await one.using(timeout=3)(await one.using(name="again")(x)))

    assert [c.origin.rpartition(".")[2] for c in both.constraints] == ["one constraints[0]", "other constraints[0]"]
