"""Programs one small edit away from a given one: the neighbourhood that a bounded repair searches. Pure.

The edits know Python and nothing of any task: another name in scope, another operator, a neighbouring constant,
a part in place of the whole, a condition dropped or turned round, a `return` moved out of its loop. To add one,
write a function that yields replacements for one node and list it in `_EXPRESSIONS` or `_STATEMENTS`.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

__all__ = ["variants"]


@dataclass(frozen=True)
class _Scope:
    names: tuple[str, ...]
    parameters: tuple[str, ...]
    returns: str
    types: str
    """The annotations of the parameters."""


def variants(code: str, function: str, *, most: int = 400) -> Iterator[str]:
    """Yield the source of programs that differ from `code` by one edit inside `function`, each once."""
    tree = ast.parse(code)
    target = next(item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name == function)
    scope = _scope(target)
    seen = {ast.unparse(tree)}
    for path, field, replacement in _edits(target, scope):
        made = ast.unparse(_replaced(tree, target, path, field, replacement))
        if made in seen or not _parses(made):
            continue
        seen.add(made)
        yield made + "\n"
        if len(seen) > most:
            return


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


def _scope(target: ast.FunctionDef) -> _Scope:
    parameters = tuple(argument.arg for argument in target.args.args)
    local = [n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    returns = ast.unparse(target.returns).split("[")[0] if target.returns else ""
    types = " ".join(ast.unparse(argument.annotation) for argument in target.args.args if argument.annotation)
    return _Scope(tuple(dict.fromkeys([*parameters, *local])), parameters, returns, types)


_Edit = tuple[ast.AST, str, Any]


def _edits(target: ast.FunctionDef, scope: _Scope) -> Iterator[_Edit]:
    """Yield (node, field, new value of that field) for each edit; nothing is changed yet."""
    for node in [target, *(n for item in target.body for n in ast.walk(item))]:
        for field, value in ast.iter_fields(node):
            if field in ("args", "returns", "annotation", "decorator_list") and node is target:
                continue
            if isinstance(value, ast.expr) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
                for new in _other_expressions(value, scope):
                    yield node, field, new
            elif isinstance(value, list):
                yield from _list_edits(node, field, value, scope)


def _list_edits(node: ast.AST, field: str, value: Sequence[Any], scope: _Scope) -> Iterator[_Edit]:
    for i, item in enumerate(value):
        if isinstance(item, ast.expr) and isinstance(getattr(item, "ctx", ast.Load()), ast.Load):
            for new in _other_expressions(item, scope):
                yield node, field, [*value[:i], new, *value[i + 1 :]]
        elif isinstance(item, ast.stmt):
            for block in _other_blocks(value, i):
                if block:
                    yield node, field, block
    if field == "ifs" and value:
        yield node, field, value[:-1]
        yield node, field, value[1:]


def _replaced(tree: ast.Module, target: ast.FunctionDef, node: ast.AST, field: str, new: Any) -> ast.Module:
    """Return a copy of the module with one field changed; shared parts are put back, so the input is as it was."""
    old = getattr(node, field)
    setattr(node, field, new)
    try:
        return ast.fix_missing_locations(copy.deepcopy(tree))
    finally:
        setattr(node, field, old)


def _other_expressions(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    for edit in _EXPRESSIONS:
        yield from edit(node, scope)


def _names(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    if isinstance(node, ast.Name):
        for name in scope.names:
            if name != node.id:
                yield ast.Name(name, ast.Load())


_NEAR_CONSTANTS: Any = {0: (1, 2), 1: (0, 2), 2: (1, 0, 3), -1: (0, 1)}


def _constants(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    if not isinstance(node, ast.Constant):
        return
    value = node.value
    if isinstance(value, bool):
        yield ast.Constant(not value)
    elif isinstance(value, int):
        for near in _NEAR_CONSTANTS.get(value, (value + 1, value - 1)):
            yield ast.Constant(near)
        yield from (ast.Name(name, ast.Load()) for name in scope.parameters)
    elif isinstance(value, str) and value in (" ", ""):
        yield ast.Constant("" if value else " ")


def _parts(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    """A part in place of the whole: an argument for its call, an operand for its operation."""
    if isinstance(node, ast.Call):
        yield from node.args
        if isinstance(node.func, ast.Attribute):
            yield node.func.value
    elif isinstance(node, ast.BinOp):
        yield node.left
        yield node.right
    elif isinstance(node, ast.BoolOp):
        yield from node.values
    elif isinstance(node, ast.IfExp):
        yield node.body
        yield node.orelse
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Subscript):
        yield node.value
    elif isinstance(node, ast.List) and len(node.elts) == 1:
        yield node.elts[0]


def _calls_to_parameters(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    """A parameter in place of an iterable that was made up."""
    if isinstance(node, ast.Call | ast.Subscript | ast.List | ast.BinOp | ast.Attribute):
        yield from (ast.Name(name, ast.Load()) for name in scope.parameters)


_COMPARISONS: tuple[type[ast.cmpop], ...] = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_ARITHMETIC: tuple[type[ast.operator], ...] = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)


def _operators(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        kinds: Iterable[type[ast.cmpop]] = _COMPARISONS
        if isinstance(node.ops[0], ast.In | ast.NotIn):
            kinds = (ast.In, ast.NotIn)
        for kind in kinds:
            if not isinstance(node.ops[0], kind):
                yield ast.Compare(node.left, [kind()], node.comparators)
    elif isinstance(node, ast.BinOp):
        for operation in _ARITHMETIC:
            if not isinstance(node.op, operation):
                yield ast.BinOp(node.left, operation(), node.right)
        yield ast.BinOp(node.right, node.op, node.left)
    elif isinstance(node, ast.BoolOp):
        yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)


def _turned(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    """Two things exchanged: arguments, arms, key and value, minimum and maximum."""
    if isinstance(node, ast.Call):
        if len(node.args) == 2:
            yield ast.Call(node.func, node.args[::-1], node.keywords)
        pairs = {"min": "max", "max": "min", "any": "all", "all": "any", "append": "extend", "extend": "append"}
        if isinstance(node.func, ast.Name) and node.func.id in pairs:
            yield ast.Call(ast.Name(pairs[node.func.id], ast.Load()), node.args, node.keywords)
        elif isinstance(node.func, ast.Attribute) and node.func.attr in pairs:
            other = ast.Attribute(node.func.value, pairs[node.func.attr], ast.Load())
            yield ast.Call(other, node.args, node.keywords)
    elif isinstance(node, ast.IfExp):
        yield ast.IfExp(node.test, node.orelse, node.body)
    elif isinstance(node, ast.DictComp):
        yield ast.DictComp(node.value, node.key, node.generators)
    elif isinstance(node, ast.Dict) and len(node.values) == 2:
        yield ast.Dict(node.keys[::-1], node.values[::-1])


def _wrapped(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare | ast.BoolOp) or (isinstance(node, ast.Call) and scope.returns == "bool"):
        yield ast.UnaryOp(ast.Not(), node)
    if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.Call) and scope.returns in ("list", "str", "int", "set"):
        yield ast.Call(ast.Name(scope.returns, ast.Load()), [node], [])
    if isinstance(node, ast.GeneratorExp | ast.ListComp) and scope.returns in ("int", "float"):
        yield ast.Call(ast.Name("sum", ast.Load()), [node], [])
    if isinstance(node, ast.ListComp | ast.GeneratorExp) and scope.returns == "str":
        yield ast.Call(ast.Attribute(ast.Constant(""), "join", ast.Load()), [node], [])


def _off_by_one(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    """A bound one further or one less: in a slice, an index or a call of `range`."""
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        part = node.slice
        for lower in _moved(part.lower):
            yield ast.Subscript(node.value, ast.Slice(lower, part.upper, part.step), ast.Load())
        for upper in _moved(part.upper):
            yield ast.Subscript(node.value, ast.Slice(part.lower, upper, part.step), ast.Load())
    elif isinstance(node, ast.Subscript):
        yield from (ast.Subscript(node.value, index, ast.Load()) for index in _moved(node.slice))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        for i, argument in enumerate(node.args):
            for moved in _moved(argument):
                yield ast.Call(node.func, [*node.args[:i], moved, *node.args[i + 1 :]], [])


def _moved(bound: ast.expr | None) -> Iterator[ast.expr]:
    if bound is not None and not isinstance(bound, ast.Constant):
        yield ast.BinOp(bound, ast.Add(), ast.Constant(1))
        yield ast.BinOp(bound, ast.Sub(), ast.Constant(1))


def _less_strict(node: ast.expr, scope: _Scope) -> Iterator[ast.expr]:
    """Letters compared without their case, items without their repetitions."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.left, ast.Name):
        lowered = ast.Call(ast.Attribute(node.left, "lower", ast.Load()), [], [])
        if "str" in scope.types:
            yield ast.Compare(lowered, node.ops, node.comparators)
    elif _is_call_of(node, "sorted", "len", "sum") and not isinstance(node.args[0], ast.Call):
        yield ast.Call(node.func, [ast.Call(ast.Name("set", ast.Load()), node.args, [])], node.keywords)


