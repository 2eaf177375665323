"""What a drawing leaves behind: places, and operands that say where each argument comes from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice
from types import CodeType
from typing import Any, Literal, TypeAlias

from lift_sys.define.node_interface import Node

__all__ = ["At", "Const", "Made", "Operand", "Place", "PlaceKind", "Sketch", "Trail", "follow", "leaves"]

PlaceKind = Literal["input", "call", "graph", "each", "branch", "loop"]


Trail: TypeAlias = tuple[tuple[str, Any], ...]
"""Fields and items that lead into a value, each as ("field", name) or ("item", key)."""


def follow(value: Any, trail: Trail) -> Any:
    """Return what a trail of fields and items finds in a value."""
    for how, key in trail:
        value = getattr(value, key) if how == "field" else value[key]
    return value


class At:
    """The value at a place, or what a trail of fields and items finds in it: `plan.claims[0]`."""

    __slots__ = ("place", "trail")

    def __init__(self, place: int, trail: Trail = ()) -> None:
        self.place = place
        self.trail = trail


class Const:
    """A value that is known when the graph is drawn."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class Made:
    """A list, tuple or dict that holds references: `build` makes it from the items' values, in their order.

    `keys` are those of a dict, `fields` those of a named tuple.
    """

    __slots__ = ("build", "fields", "items", "keys")

    def __init__(
        self,
        build: Callable[[list[Any]], Any],
        items: tuple[Operand, ...],
        keys: tuple[Any, ...] = (),
        fields: tuple[str, ...] = (),
    ) -> None:
        self.build = build
        self.items = items
        self.keys = keys
        self.fields = fields

    def with_items(self, items: tuple[Operand, ...]) -> Made:
        """Return such a container of other items."""
        return Made(self.build, items, self.keys, self.fields)

    def position(self, how: str, key: Any) -> int | None:
        """Return which of the items a field or item of the container is; None where only the container can say."""
        if how == "field" or self.keys:
            names = self.fields if how == "field" else self.keys
            return names.index(key) if key in names else None
        size = len(self.items)
        is_sequence = self.fields or self.build in (list, tuple)
        return range(size)[key] if is_sequence and type(key) is int and -size <= key < size else None


Operand: TypeAlias = At | Const | Made


class Place:
    """One drawn place: a call of a node, a sub-graph, a map, a branch, a loop, or an input.

    `args` and `kwargs` are a call's operands; a map has its items, a branch its condition, a loop its start in `args`.
    `bodies` are the sketches of a map (body), a branch (then, otherwise) and a loop (until, body). `path` is relative
    to the sketch. `line` is where the body's source says it, given as a number or as an instruction of `code`.
    """

    __slots__ = ("_line", "args", "bodies", "code", "kind", "kwargs", "most", "node", "path", "type")

    def __init__(
        self,
        kind: PlaceKind,
        path: str,
        type: Any,  # noqa: A002 - the glossary's word for what it is
        node: Node[..., Any] | None = None,
        args: tuple[Operand, ...] = (),
        kwargs: dict[str, Operand] | None = None,
        line: int = 0,
        code: CodeType | None = None,
        *,
        bodies: tuple[Sketch, ...] = (),
        most: int = 0,
    ) -> None:
        self.kind: PlaceKind = kind
        self.path = path
        self.type = type
        self.node = node
        self.args = args
        self.kwargs = kwargs
        self._line = line
        self.code = code
        self.bodies = bodies
        self.most = most

    @property
    def instruction(self) -> int:
        """The instruction of `code` that says it; 0 where a line was given."""
        return 0 if self.code is None else self._line

    @property
    def line(self) -> int:
        """The line of the source; found on reading, as finding it takes time that grows with the body."""
        if self.code is None:
            return self._line
        return next(islice(self.code.co_positions(), self._line // 2, None))[0] or 0


@dataclass(slots=True, eq=False)
class Sketch:
    """A drawn body: its places in the order of the lines, its inputs, and the operand that is its output.

    `inputs` are the places of its parameters; `imports` pair an operand of the body around it with the input place
    that stands for it here.
    """

    name: str
    places: list[Place] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    imports: list[tuple[At, int]] = field(default_factory=list)
    output: Operand = field(default_factory=lambda: Const(None))
    filename: str = ""


def leaves(operand: Operand) -> list[At]:
    """Return the references inside an operand."""
    if isinstance(operand, At):
        return [operand]
    if isinstance(operand, Made):
        return [leaf for item in operand.items for leaf in leaves(item)]
    return []
