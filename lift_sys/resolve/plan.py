"""A plan: templates, which are arrays over the steps of a body; a run is made of instances of templates.

One mechanism carries graph, sub-graph, map, branch arm and loop turn. A template knows each step's kind, its arguments
as slots, and who waits for it, all by local number; an instance of it is a range of ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from lift_sys.define import Fill, Made, Node, Operand, Place, Trail

__all__ = ["CALL", "ITEMS", "UNSET", "Detail", "Kind", "Plan", "Template"]


class Kind(IntEnum):
    """What a local number of a template stands for."""

    CALL = 0
    """a body to run"""
    HOLE = 1
    """a hole that nothing stands in yet"""
    MAKE = 2
    """a projection or container: made at once, at no cost"""
    EACH = 3
    BRANCH = 4
    LOOP = 5
    GRAPH = 6
    """a graph that stands in a hole: opened when its inputs are there"""
    INPUT = 7
    CONST = 8


CALL: Final = 0
ITEMS: Final = ("items", None)
"""The end of a trail to a list over which a map goes: it opens as soon as it is known which items there are."""


class _Unset:
    """No value yet; None is a value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = _Unset()


@dataclass(slots=True)
class Detail:
    """What only some steps have.

    `names` are the keywords of a call's last slots. `made` is the container that a MAKE builds of its slots' values,
    or `trail` what it takes of the value of its only slot. `bodies` are the templates of a map (body), branch (then,
    otherwise), loop (until, body) or graph. `elements` are the slots of a map's items where the list itself was drawn.
    `follows` is the map whose items a map continues, item by item, and `followed_by` the maps that continue this one.
    `taps` are the projections and maps, by trail and local number, of what may have its leaves one by one. `fill` is
    what stands in the hole. `prefix` is the path of the sub-graph that the step was drawn in.
    """

    names: tuple[str, ...] = ()
    made: Made | None = None
    trail: Trail = ()
    bodies: tuple[Template, ...] = ()
    most: int = 0
    elements: tuple[int, ...] | None = None
    follows: int = -1
    followed_by: tuple[int, ...] = ()
    taps: tuple[tuple[Trail, int], ...] = ()
    fill: Fill | None = None
    prefix: str = ""


class Template:
    """The arrays of one body, by local number.

    `need` counts the slots that a step waits for; `dependants` are the steps to count down when a slot has its value;
    `sources` wait for nothing; `watched` marks slots that something outside the instance follows. `imports` pair a
    slot of the template around this one with the input that stands for it here; `tapped` are the inputs with taps.
    """

    __slots__ = (
        "calls", "dependants", "details", "graphs", "imports", "initial", "is_call", "kinds", "name", "need", "out",
        "params", "places", "size", "slots", "sources", "stops", "supplied", "tapped", "watched",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.kinds: list[int] = []
        self.initial: list[Any] = []
        self.need: list[int] = []
        self.slots: list[tuple[int, ...]] = []
        self.calls: list[Callable[..., Any] | None] = []
        self.places: list[Place | None] = []
        self.details: dict[int, Detail] = {}
        self.graphs: list[tuple[str, Node[..., Any], Operand]] = []
        """The sub-graphs whose steps are in it: where each was drawn, and what its output is."""
        self.dependants: list[tuple[int, ...]] = []
        self.params: tuple[int, ...] = ()
        self.imports: tuple[tuple[int, int], ...] = ()
        self.sources: tuple[int, ...] = ()
        self.tapped: tuple[int, ...] = ()
        self.watched = bytearray()
        self.out = -1
        self.stops = False
        """Whether it ends at the first error of a step."""
        self.is_call = False
        """Whether it is one call, made by a running body."""
        self.size = 0
        self.supplied: tuple[list[int], tuple[int, ...]] = ([], ())
        """`need` and `sources` of an instance whose parameters are there when it opens."""

    def node_at(self, local: int) -> Node[..., Any] | None:
        """Return the node of a step."""
        place = self.places[local]
        return None if place is None else place.node

    def path_at(self, local: int) -> str:
        """Return the step's path relative to the instance; "" where the instance itself is the step."""
        place = self.places[local]
        detail = self.details.get(local)
        prefix = detail.prefix if detail is not None else ""
        own = place.path if place is not None else ""
        return f"{prefix}/{own}" if prefix and own else prefix or own


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """The resolved steps of a graph: who waits for whom."""

    name: str
    root: Template
    parameters: Sequence[str] = field(default=())
