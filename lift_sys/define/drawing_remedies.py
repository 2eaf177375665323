"""What to write instead of what stopped a drawing, made of the user's own line."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Container, Iterable, Mapping, Set
from difflib import get_close_matches
from types import FrameType
from typing import Any, get_args, get_origin

from lift_sys.define.node_interface import Node
from lift_sys.define.reference import Ref, type_name
from lift_sys.define.shape import fault, user_frame
from lift_sys.define.signature_text import signature_text
from lift_sys.define.source_text import argument_in, in_a_node, without_extra
from lift_sys.errors import DefinitionError

__all__ = [
    "called_instead",
    "in_a_list",
    "listed_in_node",
    "made_in_node",
    "returned_from_node",
    "waited_for",
    "wrong_call",
]


def wrong_call(node: Node[..., Any], call: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[str, str]:
    """Return how a call does not fit a node's parameters, and the call that would."""
    shape = node.shape
    handed = _handed_over(node, call)
    if handed:
        many = f"{len(args)} argument{'' if len(args) == 1 else 's'}" if args else "no arguments"
        return f"`{handed[0]}` calls {node.name} with {many}", handed[1]
    known = [p.name for p in shape.parameters if not p.variadic]
    by_position = [p.name for p in shape.parameters if not (p.variadic or p.keyword_only)]
    signature = f"the signature is `{signature_text(node)}`"
    for name in kwargs:
        near = get_close_matches(name, known, 1)
        if name not in known and near:
            meant = call.replace(f"{name}=", f"{near[0]}=", 1)
            return f"{node.name} has no parameter `{name}`", f"did you mean `{meant}`? {signature}"
        if name not in known:
            return f"{node.name} has no parameter `{name}`", signature
    extra = args[len(by_position) :]
    if extra and not any(p.variadic for p in shape.parameters):
        took = f"{node.name} takes {len(by_position)} argument{'' if len(by_position) == 1 else 's'} by position"
        return f"{took}, and is given {len(args)}", f"write `{without_extra(call, len(by_position))}`; {signature}"
    missing = [p for p in shape.parameters if p.required and p.name not in (*by_position[: len(args)], *kwargs)]
    if missing:
        words = " and ".join(f"`{p.name}: {type_name(p.type)}`" for p in missing)
        gap = "" if call.endswith("()") else ", "
        meant = f"{call[:-1]}{gap}{', '.join(f'{p.name}=...' for p in missing)})"
        return f"{node.name} is not given {words}", f"write `{meant}`; {signature}"
    return "", signature


def _handed_over(node: Node[..., Any], call: str) -> tuple[str, str] | None:
    """Return which of `each`, `branch` and `loop` a node was handed to, and lambdas that call such nodes as they want
    to be called; None where the node itself is called."""
    name, frame = call.partition("(")[0], user_frame()
    if frame is None or name not in _ARMS:
        return None
    space = {**frame.f_globals, **frame.f_locals}
    places, gives = _ARMS[name]
    if space.get(name) is node or node.shape.required == len(gives):
        return None
    lines = _with_lambdas(call, places, gives, frame) or _lambda(node, gives, frame)
    return name, f"hand over a call that has its arguments: `{lines}`; the signature is `{signature_text(node)}`"


_ARMS: Mapping[str, tuple[frozenset[int | str | None], tuple[str, ...]]] = {
    "branch": (frozenset({1, 2, "then", "otherwise"}), ()),
    "each": (frozenset({0, "node"}), ("item",)),
    "loop": (frozenset({0, "body", "until"}), ("value",)),
}
"""Where a call has something to call, and what that is given."""


def _with_lambdas(call: str, places: Container[int | str | None], gives: tuple[str, ...], frame: FrameType) -> str:
    """Return a call with lambdas in the place of nodes that need more than they are given; "" where it cannot be
    read, as a long one is cut."""
    try:
        tree = ast.parse(call, mode="eval").body
    except SyntaxError:
        return ""
    if not isinstance(tree, ast.Call):
        return ""
    parts: list[tuple[int | str | None, ast.expr]] = [*enumerate(tree.args), *((k.arg, k.value) for k in tree.keywords)]
    lines = call
    for _, arm in reversed([part for part in parts if part[0] in places]):
        meant = {**frame.f_globals, **frame.f_locals}.get(arm.id) if isinstance(arm, ast.Name) else None
        if isinstance(meant, Node) and meant.shape.required != len(gives):
            lines = _replaced(lines, arm, _lambda(meant, gives, frame))
        elif isinstance(arm, ast.Call) and not gives:
            lines = _replaced(lines, arm, f"lambda: {ast.unparse(arm)}")
    return lines


