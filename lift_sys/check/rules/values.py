"""References used as values: the drawing raises at the first and ends there; the source shows the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lift_sys.check.rules.body import Body, Fault
from lift_sys.check.rules.control import ITERATES
from lift_sys.check.rules.references import Tracked
from lift_sys.check.rules.remedies import (
    as_branch,
    changed_in_node,
    computed_in_node,
    rest_in_node,
    statement_with,
    unpacked_by_hand,
    updated_in_node,
)
from lift_sys.define import fixed_length, type_name

__all__ = ["unpacks", "updates", "used_as_value"]

VALUE_OF = frozenset(
    {
        "abs", "all", "any", "bool", "bytes", "dict", "divmod", "float", "format", "frozenset", "hash", "int", "len",
        "max", "min", "next", "pow", "print", "range", "repr", "round", "str", "sum",
    }
)  # fmt: skip
"""Builtins that need the value of their argument; those that iterate are another rule's matter."""

Use = tuple[ast.expr, ast.expr, str]
"""A reference, the expression that needs its value, and what is done with it."""


def used_as_value(node: ast.AST, body: Body, known: Tracked) -> Iterator[Fault]:
    """`if plan.ok`, `n + 1`, `len(text)`, `f"{text}"` need a value that is not there while the graph is drawn."""
    if in_test_of_while(node, body) or is_looped_over(node, body):
        return
    for reference, used, use in uses(node, known):
        shown = f"if {body.quote(used)}" if isinstance(node, ast.If) else body.quote(used)
        yield Fault(
            "LS101",
            used,
            misused(shown, reference, use, body, known),
            choose(node, used, body, known) if use == "truth" else compute(node, used, body, known),
        )


def updates(node: ast.AugAssign, body: Body, known: Tracked) -> Iterator[Fault]:
    """`total += 1` needs the value of `total`, or of what is added."""
    if not isinstance(node.target, ast.Name):
        return
    before = ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target)
    reference = next((part for part in (before, node.value) if known.is_reference(part)), None)
    if reference is None:
        return
    yield Fault(
        "LS101",
        node,
        misused(body.quote(node), reference, "arithmetic", body, known),
        f"compute in a node, where the value is there:\n\n{updated_in_node(node, before, body, known)}",
    )


def unpacks(node: ast.Call, body: Body, known: Tracked) -> Iterator[Fault]:
    """`join(*words)` and `join(**words)` need the items while the graph is drawn."""
    if not known.surroundings.names_node(node.func):
        return
    starred = [part.value for part in node.args if isinstance(part, ast.Starred)]
    handed = [*starred, *(part.value for part in node.keywords if part.arg is None)]
    for reference in filter(known.is_reference, handed):
        if reference in starred and not has_no_items(reference, known):
            continue
        yield Fault(
            "LS101",
            node,
            misused(body.quote(node), reference, "unpacking", body, known),
            f"ask for the items by themselves, or let the node take them whole: "
            f"`{unpacked_by_hand(node, reference, body, known)}`",
        )


def misused(shown: str, reference: ast.expr, use: str, body: Body, known: Tracked) -> str:
    """Return what is wrong with a use of a reference, with its type where that is known."""
    declared = known.type_of(reference)
    words = f"`{body.quote(reference)}`" + ("" if declared is Any else f" ({type_name(declared)})")
    return (
        f"`{shown}` uses {words} as a value ({use}); while the graph is drawn it is a reference to a value that "
        "comes later"
    )


def is_looped_over(node: ast.AST, body: Body) -> bool:
    """Tell whether a loop or a comprehension goes over what a call gives, which has a rule of its own."""
    if not isinstance(node, ast.Call):
        return False
    around = body.parents.get(node)
    return isinstance(around, ast.For | ast.AsyncFor | ast.comprehension) and around.iter is node


