"""What a graph is given when it runs: bound to its parameters and validated, or every fault at once."""

from __future__ import annotations

import sysconfig
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from lift_sys.define import NO_DEFAULT, Graph, Parameter, file_place, refuse_in_drawing, type_name, user_frame
from lift_sys.errors import DefinitionError, Diagnostic
from lift_sys.execute.validation import misfit

__all__ = ["run_inputs"]

_NOT_THE_USERS = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")})


def run_inputs(graph: Graph[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
    """Return the validated inputs of a graph in the order of its parameters; DefinitionError with every fault."""
    refuse_in_drawing()
    call = _Call(graph, args, kwargs)
    found = [*call.misplaced(), *call.missing()]
    values = []
    for parameter in graph.shape.parameters:
        given = call.given.get(parameter.name, parameter.default)
        value, wrong = (given, None) if given is NO_DEFAULT else misfit(given, parameter.type)
        values.append(value)
        if wrong is not None:
            found.append(call.misfit(parameter, given, wrong))
    if found:
        raise DefinitionError(diagnostics=found)
    return values


class _Call:
    """One call of `run`: what was given by name or position, and where it is written."""

    def __init__(self, graph: Graph[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._graph = graph
        self._names = [p.name for p in graph.shape.parameters]
        by_position = [p.name for p in graph.shape.parameters if not p.keyword_only]
        self._extra = args[len(by_position) :]
        self._unknown = [name for name in kwargs if name not in self._names]
        self._twice = [name for name in by_position[: len(args)] if name in kwargs]
        self.given = {**dict(zip(by_position, args, strict=False)), **kwargs}
        self._place = _calling_line(graph)
        self._left = [p for p in graph.shape.parameters if p.required and p.name not in self.given]

    def misplaced(self) -> Iterator[Diagnostic]:
        """Yield what was given and has no parameter of its own."""
        name = self._graph.name
        for value in self._extra:
            words = f"{name} takes {len(self._names)} inputs, and is given one more: {value!r:.80}"
            yield self._said("LS108", words, self._signature())
        for given in self._twice:
            yield self._said("LS108", f"{name} is given `{given}` twice, by position and by name", "give it once")
        for given in self._unknown:
            near = get_close_matches(given, self._names, 1)
            value = f"{self.given[given]!r:.40}"
            cure = f"did you mean `{near[0]}={value}`?" if near else self._signature()
            yield self._said("LS108", f"{name} has no input `{given}`, and is given {given}={value}", cure)

    def missing(self) -> Iterator[Diagnostic]:
        """Yield the inputs that nothing was given for."""
        for parameter in self._left:
            if get_close_matches(parameter.name, self._unknown, 1):
                continue  # said already: it was given under a name that is nearly right
            example = ", ".join(f"{p.name}=..." for p in self._graph.shape.parameters if p.required)
            cure = f"write `{self._graph.name}.run({example})`"
            yield self._said(
                "LS202",
                f"{self._graph.name} is not given its input `{parameter.name}: {type_name(parameter.type)}`"
                f"{self._taken_by(parameter)}",
                cure,
            )

    def _taken_by(self, parameter: Parameter) -> str:
        """Return who takes an inferred input, and the node that was meant if a name is nearly right."""
        inferred = self._graph.inferred
        if inferred is None:
            return ""
        takers = [node.name for node, p, suppliers in inferred.supplied() if p.name == parameter.name and not suppliers]
        near = get_close_matches(parameter.name, [n.name for n in inferred.nodes], 1, 0.75)
        meant = f"; no node is called {parameter.name}, did you mean {near[0]}?" if near else ""
        return f", which {' and '.join(takers)} takes{meant}"

    def misfit(self, parameter: Parameter, value: Any, wrong: str) -> Diagnostic:
        """Return the fault of a value that does not fit its parameter."""
        words = (
            f"{self._graph.name} takes `{parameter.name}: {type_name(parameter.type)}`, and is given "
            f"{value!r:.80} ({type(value).__name__}): {wrong}"
        )
        return self._said("LS108", words, f"{self._converted(parameter, value)}{self._signature()}")

    def _converted(self, parameter: Parameter, value: Any) -> str:
        """Return the call with the value as a text or number, where that is easily said."""
        makers: dict[tuple[Any, type], Callable[[Any], Any]] = {
            (str, int): str, (str, float): str, (int, str): int, (float, str): float, (bytes, str): str.encode
        }  # fmt: skip
        make = makers.get((parameter.type, type(value)))
        try:
            made = None if make is None else make(value)
        except ValueError:
            made = None
        return "" if made is None else f"write `{self._graph.name}.run({parameter.name}={made!r:.60})`; "

    def _signature(self) -> str:
        shown = ", ".join(
            f"{p.name}: {type_name(p.type)}" + ("" if p.required else f" = {p.default!r:.40}")
            for p in self._graph.shape.parameters
        )
        return f"the inputs are `{self._graph.name}.run({shown})`"

    def _said(self, code: str, message: str, cure: str) -> Diagnostic:
        return Diagnostic(code, self._place, message, cure)


def _calling_line(graph: Graph[..., Any]) -> str:
    """Return the line that called `run`; where a library called it, the place of the graph."""
    frame = user_frame()
    if frame is None:
        return graph.place
    filename = frame.f_code.co_filename
    if filename.startswith(_NOT_THE_USERS):
        return graph.place
    return f"{file_place(filename, frame.f_lineno, frame.f_globals.get('__name__'))} {graph.name}"
