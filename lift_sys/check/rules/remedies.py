"""Remedies made of the user's own lines: a computation becomes a node, an `if` becomes a `branch`.

What is offered is Python that can be pasted. Where a line cannot be turned into one of the shapes that a graph has, the
rest of the body is offered as a node: in a node every line means what it says.
"""

from __future__ import annotations

import ast
import builtins
import itertools
import keyword
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, get_origin

from lift_sys.check.rules.body import Body
from lift_sys.check.rules.references import Tracked
from lift_sys.check.rules.results import COMPUTING, result_of
from lift_sys.define import Node, field_names, type_name

__all__ = [
    "as_branch",
    "awaited_in_graph",
    "changed_in_node",
    "computed_in_node",
    "rest_in_node",
    "statement_with",
    "unpacked_by_hand",
    "updated_in_node",
]

_CANNOT_AWAIT = (ast.Lambda, ast.GeneratorExp, ast.FunctionDef)
_COMPUTES = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.JoinedStr, ast.FormattedValue)
_CHANGES = frozenset(
    {"add", "append", "clear", "discard", "extend", "insert", "remove", "reverse", "sort", "update"}
)  # fmt: skip
"""Methods of a list, dict or set that change it and give None."""


def computed_in_node(node: ast.expr, body: Body, known: Tracked, name: str = "compute") -> str:
    """Return a node that computes what an expression does, and the statement that calls it."""
    whole = _whole_computation(node, body, known)
    taken = _references(whole, body, known)
    renamed = _Replaced({source: ast.Name(parameter) for source, parameter, _ in taken})
    name = _free(name, known)
    parameters = ", ".join(_said(parameter, declared) for _, parameter, declared in taken)
    result = type_name(result_of(whole, [declared for *_, declared in taken], known))
    computed = ast.unparse(renamed.visit(_copied(whole, body)))
    call = f"await {name}({', '.join(source for source, *_ in taken)})"
    used = statement_with(whole, call, body)
    if used is None:
        statement = _statement(whole, body)
        decides = isinstance(statement, ast.If) and whole is statement.test
        used = as_branch(statement, call, body, known) if decides and isinstance(statement, ast.If) else None
        if used is None:
            return rest_in_node(whole, body, known)
    definition = f"@node\nasync def {name}({parameters}) -> {result}:\n    return {computed}"
    return f"{definition}\n\n{used}"


def changed_in_node(call: ast.Call, body: Body, known: Tracked) -> str | None:
    """Return a node that gives a changed copy of a list, dict or set, and the statement that goes on with it; None
    where a call changes nothing that is known, or where its result is used."""
    if not isinstance(call.func, ast.Attribute) or not isinstance(body.parents.get(call), ast.Expr):
        return None
    owner = call.func.value
    declared = known.type_of(owner)
    if (get_origin(declared) or declared) not in (list, dict, set) or call.func.attr not in _CHANGES:
        return None
    taken = _references(call, body, known)
    renamed = _Replaced({source: ast.Name(parameter) for source, parameter, _ in taken})
    owned = next(parameter for source, parameter, _ in taken if source == body.quote(owner))
    changed: ast.Call = renamed.visit(_copied(call, body))
    assert isinstance(changed.func, ast.Attribute)
    changed.func.value = ast.Name("after")
    name = _free("changed", known)
    parameters = ", ".join(_said(parameter, kind) for _, parameter, kind in taken)
    definition = (
        f"@node\nasync def {name}({parameters}) -> {type_name(declared)}:\n"
        f"    after = {owned}.copy()\n    {ast.unparse(changed)}\n    return after"
    )
    return f"{definition}\n\n{owned} = await {name}({', '.join(source for source, *_ in taken)})"


def awaited_in_graph(arm: ast.Lambda, body: Body, known: Tracked) -> str:
    """Return a graph that awaits the calls of a lambda one in the other, and the statement that hands it over."""
    names = [n for n in ast.walk(arm.body) if isinstance(n, ast.Name)]
    read = [n.id for n in sorted(names, key=lambda n: (n.lineno, n.col_offset))]
    taken = [name for name in dict.fromkeys(read) if name in known.references | known.containers]
    given = _given_to_nodes(arm.body, known)
    parameters = ", ".join(_said(found, given.get(found, known.types.get(found, Any))) for found in taken)
    awaited = _Awaited(known).visit(deepcopy(arm.body))
    name = _free("step", known)
    result = known.type_of(awaited)
    own = [argument.arg for argument in arm.args.args]
    used = (
        name if own == taken else f"lambda {', '.join(own)}: {name}({', '.join(taken)})".replace("lambda :", "lambda:")
    )
    definition = (
        f"@graph\nasync def {name}({parameters}) -> {'object' if result is Any else type_name(result)}:\n"
        f"    return {ast.unparse(awaited)}"
    )
    return f"{definition}\n\n{statement_with(arm, used, body) or used}"


