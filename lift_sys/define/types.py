"""Whether a value of one declared type may stand where another is wanted, as far as annotations say.

Three answers: True, False, and None for "cannot say" (a bare `list`, a type variable, something unknown). An edge is
refused on False alone; a supplier is chosen on True alone. Where the rules of typing leave a choice, the answer is
that of `mypy --strict`: lists are invariant, sequences covariant, an int may stand for a float.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typing_extensions

from lift_sys.define.generics import is_protocol, seen_as, variances
from lift_sys.define.structural import fits_protocol, fits_typed_dict

__all__ = ["Answer", "Assumed", "all_of", "any_of", "fits", "same_type"]

Answer = bool | None
Assumed = frozenset[tuple[Any, Any]]
"""Pairs of recursive types that are being judged already."""

_TOWER: Mapping[Any, tuple[type, ...]] = {float: (int,), complex: (int, float)}
_UNIONS = (Union, types.UnionType)
_NOTHING = (typing.NoReturn, typing.Never, typing_extensions.NoReturn, typing_extensions.Never)


def fits(have: Any, want: Any) -> Answer:
    """Return whether a value declared as `have` may stand where `want` is declared; None where nobody can say."""
    try:
        return _remembered(have, want)
    except TypeError:  # annotations that cannot be hashed
        return judged(have, want, frozenset())


@lru_cache(maxsize=8192)
def _remembered(have: Any, want: Any) -> Answer:
    if _ordinary(have) and _ordinary(want):
        return issubclass(have, want)
    return judged(have, want, frozenset())


@lru_cache(maxsize=8192)
def _ordinary(declared: Any) -> bool:
    """Whether a type is a class of which ancestry says everything: most are, and a long list asks about many pairs."""
    return (
        isinstance(declared, type)
        and get_origin(declared) is None
        and not typing.is_typeddict(declared)
        and not is_protocol(declared)
        and declared not in (Any, float, complex, tuple, Callable)
        and not getattr(declared, "__pydantic_generic_metadata__", {}).get("parameters")
        and not getattr(declared, "__pydantic_generic_metadata__", {}).get("origin")
    )


def same_type(left: Any, right: Any, assumed: Assumed = frozenset()) -> Answer:
    """Return whether two types take the same values: what an invariant parameter asks."""
    return all_of(judged(a, b, assumed) for a, b in ((left, right), (right, left)))


def all_of(answers: Iterable[Answer]) -> Answer:
    """Return False if one is False, else None if one is unknown, else True."""
    result: Answer = True
    for answer in answers:
        if answer is False:
            return False
        if answer is None:
            result = None
    return result


def any_of(answers: Iterable[Answer]) -> Answer:
    """Return True if one is True, else None if one is unknown, else False."""
    result: Answer = False
    for answer in answers:
        if answer is True:
            return True
        if answer is None:
            result = None
    return result


def judged(have: Any, want: Any, assumed: Assumed) -> Answer:
    """Return `fits(have, want)`, taking the pairs in `assumed` for granted."""
    have, want = plain(have), plain(want)
    if want is object or want is Any or have in _NOTHING or _identical(have, want):
        return True
    for rule in _RULES:
        answer = rule(have, want, assumed)
        if answer is not ...:
            return answer
    return _class_fits(have, want, assumed)


def plain(declared: Any) -> Any:
    """Return a type without the words that say nothing about its values: Annotated, Required, `type X = ...`."""
    while True:
        origin = get_origin(declared)
        if declared is None:
            return type(None)
        if origin is Annotated or origin in (typing.Required, typing.NotRequired, typing.Final, typing.ClassVar):
            declared = get_args(declared)[0]
        elif hasattr(declared, "__value__") and type(declared).__name__ == "TypeAliasType":
            declared = declared.__value__
        elif getattr(declared, "__module__", "") == "typing" and isinstance(origin, type) and not get_args(declared):
            declared = origin  # typing.List, typing.Sequence
        else:
            return declared


_Verdict = bool | types.EllipsisType | None
"""An answer, or `...` from a rule that the pair does not concern."""


def _identical(have: Any, want: Any) -> bool:
    try:
        return bool(have == want) and not isinstance(have, str) and not _open(have)
    except TypeError:
        return False


def _open(declared: Any) -> bool:
    """Tell whether a type has parts that are not known yet: a bare generic class counts as known."""
    if declared is Any or isinstance(declared, typing.TypeVar | typing.ForwardRef | str):
        return True
    return any(_open(part) for part in get_args(declared) if part is not Ellipsis)


def _unknown(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    if isinstance(want, typing.TypeVar):
        bounds = want.__constraints__ or ((want.__bound__,) if want.__bound__ is not None else ())
        refused = bounds and any_of(judged(have, bound, assumed) for bound in bounds) is False
        return False if refused else None
    if isinstance(have, typing.TypeVar) and have.__bound__ is not None:
        return True if judged(have.__bound__, want, assumed) else None
    unknown = (typing.TypeVar, typing.ParamSpec, typing.ForwardRef, str)
    if have is Any or isinstance(have, unknown) or isinstance(want, unknown):
        return None
    return ...


def _union(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    if get_origin(have) in _UNIONS:
        return all_of(judged(part, want, assumed) for part in get_args(have))
    if get_origin(want) in _UNIONS:
        if have is bool and {True, False} <= _literal_values(want):
            return True
        return any_of(judged(have, part, assumed) for part in get_args(want))
    return ...


def _literal_values(union: Any) -> set[Any]:
    parts = [part for part in get_args(union) if get_origin(part) is Literal]
    return {value for part in parts for value in get_args(part)}


def _newtype(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    if hasattr(have, "__supertype__"):
        return True if have is want else judged(have.__supertype__, want, assumed)
    if hasattr(want, "__supertype__"):
        return False
    return ...


def _literal(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    wanted = {(type(value), value) for value in get_args(want)} if get_origin(want) is Literal else None
    if get_origin(have) is Literal:
        values = get_args(have)
        if wanted is not None:
            return all((type(value), value) in wanted for value in values)
        return all_of(judged(type(value), want, assumed) for value in values)
    if wanted is not None:
        return have is bool and {(bool, True), (bool, False)} <= wanted
    return ...


def _typed_dict(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    kinds = [typing.is_typeddict(get_origin(side) or side) for side in (have, want)]
    if kinds == [False, True]:
        return False
    if kinds == [True, True]:
        return fits_typed_dict(have, want, lambda a, b: same_type(a, b, assumed | {(have, want)}))
    if kinds == [True, False]:
        return judged(Mapping[str, object], want, assumed)
    return ...


def _tuple(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    if (get_origin(want) or want) is not tuple:
        return ...
    if want is tuple:
        return judged_class(have, tuple)
    parts = _tuple_parts(have)
    if parts is None:
        return None if (get_origin(have) or have) is tuple else judged_class(have, tuple) and None
    wanted = get_args(want)
    if wanted[-1:] == (Ellipsis,):
        items = parts[:1] if parts[-1:] == (Ellipsis,) else parts
        return all_of(judged(item, wanted[0], assumed) for item in items)
    if parts[-1:] == (Ellipsis,) or len(parts) != len(wanted):
        return None if parts[:1] == (Any,) and parts[-1:] == (Ellipsis,) else False
    return all_of(judged(a, b, assumed) for a, b in zip(parts, wanted, strict=True))


def _tuple_parts(have: Any) -> tuple[Any, ...] | None:
    """Return the parts of a tuple type or named tuple; None for a bare tuple and for what is no tuple."""
    if get_origin(have) is tuple:
        return () if get_args(have) == ((),) else get_args(have)
    if isinstance(have, type) and issubclass(have, tuple) and hasattr(have, "_fields"):
        hints = typing.get_type_hints(have)
        return tuple(hints.get(name, Any) for name in have._fields)
    return None


def _callable(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    if get_origin(want) is not Callable and want is not Callable:
        return ...
    if get_origin(have) is not Callable:
        # A class or an object with __call__ may be called; whether with these arguments, annotations do not say.
        return None if have is Callable or callable(have) else False
    if want is Callable:
        return True
    given, result = get_args(have)
    asked, wanted = get_args(want)
    results = judged(result, wanted, assumed)
    if given is Ellipsis or asked is Ellipsis:
        return results
    if not isinstance(given, list) or not isinstance(asked, list):
        return all_of([results, None])
    if len(given) != len(asked):
        return False
    return all_of([results, *(judged(b, a, assumed) for a, b in zip(given, asked, strict=True))])


def _protocol(have: Any, want: Any, assumed: Assumed) -> _Verdict:
    if not is_protocol(want):
        return ...
    named = seen_as(have, get_origin(want) or want)
    if named is not None:
        return ...
    if (have, want) in assumed:
        return True
    return fits_protocol(have, want, lambda a, b: judged(a, b, assumed | {(have, want)}))


def judged_class(have: Any, want: Any) -> Answer:
    """Return whether one class is a subclass of another, parameters left aside."""
    left, right = get_origin(have) or have, get_origin(want) or want
    if not isinstance(left, type) or not isinstance(right, type):
        return None
    if left in _TOWER.get(right, ()) or any(issubclass(left, lower) for lower in _TOWER.get(right, ())):
        return True
    try:
        return issubclass(left, right)
    except TypeError:
        return None


def _class_fits(have: Any, want: Any, assumed: Assumed) -> Answer:
    outer = judged_class(have, want)
    wanted = get_args(want)
    if not outer or not wanted:
        return outer if outer is not False else _bare_of(have, want)
    given = seen_as(have, get_origin(want))
    if given is None or len(given) != len(wanted):
        return None
    kinds = variances(get_origin(want), len(wanted))
    return all_of(_argument_fits(a, b, kind, assumed) for a, b, kind in zip(given, wanted, kinds, strict=True))


def _bare_of(have: Any, want: Any) -> Answer:
    """Return None where a generic pydantic model without arguments meets one with them: nobody said which."""
    family = getattr(want, "__pydantic_generic_metadata__", {}).get("origin")
    return None if family is not None and have is family else False


def _argument_fits(have: Any, want: Any, variance: str, assumed: Assumed) -> Answer:
    if Any in (have, want):
        return True if want is Any else None
    if variance == "covariant":
        return judged(have, want, assumed)
    if variance == "contravariant":
        return judged(want, have, assumed)
    same = same_type(have, want, assumed)
    return same if variance == "invariant" or same else None


_RULES: tuple[Callable[[Any, Any, Assumed], _Verdict], ...] = (
    _union,
    _unknown,
    _newtype,
    _literal,
    _typed_dict,
    _tuple,
    _callable,
    _protocol,
)
