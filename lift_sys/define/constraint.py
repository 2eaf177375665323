"""A constraint: a statement about a port, hole or graph, with a strength and an origin."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from lift_sys.define.predicate import Predicate
from lift_sys.define.predicate_faults import not_computed
from lift_sys.define.predicate_leaves import RESULT, port_names
from lift_sys.define.predicate_reader import read_predicate, refuse_prose
from lift_sys.define.shape import Shape, fault, user_place
from lift_sys.errors import DefinitionError

__all__ = ["MAY", "MUST", "SHOULD", "Constraint", "Strength", "relates", "said_in_docstring", "with_origin"]

Strength = Literal["MUST", "SHOULD", "MAY"]
_LINE = re.compile(r"^\s*(?:[-*]\s+)?(MUST|SHOULD|MAY)\s+(\S.*?)\s*$")


@dataclass(frozen=True)
class Constraint:
    """A statement with a strength and an origin: MUST("result >= 0"), SHOULD(...), MAY(...), or read from a docstring.

    Ports are the node's parameters and `result`. A text that compares ports, `len(result) <= 5`, is computed; any other
    is prose, carried and shown. `check` is called with the ports it names as parameters.
    """

    strength: Strength
    text: str
    origin: str = ""
    check: Callable[..., bool] | None = None
    place: str = field(default="", compare=False, repr=False)
    """The line where it was written, where that is known."""
    computed: bool = field(default=False, compare=False, repr=False)
    """Whether it was promised to be no prose."""

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
            found = read_predicate(self.text, shape, self.place)
        except DefinitionError:
            if self.check is None:
                raise
            return None
        if found is None and self.computed:
            raise not_computed(self.text, self.place)
        return found

    def is_asked(self, shape: Shape) -> bool:
        """Whether values are asked about it at run time: it is more than allowed, and no prose."""
        return self.strength != "MAY" and (self.check is not None or self.predicate_for(shape) is not None)

    def ports(self, shape: Shape) -> frozenset[str]:
        """Return the ports that it asks about: those its text names, and those its check takes."""
        predicate = self.predicate_for(shape)
        return frozenset(self.taken(shape)) | (predicate.ports if predicate is not None else frozenset())

    def taken(self, shape: Shape) -> tuple[str, ...]:
        """Return the names of what its check is called with, in their order; a default that is no port stays."""
        if self.check is None:
            return ()
        try:
            taken = inspect.signature(self.check).parameters.values()
        except (ValueError, TypeError):  # written in C
            return (RESULT,)
        if any(p.kind is inspect.Parameter.POSITIONAL_ONLY for p in taken):
            return (RESULT,)
        known = port_names(shape)
        wanted = [p for p in taken if p.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)]
        return tuple(p.name for p in wanted if p.name in known or p.default is inspect.Parameter.empty)

    def said_of(self, given: Mapping[str, Any]) -> bool:
        """Return what its check says of what it takes, by name; it raises whatever the check does."""
        assert self.check is not None
        try:
            known: Mapping[str, inspect.Parameter] = inspect.signature(self.check).parameters
        except (ValueError, TypeError):  # written in C: it takes values by position
            known = {}
        named = {n: v for n, v in given.items() if n in known and known[n].kind is inspect.Parameter.KEYWORD_ONLY}
        return bool(self.check(*(value for name, value in given.items() if name not in named), **named))

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


def relates(text: str) -> Constraint:
    """Say how ports relate, as a MUST that is computed: `relates("len(result) <= len(items)")`; prose is refused."""
    said = _said("MUST", text)
    refuse_prose(text, said.place)
    return replace(said, computed=True)


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
    for number, line in enumerate(_cleaned(doc or "").splitlines(), 1):
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


def _cleaned(doc: str) -> str:
    lines = doc.expandtabs().splitlines() or [""]
    margin = min((len(line) - len(line.lstrip()) for line in lines[1:] if line.strip()), default=0)
    return "\n".join([lines[0].strip(), *(line[margin:].rstrip() for line in lines[1:])])