def uses(node: ast.AST, known: Tracked) -> Iterator[Use]:
    """Yield the references that a node uses as values."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            yield from condition([test], known)
        case ast.BoolOp(values=values):
            yield from condition(values, known)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from condition([operand], known)
        case ast.BinOp(left=left, right=right):
            yield from first_reference([left, right], known, node, "arithmetic")
        case ast.UnaryOp(operand=operand):
            yield from first_reference([operand], known, node, "arithmetic")
        case ast.Compare(ops=ops, left=left, comparators=others):
            if not any(isinstance(operator, ast.Is | ast.IsNot) for operator in ops):
                yield from first_reference([left, *others], known, node, "comparison")
        case ast.JoinedStr() | ast.Set() | ast.Dict():
            yield from made_with(node, known)
        case ast.Call():
            yield from of_call(node, known)


def made_with(node: ast.JoinedStr | ast.Set | ast.Dict, known: Tracked) -> Iterator[Use]:
    """Yield the reference that a text shows, or that a set or a dict asks for its hash."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value for part in node.values if isinstance(part, ast.FormattedValue)]
        yield from first_reference(parts, known, node, "text")
    elif isinstance(node, ast.Set):
        yield from first_reference(node.elts, known, node, "item of a set")
    else:
        yield from first_reference([key for key in node.keys if key is not None], known, node, "key of a dict")


def condition(tests: list[ast.expr], known: Tracked) -> Iterator[Use]:
    """Yield references that decide something; an assignment inside is looked through."""
    for test in tests:
        if known.is_reference(test):
            yield test, test, "truth"
            return


def of_call(node: ast.Call, known: Tracked) -> Iterator[Use]:
    """Yield the reference that is called, or that a builtin needs the value of."""
    if known.is_reference(node.func) and not isinstance(node.func, ast.Name):
        yield node.func.value if isinstance(node.func, ast.Attribute) else node.func, node, "call"
    else:
        yield from given_to_python(node, known)


def given_to_python(node: ast.Call, known: Tracked) -> Iterator[Use]:
    """Yield the reference whose value a builtin needs, or a text that is joined or formatted."""
    function = node.func
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant):
        if function.attr in ("format", "join"):
            listed = [part for given in node.args if isinstance(given, ast.List | ast.Tuple) for part in given.elts]
            yield from first_reference([*node.args, *listed], known, node, function.attr)
    elif (name := known.surroundings.calls_builtin(node, VALUE_OF)) is not None:
        yield from first_reference(node.args, known, node, name)
    elif (name := known.surroundings.calls_builtin(node, ITERATES)) is not None:
        yield from first_reference([part for part in node.args if has_no_items(part, known)], known, node, name)


def has_no_items(part: ast.expr, known: Tracked) -> bool:
    """Tell whether a reference certainly refuses to give items: not where it is a tuple of fixed length."""
    declared = known.type_of(part)
    return declared is not Any and fixed_length(declared) is None


def first_reference(parts: list[ast.expr], known: Tracked, node: ast.expr, use: str) -> Iterator[Use]:
    """Yield the first part that is a reference."""
    reference = next((part for part in parts if known.is_reference(part)), None)
    if reference is not None:
        yield reference, node, use


def choose(node: ast.AST, test: ast.expr, body: Body, known: Tracked) -> str:
    """Return the `branch` that does what an `if` does; where it has another form, a node that decides."""
    if isinstance(node, ast.If) and node.test is test:
        chosen = as_branch(node, body.quote(test), body, known)
        if chosen is not None:
            return f"let the run choose:\n\n{chosen}"
    if isinstance(node, ast.UnaryOp):
        return compute(node, node, body, known)
    return f"decide in a node, where the value is there:\n\n{rest_in_node(node, body, known)}"


def compute(node: ast.AST, used: ast.expr, body: Body, known: Tracked) -> str:
    """Return the remedy that fits every computation: a node does it, and `each` does what `map` does."""
    if isinstance(used, ast.Call) and known.surroundings.calls_builtin(used, frozenset({"map"})):
        listed = body.parents.get(used)
        whole = listed if isinstance(listed, ast.Call) and body.quote(listed.func) in ("list", "tuple") else used
        mapped = f"await each({', '.join(map(body.quote, used.args))})"
        return f"let the run do it, item by item:\n\n{statement_with(whole, mapped, body) or mapped}"
    changed = changed_in_node(used, body, known) if isinstance(used, ast.Call) else None
    if changed is not None:
        return f"values are not changed in place; a node returns the new one:\n\n{changed}"
    return f"compute in a node, where the value is there:\n\n{computed_in_node(used, body, known)}"


def in_test_of_while(node: ast.AST, body: Body) -> bool:
    """Tell whether a node is part of the question of a `while`, which has a rule of its own."""
    inner = node
    for outer in body.around(node):
        if isinstance(outer, ast.While):
            return inner is outer.test
        if isinstance(outer, ast.stmt):
            return False
        inner = outer
    return False
