"""The diagnostics and their catalogue: what each code means, with a program that earns it and one that does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lift_sys.errors import (
    ConstraintConflict,
    Diagnostic,
    FailedRun,
    ProviderUnavailable,
    UnknownModel,
)

__all__ = ["FAMILIES", "Diagnostic", "Entry", "codes_of"]

FAMILIES = {
    "1": "drawing a graph",
    "2": "wiring",
    "3": "the source of a body",
    "4": "holes and fills",
    "5": "constraints",
    "6": "models and environment",
    "7": "generated code",
}
"""What the first digit of a code says."""


@dataclass(frozen=True)
class Entry:
    """The long form of one code; `wrong` and `right` are whole programs, and tests run both."""

    code: str
    title: str
    text: str
    """Why it is a fault, what would happen otherwise, and what to do; Markdown."""
    wrong: str
    right: str
    language: Literal["python", "sh"] = "python"
    """What `wrong` and `right` are: programs, or lines for a shell."""

    @property
    def family(self) -> str:
        """What kind of fault it is, by the first digit of the code."""
        return FAMILIES[self.code[2]]


_CODE = re.compile(r"\bLS\d{3}\b")
_ERRORS: tuple[tuple[type[BaseException], str], ...] = (
    (ConstraintConflict, "LS502"),
    (UnknownModel, "LS601"),
    (ProviderUnavailable, "LS602"),
)
"""Errors that mean one code each."""


def codes_of(error: BaseException) -> tuple[str, ...]:
    """Return the codes that say more about an error: of its diagnostics, of its kind, or of the step that failed."""
    diagnostics: tuple[Diagnostic, ...] = getattr(error, "diagnostics", ())
    if diagnostics:
        return tuple(dict.fromkeys(found.code for found in diagnostics))
    for kind, code in _ERRORS:
        if isinstance(error, kind):
            return (code,)
    if isinstance(error, FailedRun) and error.__cause__ is not None:
        return codes_of(error.__cause__)
    return tuple(dict.fromkeys(_CODE.findall(str(error))))
