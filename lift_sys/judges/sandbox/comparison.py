"""The judge's comparison of values: what counts as the same answer.

Expected values often come from JSON, which knows neither tuples nor sets nor keys that are not strings,
so a few types that differ in Python are the same answer here; docs/planning/decisions/0010 says which and why.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["canonical", "same"]

RELATIVE = 1e-9
ABSOLUTE = 1e-12


def same(got: Any, wanted: Any) -> bool:
    """Tell whether `got` is the answer `wanted`.

    Numbers agree within 1e-9 relative (1e-12 absolute) when one of them is a float, exactly when both are integers;
    NaN is NaN; True is not 1; a tuple is the list of its items; a set answers a set or, in any order, a list without
    repetition.
    """
    kind, other = type(got), type(wanted)
    if kind is other and kind in (str, int, bool, bytes, type(None)):
        return bool(got == wanted)
    if kind in (int, float) and other in (int, float):
        return _same_number(got, wanted)
    if kind in (list, tuple) and other in (list, tuple):
        return len(got) == len(wanted) and all(map(same, got, wanted))
    if kind is dict and other is dict:
        return _same_dict(got, wanted)
    if kind in (set, frozenset):
        return _same_set(got, wanted)
    if kind is complex and other in (complex, float, int):
        return _same_number(got.real, wanted.real) and _same_number(got.imag, wanted.imag)
    return kind in (bytes, bytearray) and other in (bytes, bytearray) and bool(got == wanted)


def _same_number(got: int | float, wanted: int | float) -> bool:
    if got == wanted:
        return True
    if type(got) is int and type(wanted) is int:
        return False
    if got != got or wanted != wanted:  # only NaN differs from itself
        return got != got and wanted != wanted
    try:
        return math.isclose(got, wanted, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    except OverflowError:  # an integer beyond every float cannot be near one
        return False


def _same_dict(got: dict[Any, Any], wanted: dict[Any, Any]) -> bool:
    if len(got) != len(wanted):
        return False
    if all(type(key) is str for key in wanted):
        # JSON has only string keys: {1: "a"} is the answer that was written {"1": "a"}.
        got = {_json_key(key): item for key, item in got.items()}
        return len(got) == len(wanted) and all(key in got and same(got[key], wanted[key]) for key in wanted)
    return all(
        canonical(key) == canonical(other) and same(got[key], wanted[other])
        for key, other in zip(sorted(got, key=canonical), sorted(wanted, key=canonical), strict=True)
    )


def _json_key(key: Any) -> Any:
    if key is None or type(key) is bool:
        return {None: "null", True: "true", False: "false"}[key]
    return str(key) if type(key) in (int, float) and _printable(key) else key


def _printable(key: int | float) -> bool:
    return type(key) is float or abs(key) < 10**400


def _same_set(got: Any, wanted: Any) -> bool:
    if type(wanted) not in (set, frozenset, list, tuple) or len(got) != len(wanted):
        return False
    return all(map(same, sorted(got, key=canonical), sorted(wanted, key=canonical)))


def canonical(value: Any) -> str:
    """Return one text for all values that are the same answer, for grouping programs that agree.

    Floats are rounded to nine digits here, so two that straddle a rounding border may be `same` and yet group apart.
    """
    kind = type(value)
    if kind is bool or value is None:
        return str(value)
    if kind in (int, float):
        return _canonical_number(value)
    if kind is str:
        return repr(value)
    if kind in (list, tuple):
        return "[" + ",".join(map(canonical, value)) + "]"
    if kind in (set, frozenset):
        return "{" + ",".join(sorted(map(canonical, value))) + "}"
    if kind is dict:
        return "<" + ",".join(sorted(f"{canonical(key)}:{canonical(item)}" for key, item in value.items())) + ">"
    if kind in (bytes, bytearray):
        return "b" + repr(bytes(value))
    if kind is complex:
        return f"({_canonical_number(value.real)},{_canonical_number(value.imag)})"
    raise TypeError(f"a {kind.__name__} is not a plain value, so no judge can compare it")


def _canonical_number(value: int | float) -> str:
    if type(value) is int:
        return hex(value)
    if math.isfinite(value) and value == int(value) and abs(value) < 2**53:
        return hex(int(value))
    return f"{value:.9g}"
