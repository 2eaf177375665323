"""Which expressions of a graph's body stand for values that are not there yet.

A graph's body is drawn once, with references in place of values. Its parameters are references, and so is whatever
comes out of an `await`, a field or an item of a reference, and the elements of a container that was filled with them.
Everything else is a plain value, and a rule must leave it alone: right code is never blamed.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable, Iterable, Mapping
from types import GenericAlias, ModuleType
from typing import Any

from lift_sys.define import MISSING, projected_type

__all__ = ["Surroundings", "Tracked", "parameter_names"]

HELPERS = frozenset({"each", "branch", "loop"})


def parameter_names(arguments: ast.arguments) -> list[str]:
    """Return the names of the parameters that hold one value each: all but `*args` and `**kwargs`."""
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


class Surroundings:
    """What the names of a function mean where it was written: its closure, its module, the builtins."""

    def __init__(self, fn: Callable[..., Any], is_node: Callable[[object], bool]) -> None:
        self._is_node = is_node
        code = fn.__code__
        self._local = frozenset(code.co_varnames) | frozenset(code.co_cellvars)
        self._outside: dict[str, Any] = {}
        for name, cell in zip(code.co_freevars, fn.__closure__ or (), strict=False):
            try:
                self._outside[name] = cell.cell_contents
            except ValueError:  # the name is bound further down, after the graph
                continue
        self._module: Mapping[str, Any] = fn.__globals__

    def meaning(self, expression: ast.expr) -> Any:
        """Return the object that a dotted name stands for, or None: it is looked up, never computed."""
        if isinstance(expression, ast.Name):
            if expression.id in self._local:
                return None
            for names in (self._outside, self._module, vars(builtins)):
                if expression.id in names:
                    return names[expression.id]
            return None
        if isinstance(expression, ast.Attribute):
            owner = self.meaning(expression.value)
            if isinstance(owner, ModuleType | type):
                return vars(owner).get(expression.attr)
        return None

    def is_local(self, name: str) -> bool:
        """Tell whether a name is one of the function's own, and means nothing outside."""
        return name in self._local

    def names_node(self, expression: ast.expr) -> bool:
        """Tell whether the expression is the name of a node."""
        return self._is_node(self.meaning(expression))

    def calls_node(self, expression: ast.AST) -> bool:
        """Tell whether the expression is a call that must be awaited: of a node, or of `each`, `branch`, `loop`."""
        if not isinstance(expression, ast.Call):
            return False
        return self._is_node(self.meaning(expression.func)) or self.helper(expression) is not None

    def result_of(self, call: ast.Call) -> Any:
        """Return the type of what awaiting a call gives, Any where nobody said."""
        meant = self.meaning(call.func)
        if self._is_node(meant):
            return meant.shape.result
        if self.helper(call) == "each" and call.args:
            mapped = self.meaning(call.args[0])
            return GenericAlias(list, (mapped.shape.result,)) if self._is_node(mapped) else Any
        return Any

    def yields_reference(self, awaited: ast.expr) -> bool:
        """Tell whether awaiting the expression yields a reference; an ordinary coroutine function is run while the
        graph is drawn, and what it gives back may be anything."""
        if not isinstance(awaited, ast.Call) or self.calls_node(awaited):
            return True
        return self.meaning(awaited.func) is None

    def helper(self, call: ast.Call) -> str | None:
        """Return `each`, `branch` or `loop` if that is what is called."""
        meant = self.meaning(call.func)
        name = getattr(meant, "__name__", None)
        ours = str(getattr(meant, "__module__", "")).startswith("lift_sys.")
        return name if ours and name in HELPERS else None

    def calls_builtin(self, call: ast.Call, names: frozenset[str]) -> str | None:
        """Return the name of the builtin that is called if it is one of `names`; a name that was given a new
        meaning is not."""
        if isinstance(call.func, ast.Name) and call.func.id in names:
            return call.func.id if self.meaning(call.func) is vars(builtins).get(call.func.id) else None
        return None


