"""Holes in code: `@hole`, `todo()` and docstrings that name one, found by syntax and related to a plan by name.

A typed-hole docstring is one with a line that begins with `Hole`, `Typed hole` or an id: `Hole: Name`, `H6: ...`.
"""

from __future__ import annotations

import ast
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lift_sys.errors import PlanningError
from lift_sys.planning.board import Board
from lift_sys.planning.inventory import HOLE_ID
from lift_sys.planning.planned_hole import PlannedHole

__all__ = ["scan"]

_SKIPPED = frozenset({"__pycache__", "node_modules", "build", "dist"})
_IN_DOCSTRING = re.compile(
    rf"^\s*(?:(?:typed[ -]?)?hole\b\s*:?\s*`?({HOLE_ID})?\b:?\s*`?(\w*)|({HOLE_ID})\b\s*[:(-]?\s*`?(\w*))",
    re.IGNORECASE | re.MULTILINE,
)
_EXPLICIT = re.compile(r"\s*(?:typed[ -]?hole|hole\s*:)", re.IGNORECASE)
_Defined = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True, slots=True)
class _Place:
    file: str
    line: int
    kind: str
    name: str
    hole: str | None

    def as_data(self) -> dict[str, Any]:
        return {"file": self.file, "line": self.line, "kind": self.kind, "name": self.name, "hole": self.hole}


def scan(board: Board, path: str) -> dict[str, Any]:
    """Return the holes in the Python files below a path, and what of the plan has no place in them.

    `{found: [{file, line, kind: hole|todo|docstring, name, hole: id or null}], absent: [ids that are not resolved],
    unreadable: [{file, line, message}]}`.
    """
    if not os.path.exists(path):
        raise PlanningError("unknown_path", "there is no such file or folder", file=path)
    found: list[_Place] = []
    unreadable: list[dict[str, Any]] = []
    names = {_plain(hole.name): hole for hole in board.holes.values()}
    for file in _python_files(path):
        try:
            with open(file, "rb") as source, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of odd escapes in somebody's strings
                tree = ast.parse(source.read(), file)
        except (SyntaxError, ValueError, RecursionError, OSError) as error:
            message = getattr(error, "msg", None) or getattr(error, "strerror", None) or str(error)
            unreadable.append({"file": file, "line": getattr(error, "lineno", None), "message": message})
            continue
        found += _holes_in(tree, file, names, board.holes)
    related = {place.hole for place in found}
    absent = [hole_id for hole_id in board.in_phase() if not board.is_resolved(hole_id) and hole_id not in related]
    return {"found": [place.as_data() for place in found], "absent": absent, "unreadable": unreadable}


def _python_files(path: str) -> Iterator[str]:
    if os.path.isfile(path):
        yield path
        return
    for folder, inner, files in os.walk(path):
        inner[:] = sorted(name for name in inner if not name.startswith(".") and name not in _SKIPPED)
        yield from (os.path.join(folder, name) for name in sorted(files) if name.endswith((".py", ".pyi")))


def _holes_in(
    tree: ast.Module, file: str, names: Mapping[str, PlannedHole], holes: Mapping[str, PlannedHole]
) -> Iterator[_Place]:
    """Yield what one file holds, from top to bottom; a `todo()` has the name of the definition it stands in."""
    module = os.path.basename(os.path.dirname(os.path.abspath(file)) if file.endswith("__init__.py") else file)
    pending: list[tuple[ast.AST, str]] = [(tree, module.removesuffix(".py"))]
    places: list[_Place] = []
    while pending:
        node, name = pending.pop()
        if isinstance(node, _Defined):
            name = node.name
        hole = names.get(_plain(name))
        related = hole.id if hole is not None else None
        if isinstance(node, _Defined) and any(_called(mark) == "hole" for mark in node.decorator_list):
            places.append(_Place(file, node.lineno, "hole", name, related))
        if isinstance(node, ast.Call) and _called(node) == "todo":
            places.append(_Place(file, node.lineno, "todo", name, related))
        if isinstance(node, _Defined | ast.Module):
            places += _in_docstring(node, file, name, names, holes)
        pending += [(child, name) for child in ast.iter_child_nodes(node)]
    return iter(sorted(places, key=lambda place: place.line))


def _in_docstring(
    node: _Defined | ast.Module,
    file: str,
    name: str,
    names: Mapping[str, PlannedHole],
    holes: Mapping[str, PlannedHole],
) -> Iterator[_Place]:
    """Yield the holes that a docstring names; one that the plan does not know counts where it is called a hole."""
    text = ast.get_docstring(node, clean=False)
    if not text:
        return
    first = node.body[0].lineno
    for found in _IN_DOCSTRING.finditer(text):
        hole_id = (found[1] or found[3] or "").upper()
        said = found[2] or found[4] or ""
        hole = holes.get(hole_id) or names.get(_plain(said)) or (names.get(_plain(name)) if not said else None)
        if hole is not None or _EXPLICIT.match(found[0]):
            line = first + text.count("\n", 0, found.start() + len(found[0]) - len(found[0].lstrip()))
            yield _Place(file, line, "docstring", said or name, hole.id if hole is not None else None)


def _called(node: ast.AST) -> str:
    """Return the last name of what a decorator or a call names: `hole` of `@lift_sys.hole(kind="x")`."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _plain(name: str) -> str:
    """Return a name without its style: ProviderAdapter and provider_adapter are the same."""
    return re.sub(r"[\W_]+", "", name).lower()
