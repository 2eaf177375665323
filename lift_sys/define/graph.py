"""A graph: a DAG of calls to nodes, drawn by an async function; itself a node."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import FrameType, FunctionType
from typing import Any, Literal, ParamSpec, Protocol, TypeVar, overload

from lift_sys.define.constraint import Constraint
from lift_sys.define.constraint_summary import ConstraintSummary, summary
from lift_sys.define.drawing import draw
from lift_sys.define.fill import Fill, second_fills
from lift_sys.define.hole import Hole
from lift_sys.define.inference import Inference, Listing
from lift_sys.define.node_interface import Node, is_async, refuse_yielding
from lift_sys.define.policy import Budget, NodeOptions
from lift_sys.define.run import Explanation, Fit, Run, WhatIf
from lift_sys.define.scope import corridor
from lift_sys.define.shape import Shape, fault, file_place, locals_around, place_of, user_place
from lift_sys.define.signature_text import signature_text
from lift_sys.define.sketch import Sketch
from lift_sys.errors import ConstraintConflict, DefinitionError, Diagnostic

__all__ = ["Graph", "GraphMaker", "OnError", "graph"]

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")
R_co = TypeVar("R_co", covariant=True)
OnError = Literal["continue", "stop"]


class Graph(Node[P, R_co]):
    """A DAG of calls to nodes; drawn at its first use, run as often as you like, used like any node."""

    is_graph = True
    on_error: OnError = "continue"
    budget: Budget | None = None
    fills: tuple[Fill, ...] = ()
    listing: Listing | None = None
    """What the edges follow from, where nobody drew them."""

    @staticmethod
    def from_nodes(
        *nodes: Node[..., Any],
        output: Node[..., T],
        name: str = "",
        on_error: OnError = "continue",
        budget: Budget | None = None,
    ) -> Graph[..., T]:
        """Make a graph of nodes whose edges follow from names and types; without a name it is called as its output.

        A parameter is supplied by the node of that name, else by the only node whose result fits, else it is an input
        of the graph, given by keyword. `check` lists every fault: two possible suppliers, a circle, a node that does
        not lead to the output.
        """
        made = _from_nodes(nodes, output, name, sys._getframe(1))
        _refuse_wrong_bounds(on_error, budget, made.place)
        made.on_error, made.budget = on_error, budget
        return made

    @cached_property
    def inferred(self) -> Inference | None:
        """What follows from the listing, at its first use; None where a body draws the edges."""
        return None if self.listing is None else Inference(replace(self.listing, name=self.name))

    @cached_property
    def shape(self) -> Shape:
        """Parameters and result; of inferred edges, the inputs that no node supplies."""
        return super().shape if self.inferred is None else self.inferred.shape

    @cached_property
    def drawn(self) -> tuple[Sketch, Any]:
        """The sketch of the body and the type of its output; DefinitionError where it cannot be drawn."""
        if self.inferred is not None:
            return self.inferred.drawn
        for p in self.shape.parameters:
            if p.variadic:
                raise fault(
                    "LS105",
                    self.place,
                    f"the parameter *{p.name} of the graph {self.name} has no fixed number",
                    "name each parameter, or take a list",
                )
        return draw(self.fn, self.name, self.shape)

    @cached_property
    def asked(self) -> tuple[Constraint, ...]:
        """Those of its own constraints that are asked at run time, where it begins and ends."""
        return self.asked_at_border

    @cached_property
    def asked_of_run(self) -> tuple[Constraint, ...]:
        """What is asked where it is run by itself: the fields of classes, too, as nobody around it has asked."""
        return tuple(c for c in self.own_constraints if c.is_asked(self.shape))

    @property
    def is_called(self) -> bool:
        """Whether a call of it is more than its steps: a policy, a budget, or something that is asked at its border."""
        return not self.options.is_plain or self.budget is not None or bool(self.asked)

    @property
    def is_bounded(self) -> bool:
        """Whether it is more than its steps: as a step of another graph, it is then called as a whole."""
        return self.is_called or self.on_error == "stop"

    def unbound(self) -> Graph[P, R_co]:
        """Return the same graph without policy and budget, for a step that keeps to them and asks its constraints."""
        none = dict.fromkeys(("retry", "timeout", "cache", "breaker", "limit"))
        twin = self._twin(self.options.changed(f"{self.name} as a step", {**none, "fallback": ()}))
        twin._replaces = self._replaces
        twin.budget = None
        twin.__dict__["asked"] = ()
        return twin

    @property
    def sketch(self) -> Sketch:
        """The places of the body."""
        return self.drawn[0]

    @property
    def nodes(self) -> Mapping[str, Node[..., Any]]:
        """The nodes by step path; one entry per drawn place, `g/f[*]` for the body of a map."""
        return dict(_walk(self.sketch, self.name, (self,)))

    @property
    def holes(self) -> Sequence[Hole[..., Any]]:
        """The open holes: those that no fill stands in."""
        filled = self._filled()
        found = {n: None for n in self.nodes.values() if isinstance(n, Hole)}
        return [h for h in found if h.default_fill is None and h._replaces not in filled]

    def _filled(self) -> set[Node[..., Any]]:
        filled = {f.hole for f in self.fills}
        for inner in self.nodes_within():
            filled |= {f.hole for f in inner.fills}
        return filled

    def called(self) -> Iterable[Node[..., Any]]:
        """Return the nodes, and the graphs, that steps of this graph call at any depth: each once."""
        found: dict[Node[..., Any], None] = {}
        _collect(self.sketch, found)
        return found

    def nodes_within(self) -> Iterator[Graph[..., Any]]:
        """Yield the graphs that are steps of this one, at any depth."""
        for place_node in _graphs(self.sketch):
            yield place_node
            yield from place_node.nodes_within()

    @property
    def constraints(self) -> Sequence[Constraint]:
        """The constraints of the graph and of its nodes; those of a node that is called often are there once."""
        return list(dict.fromkeys(c for node in self._speaking() for c in node.own_constraints))

    def constraint_summary(self) -> ConstraintSummary:
        """Return how many constraints there are of each strength, and how many are prose."""
        counted: set[Constraint] = set()
        found = ConstraintSummary()
        for node in self._speaking():
            new = [c for c in node.own_constraints if c not in counted]
            counted.update(new)
            found += summary(new, node.shape)
        return found

    def _speaking(self) -> Iterable[Node[..., Any]]:
        """Return the graph, the graphs within it, and its nodes: each once."""
        return (self, *self.called())

    def with_fills(self, *fills: Fill) -> Graph[P, R_co]:
        """Return the same graph with fills in its holes; a later fill of the same hole stands before an earlier one.

        Raises DefinitionError for what is no fill, and for two fills of one hole in one call.
        """
        twin = self._twin(self.options)
        for fill in fills:
            if not isinstance(fill, Fill):
                raise fault(
                    "LS401",
                    f"{user_place()} {self.name}",
                    f"{self.name}.with_fills({fill!r}): this is {type(fill).__name__}, not a fill",
                    "write `hole.fill(by)`, `hole.defer(value)`, `person(hole)` or `model(hole)`",
                )
        if twice := second_fills(fills, f"{self.name}.with_fills(...)"):
            raise DefinitionError(diagnostics=twice)
        new = {f.hole for f in fills}
        twin.fills = (*(f for f in self.fills if f.hole not in new), *fills)
        return twin

    def _twin(self, options: NodeOptions) -> Graph[P, R_co]:
        twin: Graph[P, R_co] = Graph(self.fn, options, around=self._around)
        twin.on_error, twin.budget, twin.fills = self.on_error, self.budget, self.fills
        twin.listing = self.listing
        for known in ("drawn", "inferred", "shape"):
            if known in self.__dict__ and twin.name == self.name:
                twin.__dict__[known] = self.__dict__[known]
        return twin

    def _call_outside(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Awaitable[R_co]:
        return _value_of(self, args, kwargs)

    async def run(self, *args: P.args, **kwargs: P.kwargs) -> Run[R_co]:
        """Run on the default engine and return the run, whatever its outcome.

        Raises DefinitionError with every diagnostic when the graph is unsound, before anything runs.
        """
        return await corridor().run(self, args, kwargs)

    def check(self) -> Sequence[Diagnostic]:
        """Return every fault at once; empty when the graph is sound."""
        return corridor().check(self)

    def fits(self, hole: Hole[..., Any]) -> Sequence[Fit]:
        """Return what could stand in a hole, by type."""
        return corridor().fits(self, hole)

    def conflict(self) -> ConstraintConflict | None:
        """Return the conflict of this graph's MUSTs, if they have one."""
        found: ConstraintConflict | None = corridor().reason(self, "conflict")
        return found

    def why(self, node: Node[..., Any], claim: str) -> Explanation | None:
        """Explain why a claim about a node's ports follows; None when it does not."""
        found: Explanation | None = corridor().reason(self, "why", node=node, claim=claim)
        return found

    def what_if(self, *, withdraw: Iterable[Constraint] = (), fill: Fill | None = None) -> WhatIf:
        """Return what would follow without some constraints, or with a fill; nothing changes."""
        found: WhatIf = corridor().reason(self, "what_if", withdraw=withdraw, fill=fill)
        return found

    def to_mermaid(self) -> str:
        """Return the graph as a Mermaid flowchart, holes drawn as holes."""
        return str(corridor().export(self, "mermaid"))

    def to_networkx(self) -> Any:
        """Return the graph as a networkx.DiGraph of step paths."""
        return corridor().export(self, "networkx")