def updated_in_node(node: ast.AugAssign, before: ast.expr, body: Body, known: Tracked) -> str:
    """Return a node that computes what `+=` does, and the assignment of what it gives."""
    whole = ast.BinOp(before, node.op, node.value)
    taken = _references(whole, body, known)
    renamed = _Replaced({source: ast.Name(parameter) for source, parameter, _ in taken})
    name = _free("compute", known)
    parameters = ", ".join(_said(parameter, declared) for _, parameter, declared in taken)
    result = type_name(result_of(whole, [declared for *_, declared in taken], known))
    definition = (
        f"@node\nasync def {name}({parameters}) -> {result}:\n"
        f"    return {ast.unparse(renamed.visit(_copied(whole, body)))}"
    )
    return f"{definition}\n\n{body.quote(before)} = await {name}({', '.join(source for source, *_ in taken)})"


def unpacked_by_hand(call: ast.Call, reference: ast.expr, body: Body, known: Tracked) -> str:
    """Return a call of a node that asks for the items of what it was given with a star."""
    shape, shown = known.surroundings.meaning(call.func).shape, body.quote(reference)
    alone = [body.quote(part) for part in call.args if not isinstance(part, ast.Starred)]
    named = [f"{part.arg}={body.quote(part.value)}" for part in call.keywords if part.arg]
    given = {part.arg for part in call.keywords}
    left = [p for p in shape.parameters[len(alone) :] if p.name not in given and p.required]
    if any(part.value is reference for part in call.keywords):
        fields = field_names(known.type_of(reference))
        items = [f"{p.name}={shown}.{p.name}" if p.name in fields else f'{p.name}={shown}["{p.name}"]' for p in left]
        return f"{body.quote(call.func)}({', '.join([*alone, *named, *items])})"
    return f"{body.quote(call.func)}({', '.join([*alone, *(f'{shown}[{k}]' for k in range(len(left))), *named])})"


def as_branch(node: ast.If, test: str, body: Body, known: Tracked) -> str | None:
    """Return an `if` whose arms are calls of nodes as `branch`; None where it has another form."""
    otherwise = node.orelse or _after(node, body)[:1]
    arms = [_arm(statements, known) for statements in (node.body, otherwise)]
    if None in arms:
        return None
    (left, then), (right, other) = (arm for arm in arms if arm is not None)
    if left != right or (not node.orelse and left != "return "):
        return None
    return f"{left}await branch({test}, lambda: {then}, lambda: {other})"


