"""The shape of a function: its parameters and result with resolved types, and the place where it is written."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

from lift_sys.errors import DefinitionError, Diagnostic

__all__ = [
    "NO_DEFAULT",
    "Parameter",
    "Shape",
    "fault",
    "file_place",
    "locals_around",
    "place_of",
    "shape_of",
    "user_frame",
    "user_place",
]

NO_DEFAULT: Any = inspect.Parameter.empty
_ROOT = __name__.partition(".")[0]
_CARRIERS = sys.stdlib_module_names | {"anyio", "cyclopts", "trio", "sniffio"}
_OUR_SCRIPTS = frozenset({"lift-sys", "lift-sys.exe"})
_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: `type` is Any where nothing is said or the annotation cannot be resolved."""

    name: str
    type: Any
    default: Any
    keyword_only: bool = False
    variadic: bool = False

    @property
    def required(self) -> bool:
        """Whether a call must supply it."""
        return self.default is NO_DEFAULT and not self.variadic


@dataclass(frozen=True, slots=True)
class Shape:
    """The parameters of a function by position, and the type of what it gives."""

    parameters: tuple[Parameter, ...]
    result: Any
    signature: inspect.Signature
    simple: int
    """How many parameters can be given by position when there is nothing variadic or keyword-only; -1 otherwise."""
    required: int

    def named(self, name: str) -> Parameter | None:
        """Return the parameter of that name."""
        return next((p for p in self.parameters if p.name == name), None)

    def ports(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return each parameter's value in a call, defaults included; TypeError if the call does not fit."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return dict(bound.arguments)

    def given_by(self, other: Shape) -> dict[str, Parameter]:
        """Return which parameter of another shape each of these is given: by name, else in the order that is left."""
        found = {mine.name: same for mine in self.parameters if (same := other.named(mine.name)) is not None}
        left = [theirs for theirs in other.parameters if theirs.name not in found and not theirs.keyword_only]
        mine_left = [mine for mine in self.parameters if mine.name not in found and not mine.keyword_only]
        return {**found, **{mine.name: theirs for mine, theirs in zip(mine_left, left, strict=False)}}


def file_place(filename: str, line: int, module: str | None = None) -> str:
    """Return `pkg/mod.py:31`, shortened to the module's own path where that is known."""
    if module:
        tail = module.replace(".", "/") + ".py"
        if filename.replace("\\", "/").endswith(tail):
            return f"{tail}:{line}"
    return f"{filename}:{line}"


def place_of(fn: Callable[..., Any], name: str = "") -> str:
    """Return where a function is written: `pkg/mod.py:31 name`."""
    inner = inspect.unwrap(fn)
    code = getattr(inner, "__code__", None)
    if code is None:
        return name or repr(fn)
    where = file_place(code.co_filename, code.co_firstlineno, getattr(inner, "__module__", None))
    return f"{where} {name or inner.__name__}"


def user_frame(*, passing: frozenset[str] = _CARRIERS) -> FrameType | None:
    """Return the nearest frame that is neither ours nor of a library that only carries calls: the line a user wrote."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if module == "__main__" and _is_our_command(frame):
            return None
        if module != _ROOT and module not in passing:
            return frame
        frame = frame.f_back
    return None


def _is_our_command(frame: FrameType) -> bool:
    """Whether a program's first frame is of our own command: what called it, no user wrote."""
    spec = frame.f_globals.get("__spec__")
    ran = str(getattr(spec, "name", "")).partition(".")[0]
    return ran == _ROOT or frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2] in _OUR_SCRIPTS


def user_place(given: object = None) -> str:
    """Return the line that a user wrote and that is being carried out: `pkg/mod.py:31`.

    Where a command line said it there is none: then it is where `given`, a function, is written.
    """
    frame = user_frame()
    if frame is None:
        code = getattr(inspect.unwrap(given), "__code__", None) if callable(given) else None
        if code is None:
            return "command line"
        return file_place(code.co_filename, code.co_firstlineno, getattr(given, "__module__", None))
    return file_place(frame.f_code.co_filename, frame.f_lineno, frame.f_globals.get("__name__"))


def fault(code: str, place: str, message: str, cure: str) -> DefinitionError:
    """Return the error for one fault, ready to raise."""
    return DefinitionError(diagnostics=(Diagnostic(code, place, message, cure),))


def locals_around(fn: Callable[..., Any], depth: int) -> Mapping[str, Any]:
    """Return the local names around a nested function, so that its annotations can be resolved later."""
    if "<locals>" not in getattr(fn, "__qualname__", ""):
        return {}
    frame = sys._getframe(depth + 1)
    return dict(frame.f_locals)


def _resolved(fn: Callable[..., Any], around: Mapping[str, Any]) -> dict[str, Any]:
    """Return the annotations as types; one that cannot be resolved becomes Any and spoils no other."""
    inner = inspect.unwrap(fn)
    if not hasattr(inner, "__annotations__") and "__call__" in type(fn).__dict__:
        inner = type(fn).__call__
    try:
        return typing.get_type_hints(inner, localns=dict(around) or None, include_extras=True)
    except (NameError, TypeError, AttributeError, SyntaxError):
        pass
    space = {**getattr(inner, "__globals__", {}), **around}
    hints: dict[str, Any] = {}
    for name, note in getattr(inner, "__annotations__", {}).items():
        holder: Any = type("holder", (), {"__annotations__": {name: note}})
        try:
            hints.update(typing.get_type_hints(holder, globalns=space, include_extras=True))
        except (NameError, TypeError, AttributeError, SyntaxError):
            hints[name] = Any
    return hints


def shape_of(fn: Callable[..., Any], around: Mapping[str, Any], *, drop_first: bool = False) -> Shape:
    """Return the shape of a function; with `drop_first` the first parameter is the engine's and left out."""
    hints = _resolved(fn, around)
    signature = inspect.signature(fn)
    taken = list(signature.parameters.values())
    if drop_first:
        taken = taken[1:]
        signature = signature.replace(parameters=taken)
    parameters = tuple(
        Parameter(
            name=p.name,
            type=hints.get(p.name, Any),
            default=p.default,
            keyword_only=p.kind is inspect.Parameter.KEYWORD_ONLY,
            variadic=p.kind in _VARIADIC,
        )
        for p in taken
    )
    plain = not any(p.keyword_only or p.variadic for p in parameters)
    return Shape(
        parameters=parameters,
        result=hints.get("return", Any),
        signature=signature,
        simple=len(parameters) if plain else -1,
        required=sum(p.required for p in parameters),
    )
