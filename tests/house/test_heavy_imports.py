"""Importing lift_sys costs little: the big libraries come when they are used."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.house.sources import FRONT_DOORS, ROOT, Source, house, parse

HEAVY = frozenset(
    {
        "pydantic_ai",
        "pydantic_graph",
        "dspy",
        "networkx",
        "mypy",
        "z3",
        "dbos",
        "redis",
        "litellm",
        "regex",
        "xllamacpp",
    }
)
LOADED = """
import importlib, json, sys
loaded = {}
for name in sys.argv[1].split(","):
    importlib.import_module(name)
    for heavy in set(sys.argv[2].split(",")) & set(sys.modules):
        loaded.setdefault(heavy, name)
print(json.dumps(loaded))
"""


def loaded_by(*modules: str) -> dict[str, str]:
    """Return the heavy libraries that a fresh interpreter loads with these modules, each with the first culprit."""
    command = [sys.executable, "-c", LOADED, ",".join(modules), ",".join(sorted(HEAVY))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, timeout=60)
    found: dict[str, str] = json.loads(done.stdout)
    return found


def test_no_front_door_loads_a_heavy_library() -> None:
    """The front page and every room can be imported without the libraries that take seconds."""
    assert loaded_by(*FRONT_DOORS) == {}


def test_a_heavy_import_is_noticed() -> None:
    """The probe sees what an import drags in."""
    assert loaded_by("json", "networkx") == {"networkx": "networkx"}


def heavy_names(source: Source) -> set[str]:
    """Return the names that the module binds to heavy libraries or parts of them, wherever it imports them."""
    names: set[str] = set()
    for found in source.nodes:
        if isinstance(found, ast.Import):
            heavy = [alias for alias in found.names if alias.name.split(".")[0] in HEAVY]
            names |= {alias.asname or alias.name.split(".")[0] for alias in heavy}
        elif isinstance(found, ast.ImportFrom) and (found.module or "").split(".")[0] in HEAVY:
            names |= {alias.asname or alias.name for alias in found.names}
    return names


def is_public(name: str) -> bool:
    return not name.startswith("_") or name in {"__init__", "__call__"}


def public_functions(body: list[ast.stmt]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for statement in body:
        if isinstance(statement, ast.ClassDef) and not statement.name.startswith("_"):
            yield from public_functions(statement.body)
        elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef) and is_public(statement.name):
            yield statement


def annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.expr]:
    spec = function.args
    for argument in [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]:
        if argument is not None and argument.annotation is not None:
            yield argument.annotation
    if function.returns is not None:
        yield function.returns


def signature_faults(source: Source) -> list[str]:
    """Return each public signature that names a type of a heavy library."""
    heavy = heavy_names(source) | HEAVY
    faults = []
    for function in public_functions(source.tree.body):
        for annotation in annotations(function):
            quoted = isinstance(annotation, ast.Constant) and isinstance(annotation.value, str)
            read = ast.parse(annotation.value, mode="eval") if quoted else annotation  # type: ignore[attr-defined]  # quoted: a Constant
            used = {name.id for name in ast.walk(read) if isinstance(name, ast.Name)} & heavy
            faults += [f"{source.path}:{function.lineno}: {function.name} names {name}" for name in sorted(used)]
    return faults


@pytest.mark.slow
def test_no_public_signature_names_a_heavy_type() -> None:
    """Whoever type-checks a program that uses lift_sys does not pay for pydantic_ai or dspy."""
    assert [fault for source in house() for fault in signature_faults(source)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import dspy\ndef lm() -> dspy.LM: ...",
        "if TYPE_CHECKING:\n    from pydantic_ai.models import Model\ndef ask(model: 'Model | None') -> None: ...",
        "import networkx as nx\nclass Graph:\n    def to_networkx(self) -> nx.DiGraph: ...",
    ],
)
def test_a_heavy_signature_is_noticed(text: str) -> None:
    """Plain, quoted and renamed types are found, in functions and in methods."""
    assert len(signature_faults(parse("lift_sys.room.module", text))) == 1
