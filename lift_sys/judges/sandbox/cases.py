"""Cases and verdicts as JSON: what `lift-sys verify` reads and prints."""

from __future__ import annotations

import json
from typing import Any

from lift_sys.errors import DefinitionError
from lift_sys.judges.sandbox.inside.values import TAGS, decode, encode
from lift_sys.judges.sandbox.job import NOTHING, Case, CaseResult, Verdict

__all__ = ["cases_from_json", "from_json", "json_from_text", "to_json", "verdict_to_json"]

_DIGITS = 4000
_PRINTABLE = 10**_DIGITS
_HELP = 'write a list of {"args": [...], "expected": ...}'


def from_json(raw: Any) -> Any:
    """Return the value a JSON document means; {"!set": [...]} and the other tags mean what JSON has no word for.

    Documents of the user are read kindly: an object that only looks like a tag is an object.
    """
    if type(raw) is list:
        return [from_json(item) for item in raw]
    if type(raw) is dict:
        if len(raw) == 1 and next(iter(raw)) in TAGS:
            return decode(raw)
        return {key: from_json(item) for key, item in raw.items()}
    return raw


def to_json(value: Any) -> Any:
    """Return a plain value as JSON that people read: tuples as lists, integers in digits, tags where nothing else does.

    `from_json` gives back the same answer, if not always the same type.
    """
    kind = type(value)
    if kind is int:
        return value if abs(value) < _PRINTABLE else encode(value)
    if kind in (list, tuple):
        return [to_json(item) for item in value]
    if kind is dict:
        if all(type(key) is str and key[:1] != "!" for key in value):
            return {key: to_json(item) for key, item in value.items()}
        # A key must stay what can be a key: a tuple, for one, never a list.
        return {"!dict": [[encode(key), encode(item)] for key, item in value.items()]}
    return encode(value)


def json_from_text(text: str | bytes) -> Any:
    """Return what a JSON text holds, integers of any size among it; DefinitionError when it is not JSON."""
    try:
        return json.loads(text, parse_int=_int)
    except (ValueError, RecursionError) as error:
        raise DefinitionError(f"not JSON: {error}") from None


def _int(digits: str) -> int:
    """Return the integer behind any number of digits; Python's own reading stops at some thousand."""
    if len(digits) <= _DIGITS:
        return int(digits)
    if digits[0] == "-":
        return -_int(digits[1:])
    half = len(digits) // 2
    shift: int = 10**half
    return _int(digits[:-half]) * shift + _int(digits[-half:])


def cases_from_json(raw: Any) -> tuple[Case, ...]:
    """Return the cases a JSON document lists; DefinitionError says which one is not a case."""
    if type(raw) is not list:
        raise DefinitionError(f"the cases are {_kind(raw)}, not a list: {_HELP}")
    cases = []
    for number, item in enumerate(raw):
        if type(item) is not dict or type(item.get("args")) is not list:
            raise DefinitionError(f"case {number} has no list of args: {_HELP}")
        unknown = sorted(set(item) - {"args", "expected"})
        if unknown:
            raise DefinitionError(f"case {number} has {unknown[0]!r}, which means nothing here: {_HELP}")
        try:
            args = tuple(from_json(item["args"]))
            expected = from_json(item["expected"]) if "expected" in item else NOTHING
            encode(list(args))
        except (ValueError, RecursionError) as error:
            raise DefinitionError(f"case {number} cannot be given to a program: {error}") from None
        cases.append(Case(args, expected))
    return tuple(cases)


def _kind(raw: Any) -> str:
    names = {dict: "an object", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(raw), "a number")


def _case_to_json(case: CaseResult) -> dict[str, Any]:
    if case.error is not None:
        return {"ok": case.ok, "error": case.error}
    return {"ok": case.ok, "value": to_json(case.value)}


def verdict_to_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as one JSON object."""
    return {
        "verdict": verdict.verdict,
        "message": verdict.message,
        "cases": [_case_to_json(case) for case in verdict.cases],
        "isolation": {"level": verdict.isolation.level, "layers": list(verdict.isolation.layers)},
        "used": {
            "seconds": round(verdict.used.seconds, 6),
            "cpu_seconds": round(verdict.used.cpu_seconds, 6),
            "peak_mb": round(verdict.used.peak_mb, 1),
        },
    }
