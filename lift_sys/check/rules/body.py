"""The source of a graph's body, ready to be judged: its tree, who stands around whom, and the user's own words."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from types import CodeType
from typing import Any

from lift_sys.define import file_place
from lift_sys.errors import Diagnostic

__all__ = ["Body", "Fault", "read_body"]

SHOWN = 72
"""Longest expression that is quoted whole."""


@dataclass(frozen=True)
class Fault:
    """What a rule found: where in the tree, what it means, and what to write instead."""

    code: str
    node: ast.AST
    message: str
    help: str


@dataclass(frozen=True)
class Body:
    """One graph's body. `first_line` is the line of its file on which `text` begins."""

    function: ast.FunctionDef | ast.AsyncFunctionDef
    text: str
    file: str
    module: str
    first_line: int
    awaited: set[ast.AST] = field(default_factory=set)
    """Calls that are known to stand right behind an `await`: most of them do, and then nobody asks for parents."""

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Who holds whom."""
        return {child: parent for parent in ast.walk(self.function) for child in ast.iter_child_nodes(parent)}

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the text."""
        return self.text.split("\n")

    def quote(self, node: ast.AST) -> str:
        """Return the node as the user wrote it, on one line."""
        first, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        if first and first == last:
            # columns count bytes
            line = self.lines[first - 1].encode()
            written = line[getattr(node, "col_offset", 0) : getattr(node, "end_col_offset", None)].decode()
        else:
            written = " ".join(ast.unparse(node).split())
        return written if len(written) <= SHOWN else f"{written[: SHOWN - 4]} ..."

    def parent(self, node: ast.AST) -> ast.AST | None:
        """Return who holds the node; keywords, conditional expressions and parentheses hold nothing of their own."""
        parent = self.parents.get(node)
        while isinstance(parent, ast.keyword | ast.IfExp | ast.Starred):
            parent = self.parents.get(parent)
        return parent

    def around(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield everything that stands around the node, the nearest first."""
        parent = self.parents.get(node)
        while parent is not None:
            yield parent
            parent = self.parents.get(parent)

    def loads(self, name: str) -> list[ast.Name]:
        """Return every place where the name is read."""
        names = (node for node in ast.walk(self.function) if isinstance(node, ast.Name) and node.id == name)
        return [node for node in names if isinstance(node.ctx, ast.Load)]

    def diagnostic(self, fault: Fault) -> Diagnostic:
        """Return the fault with the line of the file on which it stands."""
        line = self.first_line + getattr(fault.node, "lineno", 1) - 1
        place = f"{file_place(self.file, line, self.module)} {self.function.name}"
        return Diagnostic(fault.code, place, fault.message, fault.help)


def read_body(fn: Callable[..., Any]) -> Body | None:
    """Return the body of a function, or None where its source is not to be had: a REPL, `exec`, a stripped package."""
    fn = inspect.unwrap(fn)
    code = getattr(fn, "__code__", None)
    if code is None:
        return None
    first_line = max(code.co_firstlineno, 1)
    for lines_of in (_lines_with_code, _lines_by_tokens):
        try:
            text = lines_of(fn)
            if text[:1].isspace():  # of a nested function: as it is, below a line that takes the indentation
                text, before = f"if 1:\n{text}", 1
            else:
                before = 0
            statement = ast.parse(text).body[0]
        except (OSError, TypeError, SyntaxError, IndexError):
            continue
        inner = statement.body[0] if isinstance(statement, ast.If) else statement
        if isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef):
            return Body(inner, text, code.co_filename, fn.__module__, first_line - before)
    return None


def _lines_with_code(fn: Callable[..., Any]) -> str:
    """Return the lines from the first decorator to the last line that has code: all but a closing bracket."""
    code = fn.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, fn.__globals__)
    return "".join(lines[code.co_firstlineno - 1 : _last_line(code)])


def _last_line(code: CodeType) -> int:
    inner = [_last_line(part) for part in code.co_consts if isinstance(part, CodeType)]
    return max([code.co_firstlineno, *(line for _, _, line in code.co_lines() if line), *inner])


def _lines_by_tokens(fn: Callable[..., Any]) -> str:
    """Return the lines of the whole block; slower by its length."""
    return "".join(inspect.getsourcelines(fn)[0])
