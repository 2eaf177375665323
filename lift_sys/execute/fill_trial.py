"""A fill is tried on what the run has captured before the run goes on; a fill that does not hold is refused.

The trial is the execution: what a tried fill gave becomes its steps' value, so that no body runs twice. Only what
depends on it waits until every fill has held. A tried fill is given copies of what was captured, so that one that
changes its arguments and is refused leaves the run as it was; what cannot be copied is handed on as it is.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from lift_sys.check import of_fill
from lift_sys.define import Fill, Graph, Hole, Node, reachable, second_fills, type_name, user_place
from lift_sys.errors import ConstraintViolated, DefinitionError, Diagnostic, FillRefused, InvalidValue
from lift_sys.execute.constraint_check import is_precondition
from lift_sys.execute.graph_executor import GraphExecutor
from lift_sys.execute.paths import path_of, ports_of
from lift_sys.execute.run_state import RunState
from lift_sys.execute.validation import adapter_of, misfit

__all__ = ["FillTrial", "own_copies", "refuse_misfits", "steps_to_try"]


def refuse_misfits(
    graph: Graph[..., Any],
    run_id: str,
    holes: Iterable[Node[..., Any]],
    filled: Mapping[Node[..., Any], Fill],
    fills: Sequence[Fill],
) -> None:
    """Raise FillRefused with every reason why fills cannot stand in the holes of a run, found without running them.

    `holes` are the open ones that the run has met, `filled` those in which something stands. What a body may call only
    later can be filled now.
    """
    found: list[Diagnostic] = []
    open_holes = dict.fromkeys([h._replaces for h in (*holes, *filled, *graph.holes)])
    offered: Sequence[Any] = fills
    for fill in offered:
        if not isinstance(fill, Fill):
            said = f"run.resume({fill!r}): this is {type(fill).__name__}, not a fill"
            cure = "write `hole.fill(by)`, `hole.defer(value)`, `person(hole)` or `model(hole)`"
            raise DefinitionError(diagnostics=[Diagnostic("LS401", user_place(), said, cure)])
        if fill.hole not in open_holes and not _may_be_called(fill.hole, graph, (*filled.values(), *fills)):
            names = ", ".join(h.name for h in open_holes) or "none"
            found.append(
                Diagnostic(
                    "LS404",
                    f"{fill.place} {fill.hole.name}",
                    f"{fill.hole.name} ({fill.hole.label}) is not open in run {run_id} of {graph.name}",
                    f"open holes: {names}; to replace what ran, write "
                    f"`{graph.name}.with_fills({fill.hole.name}.fill({fill.name}))`",
                )
            )
        found.extend(of_fill(fill))
        if fill.kind == "deferred":
            wrong = misfit(fill.by, fill.hole.shape.result)[1]
            if wrong:
                found.append(_unfit(fill, fill.hole, f"{fill.by!r:.80} is deferred", wrong))
    found.extend(second_fills(fills, "run.resume(...)"))
    if found:
        raise FillRefused(diagnostics=found)


def _may_be_called(hole: Node[..., Any], graph: Graph[..., Any], fills: Iterable[Fill]) -> bool:
    """Whether a body of the graph, or one that stands in its holes, names a hole."""
    standing = {fill.hole: fill for fill in fills if isinstance(fill, Fill)}
    return hole in reachable(graph.with_fills(*standing.values()))


def steps_to_try(state: RunState, freed: Mapping[int, Fill]) -> list[int]:
    """Return the freed steps on which a fill can be tried: those that are ready and have something to hold to.

    Graphs show what they give when the run goes on; models and persons were asked already or will be; an effect is
    never done for a trial.
    """
    return [gid for gid, fill in freed.items() if gid in state.ready and _can_be_tried(fill)]


def _can_be_tried(fill: Fill) -> bool:
    if fill.kind not in ("code", "deferred"):
        return False
    if isinstance(fill.by, Node) and fill.by.options.effect == "effect":
        return False
    hole = fill.hole
    return adapter_of(hole.shape.result) is not None or bool(hole.asked)


class FillTrial(GraphExecutor):
    """Runs some steps, and keeps what they gave until all of them held."""

    def __init__(self, steps: Iterable[int], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._tried = frozenset(steps)
        self._given: dict[int, Any] = {}
        self._raised: dict[int, BaseException] = {}
        self._arguments = self._copied_arguments
        ready = self.state.ready
        self._others = [gid for gid in ready if gid not in self._tried]
        ready.clear()
        ready.extend(self._tried)

    def _copied_arguments(self, gid: int) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments of a step; a tried one has copies of its own."""
        given = self.state.arguments(gid)
        if gid not in self._tried:
            return given
        args, kwargs = given
        copies = own_copies([*args, *kwargs.values()])
        return copies[: len(args)], dict(zip(kwargs, copies[len(args) :], strict=True))

    def finished(self, gid: int, value: Any) -> None:
        """Keep the value of a tried step; what its body called is recorded."""
        if gid in self._tried:
            self._given[gid] = value
        else:
            super().finished(gid, value)

    def failed(self, gid: int, error: BaseException) -> None:
        """Keep the error of a tried step."""
        if gid not in self._tried:
            super().failed(gid, error)
        elif gid not in self._given:
            self._raised[gid] = error

    def refuse(self) -> None:
        """Raise FillRefused with every way in which a fill did not hold; its own errors are no such thing."""
        found = [d for gid, error in sorted(self._raised.items()) for d in self._not_held(gid, error)]
        if found:
            raise FillRefused(diagnostics=found)

    def hand_over(self, executor: GraphExecutor) -> None:
        """Record what the tried steps gave, and what was ready beside them, so that the run can go on."""
        for gid in sorted(self._tried):
            if gid in self._given:
                executor.finished(gid, self._given[gid])
            elif gid in self._raised:
                executor.failed(gid, self._raised[gid])
        self.state.ready.extendleft(reversed(self._others))

    def _not_held(self, gid: int, error: BaseException) -> Iterator[Diagnostic]:
        state = self.state
        hole: Any = state.node(gid)
        fill = state.standing_fill(gid)
        assert fill is not None
        where = f"{hole.name}({_shown(ports_of(state, gid))})"
        if isinstance(error, InvalidValue) and error.fill is fill:
            yield _unfit(fill, hole, f"{fill.name} gave {error.value!r:.80} for {where}", str(error.wrong))
        elif isinstance(error, ConstraintViolated) and _is_about_result(error, hole):
            yield Diagnostic(
                "LS403",
                f"{fill.place} {path_of(state, gid)}",
                f"{fill.name} does not keep what {hole.name} asks: `{error.constraint.strength} "
                f"{error.constraint.text}` [{error.constraint.origin}] does not hold of {where}"
                f"{_result_in(error)}",
                f"change {fill.name} so that it holds; `run.fits({hole.name})` lists what was found to hold",
            )


