"""A reference: stands for a value while a graph is drawn, and refuses to be used as one."""

from __future__ import annotations

import dis
import linecache
import textwrap
import types
from collections.abc import Callable, Generator, Iterator
from difflib import get_close_matches
from functools import cache
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn, Union, get_args, get_origin

from lift_sys.define.projection import MISSING, field_names, fixed_length, projected
from lift_sys.define.shape import fault, file_place, user_frame
from lift_sys.define.sketch import At
from lift_sys.define.source_text import (
    awaited_helper,
    called_by_function,
    expression_at,
    resized,
    unpacked,
    waits_one_by_one,
)

if TYPE_CHECKING:
    from lift_sys.define.drawing import Drawing

__all__ = ["Ref", "ref_to", "said_at", "type_name"]


def type_name(declared: Any) -> str:
    """Return a type as it is written: `list[Claim]`."""
    if declared is None or declared is type(None):
        return "None"
    if declared is Ellipsis:
        return "..."
    if isinstance(declared, list):
        return f"[{', '.join(map(type_name, declared))}]"
    origin, args = get_origin(declared), get_args(declared)
    if origin in (Union, types.UnionType):
        return " | ".join(map(type_name, args))
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, args))}]"
    if origin is Annotated:
        return f"Annotated[{type_name(args[0])}, {', '.join(map(repr, declared.__metadata__))}]"
    if origin is not None:
        return f"{getattr(origin, '__name__', origin)}[{', '.join(map(type_name, args)) or '()'}]"
    return str(getattr(declared, "__name__", "") or str(declared).replace("typing.", ""))


def said_at(frame: FrameType | None = None) -> tuple[str, str]:
    """Return the place and the source of the expression that a user's frame is evaluating."""
    frame = frame or user_frame()
    if frame is None:
        return ("?", "?")
    code = frame.f_code
    place = file_place(code.co_filename, frame.f_lineno, frame.f_globals.get("__name__"))
    expression = expression_at(code, frame.f_lasti) or linecache.getline(code.co_filename, frame.f_lineno).strip()
    return place, textwrap.shorten(expression, 80, placeholder=" ...") or "?"


_REMEDIES = {
    "truth": "choose with `await branch(condition, lambda: ..., lambda: ...)`, repeat with `await loop(...)`, "
    "or make the decision inside a node",
    "iteration": "map over it with `await each(node, items)`, or iterate inside a node; "
    "a reference unpacks only if its type is a tuple of fixed length",
    "length": "count inside a node: `@node async def size(items: list[T]) -> int`",
    "text": "format inside a node: `@node async def render(...) -> str`",
    "arithmetic": "compute inside a node: the value is there only when the graph runs",
    "comparison": "compare inside a node that returns bool, then `await branch(...)` on it",
    "call": "a value that is called must be called inside a node",
    "context": "use `with` inside a node: the value is there only when the graph runs",
    "key": "build the dict or set inside a node; a reference may stand as a dict's value, not as its key",
    "assignment": "a value is never changed in a graph; return a new one from a node",
    "await": "only calls of nodes are awaited: `x = await node(...)`, then use `x` or its fields without await",
}


class _Held:
    """What a reference holds, as it is made: a Ref refuses every assignment, its maker's among them."""

    __slots__ = ("_ref_at", "_ref_awaitable", "_ref_drawing", "_ref_type")

    def __init__(self, drawing: Drawing, at: At, declared: Any, awaitable: bool) -> None:
        self._ref_drawing = drawing
        self._ref_at = at
        self._ref_type = declared
        self._ref_awaitable = awaitable


def ref_to(drawing: Drawing, at: At, declared: Any, awaitable: bool = False) -> Ref:
    """Return a reference to what an operand of a drawing stands for."""
    made: Any = _Held(drawing, at, declared, awaitable)
    made.__class__ = Ref
    found: Ref = made
    return found


class Ref(_Held):
    """Stands for the value of one place while a graph is drawn.

    Fields and items are projections, checked against the type. Every other use as a value is a fault that names the
    line and the remedy.
    """

    __slots__ = ()

    def __await__(self) -> Generator[Any, None, Ref]:
        pending, place = self._ref_drawing.unawaited, self._ref_at.place
        if not self._ref_awaitable or place not in pending:
            _refuse(self, "await")
        pending.remove(place)
        yield from ()  # awaiting never suspends: the reference is there at once
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return self._ref_project("field", name)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, Ref):
            _refuse(key, "key")
        return self._ref_project("item", key)

    def _ref_project(self, how: str, key: Any) -> Ref:
        declared = projected_type(self._ref_type, how, key)
        if declared is MISSING:
            raise _no_such(self, how, key)
        at = self._ref_at
        return ref_to(self._ref_drawing, At(at.place, (*at.trail, (how, key))), declared)

    def __iter__(self) -> Iterator[Ref]:
        size = fixed_length(self._ref_type)
        if size is None:
            _refuse(self, "iteration")
        _refuse_wrong_length(self, size)
        return iter([self[k] for k in range(size)])

    def __setattr__(self, name: str, value: Any) -> None:
        _refuse(self, "assignment")

    def __setitem__(self, key: Any, value: Any) -> None:
        _refuse(self, "assignment")

    def __delattr__(self, name: str) -> None:
        _refuse(self, "assignment")

    def __repr__(self) -> str:
        return f"<reference to {self._ref_words()}: {type_name(self._ref_type)}>"

    def _ref_words(self) -> str:
        at = self._ref_at
        text: str = self._ref_drawing.sketch.places[at.place].path
        for how, key in at.trail:
            text += f".{key}" if how == "field" else f"[{key!r}]"
        return text


