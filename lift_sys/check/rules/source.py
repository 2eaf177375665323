"""What a reference cannot notice while a graph is drawn is found in the source of its body.

A reference raises when it is used as a value, where Python lets it: in `if`, `+`, `len`. Python does not ask it about
`is`, `isinstance`, `match`, `try`, `with`, or a call that nobody awaits; these are read from the source instead. So is
what comes after the first use as a value, as the drawing ends there.
A rule is a generator in one of the neighbouring modules: it gets one node of the tree, the body and what is known at
that point, and yields a `Fault` for what is certainly wrong. Being silent about a doubtful case is right; blaming it
is not.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import Any, get_type_hints

from lift_sys.check.rules.body import Body, Fault, read_body
from lift_sys.check.rules.calls import awaits_no_call, calls_its_function, forgets_await, misuses_an_arm
from lift_sys.check.rules.control import (
    catches_errors,
    comprehends,
    holds_a_context,
    loops_over_values,
    repeats_until,
)
from lift_sys.check.rules.questions import (
    asks_its_type,
    changes_a_value,
    compares_identity,
    keeps_state,
    keeps_what_is_given,
    matches_a_pattern,
)
from lift_sys.check.rules.references import Surroundings, Tracked, parameter_names
from lift_sys.check.rules.values import unpacks, updates, used_as_value
from lift_sys.define import Node
from lift_sys.errors import Diagnostic

__all__ = ["check_source", "lines_of_matches"]

Rule = Callable[[Any, Body, Tracked], Iterator[Fault]]

RULES: dict[type[ast.AST], tuple[Rule, ...]] = {
    ast.AsyncFor: (loops_over_values,),
    ast.AsyncWith: (holds_a_context,),
    ast.Assert: (used_as_value,),
    ast.Await: (awaits_no_call,),
    ast.BinOp: (used_as_value,),
    ast.BoolOp: (used_as_value,),
    ast.Call: (
        asks_its_type,
        calls_its_function,
        forgets_await,
        keeps_what_is_given,
        misuses_an_arm,
        unpacks,
        used_as_value,
    ),
    ast.Compare: (compares_identity, used_as_value),
    ast.Dict: (used_as_value,),
    ast.DictComp: (comprehends,),
    ast.For: (loops_over_values,),
    ast.GeneratorExp: (comprehends,),
    ast.Global: (keeps_state,),
    ast.If: (used_as_value,),
    ast.IfExp: (used_as_value,),
    ast.JoinedStr: (used_as_value,),
    ast.ListComp: (comprehends,),
    ast.Match: (matches_a_pattern,),
    ast.Nonlocal: (keeps_state,),
    ast.Set: (used_as_value,),
    ast.SetComp: (comprehends,),
    ast.Try: (catches_errors,),
    ast.TryStar: (catches_errors,),
    ast.UnaryOp: (used_as_value,),
    ast.While: (repeats_until,),
    ast.With: (holds_a_context,),
}


def check_source(fn: Callable[..., Any]) -> list[Diagnostic]:
    """Return what is wrong in the source of a graph's body, in the order of its lines; nothing where it has none.

    `fn` is the undecorated function. Only names that stand for references are judged: the parameters and what was
    made from them or awaited.
    """
    body = read_body(fn)
    if body is None:
        return []
    surroundings = Surroundings(fn, lambda found: isinstance(found, Node))
    known = Tracked(surroundings, parameter_names(body.function.args), types=_declared(fn))
    walk = _Walk(body, known)
    walk.statements(body.function.body)
    found = {(fault.code, fault.node): fault for fault in walk.faults}
    arms = {node for code, node in found if code == "LS308"}
    # what is wrong with an arm as a whole says more than what is wrong in it
    found = {at: fault for at, fault in found.items() if at[0] != "LS101" or arms.isdisjoint(body.around(at[1]))}
    return [body.diagnostic(fault) for fault in sorted(found.values(), key=_position)]


def lines_of_matches(fn: Callable[..., Any]) -> set[int]:
    """Return the lines of a body's `match` statements: what one of them asks is said of it as a whole."""
    body = read_body(fn)
    if body is None:
        return set()
    matches = [node for node in ast.walk(body.function) if isinstance(node, ast.Match)]
    return {body.first_line - 1 + line for m in matches for line in range(m.lineno, (m.end_lineno or m.lineno) + 1)}


