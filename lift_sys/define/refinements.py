"""What types say beyond themselves, as constraints: `Annotated[int, Gt(0)]` of a parameter is `x > 0`.

annotated-types and pydantic's `Field(...)` are read, of parameters, results and the fields of their classes.
"""

from __future__ import annotations

import math
import types
import typing
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

from lift_sys.define.predicate import Leaf
from lift_sys.define.predicate_leaves import RESULT
from lift_sys.define.projection import fixed_length
from lift_sys.define.shape import Shape

__all__ = ["refined"]

_DEEPEST = 3
_BOUNDS = (("gt", "{leaf} > {value!r}"), ("ge", "{leaf} >= {value!r}"), ("lt", "{leaf} < {value!r}"),
           ("le", "{leaf} <= {value!r}"), ("multiple_of", "{leaf} % {value!r} == 0"),
           ("min_length", "len({leaf}) >= {value!r}"), ("max_length", "len({leaf}) <= {value!r}"))  # fmt: skip
_UNIONS = (typing.Union, types.UnionType)

Said = tuple[tuple[str | int, ...], tuple[tuple[str | int, ...], ...], str, Any]
"""A path below a port, the paths that may be None on the way, a form, and its value."""


def refined(shape: Shape) -> Iterator[tuple[Leaf, str]]:
    """Yield leaf and text of what the types of a shape ask: `(Leaf("result"), "result >= 0")`."""
    ports = [(p.name, p.type) for p in shape.parameters if not p.variadic and p.name != RESULT]
    for port, declared in (*ports, (RESULT, shape.result)):
        for path, guards, form, value in _of_type(declared):
            text = form.format(leaf=Leaf(port, path), value=value)
            may_be_none = [f"{Leaf(port, guard)} is None or " for guard in guards]
            yield Leaf(port, path), "".join(may_be_none) + text


def _of_type(declared: Any) -> tuple[Said, ...]:
    try:
        return _remembered(declared)
    except TypeError:  # an annotation that cannot be hashed
        return tuple(_asked(declared, (), (), ()))


@lru_cache(maxsize=4096)
def _remembered(declared: Any) -> tuple[Said, ...]:
    return tuple(_asked(declared, (), (), ()))


def _asked(
    declared: Any, path: tuple[str | int, ...], guards: tuple[tuple[str | int, ...], ...], inside: tuple[Any, ...]
) -> Iterator[Said]:
    """Yield what a type asks of the leaf at a path; `inside` are the classes around it, so that recursion ends."""
    notes, inner = _opened(declared)
    if _may_be_none(inner):
        guards = (*guards, path)
        more, inner = _opened(_without_none(inner))
        notes = [*notes, *more]
    if get_origin(inner) in _UNIONS:
        return
    yield from ((path, guards, form, value) for form, value in _bounds(notes))
    kind = get_origin(inner) or inner
    if len(path) == _DEEPEST or kind in inside:
        return
    for key, part in _parts(inner, kind):
        yield from _asked(part, (*path, key), guards, (*inside, kind))


def _opened(declared: Any) -> tuple[list[Any], Any]:
    """Return what is noted at a type, and the type without it."""
    notes: list[Any] = []
    while True:
        if get_origin(declared) is Annotated:
            notes.extend(declared.__metadata__)
            declared = get_args(declared)[0]
        elif hasattr(declared, "__supertype__"):
            declared = declared.__supertype__
        elif hasattr(declared, "__value__") and type(declared).__name__ == "TypeAliasType":
            declared = declared.__value__
        else:
            return notes, declared


def _may_be_none(declared: Any) -> bool:
    return get_origin(declared) in _UNIONS and type(None) in get_args(declared)


def _without_none(declared: Any) -> Any:
    """Return the type of an Optional without its None, as it was written: what is noted at it stays."""
    some = [arm for arm in get_args(declared) if arm is not type(None)]
    return some[0] if len(some) == 1 else declared


def _bounds(notes: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    """Yield what annotated-types say; a group says what its parts do, and pydantic's Field what its `metadata` do."""
    for note in notes:
        if hasattr(note, "metadata") and not hasattr(note, "gt"):
            yield from _bounds(note.metadata)
        elif getattr(note, "__is_annotated_types_grouped_metadata__", False):
            yield from _bounds(note)
        else:
            for name, form in _BOUNDS:
                value = getattr(note, name, None)
                if _can_be_said(value) and not (name == "min_length" and value == 0):
                    yield form, value


def _can_be_said(value: Any) -> bool:
    return type(value) in (int, str) or (type(value) is float and math.isfinite(value))


def _parts(declared: Any, kind: Any) -> Iterator[tuple[str | int, Any]]:
    """Yield the fields of a class, or the items of a tuple of fixed length, with their types as written."""
    if kind is tuple:
        yield from enumerate(get_args(declared)[: fixed_length(declared) or 0])
        return
    if not isinstance(kind, type):
        return
    known: Any = getattr(kind, "model_fields", None)
    if isinstance(known, dict):
        for name, one in known.items():
            notes = tuple(getattr(one, "metadata", ()))
            annotation = getattr(one, "annotation", Any)
            yield name, Annotated[(annotation, *notes)] if notes else annotation
        return
    hints = _hints(kind)
    names: Iterable[str] = getattr(kind, "_fields", ())
    if is_dataclass(kind):
        names = [one.name for one in fields(kind)]
    elif typing.is_typeddict(kind):
        names = [name for name in hints if name in getattr(kind, "__required_keys__", ())]
    for name in names:
        if not name.startswith("_") and name in hints:
            yield name, hints[name]


def _hints(kind: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(kind, include_extras=True)
    except (NameError, TypeError, AttributeError):
        return {}
