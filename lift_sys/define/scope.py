"""Where a call of a node happens: in a drawing, in a running node, or nowhere.

A node is called the same way everywhere. Who answers the call is found in a context variable, so that a graph body, a
test and another node's body read alike; rooms further right put their scope here and are never imported.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Protocol

from lift_sys.errors import Diagnostic, LiftBug

if TYPE_CHECKING:
    from lift_sys.define.graph import Graph
    from lift_sys.define.node_interface import Node
    from lift_sys.define.run import Run

__all__ = ["Corridor", "Scope", "corridor", "current_scope", "install"]


class Scope(Protocol):
    """Answers the calls that a body makes."""

    def call(self, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], /) -> Awaitable[Any]:
        """Return what awaiting the node's result means here: a reference, or a child's value."""
        ...

    def each(self, body: Callable[..., Awaitable[Any]], items: Any, /) -> Awaitable[Any]:
        """Return the results of `body` for each item."""
        ...

    def branch(self, condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any], /) -> Awaitable[Any]:
        """Return the result of the arm that the condition chooses."""
        ...

    def loop(self, body: Callable[..., Any], start: Any, until: Callable[..., Any], most: int, /) -> Awaitable[Any]:
        """Return the value with which `until` holds."""
        ...


current_scope: ContextVar[Scope | None] = ContextVar("lift_sys_scope", default=None)


class Corridor(Protocol):
    """What graphs need of the rooms further right; the hall installs it."""

    async def run(self, graph: Graph[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], /) -> Run[Any]:
        """Run a graph on the default engine."""
        ...

    def check(self, graph: Graph[..., Any], /) -> Sequence[Diagnostic]:
        """Return every fault of a graph at once."""
        ...

    def fits(self, graph: Graph[..., Any], hole: Node[..., Any], /) -> Sequence[Any]:
        """Return what could stand in a hole, by type."""
        ...

    def reason(self, graph: Graph[..., Any], question: str, /, **details: Any) -> Any:
        """Answer `conflict`, `why` or `what_if` from the graph's constraints."""
        ...

    def export(self, graph: Graph[..., Any], form: str, /) -> Any:
        """Return the graph as `mermaid` or `networkx`."""
        ...


_installed: list[Corridor] = []


def install(rooms: Corridor) -> None:
    """Make `rooms` answer what graphs ask; the last one installed answers."""
    _installed[:] = [rooms]


def corridor() -> Corridor:
    """Return the installed corridor."""
    if not _installed:
        raise LiftBug("no engine is installed: `import lift_sys` does it, importing lift_sys.define alone does not")
    return _installed[0]
