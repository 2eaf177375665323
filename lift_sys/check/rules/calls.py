"""Calls of nodes that the drawing would lose: not awaited, or made where something to call is wanted."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from lift_sys.check.rules.body import Body, Fault
from lift_sys.check.rules.references import Tracked
from lift_sys.check.rules.remedies import awaited_in_graph, statement_with
from lift_sys.define import signature_text, type_name

__all__ = ["awaits_no_call", "calls_its_function", "forgets_await", "misuses_an_arm"]


def misuses_an_arm(node: ast.Call, body: Body, known: Tracked) -> Iterator[Fault]:
    """`branch(c, draft(x), ...)` calls both arms; `branch(c, lambda: plan, ...)` calls no node in one."""
    helper = known.surroundings.helper(node)
    if helper is None:
        return
    for arm in arms(helper, node):
        if isinstance(arm, ast.Await) and isinstance(arm.value, ast.Call):
            arm = arm.value
        if known.surroundings.calls_node(arm):
            yield called_too_early(helper, arm, body)
        elif not could_be_awaited(arm, known):
            named = [keyword.arg for keyword in node.keywords if keyword.value is arm]
            if named == ["until"] and isinstance(arm, ast.Lambda):
                yield ends_without_a_node(node, arm, body, known)
            else:
                yield calls_nothing(helper, node, arm, body)


def forgets_await(node: ast.Call, body: Body, known: Tracked) -> Iterator[Fault]:
    """`plan = outline(topic)` draws nothing until it is awaited."""
    if node in body.awaited or not known.surroundings.calls_node(node) or not is_dropped(node, body, known):
        return
    shown = body.quote(node)
    yield Fault(
        "LS104",
        node,
        f"`{shown}` is not awaited, so the graph has no such step",
        awaited_where_it_can_be(node, body, known),
    )


def awaited_where_it_can_be(call: ast.Call, body: Body, known: Tracked) -> str:
    """Return how a call is awaited there: in a lambda nothing is, and a field is asked of what is awaited."""
    shown = body.quote(call)
    within = next(o for o in body.around(call) if isinstance(o, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef))
    if isinstance(within, ast.Lambda):
        return f"a lambda cannot await; make a graph of its steps:\n\n{awaited_in_graph(within, body, known)}"
    if isinstance(within, ast.FunctionDef):
        return f"write `async def {within.name}`, and in it `await {shown}`"
    asked: ast.AST = call
    while isinstance(parent := body.parents.get(asked), ast.Attribute | ast.Subscript) and parent.value is asked:
        asked = parent
    return (
        f"write `(await {shown}){body.quote(asked)[len(shown) :]}`" if asked is not call else f"write `await {shown}`"
    )


def awaits_no_call(node: ast.Await, body: Body, known: Tracked) -> Iterator[Fault]:
    """`await plan` awaits what has been awaited, `await outline` a node that is not called."""
    awaited, shown = node.value, body.quote(node)
    if known.surroundings.names_node(awaited):
        meant = known.surroundings.meaning(awaited)
        given = [p.name if p.name in known.references else "..." for p in meant.shape.parameters if p.required]
        call = f"await {body.quote(awaited)}({', '.join(given)})"
        yield Fault(
            "LS108",
            node,
            f"`{shown}` awaits the node itself, which is not called",
            f"write `{call}`; the signature is `{signature_text(meant)}`",
        )
    elif stands_for_a_value(awaited, known):
        value = body.quote(awaited)
        yield Fault(
            "LS101",
            node,
            f"`{shown}` awaits `{value}`, which is a reference already; only calls of nodes are awaited",
            f"use it as it is:\n\n{statement_with(node, value, body) or value}",
        )


def stands_for_a_value(expression: ast.expr, known: Tracked) -> bool:
    """Tell whether an expression certainly is no call that waits to be awaited; an item of a list may be one."""
    if isinstance(expression, ast.Attribute | ast.Subscript):
        return stands_for_a_value(expression.value, known)
    return isinstance(expression, ast.Name | ast.Await) and known.is_reference(expression)


def calls_its_function(node: ast.Call, body: Body, known: Tracked) -> Iterator[Fault]:
    """`inc.fn(x)` runs the function behind a node while the graph is drawn, and draws nothing."""
    function = node.func
    if not (isinstance(function, ast.Attribute) and function.attr == "fn"):
        return
    if not known.surroundings.names_node(function.value):
        return
    shown, name = body.quote(node), body.quote(function.value)
    yield Fault(
        "LS104",
        node,
        f"`{shown}` runs the function of {name} while the graph is drawn, so the graph has no such step",
        f"call the node itself: `await {shown.replace(f'{name}.fn(', f'{name}(', 1)}`",
    )


def is_dropped(call: ast.Call, body: Body, known: Tracked) -> bool:
    """Tell whether nobody can await the call any more; where that is not certain, the answer is no."""
    parent = body.parent(call)
    if isinstance(parent, ast.List | ast.Tuple | ast.Set | ast.Dict):
        parent = body.parent(parent)
        return parent is not None and is_argument_of_node(parent, known)
    if isinstance(parent, ast.Assign):
        names = [target.id for target in parent.targets if isinstance(target, ast.Name)]
        loads = [load for name in names for load in body.loads(name)]
        return len(names) == len(parent.targets) and all(uses_the_value(load, body, known) for load in loads)
    return uses_the_value(call, body, known)


def uses_the_value(node: ast.expr, body: Body, known: Tracked) -> bool:
    """Tell whether an unawaited call is used as if it were the value."""
    parent = body.parent(node)
    if isinstance(parent, ast.Call):
        return is_argument_of_node(parent, known) and node is not parent.func and not is_arm(node, parent, known)
    if isinstance(parent, ast.Return):
        nearest = next(f for f in body.around(node) if isinstance(f, ast.FunctionDef | ast.AsyncFunctionDef))
        return isinstance(nearest, ast.AsyncFunctionDef)
    used = (ast.Expr, ast.Attribute, ast.Subscript, ast.Compare, ast.BinOp, ast.UnaryOp, ast.FormattedValue, ast.If)
    return isinstance(parent, (*used, ast.For, ast.While, ast.Assert))


def is_argument_of_node(call: ast.AST, known: Tracked) -> bool:
    return known.surroundings.calls_node(call)


def is_arm(node: ast.expr, call: ast.Call, known: Tracked) -> bool:
    """Tell whether the node stands where `each`, `branch` or `loop` want something to call: another rule's matter."""
    helper = known.surroundings.helper(call)
    return helper is not None and any(node is arm for arm in arms(helper, call))


