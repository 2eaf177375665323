"""Types that are compared by what they hold: TypedDicts and Protocols."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any, get_origin

__all__ = ["fits_protocol", "fits_typed_dict"]

Judge = Callable[[Any, Any], bool | None]
_NOT_MEMBERS = frozenset(
    {
        "__abstractmethods__", "__annotations__", "__class_getitem__", "__dict__", "__doc__", "__init__",
        "__match_args__", "__module__", "__orig_bases__", "__orig_class__", "__parameters__", "__protocol_attrs__",
        "__non_callable_proto_members__", "__slots__", "__static_attributes__", "__firstlineno__", "__type_params__",
        "__subclasshook__", "__weakref__", "_abc_impl", "_is_protocol", "_is_runtime_protocol", "__new__",
    }
)  # fmt: skip


def fits_typed_dict(have: Any, want: Any, same: Judge) -> bool | None:
    """Return whether one TypedDict has every key of another, with the same types and the same duty to be there."""
    has, wants = get_origin(have) or have, get_origin(want) or want
    given, wanted = (typing.get_type_hints(side) for side in (has, wants))
    result: bool | None = True
    for key, declared in wanted.items():
        required = (key in has.__required_keys__, key in wants.__required_keys__)
        if key not in given or required[0] != required[1]:
            return False
        answer = same(given[key], declared)
        if answer is False:
            return False
        result = None if answer is None else result
    return result


def fits_protocol(have: Any, want: Any, judge: Judge) -> bool | None:
    """Return whether a class has every member of a protocol; members without annotations are taken by their name."""
    owner = get_origin(have) or have
    protocol = get_origin(want) or want
    if not isinstance(owner, type):
        return None
    declared = {name for base in owner.__mro__ for name in _annotated(base)}
    generic = get_origin(want) is not None or get_origin(have) is not None
    result: bool | None = None if generic else True
    for name in sorted(members(protocol)):
        if not hasattr(owner, name) and name not in declared:
            return False
        answer = _member_fits(owner, protocol, name, judge)
        if answer is False and not generic:
            return False
        result = result if answer else None
    return result


def members(protocol: type) -> set[str]:
    """Return the names that a protocol asks for."""
    names: set[str] = set()
    for base in protocol.__mro__:
        if base is protocol or (getattr(base, "_is_protocol", False) and base.__module__ != "typing"):
            names |= {*vars(base), *_annotated(base)}
    return names - _NOT_MEMBERS


def _annotated(base: type) -> set[str]:
    own = vars(base).get("__annotations__")
    return set(own) if isinstance(own, dict) else set()


def _member_fits(owner: type, protocol: type, name: str, judge: Judge) -> bool | None:
    has, wants = inspect.getattr_static(owner, name, None), inspect.getattr_static(protocol, name, None)
    if inspect.isfunction(wants):
        return _method_fits(has, wants, judge) if inspect.isfunction(has) else None
    given, wanted = _attribute(owner, has, name), _attribute(protocol, wants, name)
    return None if inspect.Parameter.empty in (given, wanted) else judge(given, wanted)


def _attribute(owner: type, member: Any, name: str) -> Any:
    """Return the declared type of an attribute or property."""
    if isinstance(member, property) and member.fget is not None:
        return _hints(member.fget).get("return", inspect.Parameter.empty)
    return _hints(owner).get(name, inspect.Parameter.empty)


def _method_fits(has: Any, wants: Any, judge: Judge) -> bool | None:
    """Return whether a method takes what the protocol gives it, and gives what the protocol promises."""
    taken, asked = (list(inspect.signature(method).parameters.values())[1:] for method in (has, wants))
    simple = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    if any(p.kind not in simple for p in (*taken, *asked)):
        return None
    if len(taken) < len(asked) or any(p.default is p.empty for p in taken[len(asked) :]):
        return False
    given, wanted = _hints(has), _hints(wants)
    pairs = [(wanted.get(b.name), given.get(a.name)) for a, b in zip(taken, asked, strict=False)]
    pairs.append((given.get("return"), wanted.get("return")))
    answers = [None if None in pair else judge(*pair) for pair in pairs]
    if inspect.iscoroutinefunction(has) != inspect.iscoroutinefunction(wants):
        return None
    return False if False in answers else None if None in answers else True


def _hints(of: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(of)
    except (NameError, TypeError, AttributeError):
        return {}
