"""A value that does not fit where it goes, in the words of the call, and what would fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args, get_origin

from lift_sys.define import (
    MISSING,
    Const,
    Node,
    Parameter,
    Place,
    argument_in,
    expression_at,
    field_names,
    fits,
    projected_type,
    type_name,
)
from lift_sys.errors import Diagnostic

__all__ = ["edge_fault"]

_MADE: Mapping[tuple[type, type], str] = {
    (int, str): "str(value)",
    (float, str): "str(value)",
    (bool, str): "str(value)",
    (str, int): "int(value)",
    (str, float): "float(value)",
    (float, int): "round(value)",
    (str, bytes): "value.encode()",
    (bytes, str): "value.decode()",
}


def edge_fault(where: str, place: Place, parameter: Parameter, position: int, have: Any, source: str) -> Diagnostic:
    """Return the fault of one argument; `source` are the words for it where the call cannot be read."""
    node: Any = place.node
    call = expression_at(place.code, place.instruction) if place.code is not None else ""
    helper = call.partition("(")[0]
    if helper in ("each", "loop") and helper != node.name:
        return _handed_over(where, node, parameter, have, call, helper)
    given = argument_in(call, position, parameter.name) or source
    want = parameter.type
    call = call if given in call else f"{node.name}({parameter.name}={given})"
    operand = place.args[position] if position < len(place.args) else (place.kwargs or {}).get(parameter.name)
    if isinstance(operand, Const) and isinstance(operand.value, Node):
        return _not_called(where, place, parameter, operand.value, call, given)
    return Diagnostic(
        "LS204",
        where,
        f"`{call}`: {node.name} takes `{parameter.name}: {type_name(want)}`, and `{given}` is {type_name(have)}",
        _remedy(call, given, have, want, alone=len(node.shape.parameters) == 1),
    )


def _handed_over(
    where: str, node: Node[..., Any], parameter: Parameter, have: Any, call: str, helper: str
) -> Diagnostic:
    """Return the fault of a node that is handed to `each` or `loop` and does not take what it is given there."""
    want = parameter.type
    given = argument_in(call, 1, "items" if helper == "each" else "start")
    what = f"an item of `{given}`" if helper == "each" else f"`{given}`"
    definition, name = _converter(have, want)
    mapped = f"await each({name}, {given})" if helper == "each" else f"await {name}({given})"
    fields = [f for f in field_names(have) if fits(_known(projected_type(have, "field", f)), want) is True]
    return Diagnostic(
        "LS204",
        where,
        f"`{call}`: {node.name} takes `{parameter.name}: {type_name(want)}`, and {what} is {type_name(have)}",
        f"pass what fits: `await each(lambda item: {node.name}(item.{fields[0]}), {given})`"
        if fields and helper == "each"
        else f"put a node between them:\n\n{definition}\n\nawait {call.replace(given, mapped, 1)}",
    )


def _not_called(
    where: str, place: Place, parameter: Parameter, given: Node[..., Any], call: str, written: str
) -> Diagnostic:
    """Return the fault of a node that is passed on where its result is wanted."""
    node: Any = place.node
    known = place.code.co_varnames if place.code is not None else ()
    arguments = ", ".join(p.name if p.name in known else "..." for p in given.shape.parameters if p.required)
    called, _, rest = call.partition("(")
    instead = rest.replace(written, f"await {written}({arguments})", 1)
    return Diagnostic(
        "LS204",
        where,
        f"`{call}`: {node.name} takes `{parameter.name}: {type_name(parameter.type)}`, and `{written}` is "
        "a node, which nobody calls",
        f"call it: `await {called}({instead}`",
    )


def _remedy(call: str, given: str, have: Any, want: Any, *, alone: bool) -> str:
    for choice in (_field, _item, _map):
        found = choice(call, given, have, want) if choice is not _map or alone else ""
        if found:
            return found
    definition, name = _converter(have, want)
    return f"put a node between them:\n\n{definition}\n\nawait {call.replace(given, f'await {name}({given})', 1)}"


def _converter(have: Any, want: Any) -> tuple[str, str]:
    """Return a node that makes one type of another, and its name."""
    name = f"to_{''.join(c if c.isalnum() else '_' for c in type_name(want)).strip('_').lower()}"
    made = next((text for (a, b), text in _MADE.items() if (a, b) == (have, want)), "...")
    return f"@node\nasync def {name}(value: {type_name(have)}) -> {type_name(want)}:\n    return {made}", name


def _field(call: str, given: str, have: Any, want: Any) -> str:
    """Return the call with a field of the value that fits."""
    fields = [f for f in field_names(have) if fits(_known(projected_type(have, "field", f)), want) is True]
    return _offer(call, given, [f"{given}.{name}" for name in fields])


def _item(call: str, given: str, have: Any, want: Any) -> str:
    """Return the call with an item of a tuple that fits."""
    parts = get_args(have) if get_origin(have) is tuple else ()
    return _offer(call, given, [f"{given}[{k}]" for k, part in enumerate(parts) if fits(part, want) is True])


def _map(call: str, given: str, have: Any, want: Any) -> str:
    """Return the map over a list whose items fit."""
    item = projected_type(have, "item", 0)
    called = call.partition("(")[0]
    if get_origin(have) not in (list, tuple, Sequence) or fits(_known(item), want) is not True:
        return ""
    return f"map over the items: `await each({called}, {given})`"


def _offer(call: str, given: str, instead: Sequence[str]) -> str:
    if not instead:
        return ""
    shown = " or ".join(f"`await {call.replace(given, text, 1)}`" for text in instead[:3])
    return f"pass what fits: {shown}"


def _known(declared: Any) -> Any:
    return Any if declared is MISSING else declared
