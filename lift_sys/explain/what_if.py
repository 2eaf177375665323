"""What would follow without some constraints, or with a fill: compared with what follows now; nothing changes."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from lift_sys.define import Constraint, Fill, Graph, WhatIf, fault, reachable, user_place
from lift_sys.explain.trace_view import edges_of
from lift_sys.resolve import conflict_of, facts_of, narrowed_holes, reasoning_of, still_known, template_of_graph

__all__ = ["what_if"]

_LEAF_OF_RESULT = re.compile(r"(len\()?result\b")


def what_if(
    graph: Graph[..., Any],
    withdraw: Iterable[Constraint] = (),
    fill: Fill | None = None,
    *,
    give_up: Callable[[], bool] = lambda: False,
) -> WhatIf:
    """Compare what follows now with what would follow without some constraints, and with a fill."""
    now = reasoning_of(graph)
    then = now if fill is None else reasoning_of(graph.with_fills(fill))
    withdrawn = _withdrawn(graph, withdraw, {*now.constraints, *now.prose, *then.constraints, *then.prose})
    if fill is not None:
        _refuse_strange_fill(graph, fill)
    without = {number for c in withdrawn if (number := then.number_of(c)) is not None}
    conflict = conflict_of(then, without=withdrawn, give_up=give_up)
    before, after = facts_of(now), facts_of(then, without) if conflict is None else {}
    falls = [
        (place, leaf, text)
        for (place, leaf), sides in before.items()
        for side, (value, text) in sides.items()
        if not still_known(after.get((place, leaf), {}), side, value)
    ]
    less_is_known = {place for place, leaf, _ in falls if _LEAF_OF_RESULT.match(leaf)}
    still_open = {step.path for step in then.whole.steps if step.open} if conflict is None else set()
    return WhatIf(
        conflict,
        tuple(dict.fromkeys(f"{place}: {text}" for place, _, text in falls)),
        tuple(_after(graph, fill)) if fill is not None else (),
        widens=tuple(path for path in narrowed_holes(now) if path in less_is_known & still_open),
        checks_lost=tuple(c for c in withdrawn if c.strength == "MUST" and (c.check or c not in now.prose)),
    )


def _withdrawn(graph: Graph[..., Any], withdraw: Any, said: Collection[Constraint]) -> tuple[Constraint, ...]:
    """Return what is to be withdrawn; LS503 for what nobody said."""
    if isinstance(withdraw, str | Constraint) or not isinstance(withdraw, Iterable):
        shown, cure = withdraw, "give a list: `what_if(withdraw=[constraint])`"
    else:
        asked: tuple[Any, ...] = tuple(withdraw)
        strange = [one for one in asked if not isinstance(one, Constraint) or one not in said]
        if not strange:
            return asked
        shown, cure = strange[0], f"take it from `{graph.name}.constraints`, or from the core of a conflict"
    where = f"{user_place()} {graph.name}"
    raise fault("LS503", where, f"`{shown!s:.80}` is no constraint of {graph.name}", cure)


def _refuse_strange_fill(graph: Graph[..., Any], fill: Fill) -> None:
    known = dict.fromkeys(step.node._replaces for step in reasoning_of(graph).whole.steps)
    if fill.hole not in known and fill.hole not in reachable(graph.with_fills(fill)):
        names = ", ".join(hole.name for hole in graph.holes) or "none"
        what = f"a fill of {fill.hole.name}, which is no step of {graph.name}"
        raise fault("LS404", f"{user_place()} {graph.name}", what, f"the holes of {graph.name}: {names}")


def _after(graph: Graph[..., Any], fill: Fill) -> Iterator[str]:
    """Yield the step paths that would run because of a fill: those of its hole, and all that wait for them."""
    steps, edges = edges_of(template_of_graph(graph, {}, drawn=True), graph.name)
    onward: dict[str, list[str]] = {}
    for source, target in edges:
        onward.setdefault(source, []).append(target)
    todo = [path for path, node in steps.items() if node._replaces is fill.hole]
    reached: set[str] = set()
    while todo:
        path = todo.pop()
        if path not in reached:
            reached.add(path)
            todo.extend(onward.get(path, ()))
    yield from (path for path in steps if path in reached)
