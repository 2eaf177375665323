"""A node: a typed async function that the engine may run."""

from __future__ import annotations

import dis
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Concatenate, Generic, Literal, ParamSpec, Protocol, TypeVar, get_args, overload

from lift_sys.define.constraint import Constraint, said_in_docstring, with_origin
from lift_sys.define.context import RunContext
from lift_sys.define.fill import Fill
from lift_sys.define.policy import NodeOptions
from lift_sys.define.refinements import refined
from lift_sys.define.scope import current_scope
from lift_sys.define.shape import Shape, fault, file_place, locals_around, place_of, shape_of, user_place
from lift_sys.define.source_text import yielded_in

__all__ = ["ContextNodeMaker", "Node", "NodeMaker", "PlainNodeMaker", "node"]

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)

Threading = Literal["async", "inline", "thread"]


class Node(Generic[P, R_co]):
    """A typed async function that the engine may run.

    In a graph body a call draws a step; in a running node it runs a child step; outside a run it calls the function.
    Made by `@node`, `@hole`, `@prompt` and `@graph`.
    """

    is_graph = False

    def __init__(
        self,
        fn: Callable[P, Awaitable[R_co]],
        options: NodeOptions | None = None,
        *,
        around: Mapping[str, Any] | None = None,
        context: bool = False,
        threading: Threading = "async",
    ) -> None:
        self.fn = fn
        self.options = options or NodeOptions()
        self.name: str = self.options.name or _name_of(fn)
        self.takes_context = context
        self.threading = threading
        self.__doc__ = fn.__doc__
        self.__name__ = self.name
        self.__module__ = getattr(fn, "__module__", "")
        self.__qualname__ = getattr(fn, "__qualname__", self.name)
        self._around = around or {}
        self._replaces: Node[..., Any] = self

    @cached_property
    def shape(self) -> Shape:
        """Parameters and result, with annotations resolved at first use."""
        return shape_of(self.fn, self._around, drop_first=self.takes_context)

    @property
    def place(self) -> str:
        """Where the function is written: `pkg/mod.py:31 name`."""
        return place_of(self.fn, self.name)

    @property
    def label(self) -> str:
        """`pkg.mod:draft`, the name used in origins and candidates."""
        return f"{self.__module__}:{self.__qualname__.replace('<locals>.', '')}"

    @property
    def _origin(self) -> str:
        """The label under the name that was given to it: what one factory makes is told apart by its names."""
        module, _, written = self.label.partition(":")
        around, _, own = written.rpartition(".")
        named = self._replaces.options.name or _name_of(self.fn)
        return self.label if own == named else f"{module}:{around}{'.' if around else ''}{named}"

    @cached_property
    def _said(self) -> tuple[str, Sequence[Constraint]]:
        return said_in_docstring(self.fn.__doc__, self._origin)

    @cached_property
    def _typed(self) -> tuple[tuple[bool, Constraint], ...]:
        """What its types ask, and whether that is asked of a field of a class."""
        return tuple(
            (bool(leaf.path), Constraint("MUST", text, f"type of {self._origin}.{leaf}", place=self.place))
            for leaf, text in refined(self.shape)
        )

    @cached_property
    def own_constraints(self) -> tuple[Constraint, ...]:
        """What is said of this node itself: by its docstring, by `constraints=[...]`, and by its types."""
        said = with_origin(self.options.constraints, f"{self._origin} constraints")
        return (*self._said[1], *said, *(c for _, c in self._typed))

    @property
    def constraints(self) -> Sequence[Constraint]:
        """What must, should and may hold."""
        return self.own_constraints

    @cached_property
    def asked(self) -> tuple[Constraint, ...]:
        """Those of its own constraints that values are asked about at run time.

        Raises DefinitionError (LS501) where one is plainly meant to be computed and cannot be.
        """
        return tuple(c for c in self.own_constraints if c.is_asked(self.shape))

    @cached_property
    def asked_at_border(self) -> tuple[Constraint, ...]:
        """What is asked where a graph begins and ends: but for the fields of classes, asked of whoever made a value."""
        of_fields = {c for is_field, c in self._typed if is_field}
        return tuple(c for c in self.own_constraints if c not in of_fields and c.is_asked(self.shape))

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Awaitable[R_co]:
        """Draw a step, run a child step, or call the function: whatever a call means here."""
        scope = current_scope.get()
        if scope is not None:
            return scope.call(self, args, kwargs)
        return self._call_outside(args, kwargs)

    def _call_outside(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Awaitable[R_co]:
        if self.takes_context:
            raise fault(
                "LS106",
                self.place,
                f"{self.name} takes a RunContext, and there is no run here to give one",
                f"call `{self.name}.fn(ctx, ...)` with a context of your own, or run it in a graph",
            )
        if self.threading != "async":
            return _call_plain(self.fn, args, kwargs)
        return self.fn(*args, **kwargs)

    def using(self, **policy: Any) -> Node[P, R_co]:
        """Return the same node under another policy or name; fills of this node stand in it too."""
        twin = self._twin(self.options.changed(f"{self.name}.using(...)", policy))
        twin._replaces = self._replaces
        return twin

    def _twin(self, options: NodeOptions) -> Node[P, R_co]:
        return Node(self.fn, options, around=self._around, context=self.takes_context, threading=self.threading)

    def fill(self, by: Callable[P, Awaitable[R_co]], *, name: str | None = None) -> Fill:
        """Return an override of this node: `by` stands in its place."""
        if not callable(by) or isinstance(by, Fill):
            raise fault(
                "LS401",
                f"{user_place(by)} {self.name}",
                f"{self.name}.fill({by!r}): a fill is an async function or a node, this is {type(by).__name__}",
                f"to use a value, write `{self.name}.defer({by!r:.60})`; to use a function, pass it without calling it",
            )
        if not isinstance(by, Node):
            _refuse_plain_fill(self, by)
        elif getattr(by, "default_fill", by) is None:
            raise fault(
                "LS401",
                f"{user_place()} {self.name}",
                f"{self.name}.fill({by.name}): {by.name} is a hole, too, and nothing stands in it",
                f"fill with an async function or a node; `model({self.name})` asks a model",
            )
        kind: Literal["code", "graph"] = "graph" if isinstance(by, Node) and by.is_graph else "code"
        return Fill(self._replaces, kind, by=by, name=name or _name_of(by))

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        """Refuse to be a method: nodes are functions of their inputs alone."""
        if instance is None:
            return self
        raise fault(
            "LS105",
            self.place,
            f"{self.name} is a node inside the class {type(instance).__name__}; nodes take no `self`",
            "write it at module level and pass what it needs as a parameter, or take it from ctx.deps",
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__.lower()} {self.label}>"


def _name_of(fn: object) -> str:
    return str(getattr(fn, "__name__", type(fn).__name__))


async def _call_plain(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Call a plain function as a node outside a run: inline, as nobody else waits for the thread."""
    return fn(*args, **kwargs)


class NodeMaker(Protocol):
    """Makes a node of an async function."""

    def __call__(self, fn: Callable[P, Awaitable[R]], /) -> Node[P, R]:
        """Return the node."""
        ...


class ContextNodeMaker(Protocol):
    """Makes a node of an async function whose first parameter, a RunContext, is given by the engine."""

    def __call__(self, fn: Callable[Concatenate[RunContext[Any], P], Awaitable[R]], /) -> Node[P, R]:
        """Return the node; its parameters are those after the context."""
        ...


class PlainNodeMaker(Protocol):
    """Makes a node of a plain function, run inline or in a worker thread."""

    def __call__(self, fn: Callable[P, R], /) -> Node[P, R]:
        """Return the node."""
        ...


@overload
def node(fn: Callable[P, Awaitable[R]], /) -> Node[P, R]: ...
@overload
def node(*, context: Literal[True], **options: Any) -> ContextNodeMaker: ...
@overload
def node(*, thread: bool, **options: Any) -> PlainNodeMaker: ...
@overload
def node(**options: Any) -> NodeMaker: ...
def node(fn: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a node of an async function: `@node`, or `@node(retry=Retry(attempts=3), timeout=30)`.

    Options: name, retry, timeout (seconds), cache, breaker, fallback, limit, effect, constraints. With
    `context=True` the first parameter is a RunContext given by the engine. A plain `def` becomes a node by
    `thread=False` (inline) or `thread=True` (in a worker thread).

    Raises DefinitionError where the function or an option does not fit.
    """
    if fn is not None:
        return _make(fn, {}, 1)
    return lambda function: _make(function, dict(options), 1)


def _make(fn: Callable[..., Any], options: dict[str, Any], depth: int) -> Node[..., Any]:
    context = options.pop("context", False)
    thread = options.pop("thread", None)
    around = locals_around(fn, depth + 1)
    name = getattr(fn, "__name__", repr(fn))
    _refuse_wrong_function(fn, name, context, thread)
    threading: Threading = "async" if thread is None else "thread" if thread else "inline"
    made = NodeOptions().changed(f"@node of {name}", options)
    return Node(fn, made, around=around, context=bool(context), threading=threading)


def is_async(fn: Callable[..., Any]) -> bool:
    """Whether calling `fn` gives something to await."""
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(type(fn).__dict__.get("__call__"))


def refuse_yielding(fn: Any, name: str, word: str) -> None:
    """Raise DefinitionError where a function gives its values one by one instead of returning a result."""
    if not (inspect.isasyncgenfunction(fn) or inspect.isgeneratorfunction(fn)):
        return
    code = inspect.unwrap(fn).__code__
    line, said = yielded_in(code) or (code.co_firstlineno, "yield")
    note = fn.__annotations__.get("return", "")
    kind, _, item = (note if isinstance(note, str) else inspect.formatannotation(note)).partition("[")
    gives = item.rpartition("]")[0].split(",")[0] if kind.endswith(("Iterator", "Iterable", "Generator")) else ""
    if gives and get_args(note):
        gives = inspect.formatannotation(get_args(note)[0], fn.__module__)
    meant = said.replace("yield", "return", 1)
    raise fault(
        "LS105",
        f"{file_place(code.co_filename, line, fn.__module__)} {name}",
        f"`{said}`: {name} yields its values one by one, and a {word} returns one result",
        f"write `{meant}`{f', and `-> {gives}` in the signature' if gives else ''}; to give several, return a list",
    )


def _refuse_plain_fill(hole: Node[..., Any], by: Callable[..., Any]) -> None:
    """Refuse what is called and gives its value at once; a lambda may give what it calls."""
    name = _name_of(by)
    if is_async(inspect.unwrap(by)) or (name == "<lambda>" and _calls_something(by)):
        return
    if name == "<lambda>":
        raise fault(
            "LS401",
            f"{user_place(by)} {hole.name}",
            f"{hole.name}.fill(lambda ...): a fill is an async function, and this lambda calls none",
            f"write `async def my_{hole.name}(...)` and fill with that; to use a value, write `{hole.name}.defer(...)`",
        )
    raise fault(
        "LS401",
        f"{user_place(by)} {hole.name}",
        f"{hole.name}.fill({name}): a fill is an async function, and {name} is a plain one",
        f"write `async def {name}`, or make it a node, `@node(thread=False)` above `def {name}`, and fill with that",
    )


def _calls_something(fn: Any) -> bool:
    return any(said.opname.startswith("CALL") for said in dis.get_instructions(fn))


def _refuse_wrong_function(fn: Any, name: str, context: bool, thread: bool | None) -> None:
    if isinstance(fn, Node):
        raise fault("LS105", fn.place, f"{name} is a node already", f"to change its policy, write {name}.using(...)")
    if not callable(fn):
        raise fault("LS105", name, f"@node was given {fn!r}, not a function", "write @node above an async def")
    if thread is None and not is_async(fn):
        refuse_yielding(fn, name, "node")
        raise fault(
            "LS105",
            place_of(fn, name),
            f"{name} is a plain function; a bare @node takes `async def`",
            f"write `async def {name}`, or @node(thread=False) to run it inline, @node(thread=True) in a thread",
        )
    if thread is not None and is_async(fn):
        raise fault(
            "LS105",
            place_of(fn, name),
            f"{name} is an async function; thread={thread} is for a plain `def`",
            "drop `thread=`",
        )
    _refuse_hidden_context(fn, name, context)


def _refuse_hidden_context(fn: Any, name: str, context: bool) -> None:
    first = next(iter(inspect.signature(fn).parameters.values()), None)
    note = None if first is None else first.annotation
    asks = (isinstance(note, str) and note.split("[")[0].split(".")[-1] == "RunContext") or (
        note is RunContext or getattr(note, "__origin__", None) is RunContext
    )
    if asks and not context:
        raise fault(
            "LS106",
            place_of(fn, name),
            f"the first parameter of {name} is a RunContext, which a bare @node does not give",
            "write @node(context=True)",
        )
    if context and first is None:
        raise fault(
            "LS106",
            place_of(fn, name),
            f"{name} takes no parameter, but context=True gives it a RunContext",
            f"write `async def {name}(ctx: RunContext[Deps], ...)`, or drop context=True",
        )