@cache
def _cached_projection(declared: Any, how: str, key: Any) -> Any:
    return projected(declared, how, key)


def projected_type(declared: Any, how: str, key: Any) -> Any:
    """Return `projected(...)`, remembered where the type and the key can be."""
    try:
        return _cached_projection(declared, how, key)
    except TypeError:  # an unhashable key or annotation
        return projected(declared, how, key)


def _no_such(ref: Ref, how: str, key: Any) -> Exception:
    place, expression = said_at()
    names = field_names(ref._ref_type)
    near = get_close_matches(str(key), names, 1)
    cure = f"its fields: {', '.join(names)}" if names else "check the type"
    if near:
        said, meant = (f".{key}", f".{near[0]}") if how == "field" else (repr(key), repr(near[0]))
        if near[0] == key:
            # the other way to ask for it
            quoted = f'["{key}"]' if f'["{key}"]' in expression else f"[{key!r}]"
            said, meant = (f".{key}", f'["{key}"]') if how == "field" else (quoted, f".{key}")
        cure = f"did you mean `{expression.replace(said, meant, 1)}`?"
    what = f"no field {key!r}" if how == "field" else f"no item {key!r}"
    return fault(
        "LS103", f"{place} {ref._ref_drawing.sketch.name}",
        f"`{expression}`: {ref._ref_words()} is {type_name(ref._ref_type)}, which has {what}", cure,
    )  # fmt: skip


def _refuse(ref: Ref, use: str) -> NoReturn:
    nearest, user = user_frame(passing=frozenset()), user_frame()
    if (around := called_by_function(user)) is not None:
        caller, shown, call = around
        raise fault(
            "LS104", f"{said_at(caller)[0]} {ref._ref_drawing.sketch.name}",
            f"`{shown}` runs the function of {call.partition('(')[0]} while the graph is drawn, so the graph has no "
            "such step",
            f"call the node itself: `await {call}`",
        )  # fmt: skip
    place, expression = said_at()
    cure = _REMEDIES[use]
    if nearest is not user:
        use, cure = "handed to a library", waits_one_by_one(expression)
    elif (helper := awaited_helper(user)) is not None:
        cure = helper
    elif use == "iteration" and user is not None:
        expression, cure = unpacked(linecache.getline(user.f_code.co_filename, user.f_lineno).strip(), expression, cure)
    raise fault(
        "LS101",
        f"{place} {ref._ref_drawing.sketch.name}",
        f"`{expression}` uses {ref._ref_words()} ({type_name(ref._ref_type)}) as a value ({use}); "
        "while a graph is drawn it is a reference to a value that comes later",
        cure,
    )


def _refuse_wrong_length(ref: Ref, size: int) -> None:
    """Refuse to be unpacked into another number of names; Python's own words have no place and no cure."""
    frame = user_frame()
    if frame is None:
        return
    code, at = frame.f_code.co_code, frame.f_lasti
    if code[at] != dis.opmap["UNPACK_SEQUENCE"] or code[at + 1] == size:
        return
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    place = said_at(frame)[0]
    written, cure = resized(line, size)
    raise fault(
        "LS103",
        f"{place} {ref._ref_drawing.sketch.name}",
        f"`{written}`: {ref._ref_words()} is {type_name(ref._ref_type)}, which has {size} items, not {code[at + 1]}",
        cure,
    )


def _refusing(use: str) -> Callable[..., Any]:
    def method(self: Ref, *_: Any, **__: Any) -> Any:
        _refuse(self, use)

    return method


_FORBIDDEN = {
    "truth": "bool contains",
    "length": "len",
    "text": "str format bytes",
    "comparison": "eq ne lt le gt ge",
    "arithmetic": "add sub mul matmul truediv floordiv mod divmod pow lshift rshift and or xor "
    "radd rsub rmul rmatmul rtruediv rfloordiv rmod rdivmod rpow rlshift rrshift rand ror rxor "
    "neg pos abs invert int float complex index round trunc floor ceil",
    "iteration": "reversed aiter next anext",
    "call": "call",
    "context": "enter exit aenter aexit",
    "key": "hash",
    "assignment": "delitem",
}
for _use, _names in _FORBIDDEN.items():
    for _name in _names.split():
        setattr(Ref, f"__{_name}__", _refusing(_use))
