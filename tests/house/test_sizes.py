"""A file that grows is asking for a second question to move out."""

import ast

from tests.house.sources import Source, house, parse

MOST_LINES_OF_A_MODULE = 400
MOST_LINES_OF_A_FUNCTION = 50


def docstring_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Words do not count as length: a promise must never be cut to save a line."""
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return (first.end_lineno or first.lineno) - first.lineno + 1
    return 0


def size_faults(source: Source) -> list[str]:
    """Return what is too long in a module."""
    faults = []
    lines = source.text.count("\n")
    if lines > MOST_LINES_OF_A_MODULE:
        faults.append(f"{source.path}: {lines} lines; cut it in two")
    for found in source.nodes:
        if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (found.end_lineno or found.lineno) - found.lineno + 1 - docstring_lines(found)
            if length > MOST_LINES_OF_A_FUNCTION:
                faults.append(f"{source.path}:{found.lineno}: {found.name} has {length} lines")
    return faults


def test_nothing_is_too_long() -> None:
    """Modules hold at most 400 lines, functions at most 50 beside their docstring."""
    assert [fault for source in house() for fault in size_faults(source)] == []


def test_length_is_noticed() -> None:
    """A long module and a long function are faults; a long docstring is not."""
    long_function = "def f():\n" + "    x = 1\n" * 50
    long_docstring = 'def f():\n    """Say\n' + "    much.\n" * 60 + '    """\n'

    assert len(size_faults(parse("m", "x = 1\n" * 401))) == 1
    assert len(size_faults(parse("m", long_function))) == 1
    assert size_faults(parse("m", long_docstring)) == []
