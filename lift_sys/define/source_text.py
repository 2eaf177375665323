"""The user's own words: the expression behind an instruction, the argument in a call."""

from __future__ import annotations

import ast
import dis
import inspect
import linecache
from collections.abc import Mapping
from itertools import islice
from types import CodeType, FrameType

__all__ = [
    "argument_in",
    "awaited_helper",
    "called_by_function",
    "entered_in",
    "expression_at",
    "in_a_node",
    "made_a_node",
    "resized",
    "returned_by",
    "unpacked",
    "waits_one_by_one",
    "without_extra",
    "yielded_in",
]


def expression_at(code: CodeType, instruction: int) -> str:
    """Return the expression that an instruction of a function stands for, on one line; "" where it cannot be read."""
    line, end, left, right = next(islice(code.co_positions(), instruction // 2, None), (None, None, None, None))
    if line is None or end is None or left is None or right is None:
        return ""
    text = [linecache.getline(code.co_filename, n).rstrip("\n") for n in range(line, end + 1)]
    # columns count UTF-8 bytes (PEP 657)
    raw = [part.encode() for part in text]
    raw[-1] = raw[-1][:right]
    raw[0] = raw[0][left:]
    return " ".join(part.decode(errors="replace").strip() for part in raw)


_ENTERS = {dis.opmap["BEFORE_ASYNC_WITH"], dis.opmap["GET_AITER"]}


def entered_in(code: CodeType) -> tuple[int, str] | None:
    """Return the line of a function's first `async with` or `async for`, and what it says; None where it has none."""
    if _ENTERS.isdisjoint(code.co_code[::2]):
        return None
    found = next(i for i in dis.get_instructions(code) if i.opcode in _ENTERS)
    line = (found.positions.lineno if found.positions else None) or code.co_firstlineno
    return line, linecache.getline(code.co_filename, line).strip()


def yielded_in(code: CodeType) -> tuple[int, str] | None:
    """Return the line of a function's first `yield`, and what it says; None where it has none."""
    before = ""
    for i in dis.get_instructions(code):
        if i.opname == "YIELD_VALUE" and before != "SEND":  # an `await` sends
            return (i.positions.lineno if i.positions else None) or code.co_firstlineno, expression_at(code, i.offset)
        before = i.opname
    return None


def returned_by(code: CodeType) -> tuple[int, str]:
    """Return the line of a function's only `return` and what it returns; its first line where there are several."""
    ends = {i.positions: i.offset for i in dis.get_instructions(code) if i.opname == "RETURN_VALUE" and i.positions}
    if len(ends) != 1:
        return code.co_firstlineno, f"what {code.co_name} returns"
    ((position, offset),) = ends.items()
    return position.lineno or code.co_firstlineno, expression_at(code, offset).removeprefix("return ")


def argument_in(call: str, position: int, name: str) -> str:
    """Return the argument that a call gives to a parameter, as it is written; "" where it cannot be told."""
    tree = _parsed(call)
    if not isinstance(tree, ast.Call):
        return ""
    named = next((keyword.value for keyword in tree.keywords if keyword.arg == name), None)
    found = named if named is not None else tree.args[position] if position < len(tree.args) else None
    return ast.get_source_segment(call, found) or "" if found is not None else ""


def in_a_node(expression: str, types: Mapping[str, str], name: str, result: str) -> tuple[str, str]:
    """Return a node that gives what an expression gives, and the call of it; `types` are those of known names."""
    tree = _parsed(expression)
    used = [n.id for n in ast.walk(tree) if isinstance(n, ast.Name)] if tree is not None else []
    needed = [known for known in dict.fromkeys(used) if known in types]
    parameters = ", ".join(f"{known}: {types[known]}" for known in needed)
    body = f"return {expression}" if result != "None" else expression
    definition = f"@node\nasync def {name}({parameters}) -> {result}:\n    {body}"
    return definition, f"await {name}({', '.join(needed)})"


def waits_one_by_one(gathered: str) -> str:
    """Return the remedy for calls that are handed to a library to be waited for together."""
    tree = _parsed(gathered)
    calls = [a for a in tree.args if isinstance(a, ast.Call)] if isinstance(tree, ast.Call) else []
    cure = "await each call by itself: steps that do not depend on each other run side by side anyway"
    shown = ", ".join(f"await {ast.get_source_segment(gathered, call)}" for call in calls)
    return f"{cure}: `{shown if len(calls) == 1 else f'[{shown}]'}`" if calls else cure


def unpacked(line: str, expression: str, cure: str) -> tuple[str, str]:
    """Return a line that unpacks a value, and the one that asks for its items; else what is known already."""
    try:
        statement = ast.parse(line).body[0]
    except (SyntaxError, IndexError):
        return expression, cure
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Tuple):
        return expression, cure
    value = ast.unparse(statement.value)
    items = ", ".join(f"{value}[{k}]" for k in range(len(statement.targets[0].elts)))
    names = ", ".join(map(ast.unparse, statement.targets[0].elts))
    plain = isinstance(statement.value, ast.Name | ast.Attribute | ast.Subscript)
    whole = ast.unparse(statement)
    only = "a reference unpacks only if its type is a tuple of fixed length"
    return whole, f"ask for the items: `{names} = {items}`; {only}" if plain else cure


def resized(line: str, size: int) -> tuple[str, str]:
    """Return a line that unpacks a value, and the one with as many names as the value has items."""
    only = line, f"give it {size} names"
    try:
        statement = ast.parse(line).body[0]
    except (SyntaxError, IndexError):
        return only
    target = statement.targets[0] if isinstance(statement, ast.Assign) else None
    if not isinstance(statement, ast.Assign) or not isinstance(target, ast.Tuple | ast.List):
        return only
    names = [ast.unparse(name) for name in target.elts][:size]
    names += [f"_{k}" for k in range(len(names), size)]
    meant = f"{', '.join(names)}{',' if size == 1 else ''} = {ast.unparse(statement.value)}"
    return f"{', '.join(map(ast.unparse, target.elts))} = {ast.unparse(statement.value)}", f"write `{meant}`"


def awaited_helper(frame: FrameType | None) -> str | None:
    """Return the remedy for an async function that a body calls as if it were a node; None in the body itself."""
    if frame is None or not frame.f_code.co_flags & inspect.CO_COROUTINE or frame.f_back is None:
        return None
    # what draws a body is ours; what draws a helper is the body
    if _is_ours(frame.f_back):
        return None
    return f"make it a node, whose body has the values:\n\n{made_a_node(frame.f_code)}"


def made_a_node(code: CodeType) -> str:
    """Return the first line of an async function with `@node` above it."""
    first = code.co_firstlineno  # that of its decorators
    lines = [linecache.getline(code.co_filename, first + k).strip() for k in range(9)]
    said = next((line for line in lines if line.startswith("async def")), f"async def {code.co_name}(...):")
    return f"@node\n{said}"


def called_by_function(frame: FrameType | None) -> tuple[FrameType, str, str] | None:
    """Return where a body calls the function of a node, `inc.fn(x)`, that a frame is in: that body's frame, the call
    as it is written, and the call of the node; None in the body itself."""
    while frame is not None and (caller := frame.f_back) is not None and not _is_ours(caller):
        shown = expression_at(caller.f_code, caller.f_lasti).removeprefix("await ")
        name, _, rest = shown.partition(".fn(")
        node = {**caller.f_globals, **caller.f_locals}.get(name)
        if rest and getattr(getattr(node, "fn", None), "__code__", None) is frame.f_code:
            return caller, shown, f"{name}({rest}"
        frame = caller
    return None


def _is_ours(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0] == __name__.partition(".")[0]


def without_extra(call: str, most: int) -> str:
    """Return a call with its arguments by position cut to a number; "" where it cannot be read."""
    tree = _parsed(call)
    if not isinstance(tree, ast.Call):
        return ""
    tree.args = tree.args[:most]
    return ast.unparse(tree)


def _parsed(expression: str) -> ast.expr | None:
    try:
        return ast.parse(expression, mode="eval").body
    except SyntaxError:
        return None
