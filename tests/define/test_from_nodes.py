"""Edges that follow from names and types, and every way in which they do not."""

import random
from dataclasses import dataclass
from typing import Any, NewType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lift_sys import Budget, Engine, Graph, each, graph, hole, node, todo
from lift_sys.define import Node
from lift_sys.errors import DefinitionError

Title = NewType("Title", str)


@dataclass
class Plan:
    topic: str


@dataclass
class Review:
    good: bool


@node
async def outline(topic: str) -> Plan:
    return Plan(topic)


@node
async def draft(plan: Plan, tone: str = "plain") -> Title:
    return Title(f"{plan.topic}, {tone}")


@node
async def count(draft: str, *, most: int = 5) -> int:
    return min(most, len(draft))


@hole
async def review(text: Title) -> Review:
    """Judge the text."""
    todo()


@node
async def publish(draft: str, verdict: Review, count: int) -> str:
    return f"{draft} ({count}, {verdict.good})"


async def praise(text: Title) -> Review:
    return Review(good=True)


# outline --> draft --> count   --> publish
#                   --> review? -->
article = Graph.from_nodes(publish, count, outline, draft, review, output=publish, name="article")


def edges(made: Graph[..., Any]) -> set[tuple[str, str, str]]:
    """Return supplier, parameter and taker of each inferred edge."""
    assert made.inferred is not None
    return {(e.supplier.name, e.parameter.name, e.consumer.name) for e in made.inferred.edges}


def codes(made: Graph[..., Any]) -> list[str]:
    return [fault.code for fault in made.check()]


def test_a_parameter_is_supplied_by_name_or_by_the_only_type_that_fits() -> None:
    """`count` and `draft` are names of nodes; `plan`, `text` and `verdict` fit one node each."""
    assert article.check() == []
    assert edges(article) == {
        ("outline", "plan", "draft"),
        ("draft", "draft", "count"),
        ("draft", "text", "review"),
        ("draft", "draft", "publish"),
        ("review", "verdict", "publish"),
        ("count", "count", "publish"),
    }


def test_the_rest_are_inputs_those_with_defaults_last() -> None:
    """What no node supplies is given by keyword; the defaults are those of the nodes."""
    assert str(article.shape.signature) == "(topic: str, most: int = 5, tone: str = 'plain') -> str"


async def test_it_runs_around_its_holes_like_any_other_graph() -> None:
    """The run stops at the hole, goes on when it is filled, and its paths are those of the nodes."""
    run = await article.run(topic="holes")
    assert [closure.path for closure in run.holes] == ["article/review"]

    run = await run.resume(review.fill(praise))

    assert run.value == "holes, plain (5, True)"
    assert run[count] == 5


async def test_it_is_called_with_keywords_and_fills() -> None:
    """Called outside of a run it gives its value."""
    filled = article.with_fills(review.fill(praise))

    assert await filled(topic="holes", tone="dry", most=2) == "holes, dry (2, True)"


async def test_it_is_a_step_of_other_graphs() -> None:
    """An inferred graph is drawn into its caller and mapped over like a node."""

    @graph
    async def shelf(topics: list[str]) -> list[str]:
        return await each(article, topics)

    filled = shelf.with_fills(review.fill(praise))

    assert (await Engine().run(filled, ["a", "b"])).value == ["a, plain (5, True)", "b, plain (5, True)"]
    assert "shelf/article[*]/draft" in shelf.nodes


def test_it_is_drawn_at_its_first_use() -> None:
    """Nothing is said of a wrong list before it is asked."""

    @node
    async def lost(nobody: "Unknown") -> int:  # type: ignore[name-defined]  # noqa: F821 - cannot be resolved on purpose
        return 1

    made = Graph.from_nodes(lost, outline, output=lost)

    assert codes(made) == ["LS205"]


def test_one_name_and_type_is_one_value() -> None:
    """Two nodes that take `topic: str` take the same input, although one of them gives a text."""

    @node
    async def heading(topic: str) -> str:
        return topic

    @node
    async def page(topic: str, heading: str) -> str:
        return topic

    made = Graph.from_nodes(heading, page, output=page)

    assert edges(made) == {("heading", "heading", "page")}
    assert [p.name for p in made.shape.parameters] == ["topic"]


def test_what_waits_for_a_step_does_not_supply_it() -> None:
    """`page` gives a text, but waits for `clean`, so the text that `clean` takes is an input."""

    @node
    async def clean(text: str) -> Plan:
        return Plan(text)

    @node
    async def page(plan: Plan) -> str:
        return plan.topic

    made = Graph.from_nodes(clean, page, output=page)

    assert edges(made) == {("clean", "plan", "page")}
    assert [p.name for p in made.shape.parameters] == ["text"]


