"""Questions that a reference answers for itself instead of for its value: `is`, `isinstance`, `match`, assignment."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lift_sys.check.rules.body import Body, Fault
from lift_sys.check.rules.references import Tracked
from lift_sys.check.rules.remedies import computed_in_node, rest_in_node

__all__ = [
    "asks_its_type",
    "changes_a_value",
    "compares_identity",
    "keeps_state",
    "keeps_what_is_given",
    "matches_a_pattern",
]

ABOUT_THE_OBJECT = frozenset({"callable", "dir", "hasattr", "id", "isinstance", "issubclass", "type", "vars"})
CHANGES = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})
SAFE_NAMES = str.maketrans({".": "_", "[": "_", "]": "", "'": "", '"': ""})


def compares_identity(node: ast.Compare, body: Body, known: Tracked) -> Iterator[Fault]:
    """`plan is None` compares the reference, so its answer is the same for every value."""
    sides = [node.left, *node.comparators]
    for operator, left, right in zip(node.ops, sides, sides[1:], strict=False):
        if not isinstance(operator, ast.Is | ast.IsNot):
            continue
        asked = left if known.is_reference(left) else right
        if not known.is_reference(asked):
            continue
        answer = "False" if isinstance(operator, ast.Is) else "True"
        yield Fault(
            "LS301",
            node,
            f"`{body.quote(node)}` is {answer} for every value: while the graph is drawn, `{body.quote(asked)}` is "
            "a reference to a value that is not there yet",
            in_a_node(node, body, known),
        )


def asks_its_type(node: ast.Call, body: Body, known: Tracked) -> Iterator[Fault]:
    """`isinstance(plan, Outline)` asks the class of the reference, not the class of the value."""
    name = known.surroundings.calls_builtin(node, ABOUT_THE_OBJECT)
    if name is None or not node.args or not known.is_reference(node.args[0]):
        return
    yield Fault(
        "LS302",
        node,
        f"`{body.quote(node)}` asks about the reference `{body.quote(node.args[0])}`, not about its value, which is "
        "not there while the graph is drawn",
        in_a_node(node, body, known),
    )


def matches_a_pattern(node: ast.Match, body: Body, known: Tracked) -> Iterator[Fault]:
    """`match plan:` matches the reference, so only a pattern that takes everything can fit."""
    subjects = node.subject.elts if isinstance(node.subject, ast.Tuple) else [node.subject]
    for subject in subjects:
        if known.is_reference(subject):
            shown = body.quote(subject)
            yield Fault(
                "LS303",
                node,
                f"`match {body.quote(node.subject)}` matches the reference `{shown}`, not its value: no pattern with "
                "a class, a field or a constant ever fits",
                f"match in a node, where the value is there:\n\n{rest_in_node(node, body, known)}",
            )
            return


def changes_a_value(target: ast.expr, body: Body, known: Tracked) -> Iterator[Fault]:
    """`plan.title = ...` would change the drawing, not the value that a run will have."""
    if not isinstance(target, ast.Attribute | ast.Subscript) or not known.is_reference(target.value):
        return
    owner = body.quote(target.value)
    if isinstance(target, ast.Attribute):
        changed = f"replace(value, {target.attr}=new)   # dataclasses.replace; of a pydantic model: model_copy"
    else:
        changed = "[*value, new]   # or whatever the new container is"
    yield Fault(
        "LS309",
        target,
        f"`{body.quote(target)}` is set while the graph is drawn, when `{owner}` has no value yet; values travel on "
        "edges and are not changed in place",
        "return a changed copy from a node and go on with that:\n\n"
        "@node\nasync def changed(value, new):\n"
        f"    return {changed}\n\n{owner.translate(SAFE_NAMES)} = await changed({owner}, ...)",
    )


def keeps_state(node: ast.Global | ast.Nonlocal, body: Body, known: Tracked) -> Iterator[Fault]:
    """`global` and `nonlocal` keep something between drawings; a run never sees it."""
    word = "global" if isinstance(node, ast.Global) else "nonlocal"
    names = ", ".join(node.names)
    yield Fault(
        "LS310",
        node,
        f"`{word} {names}` keeps a reference beyond the drawing of this graph; a body is drawn once, not once per run",
        f"return what others need, or keep it where values are: in a node with `@node(context=True)`, in `ctx.deps`. "
        f"Remove the line `{word} {names}`.",
    )


def keeps_what_is_given(node: ast.Call, body: Body, known: Tracked) -> Iterator[Fault]:
    """`RESULTS.append(await step(x))` puts a reference into a list that outlives the drawing."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in CHANGES:
        return
    kept = known.surroundings.meaning(node.func.value)
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if not isinstance(kept, list | dict | set) or not any(known.is_reference(part) for part in given):
        return
    owner = body.quote(node.func.value)
    yield Fault(
        "LS310",
        node,
        f"`{body.quote(node)}` keeps a reference in `{owner}` beyond the drawing of this graph; a body is drawn once, "
        "not once per run",
        "return what others need, or keep it where values are: in a node with `@node(context=True)`, in `ctx.deps`. "
        f"Remove the line `{body.quote(node)}`.",
    )


def in_a_node(question: ast.expr, body: Body, known: Tracked) -> str:
    """Return the remedy that fits every question about a value: a node asks it, and `branch` acts on the answer."""
    return f"ask in a node, where the value is there:\n\n{computed_in_node(question, body, known, 'ask')}"