def _from_nodes(
    nodes: tuple[Node[..., Any], ...], output: Node[..., Any], name: str, caller: FrameType
) -> Graph[..., Any]:
    code = caller.f_code
    module = str(caller.f_globals.get("__name__", ""))
    everything: tuple[Any, ...] = (*nodes, output)
    for given in everything:
        if not isinstance(given, Node):
            shown = getattr(given, "__name__", None) or repr(given)
            is_function = callable(given) and hasattr(given, "__code__") and is_async(given)
            raise fault(
                "LS105",
                file_place(code.co_filename, caller.f_lineno, module),
                f"Graph.from_nodes was given {shown}, which is no node but {type(given).__name__}",
                f"make it a node:\n\n@node\n{signature_text(Node(given))}" if is_function else "give nodes or graphs",
            )
    listed = tuple(dict.fromkeys(everything))
    listing = Listing(name or output.name, listed, output, code.co_filename, caller.f_lineno, module)
    made: list[Graph[..., Any]] = []

    def body(*args: Any, **kwargs: Any) -> Any:
        return made[0](*args, **kwargs)

    # places are read from a function's code: what is wrong with this graph is said where it was listed
    where = body.__code__.replace(
        co_filename=code.co_filename, co_firstlineno=caller.f_lineno, co_name=listing.name, co_qualname=listing.name
    )
    fn = FunctionType(where, body.__globals__, listing.name, closure=body.__closure__)
    fn.__module__, fn.__qualname__ = module, listing.name
    made.append(Graph(fn, NodeOptions()))
    made[0].listing = listing
    return made[0]