def _replaced(call: str, part: ast.expr, instead: str) -> str:
    raw = call.encode()  # columns count bytes
    return (raw[: part.col_offset] + instead.encode() + raw[part.end_col_offset :]).decode()


def _lambda(node: Node[..., Any], gives: tuple[str, ...], frame: FrameType) -> str:
    """Return a lambda that calls a node with what it is given, and else with what has the name or the type."""
    known, named = _references(frame), frame.f_locals
    wanted = [p for p in node.shape.parameters if p.required]
    given = [*gives][: len(wanted)]
    for p in wanted[len(given) :]:
        same_type = [name for name, kind in known.items() if kind == type_name(p.type)]
        given.append(p.name if p.name in named else same_type[0] if same_type else "...")
    names = f" {', '.join(gives)}" if gives else ""
    return f"lambda{names}: {node.name}({', '.join(given)})"


def made_in_node(call: str, kind: str) -> str:
    """Return a node that makes an object, and the call that uses it."""
    made = _call_of(call, kind)
    if not made:
        return f"make the {kind} in a node, or pass the reference as an argument, in a list, tuple or dict"
    definition, use = in_a_node(made, _references(user_frame()), f"make_{kind.lower()}", kind)
    return f"make the {kind} in a node:\n\n{definition}\n\nawait {call.replace(made, use, 1)}"


def returned_from_node(kind: str, fields: Mapping[str, Any]) -> str:
    """Return a node that makes the object that a body returns, of the fields that are references."""
    takes = [f"{name}: {type_name(value._ref_type)}" for name, value in fields.items() if type(value) is Ref]
    parts = [f"{name}={name if type(value) is Ref else repr(value)}" for name, value in fields.items()]
    name = f"make_{kind.lower()}"
    return (
        f"make the {kind} in a node, and return what that gives, `return await {name}(...)`:\n\n"
        f"@node\nasync def {name}({', '.join(takes)}) -> {kind}:\n    return {kind}({', '.join(parts)})"
    )


def waited_for(place: str, name: str, awaited: str, frame: FrameType | None) -> DefinitionError:
    """Return the fault of a body that waits for something else than a node, with a node that waits for it."""
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip() if frame is not None else ""
    unused = line.startswith("await ") or awaited not in line
    definition, use = in_a_node(awaited, _references(frame), "wait", "None" if unused else "object")
    return fault(
        "LS107",
        f"{place} {name}",
        f"`{awaited}` awaits something that is not a node, and nothing runs yet",
        "wait in a node; steps that do not depend on each other run side by side anyway:\n\n"
        f"{definition}\n\n{use if unused else line.replace(awaited, use, 1)}",
    )


def in_a_list(call: str) -> str:
    """Return a map over one value as a map over a list of it."""
    items = argument_in(call, 1, "items")
    body = argument_in(call, 0, "node")
    if not items:
        return "give it a list, or make one in a node"
    return f"give it a list, `await each({body}, [{items}])`, or call the node once, `await {body}({items})`"


def listed_in_node(call: str, declared: Any) -> str:
    """Return a node that makes a list of what a value gives, and the map over that; "" where it gives no items."""
    kind, items = get_origin(declared) or declared, argument_in(call, 1, "items")
    if not (isinstance(kind, type) and issubclass(kind, Iterable) and kind is not str and items):
        return ""
    item = type_name(get_args(declared)[0]) if get_args(declared) else "object"
    made = "sorted(items)" if issubclass(kind, Set) else "list(items)"
    return (
        f"make a list in a node:\n\n@node\nasync def listed(items: {type_name(declared)}) -> list[{item}]:\n"
        f"    return {made}\n\nawait {call.replace(items, f'await listed({items})', 1)}"
    )


def called_instead(expression: str) -> str:
    """Return the call that draws a graph's steps, in the place of one that runs it."""
    called, _, arguments = expression.removeprefix("await ").partition(".run(")
    is_graph = arguments and "Engine" not in called and called.isidentifier()
    shown = f"`await {called}({arguments}`" if is_graph else "`await other_graph(...)`"
    return f"call the graph, and its steps become steps of this one: {shown}"


def _references(frame: FrameType | None) -> dict[str, str]:
    """Return the types of the names that are references in a frame."""
    space = frame.f_locals if frame is not None else {}
    return {name: type_name(value._ref_type) for name, value in space.items() if type(value) is Ref}


def _call_of(text: str, name: str) -> str:
    """Return the call of a class in an expression, as it is written."""
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError:
        return ""
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and ast.unparse(n.func).split(".")[-1] == name]
    return ast.get_source_segment(text, calls[0]) or "" if calls else ""