def _declared(fn: Callable[..., Any]) -> dict[str, Any]:
    """Return the types of the parameters, as far as their annotations can be read here."""
    try:
        return get_type_hints(fn, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return {}


def _position(fault: Fault) -> tuple[int, int]:
    return getattr(fault.node, "lineno", 0), getattr(fault.node, "col_offset", 0)


class _Walk:
    """Follows the body as Python would, knowing at each point which names are references."""

    def __init__(self, body: Body, known: Tracked, faults: list[Fault] | None = None) -> None:
        self.body = body
        self.known = known
        self.faults: list[Fault] = [] if faults is None else faults

    def statements(self, statements: Sequence[ast.stmt]) -> None:
        """Follow statements one after the other."""
        for statement in statements:
            follow = getattr(self, f"_{type(statement).__name__.lower()}", None)
            if follow is not None:
                follow(statement)
            else:
                self._plain(statement)

    def _judge(self, node: ast.AST) -> None:
        for rule in RULES.get(type(node), ()):
            self.faults.extend(rule(node, self.body, self.known))

    def _plain(self, statement: ast.AST) -> None:
        self._judge(statement)
        for child in ast.iter_child_nodes(statement):
            self._expression(child)

    def _expression(self, node: ast.AST | None) -> None:
        """Judge an expression and everything in it; inner scopes know their own names."""
        if node is None:
            return
        if isinstance(node, ast.Await):
            self.body.awaited.add(node.value)
        self._judge(node)
        if isinstance(node, ast.Lambda):
            self._inner(parameter_names(node.args), reference=self._is_arm(node))._expression(node.body)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            inner = self._inner([])
            for generator in node.generators:
                inner._expression(generator.iter)
                inner._bind_items(generator.target, generator.iter)
                for condition in generator.ifs:
                    inner._expression(condition)
            for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
                inner._expression(part)
        else:
            for child in ast.iter_child_nodes(node):
                self._expression(child)
            if isinstance(node, ast.NamedExpr):
                self.known.bind(node.target, node.value)

    def _is_arm(self, node: ast.Lambda) -> bool:
        parent = self.body.parent(node)
        return isinstance(parent, ast.Call) and self.known.surroundings.helper(parent) is not None

    def _inner(self, names: Sequence[str], *, reference: bool = False) -> _Walk:
        inner = _Walk(self.body, self.known.copy(), self.faults)
        for name in names:
            inner.known.bind_name(name, reference=reference)
        return inner

    def _ways(self, *ways: Sequence[ast.stmt]) -> None:
        """Follow each way on its own; afterwards know what any of them may have left behind."""
        before = self.known
        joined = before.copy()
        for way in ways:
            self.known = before.copy()
            self.statements(way)
            joined.join(self.known)
        self.known = joined

    def _bind_items(self, target: ast.expr, iterable: ast.expr) -> None:
        """Bind a loop's target to an element: of a reference, or of a container that holds references."""
        holds = self.known.is_reference(iterable) or self.known.holds_references(iterable)
        elements = iterable.elts if isinstance(iterable, ast.List | ast.Tuple) else []
        self.known.bind(target, next(filter(self.known.is_reference, elements), iterable) if holds else None)
        if holds and isinstance(target, ast.Name):
            self.known.bind_name(target.id, reference=True)

    def _set(self, targets: Sequence[ast.expr], value: ast.expr | None) -> None:
        self._expression(value)
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Attribute | ast.Subscript) and not isinstance(part.ctx, ast.Load):
                    self.faults.extend(changes_a_value(part, self.body, self.known))
            self.known.bind(target, value)

    def _assign(self, statement: ast.Assign) -> None:
        self._set(statement.targets, statement.value)

    def _annassign(self, statement: ast.AnnAssign) -> None:
        if statement.value is not None:
            self._set([statement.target], statement.value)

    def _augassign(self, statement: ast.AugAssign) -> None:
        self._expression(statement.value)
        self.faults.extend(updates(statement, self.body, self.known))
        self.faults.extend(changes_a_value(statement.target, self.body, self.known))
        listed = self.known.holds_references(statement.target)
        if isinstance(statement.target, ast.Name) and self.known.is_reference(statement.value) and not listed:
            declared = self.known.type_of(statement.value)
            self.known.bind_name(statement.target.id, reference=True, declared=declared)

    def _delete(self, statement: ast.Delete) -> None:
        self._set(statement.targets, None)

    def _if(self, statement: ast.If) -> None:
        self._judge(statement)
        self._expression(statement.test)
        self._ways(statement.body, statement.orelse)

    def _for(self, statement: ast.For | ast.AsyncFor) -> None:
        self._judge(statement)
        self._expression(statement.iter)
        self._bind_items(statement.target, statement.iter)
        self._ways([*statement.body, *statement.body], statement.orelse)

    _asyncfor = _for

    def _while(self, statement: ast.While) -> None:
        self._judge(statement)
        self._expression(statement.test)
        self._ways([*statement.body, *statement.body], statement.orelse)

    def _try(self, statement: ast.Try | ast.TryStar) -> None:
        self._judge(statement)
        handlers = [handler.body for handler in statement.handlers]
        self._ways([*statement.body, *statement.orelse], *handlers)
        self.statements(statement.finalbody)

    _trystar = _try

    def _with(self, statement: ast.With | ast.AsyncWith) -> None:
        self._judge(statement)
        for item in statement.items:
            self._expression(item.context_expr)
            if item.optional_vars is not None:
                self.known.bind(item.optional_vars, None)
        self.statements(statement.body)

    _asyncwith = _with

    def _match(self, statement: ast.Match) -> None:
        self._judge(statement)
        self._expression(statement.subject)
        self._ways(*(case.body for case in statement.cases))

    def _functiondef(self, statement: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self.known.bind_name(statement.name, reference=False)
        self._inner(parameter_names(statement.args)).statements(statement.body)

    _asyncfunctiondef = _functiondef

    def _classdef(self, statement: ast.ClassDef) -> None:
        self.known.bind_name(statement.name, reference=False)
