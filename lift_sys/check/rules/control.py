"""Control flow that Python performs while the graph is drawn, when no value is there: loops, `try`, `with`."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lift_sys.check.rules.body import Body, Fault
from lift_sys.check.rules.references import Tracked
from lift_sys.check.rules.remedies import computed_in_node, rest_in_node, statement_with
from lift_sys.define import fixed_length

__all__ = [
    "ITERATES",
    "catches_errors",
    "comprehends",
    "holds_a_context",
    "loops_over_values",
    "repeats_until",
]

ITERATES = frozenset({"enumerate", "filter", "iter", "list", "map", "reversed", "set", "sorted", "tuple", "zip"})
TIME_LIMITS = frozenset({"fail_after", "move_on_after", "timeout", "timeout_after"})


def loops_over_values(node: ast.For | ast.AsyncFor, body: Body, known: Tracked) -> Iterator[Fault]:
    """`for claim in plan.claims` would need the items while the graph is drawn."""
    source = iterated_reference(node.iter, known)
    if source is None:
        return
    call = first_awaited_call(node.body)
    remedy = (
        f"results = {each_call(call, node.target, source, body)}" if call is not None and source is node.iter else None
    )
    remedy = remedy or rest_in_node(node, body, known, "go_through")
    yield not_iterable(node, f"for {body.quote(node.target)} in {body.quote(node.iter)}", source, body, remedy)


def comprehends(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, body: Body, known: Tracked
) -> Iterator[Fault]:
    """`[await check(c) for c in plan.claims]` would need the items while the graph is drawn."""
    generator = node.generators[0]
    source = iterated_reference(generator.iter, known)
    if source is None:
        return
    element = node.value if isinstance(node, ast.DictComp) else node.elt
    remedy = None
    alone = len(node.generators) == 1 and source is generator.iter
    if alone and isinstance(element, ast.Await) and isinstance(element.value, ast.Call):
        mapped = each_call(element.value, generator.target, source, body)
        remedy = statement_with(node, mapped, body) or mapped
        if generator.ifs:
            remedy += "   # choose the items in a node first: a condition cannot be asked here"
    remedy = remedy or computed_or_rest(node, body, known)
    yield not_iterable(node, body.quote(node), source, body, remedy)


def computed_or_rest(node: ast.expr, body: Body, known: Tracked) -> str:
    """Return a node for a comprehension; one that awaits is moved with the rest of the body."""
    if any(isinstance(part, ast.Await) for part in ast.walk(node)):
        return rest_in_node(node, body, known, "go_through")
    return computed_in_node(node, body, known, "go_through")


def repeats_until(node: ast.While, body: Body, known: Tracked) -> Iterator[Fault]:
    """`while not text.ok` would need the value at each turn; without a reference it must end by itself."""
    asked = [part for part in ast.walk(node.test) if isinstance(part, ast.expr) and known.is_reference(part)]
    endless = isinstance(node.test, ast.Constant) and bool(node.test.value)
    call = first_awaited_call(node.body)
    if not asked and not (endless and call is not None):
        return
    why = f"needs the value of `{body.quote(asked[0])}`, which is not" if asked else "asks for values, which are not"
    yield Fault(
        "LS307",
        node,
        f"`while {body.quote(node.test)}` {why} there while the graph is drawn",
        f"let the run repeat, with a bound:\n\n{as_loop(node, call, body, known)}",
    )


def as_loop(node: ast.While, call: ast.Call | None, body: Body, known: Tracked) -> str:
    """Return the `loop` that does what a `while` does; `until` is the node that it asks, or one to be written."""
    turn = body.quote(call.func) if call is not None else "improve"
    start = body.quote(call.args[0]) if call is not None and call.args else "start"
    test = node.test.operand if isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not) else None
    if isinstance(test, ast.Await) and isinstance(test.value, ast.Call) and known.surroundings.calls_node(test.value):
        asked = test.value
        if len(asked.args) == 1 and not asked.keywords and body.quote(asked.args[0]) == start:
            return f"{start} = await loop({turn}, {start}, until={body.quote(asked.func)}, most=10)"
    return (
        f"@node\nasync def good_enough(value: object) -> bool:\n    return ...\n\n"
        f"last = await loop({turn}, {start}, until=good_enough, most=10)"
    )


def catches_errors(node: ast.Try | ast.TryStar, body: Body, known: Tracked) -> Iterator[Fault]:
    """`try` around an `await` is over before any node has run, so it never catches what a node raises."""
    call = first_awaited_call(node.body)
    if call is None:
        return
    name = body.quote(call.func)
    simple = name if name.isidentifier() else "step"
    yield Fault(
        "LS304",
        node,
        f"`try` around `{body.quote(call)}` is over before the node runs: the body is drawn once, and errors of a "
        "run never reach it",
        f"say on the node what happens when it fails (`retry=`, `fallback=`), or catch in a node of its own:\n\n"
        f"{rest_in_node(node, body, known, f'safe_{simple}')}",
    )


def holds_a_context(node: ast.With | ast.AsyncWith, body: Body, known: Tracked) -> Iterator[Fault]:
    """`with` around an `await` is left before any node has run, so it holds nothing for them."""
    call = first_awaited_call(node.body)
    if call is None:
        return
    manager = node.items[0].context_expr
    word = "async with" if isinstance(node, ast.AsyncWith) else "with"
    name = body.quote(call.func)
    shown = f"{word} {body.quote(manager)}"
    if isinstance(manager, ast.Call) and ends_with(manager.func, TIME_LIMITS) and manager.args:
        limited = ast.unparse(call).replace(name, f"{name}.using(timeout={body.quote(manager.args[0])})", 1)
        used = statement_with(call, limited, body) if len(node.body) == 1 else None
        cure = f"give the limit to the node:\n\n{used or f'await {limited}'}"
    else:
        cure = f"open it in the node that needs it:\n\n{rest_in_node(node, body, known, 'with_it')}"
    message = f"`{shown}` is left before `{name}` runs: the body is drawn once, and no node runs in it"
    yield Fault("LS305", node, message, cure)


def iterated_reference(iterable: ast.expr, known: Tracked) -> ast.expr | None:
    """Return the reference that is iterated over, also through `enumerate`, `sorted` and friends."""
    asked = [iterable]
    if isinstance(iterable, ast.Call) and known.surroundings.calls_builtin(iterable, ITERATES):
        asked = iterable.args
    return next((part for part in asked if known.is_reference(part) and not gives_items(part, known)), None)


def gives_items(reference: ast.expr, known: Tracked) -> bool:
    """Tell whether a reference can be gone through while the graph is drawn: it is a tuple of fixed length."""
    return fixed_length(known.type_of(reference)) is not None


def not_iterable(node: ast.AST, shown: str, source: ast.expr, body: Body, remedy: str) -> Fault:
    """Return the fault of a loop over items that are not there, with the `each` that does the same."""
    items = body.quote(source)
    return Fault(
        "LS306",
        node,
        f"`{shown}` needs the items of `{items}`, which are not there while the graph is drawn",
        f"let the run do it, item by item:\n\n{remedy}",
    )


def each_call(call: ast.Call, target: ast.expr, source: ast.expr, body: Body) -> str:
    """Return the `each` that does what a loop with this call in it does."""
    item = body.quote(target)
    only = len(call.args) == 1 and not call.keywords and body.quote(call.args[0]) == item
    what = body.quote(call.func) if only else f"lambda {item}: {body.quote(call)}"
    return f"await each({what}, {body.quote(source)})"


def first_awaited_call(statements: list[ast.stmt]) -> ast.Call | None:
    """Return the first call that is awaited in these statements, nested functions not among them."""
    waiting: list[ast.AST] = list(statements)
    while waiting:
        found = waiting.pop(0)
        if isinstance(found, ast.Await) and isinstance(found.value, ast.Call):
            return found.value
        if not isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            waiting = [*ast.iter_child_nodes(found), *waiting]
    return None


def ends_with(function: ast.expr, names: frozenset[str]) -> bool:
    """Tell whether a dotted name ends in one of these names."""
    last = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return last in names
