"""Repairs that need no understanding of the task: names, imports, headers, a forgotten return.

Each is the same for every prompt, is done only when there is exactly one way to do it, and is listed with the
candidate. What cannot be mended is rejected with a reason.
"""

from __future__ import annotations

import ast
import builtins
import importlib
from collections.abc import Iterable

from lift_sys.pipeline.ir import IR, Signature

__all__ = ["ALLOWED_MODULES", "Rejected", "mend"]

ALLOWED_MODULES = (
    "bisect", "collections", "copy", "datetime", "decimal", "fractions", "functools", "heapq", "itertools", "math",
    "operator", "re", "statistics", "string", "textwrap", "typing", "unicodedata",
)  # fmt: skip
"""Standard modules without effects, in the order in which a missing name is looked for."""

_FORBIDDEN_NAMES = frozenset(
    {
        "open",
        "exec",
        "eval",
        "compile",
        "__import__",
        "input",
        "breakpoint",
        "globals",
        "locals",
        "vars",
        "exit",
        "quit",
    }
    | {"memoryview", "setattr", "delattr", "__builtins__", "__loader__", "__spec__"}
)


class Rejected(Exception):
    """Why an answer is not a candidate, in words that can be counted: a verdict, not an error."""


def mend(tree: ast.Module, ir: IR) -> tuple[ast.Module, tuple[str, ...]]:
    """Return the module with the wanted function and what was mended; raises Rejected if that cannot be done."""
    mends: list[str] = []
    body = [item for item in tree.body if _is_kept(item)]
    function = _wanted(body, ir.signature, mends)
    _set_header(function, ir, mends)
    _return_something(function, mends)
    _use_the_parameters(function)
    _annotate_containers(function, ir.signature.returns)
    module = ast.Module(body=_reachable(body, function), type_ignores=[])
    ast.fix_missing_locations(module)
    _check_imports(module)
    imports = _supply_names(module, function, mends)
    module.body = [*imports, *module.body]
    return module, tuple(mends)


def _is_kept(item: ast.stmt) -> bool:
    """Tell whether a top-level statement belongs to the program; calls, prints and tests around it do not."""
    if isinstance(item, ast.FunctionDef | ast.Import | ast.ImportFrom | ast.ClassDef):
        return True
    return isinstance(item, ast.Assign) and not any(isinstance(part, ast.Call) for part in ast.walk(item.value))


def _wanted(body: Iterable[ast.stmt], signature: Signature, mends: list[str]) -> ast.FunctionDef:
    functions = [item for item in body if isinstance(item, ast.FunctionDef)]
    named = [item for item in functions if item.name == signature.name]
    if named:
        return named[0]
    if not functions:
        raise Rejected("no function in the answer")
    width = len(signature.parameters)
    function = next((item for item in functions if len(item.args.args) == width), functions[0])
    for node in ast.walk(function):
        if isinstance(node, ast.Name) and node.id == function.name:
            node.id = signature.name
    function.name = signature.name
    mends.append("renamed the function")
    return function


def _set_header(function: ast.FunctionDef, ir: IR, mends: list[str]) -> None:
    """Give the function the IR's header and docstring, and rename its parameters in the body."""
    signature = ir.signature
    given = [argument.arg for argument in [*function.args.posonlyargs, *function.args.args]]
    if function.args.vararg or function.args.kwonlyargs or len(given) != len(signature.parameters):
        raise Rejected("wrong number of parameters")
    header = ast.parse(f"{signature}\n    pass").body[0]
    assert isinstance(header, ast.FunctionDef)
    wanted = {old: p.name for old, p in zip(given, signature.parameters, strict=True)}
    if any(old != new for old, new in wanted.items()):
        _rename(function, wanted)
        mends.append("renamed parameters")
    function.args, function.returns, function.decorator_list = header.args, header.returns, []
    first = function.body[0]
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        function.body = function.body[1:]
    if not function.body or all(isinstance(item, ast.Pass) for item in function.body):
        raise Rejected("no body")
    function.body = [ast.Expr(ast.Constant(ir.intent)), *function.body]


def _rename(function: ast.FunctionDef, wanted: dict[str, str]) -> None:
    taken = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)} - wanted.keys()
    # A local that bears the new name of a parameter would be mixed up with it.
    swap = {name: f"{name}_" for name in wanted.values() if name in taken} | wanted
    for node in ast.walk(function):
        if isinstance(node, ast.Name):
            node.id = swap.get(node.id, node.id)
        elif isinstance(node, ast.arg):
            node.arg = swap.get(node.arg, node.arg)


