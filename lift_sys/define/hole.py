"""A hole: a node whose body is missing, with signature, intent and constraints."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn, ParamSpec, Protocol, TypeVar, overload

from lift_sys.define.fill import Fill
from lift_sys.define.node_interface import Node, is_async, refuse_yielding
from lift_sys.define.policy import NodeOptions, refuse_unknown_settings
from lift_sys.define.shape import fault, locals_around, place_of, user_place
from lift_sys.errors import IncompleteRun

__all__ = ["Hole", "HoleMaker", "hole", "model", "person", "prompt", "todo"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)


class Hole(Node[P, R_co]):
    """A node whose body is missing; a run goes around it until something fills it.

    `kind` is what the project says about it ("interface", "decision", ...); the engine does not read it. A hole made
    by `@prompt` carries the fill that answers it (`default_fill`).
    """

    kind: str = ""
    default_fill: Fill | None = None

    @property
    def intent(self) -> str:
        """The docstring without its MUST, SHOULD and MAY lines."""
        return self._said[0]

    def defer(self, value: Any) -> Fill:
        """Return a fill that uses `value` for now; whatever rests on it is tainted."""
        return Fill(self._replaces, "deferred", by=value, name=f"deferred {value!r:.60}")

    def _call_outside(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Awaitable[R_co]:
        return _raise_open(self)

    def _twin(self, options: NodeOptions) -> Hole[P, R_co]:
        twin: Hole[P, R_co] = Hole(self.fn, options, around=self._around)
        twin.kind = self.kind
        twin.default_fill = self.default_fill
        return twin


async def _raise_open(open_hole: Node[..., Any]) -> Any:
    raise IncompleteRun(
        f"{open_hole.place}: {open_hole.name} is a hole, and nothing fills it here; "
        f"call the graph with `.with_fills({open_hole.name}.fill(my_{open_hole.name}))`"
    )


class HoleMaker(Protocol):
    """Makes a hole of an async function without a body."""

    def __call__(self, fn: Callable[P, Awaitable[R]], /) -> Hole[P, R]:
        """Return the hole."""
        ...


@overload
def hole(fn: Callable[P, Awaitable[R]], /) -> Hole[P, R]: ...
@overload
def hole(*, kind: str = ..., **options: Any) -> HoleMaker: ...
def hole(fn: Callable[..., Any] | None = None, /, *, kind: str = "", **options: Any) -> Any:
    """Make a hole: `@hole` above an async function whose body is `todo()`.

    The docstring is its intent; lines that begin with MUST, SHOULD or MAY are its constraints.
    """
    if fn is not None:
        return _make(fn, "hole", {}, kind)
    return lambda function: _make(function, "hole", dict(options), kind)


@overload
def prompt(fn: Callable[P, Awaitable[R]], /) -> Hole[P, R]: ...
@overload
def prompt(*, model: str | None = ..., settings: Mapping[str, Any] | None = ..., **options: Any) -> HoleMaker: ...
def prompt(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    model: str | None = None,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> Any:
    """Make a hole that a model fills at each call: the docstring is the instruction, the parameters are the inputs.

    `model` is a model string (`openai:...`, `local`; the engine's default without one), `settings` are temperature,
    max_tokens and the like.
    """

    def make(function: Callable[..., Any], depth: int = 1) -> Hole[..., Any]:
        made = _make(function, "prompt", dict(options), "prompt", depth + 1)
        refuse_unknown_settings(f"@prompt of {made.name}", settings)
        made.default_fill = Fill(made, "model", by=model, name=model or "", settings=settings)
        return made

    return make(fn, 1) if fn is not None else make


def _make(fn: Callable[..., Any], word: str, options: dict[str, Any], kind: str, depth: int = 1) -> Hole[..., Any]:
    name = getattr(fn, "__name__", repr(fn))
    if isinstance(fn, Node):
        raise fault("LS105", fn.place, f"{name} is a node already", f"keep either @{word} or the other decorator")
    if not callable(fn) or not is_async(fn):
        refuse_yielding(fn, name, word)
        where = place_of(fn, name) if callable(fn) else name
        raise fault("LS105", where, f"{name} is not an async function", f"write @{word} above `async def {name}`")
    made: Hole[..., Any] = Hole(
        fn, NodeOptions().changed(f"@{word} of {name}", options), around=locals_around(fn, depth + 1)
    )
    made.kind = kind
    return made


def todo(why: str = "") -> NoReturn:
    """Stand for a body that is not written yet; type checkers are content with any return type."""
    raise IncompleteRun(f"not written yet{': ' + why if why else ''}; fill the hole or write the body")


def person(hole: Hole[P, R], question: str = "") -> Fill:
    """Return a fill by a person: the run ends incomplete there and waits for the answer."""
    _refuse_no_hole(hole, "person")
    return Fill(hole._replaces, "person", by=question or hole.intent, name="a person")


def model(hole: Hole[P, R], model: str | None = None, **settings: Any) -> Fill:
    """Return a fill by a model, asked at each call; without a name the engine's default model."""
    _refuse_no_hole(hole, "model")
    refuse_unknown_settings(f"model({hole.name})", settings)
    return Fill(hole._replaces, "model", by=model, name=model or "", settings=settings)


def _refuse_no_hole(given: object, word: str) -> None:
    if isinstance(given, Hole):
        return
    name = getattr(given, "__name__", None) or repr(given)
    kind = "a node with a body" if isinstance(given, Node) else type(given).__name__
    cure = f"write @hole instead of @node above `async def {name}`" if isinstance(given, Node) else "give it a @hole"
    raise fault("LS401", user_place(), f"{word}({name:.80}): {name:.80} is {kind}, not a hole", cure)