class Tracked:
    """What is known at one point of a body: names that are references, containers that hold some, and their types."""

    def __init__(
        self,
        surroundings: Surroundings,
        references: Iterable[str],
        containers: Iterable[str] = (),
        types: Mapping[str, Any] | None = None,
    ) -> None:
        self.surroundings = surroundings
        self.references = set(references)
        self.containers = set(containers)
        self.types = dict(types or {})

    def copy(self) -> Tracked:
        """Return the same knowledge, to be changed on its own: a branch, a nested function."""
        return Tracked(self.surroundings, self.references, self.containers, self.types)

    def join(self, other: Tracked) -> None:
        """Know what holds after either of two ways through the body."""
        self.references |= other.references
        self.containers |= other.containers
        self.types = {name: kind for name, kind in self.types.items() if other.types.get(name, Any) == kind}

    def is_reference(self, expression: ast.expr | None) -> bool:
        """Tell whether the expression is a reference while the graph is drawn."""
        match expression:
            case ast.Await(value=awaited):
                return self.surroundings.yields_reference(awaited)
            case ast.Name(id=name):
                return name in self.references
            case ast.Attribute(value=owner):
                return self.is_reference(owner)
            case ast.Subscript(value=owner):
                return self.is_reference(owner) or self.holds_references(owner)
            case ast.NamedExpr(value=value) | ast.Starred(value=value):
                return self.is_reference(value)
            case ast.IfExp(body=body, orelse=orelse):
                return self.is_reference(body) or self.is_reference(orelse)
        return False

    def type_of(self, expression: ast.expr | None) -> Any:
        """Return the declared type of a reference, Any where nobody said."""
        match expression:
            case ast.Await(value=ast.Call() as call):
                return self.surroundings.result_of(call)
            case ast.Name(id=name):
                return self.types.get(name, Any)
            case ast.Attribute(value=owner, attr=name):
                found = projected_type(self.type_of(owner), "field", name)
            case ast.Subscript(value=owner, slice=ast.Constant(value=key)):
                found = projected_type(self.type_of(owner), "item", key)
            case ast.NamedExpr(value=value):
                return self.type_of(value)
            case ast.Constant(value=value):
                return type(value)
            case _:
                return Any
        return Any if found is MISSING else found

    def holds_references(self, expression: ast.expr) -> bool:
        """Tell whether the expression is a container that was written here and holds references."""
        match expression:
            case ast.Name(id=name):
                return name in self.containers
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return any(self.is_reference(element) for element in elements)
            case ast.Dict(values=values):
                return any(self.is_reference(value) for value in values)
            case ast.ListComp(elt=element):
                return self.is_reference(element)
        return False

    def bind(self, target: ast.expr, value: ast.expr | None) -> None:
        """Take note that `target` now stands for `value`; None: for something that is no reference."""
        if isinstance(target, ast.Tuple | ast.List):
            self._unpack(target.elts, value)
        elif isinstance(target, ast.Starred):
            self.bind(target.value, None)
        elif isinstance(target, ast.Name):
            self.bind_name(
                target.id,
                reference=self.is_reference(value),
                container=value is not None and self.holds_references(value),
                declared=self.type_of(value),
            )

    def bind_name(self, name: str, *, reference: bool, container: bool = False, declared: Any = Any) -> None:
        """Take note of what a name is from here on."""
        self.types[name] = declared
        for names, member in ((self.references, reference), (self.containers, container)):
            names.discard(name)
            if member:
                names.add(name)

    def _unpack(self, targets: list[ast.expr], value: ast.expr | None) -> None:
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(targets):
            for target, element in zip(targets, value.elts, strict=True):
                self.bind(target, element)
            return
        whole = value is not None and (self.is_reference(value) or self.holds_references(value))
        for target in targets:
            self.bind(target, value if whole else None)
            if whole and isinstance(target, ast.Name):
                self.bind_name(target.id, reference=True)
