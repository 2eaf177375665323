"""What must hold is asked of values: of the inputs before a body runs, of its result before anybody has it.

One mechanism for all that is called: nodes, holes with any fill, graphs that are called as a whole, and the border of
the graph that is run. What is asked is found once for each step, and a call that nobody asks anything is left as it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any

from lift_sys.define import Constraint, Graph, Node, broken_by
from lift_sys.errors import ConstraintViolated
from lift_sys.execute.block import Block
from lift_sys.execute.events import EventLog
from lift_sys.execute.execution_context import this_step
from lift_sys.execute.pattern_match import matches
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import Template

__all__ = ["Question", "asking", "is_precondition", "open_run", "questions"]

Call = Callable[..., Awaitable[Any]]
Emit = Callable[[str, Mapping[str, Any]], None]
_LONGEST = 200


def is_precondition(constraint: Constraint, node: Node[..., Any]) -> bool:
    """Whether a constraint asks about the inputs alone, so that no fill can break it."""
    return constraint.ports(node.shape) <= {p.name for p in node.shape.parameters}


class Question:
    """One constraint of a node, ready to be asked of values.

    `is_precondition` says that it asks about the inputs alone.
    """

    __slots__ = ("_ports", "_predicate", "_taken", "constraint", "is_precondition")

    def __init__(self, constraint: Constraint, node: Node[..., Any]) -> None:
        self.constraint = constraint
        self.is_precondition = is_precondition(constraint, node)
        self._ports = constraint.ports(node.shape)
        self._predicate = constraint.predicate_for(node.shape)
        self._taken = constraint.taken(node.shape)

    def broken(self, ports: Mapping[str, Any]) -> str | None:
        """Return None where the constraint holds of the values of its ports, else why it does not: `result = -3`."""
        why = None if self._predicate is None else broken_by(self._predicate, ports, matches)
        return self._not_checked(ports) if why is None else why

    def _not_checked(self, ports: Mapping[str, Any]) -> str | None:
        check = self.constraint.check
        if check is None:
            return None
        given = {name: ports.get(name) for name in self._taken}
        try:
            return None if self.constraint.said_of(given) else _shown(given) or "the check says so"
        except Exception as error:  # noqa: BLE001 - the seam to a user's check: one that raises is broken, not unknown
            return f"{_shown(given)}; the check raised {type(error).__name__}: {error}"

    def tell(self, why: str, ports: Mapping[str, Any], path: str, emit: Emit) -> ConstraintViolated | None:
        """Return the error of a MUST that is broken; tell of a SHOULD by an event."""
        said = self.constraint
        if said.strength == "MUST":
            words = f"{path}: {said} does not hold: {why[:_LONGEST]}"
            return ConstraintViolated(words, said, {name: ports[name] for name in ports if name in self._ports})
        data = {"constraint": said.text, "strength": said.strength, "origin": said.origin, "why": why}
        emit("constraint.broken", data)
        return None


def questions(node: Node[..., Any], asked: Iterable[Constraint] | None = None) -> list[Question]:
    """Return what values are asked at a node: all that is asked of it, if not said."""
    return [Question(constraint, node) for constraint in (node.asked if asked is None else asked)]


def asking(call: Call, node: Node[..., Any]) -> Call:
    """Return the call with the node's constraints asked around it; the call itself where there are none to ask.

    A MUST that is broken is a ConstraintViolated; a SHOULD is an event "constraint.broken".
    """
    asked = questions(node)
    if not asked:
        return call
    before = [question for question in asked if question.is_precondition]
    after = [question for question in asked if not question.is_precondition]
    names = [p.name for p in node.shape.parameters]
    shape = node.shape

    async def with_questions(*args: Any, **kwargs: Any) -> Any:
        by_position = not kwargs and len(args) == shape.simple
        ports = dict(zip(names, args, strict=True)) if by_position else shape.ports(args, kwargs)
        _ask(before, ports)
        value = await call(*args, **kwargs)
        if after:
            ports["result"] = value
            _ask(after, ports)
        return value

    return with_questions


def _shown(given: Mapping[str, Any]) -> str:
    """Return values by name, as they show themselves; one whose repr raises is named by its type."""
    said = []
    for name, value in given.items():
        try:
            said.append(f"{name} = {value!r:.80}")
        except Exception:  # noqa: BLE001 - a user's __repr__ may raise anything, and is not what is asked about
            said.append(f"{name} = <{type(value).__name__}>")
    return ", ".join(said)


def _ask(asked: list[Question], ports: Mapping[str, Any]) -> None:
    for question in asked:
        why = question.broken(ports)
        if why is not None:
            step = this_step()
            error = question.tell(why, ports, step.path, step.emit)
            if error is not None:
                raise error


def open_run(graph: Graph[..., Any], state: RunState, log: EventLog, template: Template, inputs: list[Any]) -> Block:
    """Begin a graph with its inputs; where they break what it asks of them it has failed, and nothing of it begins."""
    root = state.open_root(template, inputs)

    def emit(kind: str, data: Mapping[str, Any]) -> None:
        log.add(kind, root.out, log.began, data)

    ports = dict(zip((p.name for p in graph.shape.parameters), inputs, strict=True))
    for question in questions(graph, graph.asked_of_run):
        why = question.broken(ports) if question.is_precondition else None
        error = None if why is None else question.tell(why, ports, graph.name, emit)
        if error is not None:
            for left in (state.ready, state.reached, state.closures):
                left.clear()
            state.fail(root.out, error)
            emit("step.failed", {"error": f"{type(error).__name__}: {error}"})
            break
    return root
