"""The diagnostics and their catalogue: what each code means, with a program that earns it and one that does not."""

from __future__ import annotations

from dataclasses import dataclass

from lift_sys.errors import Diagnostic

__all__ = ["FAMILIES", "Diagnostic", "Entry"]

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

    @property
    def family(self) -> str:
        """What kind of fault it is, by the first digit of the code."""
        return FAMILIES[self.code[2]]
