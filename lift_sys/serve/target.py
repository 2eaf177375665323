"""What a command line names: a graph as `pkg.mod:name`, its arguments as `name=JSON`, its fills."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shlex
import sys
import traceback
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from lift_sys.define import Fill, Graph, Hole
from lift_sys.errors import DefinitionError, FailedRun

__all__ = ["arguments", "fills", "graph_of", "known_arguments", "named_object"]


def graph_of(target: str) -> Graph[..., Any]:
    """Return the graph that `pkg.mod:name` or `file.py:name` names; without a name, the only graph there."""
    module, name = _module_and_name(target)
    graphs = {key: value for key, value in vars(module).items() if isinstance(value, Graph)}
    if not name:
        if len(graphs) == 1:
            return next(iter(graphs.values()))
        listed = ", ".join(f"{target}:{key}" for key in graphs) or "none; write one with @graph"
        raise DefinitionError(f"{target} does not say which graph is meant\n  help: its graphs: {listed}")
    found = _attribute(module, name, target, graphs)
    if not isinstance(found, Graph):
        raise DefinitionError(f"{target} is no graph but {type(found).__name__}\n  help: {_offer(name, graphs)}")
    return found


def named_object(target: str) -> Any:
    """Return what `pkg.mod:name` names, whatever it is."""
    module, name = _module_and_name(target)
    if not name:
        raise DefinitionError(f"{target} names a module\n  help: write {target}:NAME")
    return _attribute(module, name, target, vars(module))


def _module_and_name(target: str) -> tuple[ModuleType, str]:
    where, _, name = target.rpartition(":") if ":" in target else (target, "", "")
    if not where:
        raise DefinitionError(f"{target!r} names no module\n  help: write it as pkg.mod:graph or file.py:graph")
    return (_from_file(where) if where.endswith(".py") or os.sep in where else _from_name(where)), name


def _from_name(where: str) -> ModuleType:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        known = importlib.util.find_spec(where)
    except (ImportError, ValueError, AttributeError):
        known = None
    if known is None:
        raise DefinitionError(
            f"there is no module {where}\n  help: modules are looked for in {os.getcwd()} and among what is installed"
        )
    return _imported(where, lambda: importlib.import_module(where))


def _from_file(where: str) -> ModuleType:
    path = Path(where)
    if not path.is_file():
        raise DefinitionError(f"there is no file {where}\n  help: {_files_here(path)}")
    parts, folder = [path.stem], path.resolve().parent
    while (folder / "__init__.py").is_file():
        parts, folder = [folder.name, *parts], folder.parent
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    if len(parts) > 1:
        return _imported(where, lambda: importlib.import_module(".".join(parts)))
    return _imported(where, lambda: _loaded(path))


def _loaded(path: Path) -> ModuleType:
    """Load a file as itself, also where an installed module has its name."""
    known = sys.modules.get(path.stem)
    if known is not None and getattr(known, "__file__", None) == str(path.resolve()):
        return known
    spec = importlib.util.spec_from_file_location(path.stem, path.resolve())
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)
    spec.loader.exec_module(module)
    return module


def _imported(where: str, load: Any) -> ModuleType:
    """Load a user's module; what it raises is told by its own line, without a traceback through lift-sys."""
    try:
        module: ModuleType = load()
    except DefinitionError:
        raise
    except Exception as error:
        raise FailedRun(
            f"{where} cannot be imported: {type(error).__name__}: {error} ({_last_place(error)})"
        ) from error
    return module


def _last_place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "importlib" not in frame.filename]
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"


def _files_here(path: Path) -> str:
    folder = path.parent
    names = sorted(found.name for found in folder.glob("*.py")) if folder.is_dir() else []
    near = get_close_matches(path.name, names, 1)
    return (
        f"did you mean {folder / near[0]}?" if near else f"Python files in {folder}: {', '.join(names[:12]) or 'none'}"
    )


def _attribute(module: ModuleType, name: str, target: str, offered: Iterable[str]) -> Any:
    found: Any = module
    for part in name.split("."):
        if not hasattr(found, part):
            raise DefinitionError(f"{target}: {module.__name__} has no {name}\n  help: {_offer(name, offered)}")
        found = getattr(found, part)
    return found


def _offer(name: str, names: Iterable[str]) -> str:
    known = [key for key in names if not key.startswith("_")]
    near = get_close_matches(name, known, 1)
    if near:
        return f"did you mean {near[0]}?"
    return f"there is: {', '.join(known[:12])}" if known else "there is none"


def arguments(graph: Graph[..., Any], given: Sequence[str]) -> dict[str, Any]:
    """Return the arguments that `name=JSON` pairs say, as values of the parameters' types."""
    values = known_arguments(graph, given)
    missing = [p.name for p in graph.shape.parameters if p.required and p.name not in values]
    if missing:
        wanted = " ".join(f"--arg {name}=JSON" for name in missing)
        raise DefinitionError(f"{graph.name} needs {', '.join(missing)}\n  help: add {wanted}")
    return values


def known_arguments(graph: Graph[..., Any], given: Sequence[str]) -> dict[str, Any]:
    """Return the arguments that are said, which need not be all of them."""
    values: dict[str, Any] = {}
    known = {parameter.name: parameter for parameter in graph.shape.parameters}
    for pair in given:
        name, equals, text = pair.partition("=")
        if not equals:
            raise DefinitionError(f"--arg {pair}: write it as name=JSON\n  help: for example --arg {pair}='\"text\"'")
        if name not in known:
            raise DefinitionError(f"--arg {pair}: {graph.name} has no parameter {name}\n  help: {_offer(name, known)}")
        values[name] = _value(f"--arg {name}", text, known[name].type)
    return values


def _value(what: str, text: str, declared: Any) -> Any:
    """Return JSON text as a value of a type."""
    import json

    from pydantic import TypeAdapter, ValidationError
    from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError

    try:
        value = json.loads(text)
    except ValueError as error:
        quoted = shlex.quote(json.dumps(text))
        raise DefinitionError(
            f"{what}: {text!r} is no JSON ({error})\n  help: a text needs quotes of its own: {what}={quoted}"
        ) from None
    try:
        return TypeAdapter(declared).validate_json(text)
    except (PydanticSchemaGenerationError, PydanticUserError):
        return value
    except ValidationError as error:
        said = error.errors(include_url=False)[0]
        where = ".".join(map(str, said["loc"]))
        raise DefinitionError(f"{what}: {said['msg']}{f' at {where}' if where else ''}; it is {text}") from None


def fills(graph: Graph[..., Any], filled: Sequence[str], deferred: Sequence[str]) -> list[Fill]:
    """Return the fills that `hole=pkg.mod:function` and `hole=JSON` pairs say."""
    made = []
    for pair in filled:
        hole, by = _hole_and_rest(graph, "--fill", pair, "pkg.mod:function")
        made.append(hole.fill(named_object(by)))
    for pair in deferred:
        hole, text = _hole_and_rest(graph, "--defer", pair, "JSON")
        made.append(hole.defer(_value(f"--defer {hole.name}", text, hole.shape.result)))
    return made


def _hole_and_rest(graph: Graph[..., Any], option: str, pair: str, form: str) -> tuple[Hole[..., Any], str]:
    name, equals, rest = pair.partition("=")
    holes = {hole.name: hole for hole in graph.nodes.values() if isinstance(hole, Hole)}
    if not equals or not rest:
        raise DefinitionError(f"{option} {pair}: write it as hole={form}")
    if name not in holes:
        raise DefinitionError(f"{option} {pair}: {graph.name} has no hole {name}\n  help: {_offer(name, holes)}")
    return holes[name], rest
