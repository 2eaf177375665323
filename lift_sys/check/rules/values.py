"""References used as values: the drawing raises at the first and ends there; the source shows the others."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lift_sys.check.rules.body import Body, Fault
from lift_sys.check.rules.references import Tracked

__all__ = ["used_as_value"]

VALUE_OF = frozenset(
    {
        "abs", "all", "any", "bool", "bytes", "dict", "divmod", "float", "format", "frozenset", "hash", "int", "len",
        "max", "min", "next", "pow", "print", "range", "repr", "round", "str", "sum",
    }
)  # fmt: skip
"""Builtins that need the value of their argument; those that iterate are another rule's matter."""

Use = tuple[ast.expr, str, str]
"""A reference, what is done with it, and what to do instead."""


def used_as_value(node: ast.AST, body: Body, known: Tracked) -> Iterator[Fault]:
    """`if plan.ok`, `n + 1`, `len(text)`, `f"{text}"` need a value that is not there while the graph is drawn."""
    if in_test_of_while(node, body):
        return
    for reference, use, cure in uses(node, body, known):
        yield Fault(
            "LS101",
            node,
            f"`{body.quote(node)}` uses `{body.quote(reference)}` as a value ({use}); while the graph is drawn it is a "
            "reference to a value that comes later",
            cure,
        )


def uses(node: ast.AST, body: Body, known: Tracked) -> Iterator[Use]:
    """Yield the references that a node uses as values."""
    match node:
        case ast.If(test=test) | ast.IfExp(test=test) | ast.Assert(test=test):
            yield from condition([test], body, known)
        case ast.BoolOp(values=values):
            yield from condition(values, body, known)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from condition([operand], body, known)
        case ast.BinOp(left=left, right=right):
            yield from first_reference([left, right], known, "arithmetic", compute(body, node))
        case ast.UnaryOp(operand=operand):
            yield from first_reference([operand], known, "arithmetic", compute(body, node))
        case ast.Compare(ops=ops, left=left, comparators=others):
            if not any(isinstance(operator, ast.Is | ast.IsNot) for operator in ops):
                yield from first_reference([left, *others], known, "comparison", compute(body, node, "bool"))
        case ast.FormattedValue(value=value):
            yield from first_reference([value], known, "text", compute(body, node, "str"))
        case ast.Call():
            yield from of_call(node, body, known)


def condition(tests: list[ast.expr], body: Body, known: Tracked) -> Iterator[Use]:
    """Yield references that decide something; an assignment inside is looked through."""
    for test in tests:
        if known.is_reference(test):
            yield test, "truth", f"choose with `await branch({body.quote(test)}, lambda: ..., lambda: ...)`"
            return


def of_call(node: ast.Call, body: Body, known: Tracked) -> Iterator[Use]:
    """Yield the reference that is called, or that a builtin needs the value of."""
    if known.is_reference(node.func) and not isinstance(node.func, ast.Name):
        yield node.func, "call", compute(body, node)
    elif known.surroundings.calls_builtin(node, VALUE_OF):
        name = body.quote(node.func)
        result = {"len": "int", "str": "str", "int": "int", "bool": "bool", "float": "float"}.get(name, "object")
        yield from first_reference(node.args, known, name, compute(body, node, result))


def first_reference(parts: list[ast.expr], known: Tracked, use: str, cure: str) -> Iterator[Use]:
    """Yield the first part that is a reference."""
    reference = next((part for part in parts if known.is_reference(part)), None)
    if reference is not None:
        yield reference, use, cure


def compute(body: Body, node: ast.AST, result: str = "object") -> str:
    """Return the remedy that fits every computation: a node does it."""
    said = body.quote(node.value if isinstance(node, ast.FormattedValue) else node)
    said = f'f"{{{said}}}"' if isinstance(node, ast.FormattedValue) else said
    return (
        f"compute in a node, where the value is there:\n\n@node\nasync def compute(...) -> {result}:\n    return {said}"
    )


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
