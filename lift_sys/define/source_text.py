"""The user's own words: the expression behind an instruction, the argument in a call."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Mapping
from itertools import islice
from types import CodeType

__all__ = ["argument_in", "expression_at", "in_a_node"]


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


def _parsed(expression: str) -> ast.expr | None:
    try:
        return ast.parse(expression, mode="eval").body
    except SyntaxError:
        return None