def rest_in_node(node: ast.AST, body: Body, known: Tracked, name: str = "decide") -> str:
    """Return the rest of the body, from the statement of a fault on, as a node, and the call of it."""
    statement = _top_statement(node, body)
    rest = body.function.body[body.function.body.index(statement) :]
    name = _free(name, known)
    read = [n.id for part in rest for n in ast.walk(part) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    before = {a.arg for a in ast.walk(body.function.args) if isinstance(a, ast.arg)}
    for earlier in body.function.body[: body.function.body.index(statement)]:
        before |= {n.id for n in ast.walk(earlier) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    taken = [found for found in dict.fromkeys(read) if found in before]
    parameters = ", ".join(_said(found, known.types.get(found, Any)) for found in taken)
    returns = f" -> {ast.unparse(body.function.returns)}" if body.function.returns is not None else ""
    lines = [f"    {line}" for part in rest for line in ast.unparse(part).splitlines()]
    definition = "\n".join([f"@node\nasync def {name}({parameters}){returns}:", *lines])
    return f"{definition}\n\nreturn await {name}({', '.join(taken)})"


def statement_with(node: ast.expr, instead: str, body: Body) -> str | None:
    """Return the simple statement around an expression with something else in its place; None where nothing can be
    awaited in that place: in a compound statement, a lambda, a comprehension."""
    statement = _statement(node, body)
    between = itertools.takewhile(lambda part: part is not statement, body.around(node))
    if any(isinstance(part, _CANNOT_AWAIT) for part in between):
        return None
    if isinstance(statement, ast.If | ast.For | ast.AsyncFor | ast.While | ast.With | ast.AsyncWith | ast.Try):
        return None
    return _replaced_text(statement, node, instead, body)


# --- pieces -----------------------------------------------------------------------------------------------------------


def _arm(statements: Sequence[ast.stmt], known: Tracked) -> tuple[str, str] | None:
    """Return what an arm does with its value (`return `, `x = `) and the call that gives it."""
    if len(statements) != 1:
        return None
    statement = statements[0]
    if isinstance(statement, ast.Return):
        kept = "return "
    elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        kept = f"{ast.unparse(statement.targets[0])} = "
    else:
        return None
    value = statement.value
    if isinstance(value, ast.Await) and known.surroundings.calls_node(value.value):
        return kept, ast.unparse(value.value)
    return None


def _after(node: ast.stmt, body: Body) -> list[ast.stmt]:
    """Return the statements that follow one in its block."""
    parent: Any = body.parents.get(node)
    for block in (getattr(parent, name, None) for name in ("body", "orelse", "finalbody")):
        if isinstance(block, list) and node in block:
            return block[block.index(node) + 1 :]
    return []


def _whole_computation(node: ast.expr, body: Body, known: Tracked) -> ast.expr:
    """Return the largest computation around an expression: what can move into the node with it."""
    while True:
        parent = body.parents.get(node)
        called = isinstance(parent, ast.Call) and node in parent.args
        builtin = called and known.surroundings.calls_builtin(parent, COMPUTING)  # type: ignore[arg-type]  # called says that it is a call
        if not isinstance(parent, _COMPUTES) and not builtin:
            return node
        assert isinstance(parent, ast.expr)
        node = parent


def _references(whole: ast.expr, body: Body, known: Tracked) -> list[tuple[str, str, Any]]:
    """Return the references in an expression, and plain names of the body: as they are written, as parameters, and
    their types."""
    found: dict[str, tuple[str, str, Any]] = {}
    own = {n.id for n in ast.walk(whole) if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    own |= {argument.arg for argument in ast.walk(whole) if isinstance(argument, ast.arg)}
    for part in _outermost(whole, known):
        if isinstance(part, ast.Name) and part.id in own:
            continue
        source = body.quote(part)
        if source not in found:
            name = _parameter_name(part)
            while name in {used for _, used, _ in found.values()}:
                name += "_"
            found[source] = (source, name, known.type_of(part))
    return list(found.values())


def _outermost(node: ast.AST, known: Tracked) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and known.is_reference(node.func.value):
        # a method is called in the node, on the value that it is a method of
        yield node.func.value
        for argument in (*node.args, *(keyword.value for keyword in node.keywords)):
            yield from _outermost(argument, known)
        return
    local = isinstance(node, ast.Name) and known.surroundings.is_local(node.id)
    if isinstance(node, ast.expr) and (local or known.is_reference(node)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from _outermost(child, known)


def _parameter_name(part: ast.expr) -> str:
    if isinstance(part, ast.Await):
        part = part.value.func if isinstance(part.value, ast.Call) else part.value
    name = part.attr if isinstance(part, ast.Attribute) else part.id if isinstance(part, ast.Name) else "value"
    return f"{name}_" if keyword.iskeyword(name) or hasattr(builtins, name) else name


def _said(name: str, declared: Any) -> str:
    return f"{name}: {'object' if declared is Any else type_name(declared)}"


def _free(name: str, known: Tracked) -> str:
    """Return a name that means nothing yet where the graph is written."""
    while known.surroundings.meaning(ast.Name(name, ast.Load())) is not None:
        name += "_it" if not name.endswith("_it") else "_"
    return name


def _given_to_nodes(expression: ast.expr, known: Tracked) -> dict[str, Any]:
    """Return the types of the parameters that names are given to in calls of nodes."""
    found: dict[str, Any] = {}
    for call in ast.walk(expression):
        meant = known.surroundings.meaning(call.func) if isinstance(call, ast.Call) else None
        if not isinstance(call, ast.Call) or not isinstance(meant, Node):
            continue
        given = [*zip(call.args, meant.shape.parameters, strict=False)]
        given += [(k.value, p) for k in call.keywords for p in meant.shape.parameters if p.name == k.arg]
        found.update((part.id, p.type) for part, p in given if isinstance(part, ast.Name))
    return found


def _statement(node: ast.AST, body: Body) -> ast.AST:
    return node if isinstance(node, ast.stmt) else next(o for o in body.around(node) if isinstance(o, ast.stmt))


def _top_statement(node: ast.AST, body: Body) -> ast.stmt:
    line = [node, *body.around(node)]
    return next(part for part in line if isinstance(part, ast.stmt) and body.parents.get(part) is body.function)


def _copied(node: ast.AST, body: Body) -> Any:
    """Return a copy of a tree that remembers how each of its expressions was written."""
    twin = deepcopy(node)
    for mine, theirs in zip(ast.walk(twin), ast.walk(node), strict=True):
        mine.written = body.quote(theirs) if isinstance(theirs, ast.expr) else None  # type: ignore[attr-defined]  # kept for _Replaced
    return twin


def _replaced_text(around: ast.AST, node: ast.expr, instead: str, body: Body) -> str:
    replaced = _Replaced({body.quote(node): ast.parse(f"async def f():\n {instead}").body[0].body[0].value})  # type: ignore[attr-defined]  # a function of one expression
    return ast.unparse(replaced.visit(_copied(around, body)))


class _Replaced(ast.NodeTransformer):
    """Puts other expressions in the place of some, which are known by how they are written."""

    def __init__(self, instead: Mapping[str, ast.expr]) -> None:
        self._instead = instead

    def visit(self, node: ast.AST) -> Any:
        """Return the node, or what stands in its place."""
        written = getattr(node, "written", None)
        if written is not None and written in self._instead:
            return self._instead[written]
        return super().visit(node)


class _Awaited(ast.NodeTransformer):
    """Awaits every call of a node that is not awaited yet."""

    def __init__(self, known: Tracked) -> None:
        self._known = known

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Leave a lambda within as it is: it may be handed over to be called."""
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Return the call, awaited."""
        self.generic_visit(node)
        return ast.Await(node) if self._known.surroundings.calls_node(node) else node

    def visit_Await(self, node: ast.Await) -> ast.AST:
        """Leave what is awaited; judge what is in it."""
        self.generic_visit(node.value)
        return node
