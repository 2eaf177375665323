"""Each room has one door, and the door says what is behind it."""

import ast
from importlib import import_module

import pytest

from tests.house.sources import FRONT_DOORS, Source, house, parse


def bound(source: Source) -> set[str]:
    """Return the public names that the module binds at its top level."""
    names: set[str] = set()
    for statement in source.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(statement.name)
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return {name for name in names if not name.startswith("_")} - {"annotations", "TYPE_CHECKING"}


def in_order(names: list[str]) -> list[str]:
    """Sort as ruff does: CONSTANTS, then Classes, then functions."""
    return sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name))


def door_faults(source: Source, names: list[str]) -> list[str]:
    """Return what is wrong with a front door, given its `__all__`."""
    faults = []
    if names != in_order(names):
        faults.append(f"{source.path}: __all__ is not in order: {in_order(names)}")
    if len(names) != len(set(names)):
        faults.append(f"{source.path}: __all__ names something twice")
    if hidden := bound(source) - set(names):
        faults.append(f"{source.path}: visible but not in __all__: {sorted(hidden)}")
    return faults


@pytest.mark.parametrize("door", FRONT_DOORS)
def test_what_is_exported_is_what_is_visible(door: str) -> None:
    """`__all__` is sorted, complete, and each of its names is there."""
    module = import_module(door)
    source = next(source for source in house() if source.name == door)
    names = list(getattr(module, "__all__", ()))

    assert door_faults(source, names) == []
    assert [name for name in names if not hasattr(module, name)] == []
    assert module.__doc__


def test_a_crooked_door_is_noticed() -> None:
    """Disorder, repetition and hidden names are faults."""
    source = parse("lift_sys.room", "from lift_sys.room.a import Box, box\nLIMIT = 1")

    assert len(door_faults(source, ["box", "Box"])) == 2
    assert len(door_faults(source, ["LIMIT", "Box", "box", "box"])) == 1
    assert door_faults(source, ["LIMIT", "Box", "box"]) == []


PUBLIC = """
MAY MUST SHOULD Breaker Budget Cache Cancelled Closure Complete Constraint ConstraintConflict ContextNodeMaker
Diagnostic
Engine Event Explanation Failed Fill Fit Graph Hole Incomplete Node NodeMaker PlainNodeMaker Retry Run RunContext
RunSummary WhatIf branch each graph hole loop model node person prompt relates
todo
"""


def test_the_front_page_holds_the_public_names() -> None:
    """What programs import from `lift_sys` is fixed: a name is added knowingly, and never lost."""
    assert sorted(import_module("lift_sys").__all__) == sorted(PUBLIC.split())
