"""A constraint: a statement about a port, hole or graph, with a strength and an origin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lift_sys.define.predicate import Predicate
from lift_sys.define.predicate_reader import read_predicate
from lift_sys.define.shape import Shape, fault, user_place
from lift_sys.errors import DefinitionError

__all__ = ["MAY", "MUST", "SHOULD", "Constraint", "Strength", "said_in_docstring", "with_origin"]

Strength = Literal["MUST", "SHOULD", "MAY"]
_LINE = re.compile(r"^\s*(?:[-*]\s+)?(MUST|SHOULD|MAY)\s+(\S.*?)\s*$")


@dataclass(frozen=True)
class Constraint:
    """A statement with a strength and an origin: MUST("result >= 0"), SHOULD(...), MAY(...), or read from a docstring.

    Ports are the node's parameters and `result`; `check` is called with the ports it names as parameters.
    """

    strength: Strength
    text: str
    origin: str = ""
    check: Callable[..., bool] | None = None
    place: str = field(default="", compare=False, repr=False)
    """The line where it was written, where that is known."""

    def predicate_for(self, shape: Shape) -> Predicate | None:
        """Return what the text says of the ports of a shape; None where it is prose.

        Raises DefinitionError (LS501) where it is plainly meant to be computed and cannot be; with a `check` it is not,
        whatever it looks like.
        """
        read: tuple[Shape, Predicate | None] | None = self.__dict__.get("_read")
        if read is None or read[0] is not shape:
            read = (shape, self._predicate(shape))
            # what is read from a text is no part of what was said: it is remembered beside the fields
            self.__dict__["_read"] = read
        return read[1]

    def _predicate(self, shape: Shape) -> Predicate | None:
        try:
            return read_predicate(self.text, shape, self.place)
        except DefinitionError:
            if self.check is None:
                raise
            return None

    def __str__(self) -> str:
        return f"{self.strength} {self.text}" + (f"  [{self.origin}]" if self.origin else "")


def MUST(text: str, check: Callable[..., bool] | None = None) -> Constraint:  # noqa: N802 - RFC 2119 words are capitals
    """Say what has to hold: a run that breaks it fails there."""
    return _said("MUST", text, check)


def SHOULD(text: str, check: Callable[..., bool] | None = None) -> Constraint:  # noqa: N802 - RFC 2119 words are capitals
    """Say what is wanted: broken, it is an event and counts when fills are ranked."""
    return _said("SHOULD", text, check)


def MAY(text: str) -> Constraint:  # noqa: N802 - RFC 2119 words are capitals
    """Say what is allowed; nothing is ever checked."""
    return _said("MAY", text)


def _said(strength: Strength, text: Any, check: Any = None) -> Constraint:
    what, cure = "", ""
    if not isinstance(text, str) or not text.strip():
        what = f"{strength}({text!r:.80}): a constraint is said in words"
        cure = f'write `{strength}("result >= 0")`'
    elif check is not None and not callable(check):
        what = f"{strength}({text!r:.80}, {check!r:.80}): the check is {type(check).__name__}, not a function"
        cure = f"write `{strength}({text!r}, lambda result: ...)`; it is given the ports that it names"
    if what:
        raise fault("LS112", user_place(), what, cure)
    return Constraint(strength, text, check=check, place=user_place())


def with_origin(constraints: Iterable[Constraint], origin: str) -> tuple[Constraint, ...]:
    """Return the constraints with `origin[k]` where none was named."""
    return tuple(c if c.origin else replace(c, origin=f"{origin}[{k}]") for k, c in enumerate(constraints))


def said_in_docstring(doc: str | None, origin: str) -> tuple[str, Sequence[Constraint]]:
    """Return the intent and the constraints of a docstring: lines that begin with MUST, SHOULD or MAY.

    An indented line below continues the sentence. Lines count from 1, the first line of the docstring.
    """
    intent: list[str] = []
    said: list[Constraint] = []
    indent: int | None = None
    for number, line in enumerate((doc or "").splitlines(), 1):
        found = _LINE.match(line)
        depth = len(line) - len(line.lstrip())
        if found:
            strength: Any = found[1]
            said.append(Constraint(strength, found[2], f"{origin} docstring line {number}"))
            indent = depth
        elif indent is not None and line.strip() and depth > indent:
            said[-1] = replace(said[-1], text=f"{said[-1].text} {line.strip()}")
        else:
            indent = None
            intent.append(line)
    return "\n".join(intent).strip(), tuple(said)
