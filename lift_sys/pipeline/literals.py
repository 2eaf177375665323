"""Examples as users write them, and the types their values have. Pure: nothing is run, only literals are read."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Any

from lift_sys.errors import DefinitionError, Diagnostic
from lift_sys.pipeline.ir import Example, Origin

__all__ = ["join_types", "read_example", "read_examples", "type_of", "type_of_all"]

_HELP = "Write it as a call and the value it must give, for example: --example \"f('aeiou') == 5\"."
_SHOWN = 60


def _refuse(text: str, why: str) -> DefinitionError:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + "..."
    message = f"example {shown!r}: {why}"
    return DefinitionError(f"{message}. {_HELP}", [Diagnostic("LS701", "--example", message, _HELP)])


def _literal(node: ast.expr, text: str) -> str:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise _refuse(text, f"{ast.unparse(node)!r} is not a literal value") from None
    return ast.unparse(node)


def _sides(text: str) -> tuple[ast.expr, ast.expr]:
    source = text.strip().removeprefix("assert ").strip()
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as fault:
        raise _refuse(
            text, f"this is not a Python expression ({getattr(fault, 'msg', None) or 'unreadable'})"
        ) from None
    if not (isinstance(tree, ast.Compare) and len(tree.ops) == 1 and isinstance(tree.ops[0], ast.Eq | ast.Is)):
        raise _refuse(text, "there must be exactly one `==` between a call and its value")
    left, right = tree.left, tree.comparators[0]
    return (left, right) if isinstance(left, ast.Call) else (right, left)


def read_example(text: str, parameters: Sequence[str] | None = None, *, origin: Origin = "user") -> Example:
    """Return the example that `text` states; keyword arguments need the `parameters` of the function."""
    call, value = _sides(text)
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
        raise _refuse(text, "one side must be a call of the wanted function by its name")
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        raise _refuse(text, "`*` cannot be used in an example")
    arguments = [_literal(argument, text) for argument in call.args]
    named = {keyword.arg: _literal(keyword.value, text) for keyword in call.keywords if keyword.arg}
    for name in (parameters or ())[len(arguments) :]:
        if name not in named:
            break
        arguments.append(named.pop(name))
    if named or len(arguments) < len(call.args) + len(call.keywords):
        raise _refuse(text, "its keyword arguments do not fit the function; give the arguments by position")
    expected = _literal(value, text)
    return Example(function=call.func.id, arguments=tuple(arguments), expected=expected, origin=origin)


def read_examples(texts: Iterable[str], parameters: Sequence[str] | None = None) -> tuple[Example, ...]:
    """Return the examples in their order, each once; all must call one function with one number of arguments."""
    found: dict[str, Example] = {}
    for text in texts:
        example = read_example(text, parameters)
        known = found.setdefault(example.call, example)
        if known.expected != example.expected:
            raise _refuse(text, f"another example says that {known.call} is {known.expected}")
    names = sorted({example.function for example in found.values()})
    if len(names) > 1:
        raise _refuse(str(list(found.values())[-1]), f"the examples call different functions: {', '.join(names)}")
    counts = sorted({len(example.arguments) for example in found.values()})
    if len(counts) > 1 and parameters is None:
        raise _refuse(str(list(found.values())[-1]), "the examples give different numbers of arguments")
    return tuple(found.values())


def type_of(value: Any) -> str:
    """Return the narrowest annotation that `value` fits, as source text."""
    if value is None:
        return "None"
    if isinstance(value, list | set | frozenset):
        return f"{type(value).__name__}[{type_of_all(value)}]"
    if isinstance(value, dict):
        return f"dict[{type_of_all(value.keys())}, {type_of_all(value.values())}]"
    if isinstance(value, tuple):
        inner = ", ".join(type_of(item) for item in value)
        return f"tuple[{inner or '()'}]"
    return type(value).__name__


def type_of_all(values: Iterable[Any]) -> str:
    """Return one annotation that all of `values` fit; `Any` when nothing is known or nothing narrower is simple."""
    return join_types(type_of(value) for value in values)


_UNKNOWN = "Any"


def join_types(types: Iterable[str]) -> str:
    """Return the least simple annotation above all of `types`: equal ones, int in float, Optional, or Any."""
    distinct = list(dict.fromkeys(types))
    some = [one for one in distinct if one != "None"]
    if not distinct:
        return _UNKNOWN
    if not some:
        return "None"
    joined = some[0]
    for one in some[1:]:
        joined = _join(joined, one)
    if joined == _UNKNOWN or len(some) == len(distinct):
        return joined
    return f"{joined} | None"


def _join(left: str, right: str) -> str:
    if left == right:
        return left
    if _UNKNOWN in (left, right):
        return _UNKNOWN
    if {left, right} == {"int", "float"}:
        return "float"
    head, tail = _parts(left), _parts(right)
    if head[0] != tail[0] or not head[1] or not tail[1]:
        return _UNKNOWN
    if head[0] == "tuple" and len(head[1]) != len(tail[1]):
        return f"tuple[{join_types([*head[1], *tail[1]])}, ...]"
    inner = [_join_inner(a, b) for a, b in zip(head[1], tail[1], strict=True)]
    return f"{head[0]}[{', '.join(inner)}]"


def _join_inner(left: str, right: str) -> str:
    # An empty container says nothing of its items: list[Any] beside list[int] is list[int].
    if _UNKNOWN in (left, right):
        return right if left == _UNKNOWN else left
    return join_types([left, right])


def _parts(text: str) -> tuple[str, list[str]]:
    node = ast.parse(text, mode="eval").body
    if not isinstance(node, ast.Subscript):
        return text, []
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return ast.unparse(node.value), [ast.unparse(item) for item in inner]