def arms(helper: str, call: ast.Call) -> list[ast.expr]:
    """Return the arguments that `each`, `branch` or `loop` will call."""
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    places = {"each": ((0, "node"),), "branch": ((1, "then"), (2, "otherwise")), "loop": ((0, "body"), (9, "until"))}
    found = []
    for position, name in places[helper]:
        if position < len(call.args):
            found.append(call.args[position])
        elif name in named:
            found.append(named[name])
    return found


def could_be_awaited(arm: ast.expr, known: Tracked) -> bool:
    """Tell whether calling the arm may give the call of a node; of a lambda, its result says so."""
    if not isinstance(arm, ast.Lambda):
        return not known.is_reference(arm)
    inner = known.copy()
    for argument in arm.args.args:
        inner.bind_name(argument.arg, reference=True)
    results = [arm.body.body, arm.body.orelse] if isinstance(arm.body, ast.IfExp) else [arm.body]
    if any(isinstance(result, ast.Call) for result in results):
        return True
    return isinstance(arm.body, ast.Name) and not inner.is_reference(arm.body)


def called_too_early(helper: str, call: ast.expr, body: Body) -> Fault:
    """Return the fault of an arm that is called where it should be handed over."""
    shown = body.quote(call)
    return Fault(
        "LS308",
        call,
        f"`{shown}` is called before `{helper}` can decide about it; `{helper}` wants something to call",
        f"hand over the call, not its result: `lambda: {shown}`",
    )


def ends_without_a_node(call: ast.Call, arm: ast.Lambda, body: Body, known: Tracked) -> Fault:
    """Return the fault of a loop whose `until` computes instead of calling a node."""
    names = [argument.arg for argument in arm.args.args]
    start = next((k.value for k in call.keywords if k.arg == "start"), call.args[1] if len(call.args) > 1 else None)
    types = {name: type(start.value) if isinstance(start, ast.Constant) else known.type_of(start) for name in names}
    used = [part.id for part in ast.walk(arm.body) if isinstance(part, ast.Name)]
    others = [name for name in dict.fromkeys(used) if name not in names and name in known.references]
    types |= {name: known.types.get(name, Any) for name in others}
    takes = ", ".join(name if kind is Any else f"{name}: {type_name(kind)}" for name, kind in types.items())
    shown = body.quote(arm)
    test = f"lambda {', '.join(names)}: done({', '.join(types)})" if others else "done"
    return Fault(
        "LS308",
        arm,
        f"`{shown}` calls no node, so `loop` has nothing to run there",
        f"let a node answer, and write `until={test}`:\n\n"
        f"@node\nasync def done({takes}) -> bool:\n    return {ast.unparse(arm.body)}",
    )


def calls_nothing(helper: str, call: ast.Call, arm: ast.expr, body: Body) -> Fault:
    """Return the fault of an arm that calls no node."""
    shown = body.quote(arm)
    value = body.quote(arm.body) if isinstance(arm, ast.Lambda) else shown
    names = ", ".join(a.arg for a in arm.args.args) if isinstance(arm, ast.Lambda) else ""
    instead = f"lambda {names}: step({names})" if names else f"lambda: step({value})"
    whole = body.quote(call)
    return Fault(
        "LS308",
        arm,
        f"`{shown}` calls no node, so `{helper}` has nothing to run there",
        "let a node give the value:\n\n"
        f"@node\nasync def step({names or 'value'}):\n    return {value if names else 'value'}\n\n"
        f"{whole.replace(shown, instead) if shown in whole else instead}",
    )