def test_defaults_that_differ_are_no_default() -> None:
    """Nobody guesses which of two defaults an input has: it must be given."""

    @node
    async def one(tone: str = "dry") -> int:
        return 1

    @node
    async def two(one: int, tone: str = "plain") -> int:
        return one

    assert Graph.from_nodes(one, two, output=two).shape.parameters[0].required


def test_every_fault_is_found_at_once() -> None:
    """A circle, two suppliers, a wrong type and an idle node are told together."""

    @node
    async def first(second: int) -> int:
        return second

    @node
    async def second(first: int) -> int:
        return first

    @node
    async def left() -> Plan:
        return Plan("")

    @node
    async def right() -> Plan:
        return Plan("")

    @node
    async def idle() -> Review:
        return Review(good=False)

    @node
    async def page(first: str, plan: Plan) -> str:
        return first

    made = Graph.from_nodes(first, second, left, right, idle, page, output=page)

    assert sorted(codes(made)) == ["LS201", "LS203", "LS204", "LS205"]


def test_a_circle_is_told_with_its_path() -> None:
    """Whoever waits for itself sees the way round."""

    @node
    async def a(c: int) -> int:
        return c

    @node
    async def b(a: int) -> int:
        return a

    @node
    async def c(b: int) -> int:
        return b

    made = Graph.from_nodes(a, b, c, output=c)

    assert ["a -> c -> b -> a" in fault.message for fault in made.check()] == [True]


async def test_a_run_of_an_unsound_list_raises_before_anything_runs() -> None:
    """`run` says the same as `check`."""
    made = Graph.from_nodes(outline, count, output=outline)

    with pytest.raises(DefinitionError) as caught:
        await made.run(topic="x")

    assert list(caught.value.diagnostics) == list(made.check())


async def test_a_missing_input_names_who_takes_it() -> None:
    """Nobody gave `topic`, which `outline` takes."""
    with pytest.raises(DefinitionError, match=r"LS202 .*`topic: str`, which outline takes"):
        await Graph.from_nodes(outline, output=outline).run()


def test_what_is_no_node_is_refused_where_it_is_listed() -> None:
    """A function without a decorator cannot be a step."""
    with pytest.raises(DefinitionError, match=r"test_from_nodes.py:\d+: LS105 .*given praise"):
        Graph.from_nodes(outline, praise, output=outline)  # type: ignore[arg-type]  # the fault


def test_it_takes_the_options_of_a_graph() -> None:
    """`on_error` and `budget` mean what they mean above a body; twins keep them."""
    made = Graph.from_nodes(outline, output=outline, on_error="stop", budget=Budget(seconds=3))

    assert (made.on_error, made.budget) == ("stop", Budget(seconds=3))
    assert made.with_fills().on_error == "stop"
    with pytest.raises(DefinitionError, match="LS112 on_error='never'"):
        Graph.from_nodes(outline, output=outline, on_error="never")  # type: ignore[arg-type]  # the fault


def test_a_twin_under_another_name_has_other_paths() -> None:
    """`using(name=...)` gives the same graph, with paths of its own."""
    assert "letter/draft" in article.using(name="letter").nodes  # type: ignore[attr-defined]  # a graph stays a graph


def numbered(size: int, chosen: random.Random) -> list[Node[..., Any]]:
    """Return nodes n0, n1, ... of which each takes some earlier ones by name."""
    made: list[Node[..., Any]] = []
    for k in range(size):
        taken = [f"n{j}" for j in sorted(chosen.sample(range(k), min(k, 2)))] or ["start"]
        space: dict[str, Any] = {}
        arguments = ", ".join(f"{name}: int" for name in taken)
        exec(f"async def n{k}({arguments}) -> int:\n    return {' + '.join(taken)} + 1", space)
        made.append(node(space[f"n{k}"]))
    last = {f"n{j}" for j in range(size)} - {p.name for n in made for p in n.shape.parameters}
    space = {}
    exec(f"async def total({', '.join(f'{name}: int' for name in sorted(last))}) -> int:\n    return 0", space)
    return [*made, node(space["total"])]


@given(size=st.integers(1, 12), seed=st.integers(0, 1000))
def test_the_order_of_the_list_decides_nothing(size: int, seed: int) -> None:
    """However the nodes are listed, the same edges follow."""
    nodes = numbered(size, random.Random(seed))
    shuffled = random.Random(seed + 1).sample(nodes, len(nodes))
    one, other = (Graph.from_nodes(*listed, output=nodes[-1]) for listed in (nodes, shuffled))

    assert one.check() == []
    assert edges(one) == edges(other)