def _is_call_of(node: ast.expr, *names: str) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names and len(node.args) == 1
    )


_EXPRESSIONS: tuple[Callable[[ast.expr, _Scope], Iterator[ast.expr]], ...] = (
    _operators, _less_strict, _off_by_one, _turned, _parts, _names, _constants, _calls_to_parameters, _wrapped,
)  # fmt: skip


def _other_blocks(block: Sequence[ast.stmt], i: int) -> Iterator[list[ast.stmt]]:
    for edit in _STATEMENTS:
        for new in edit(block[i]):
            yield [*block[:i], *new, *block[i + 1 :]]
    if i + 1 < len(block):
        yield [*block[:i], block[i + 1], block[i], *block[i + 2 :]]


def _without(item: ast.stmt) -> Iterator[list[ast.stmt]]:
    yield []
    if isinstance(item, ast.If | ast.For | ast.While):
        yield list(item.body)


def _return_later(item: ast.stmt) -> Iterator[list[ast.stmt]]:
    """A `return` at the end of a loop's body, moved behind the loop."""
    if isinstance(item, ast.For | ast.While | ast.If) and isinstance(item.body[-1], ast.Return) and len(item.body) > 1:
        moved = copy.copy(item)
        moved.body = item.body[:-1]
        yield [moved, item.body[-1]]


def _arms_exchanged(item: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(item, ast.If) and item.orelse:
        yield [ast.If(item.test, item.orelse, item.body)]


def _other_assignment(item: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(item, ast.AugAssign):
        for operation in (ast.Add, ast.Sub, ast.Mult, ast.FloorDiv):
            if not isinstance(item.op, operation):
                yield [ast.AugAssign(item.target, operation(), item.value)]
    elif isinstance(item, ast.Assign) and len(item.targets) == 1 and isinstance(item.targets[0], ast.Name):
        yield [ast.AugAssign(item.targets[0], ast.Add(), item.value)]


_STATEMENTS: tuple[Callable[[ast.stmt], Iterator[list[ast.stmt]]], ...] = (
    _without, _return_later, _arms_exchanged, _other_assignment,
)  # fmt: skip