def own_copies(values: Iterable[Any]) -> list[Any]:
    """Return copies of values, those that cannot be copied as they are; one object in two of them stays one."""
    memo: dict[int, Any] = {}
    copies = []
    for value in values:
        try:
            copies.append(copy.deepcopy(value, memo))
        except Exception:  # noqa: BLE001 - a user's value: whatever it raises, it cannot be copied
            copies.append(value)
    return copies


def _is_about_result(error: ConstraintViolated, hole: Hole[..., Any]) -> bool:
    return error.constraint in hole.constraints and not is_precondition(error.constraint, hole)


def _result_in(error: ConstraintViolated) -> str:
    return f" = {error.ports['result']!r:.80}" if "result" in error.ports else ""


def _shown(ports: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r:.60}" for name, value in ports.items())


def _unfit(fill: Fill, hole: Node[..., Any], gave: str, wrong: str) -> Diagnostic:
    declared = type_name(hole.shape.result)
    example = f"`{hole.name}.defer(value)` with a value of {declared}" if fill.kind == "deferred" else "its result"
    return Diagnostic(
        "LS402",
        f"{fill.place} {hole.name}",
        f"{gave}, and the hole {hole.name} promises {declared}: {wrong}",
        f"keep to {declared}: {example}; or promise less in `{hole.name}`",
    )