def _return_something(function: ast.FunctionDef, mends: list[str]) -> None:
    """Return the last expression, or what is printed or assigned last, where the body returns nothing at all."""
    if any(isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value for node in ast.walk(function)):
        return
    last = function.body[-1]
    value: ast.expr | None = None
    if isinstance(last, ast.Expr):
        value = last.value
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "print":
            value = value.args[0] if len(value.args) == 1 else None
    if value is not None and not isinstance(value, ast.Constant):
        function.body[-1] = ast.Return(value)
        mends.append("returned the last expression")
        return
    name = _last_assigned(function)
    if name is None:
        raise Rejected("returns nothing")
    function.body.append(ast.Return(ast.Name(name, ast.Load())))
    mends.append("returned the last variable")


def _use_the_parameters(function: ast.FunctionDef) -> None:
    names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
    used = {node.id for node in names if isinstance(node.ctx, ast.Load)}
    known = {node.id for node in names if isinstance(node.ctx, ast.Store)} | set(dir(builtins))
    # An unknown name may still turn out to be the parameter.
    if function.args.args and used <= known - {argument.arg for argument in function.args.args}:
        raise Rejected("ignores its parameters")


def _annotate_containers(function: ast.FunctionDef, returns: str) -> None:
    """Say the type of an empty container that is returned: mypy cannot always infer it, and readers neither."""
    returned = {
        node.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Name)
    }
    kind = {"list": "[]", "dict": "{}", "set": "set()"}.get(returns.split("[")[0])
    for i, item in enumerate(function.body):
        if (
            isinstance(item, ast.Assign)
            and len(item.targets) == 1
            and isinstance(item.targets[0], ast.Name)
            and item.targets[0].id in returned
            and ast.unparse(item.value) == kind
        ):
            function.body[i] = ast.AnnAssign(
                target=item.targets[0], annotation=ast.parse(returns, mode="eval").body, value=item.value, simple=1
            )


def _last_assigned(function: ast.FunctionDef) -> str | None:
    names = [
        target.id
        for item in function.body
        for target in (item.targets if isinstance(item, ast.Assign) else ())
        if isinstance(target, ast.Name)
    ]
    return names[0] if len(set(names)) == 1 else None


def _reachable(body: list[ast.stmt], function: ast.FunctionDef) -> list[ast.stmt]:
    """Keep the imports, the wanted function and the helpers it uses, in their order."""
    defined: dict[str, ast.stmt] = {}
    for item in body:
        if isinstance(item, ast.FunctionDef | ast.ClassDef):
            defined[item.name] = item
        elif isinstance(item, ast.Assign):
            defined.update({target.id: item for target in item.targets if isinstance(target, ast.Name)})
    defined[function.name] = function
    used: set[int] = set()
    waiting: list[ast.stmt] = [function]
    while waiting:
        item = waiting.pop()
        if id(item) in used:
            continue
        used.add(id(item))
        waiting += [defined[n.id] for n in ast.walk(item) if isinstance(n, ast.Name) and n.id in defined]
    return [item for item in body if id(item) in used or isinstance(item, ast.Import | ast.ImportFrom)]


def _check_imports(module: ast.Module) -> None:
    for node in ast.walk(module):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or "."]
        for name in names:
            if name.split(".")[0] not in ALLOWED_MODULES:
                raise Rejected(f"imports {name.split('.')[0]}")


def _supply_names(module: ast.Module, function: ast.FunctionDef, mends: list[str]) -> list[ast.stmt]:
    """Return the imports that the used names need; a single unknown name is taken for the single unused parameter."""
    bound, used = _names(module)
    unknown = sorted(used - bound - set(dir(builtins)))
    forbidden = sorted(used & _FORBIDDEN_NAMES - bound)
    if forbidden:
        raise Rejected(f"uses {forbidden[0]}")
    imports: list[ast.stmt] = []
    modules = {
        node.value.id
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    for name in list(unknown):
        found = _import_of(name, as_module=name in modules)
        if found is not None:
            imports.append(found)
            unknown.remove(name)
            mends.append(f"imported {name}")
    idle = [argument.arg for argument in function.args.args if argument.arg not in used]
    if len(unknown) == 1 and len(idle) == 1:
        _rename(function, {unknown[0]: idle[0]})
        mends.append("used the parameter for an unknown name")
    elif unknown:
        raise Rejected(f"undefined name {unknown[0]}")
    return imports


def _names(module: ast.Module) -> tuple[set[str], set[str]]:
    bound: set[str] = set()
    used: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return bound, used


def _import_of(name: str, *, as_module: bool) -> ast.stmt | None:
    if name in ALLOWED_MODULES:
        # `string` alone is rather a parameter than the module.
        return ast.Import([ast.alias(name)]) if as_module else None
    for module in ALLOWED_MODULES:
        if name in (getattr(importlib.import_module(module), "__all__", None) or ()):
            return ast.ImportFrom(module, [ast.alias(name)], 0)
    if name in dir(importlib.import_module("math")) and not name.startswith("_"):
        return ast.ImportFrom("math", [ast.alias(name)], 0)
    return None