async def _value_of(run_graph: Graph[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
    return (await corridor().run(run_graph, args, kwargs)).value


def _graphs(sketch: Sketch) -> Iterator[Graph[..., Any]]:
    for place in sketch.places:
        if isinstance(place.node, Graph):
            yield place.node
        for body in place.bodies:
            yield from _graphs(body)


def _collect(sketch: Sketch, found: dict[Node[..., Any], None]) -> None:
    for place in sketch.places:
        node = place.node
        if node is not None and node not in found:
            found[node] = None
            if isinstance(node, Graph):
                _collect(node.sketch, found)
        for body in place.bodies:
            _collect(body, found)


def _walk(sketch: Sketch, prefix: str, inside: tuple[Graph[..., Any], ...]) -> Iterator[tuple[str, Node[..., Any]]]:
    for place in sketch.places:
        path = f"{prefix}/{place.path}" if place.path else prefix
        if isinstance(place.node, Graph):
            refuse_recursion(place.node, inside, path)
            yield from _walk(place.node.sketch, path, (*inside, place.node))
        elif place.node is not None:
            yield path, place.node
        mark = {"each": "[*]", "loop": "[*]"}.get(place.kind, "")
        for body in place.bodies:
            yield from _walk(body, prefix if place.kind == "branch" else path + mark, inside)


def refuse_recursion(called: Graph[..., Any], inside: Sequence[Graph[..., Any]], path: str) -> None:
    """Raise DefinitionError when a graph is drawn inside itself."""
    if any(called.fn is outer.fn for outer in inside):
        ring = " -> ".join([*(g.name for g in inside), called.name])
        raise fault(
            "LS110",
            called.place,
            f"{path}: the graph {called.name} is drawn inside itself ({ring})",
            "repeat with `loop(body, start, until=..., most=...)`, or call the graph from a node's body",
        )


def _refuse_wrong_bounds(on_error: str, budget: Any, where: str) -> None:
    if on_error not in ("continue", "stop"):
        raise fault("LS112", where, f"on_error={on_error!r}", 'write `on_error="continue"` or `on_error="stop"`')
    if budget is not None and not isinstance(budget, Budget):
        raise fault("LS112", where, f"budget={budget!r:.80} is no Budget", "write `budget=Budget(seconds=...)`")


class GraphMaker(Protocol):
    """Makes a graph of an async function."""

    def __call__(self, fn: Callable[P, Awaitable[R]], /) -> Graph[P, R]:
        """Return the graph."""
        ...


@overload
def graph(fn: Callable[P, Awaitable[R]], /) -> Graph[P, R]: ...
@overload
def graph(*, on_error: OnError = ..., budget: Budget | None = ..., **options: Any) -> GraphMaker: ...
def graph(
    fn: Callable[..., Any] | None = None,
    /,
    *,
    on_error: OnError = "continue",
    budget: Budget | None = None,
    **options: Any,
) -> Any:
    """Make a graph of an async function that calls nodes; options: name, on_error, budget, constraints.

    `on_error="stop"` cancels what does not depend on a failed step, "continue" (the default) lets it go on.
    """

    def make(function: Callable[..., Any], depth: int = 1) -> Graph[..., Any]:
        name = getattr(function, "__name__", repr(function))
        if isinstance(function, Node) or not callable(function) or not is_async(function):
            refuse_yielding(function, name, "graph")
            where = place_of(function, name) if callable(function) else name
            raise fault("LS105", where, f"{name} is not an async function", f"write @graph above `async def {name}`")
        _refuse_wrong_bounds(on_error, budget, place_of(function, name))
        made: Graph[..., Any] = Graph(
            function, NodeOptions().changed(f"@graph of {name}", dict(options)), around=locals_around(function, depth)
        )
        made.on_error, made.budget = on_error, budget
        return made

    return make(fn, 2) if fn is not None else make
