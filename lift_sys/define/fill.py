"""A fill: something that stands in a hole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from inspect import unwrap
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from lift_sys.define.scope import current_scope
from lift_sys.define.shape import fault, user_frame, user_place
from lift_sys.define.source_text import expression_at
from lift_sys.errors import Diagnostic

if TYPE_CHECKING:
    from lift_sys.define.node_interface import Node

__all__ = ["Fill", "FillKind", "second_fills"]

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

    if not TYPE_CHECKING:  # a type checker refuses the call by itself

        def __call__(self, *_: Any, **__: Any) -> NoReturn:
            """Refuse to be called: a fill is given to a graph or to a run."""
            _refuse_call(self)

    def __repr__(self) -> str:
        return f"<{self.kind} fill {self.name or self.by!r} of {self.hole.name}>"


def second_fills(fills: Iterable[Fill], given: str) -> list[Diagnostic]:
    """Return a fault for each fill of a hole that another one is for in the same call: neither is meant to be lost."""
    found: list[Diagnostic] = []
    first: dict[Node[..., Any], Fill] = {}
    for fill in fills:
        other = first.setdefault(fill.hole, fill)
        if other is not fill:
            names = " and ".join(each.name or f"{each.by!r:.60}" for each in (other, fill))
            found.append(
                Diagnostic(
                    "LS404",
                    f"{fill.place} {fill.hole.name}",
                    f"{given} has two fills for {fill.hole.name}, {names}, and one hole takes one",
                    f"keep the one that shall stand in {fill.hole.name}; what a later call gives takes its place",
                )
            )
    return found


def _refuse_call(fill: Fill) -> NoReturn:
    frame, hole = user_frame(), fill.hole.name
    shown = expression_at(frame.f_code, frame.f_lasti).removeprefix("await ") if frame is not None else ""
    given = fill.name if fill.kind in ("code", "graph") else "..."
    # `review.fill(by_hand)(text)`: what is called, and with what
    made, between, arguments = shown.rpartition(")(")
    made, arguments = (f"{made})", f"({arguments}") if between else (f"{hole}.fill({given})", "(...)")
    space: Mapping[str, Any] = {**frame.f_globals, **frame.f_locals} if frame is not None else {}
    graph = next((name for name, found in space.items() if _calls(found, hole)), "graph")
    if current_scope.get() is None:
        cure = (
            f"give it to a graph that calls {hole}, `await {graph}.with_fills({made}){arguments}`, or to a run that "
            f"waits for it, `run = await run.resume({made})`"
        )
    else:
        cure = f"call the hole, `await {hole}{arguments}`, and fill it where the graph is run: `.with_fills({made})`"
    raise fault(
        "LS401",
        f"{user_place()} {hole}",
        f"`{shown or made}` calls a fill; a Fill is what stands in the hole {hole}, and is not called itself",
        cure,
    )


def _calls(found: Any, hole: str) -> bool:
    """Whether something is a graph whose body has the name of a hole."""
    code = getattr(unwrap(found.fn), "__code__", None) if getattr(type(found), "is_graph", False) else None
    return code is not None and hole in (*code.co_names, *code.co_freevars)
