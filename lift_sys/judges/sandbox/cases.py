"""Cases and verdicts as JSON: what `lift-sys verify` reads and prints."""

from __future__ import annotations

from typing import Any

from lift_sys.errors import DefinitionError
from lift_sys.judges.sandbox.inside.values import TAGS, decode, encode
from lift_sys.judges.sandbox.job import NOTHING, Case, CaseResult, Verdict

__all__ = ["cases_from_json", "from_json", "to_json", "verdict_to_json"]

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
    """Return a plain value as JSON can carry it, with tags for what JSON has no word for."""
    return encode(value)


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
        except ValueError as error:
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
