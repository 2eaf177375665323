"""What stands between prose and code: one frozen, printable statement of what is wanted.

Everything in it is text or plain data, so that it is hashed, stored, shown and sent without conversion. Values of
examples are Python literals, kept as they were written.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["IR", "Answer", "Example", "Fit", "OpenPoint", "Origin", "Parameter", "Signature"]

Origin = Literal["example", "stub", "prose", "model", "convention", "user"]
"""Who said it: an example or stub of the user, the words of the prose, the model, our habit, the user when asked."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parameter(_Frozen):
    """One parameter of the wanted function; `default` is source text, None if it must be given."""

    name: str
    type: str
    default: str | None = None

    def __str__(self) -> str:
        tail = "" if self.default is None else f" = {self.default}"
        return f"{self.name}: {self.type}{tail}"


class Signature(_Frozen):
    """Name, parameters and result of the wanted function, and who said so."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: str
    origin: Origin = "convention"

    def __str__(self) -> str:
        return f"def {self.name}({', '.join(map(str, self.parameters))}) -> {self.returns}:"


class Example(_Frozen):
    """One call with the value it must give, all three as source text."""

    function: str
    arguments: tuple[str, ...]
    expected: str
    origin: Origin = "user"

    def __str__(self) -> str:
        return f"{self.call} == {self.expected}"

    @property
    def call(self) -> str:
        """The call as it would be written."""
        return f"{self.function}({', '.join(self.arguments)})"

    @property
    def args(self) -> tuple[Any, ...]:
        """The arguments as values, made anew at each reading."""
        return tuple(ast.literal_eval(text) for text in self.arguments)

    @property
    def value(self) -> Any:
        """The expected value, made anew at each reading."""
        return ast.literal_eval(self.expected)


class Fit(_Frozen):
    """Something that could stand in an open point, and what speaks for it."""

    value: str
    support: int = 0
    why: str = ""


class OpenPoint(_Frozen):
    """What the prose does not say: a hole of the IR, with the fits that were found for it, best first."""

    about: str
    """The place: a call such as `f('')`, or `signature`."""
    kind: Literal["example", "behaviour", "types", "evidence"]
    question: str
    fits: tuple[Fit, ...] = ()
    state: Literal["open", "deferred", "accepted", "answered"] = "open"
    chosen: str | None = None


class Answer(_Frozen):
    """What stands in an open point: `value` is source text; deferred answers taint, accepted ones are assumptions."""

    state: Literal["deferred", "accepted", "answered"]
    value: str | None = None


class IR(_Frozen):
    """The intermediate representation between prose and code."""

    intent: str
    signature: Signature
    requires: tuple[str, ...] = ()
    """Conditions on the arguments, as Python expressions over the parameters."""
    ensures: tuple[str, ...] = ()
    """Conditions on the outcome, as Python expressions over the parameters and `result`."""
    examples: tuple[Example, ...] = ()
    effects: tuple[str, ...] = ()
    """What the function may do besides giving a value; empty: nothing."""
    holes: tuple[OpenPoint, ...] = ()

    def with_answers(self, answers: Mapping[str, Answer]) -> IR:
        """Return the IR whose open points carry these answers, by the place they are about."""
        return self.model_copy(
            update={
                "holes": tuple(
                    point
                    if (answer := answers.get(point.about)) is None
                    else point.model_copy(update={"state": answer.state, "chosen": answer.value})
                    for point in self.holes
                )
            }
        )
