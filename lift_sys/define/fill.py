"""A fill: something that stands in a hole."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

from lift_sys.define.shape import user_place

if TYPE_CHECKING:
    from lift_sys.define.node_interface import Node

__all__ = ["Fill", "FillKind"]

FillKind = Literal["code", "model", "person", "graph", "deferred"]


class Fill:
    """Something that stands in a hole; made by Node.fill, Hole.defer, person(), model().

    `by` is the function, node or graph of a code fill, the value of a deferred one, the model's name (or None for the
    default model) of a model fill, the question of a person's; `settings` are the model's; `place` is the line that
    made it.
    """

    __slots__ = ("by", "hole", "kind", "name", "place", "settings")

    def __init__(
        self,
        hole: Node[..., Any],
        kind: FillKind,
        *,
        by: Callable[..., Any] | Any = None,
        name: str = "",
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.hole = hole
        self.kind: FillKind = kind
        self.by = by
        self.name = name
        self.place = user_place(by)
        self.settings: Mapping[str, Any] = dict(settings or {})

    @property
    def opens(self) -> bool:
        """Whether it is a graph whose steps become the run's: nothing is asked where it begins and ends."""
        standing: Any = self.by
        return self.kind == "graph" and not (self.hole.asked_at_border or standing.asked_at_border)

    def __repr__(self) -> str:
        return f"<{self.kind} fill {self.name or self.by!r} of {self.hole.name}>"
