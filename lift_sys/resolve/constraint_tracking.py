"""What a graph's constraints say together: one place that knows which of them is which assumption.

Facts speak of runs in which no MUST is broken. Whether all MUSTs can hold is asked of values as they are
(`Mode.JOINT`); what is known of a place is asked with demands going backward only into holes and inputs (`Mode.FACTS`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from lift_sys.define import Constraint, Formula, Graph, Node
from lift_sys.resolve.clauses import Clause, open_arms
from lift_sys.resolve.contraction import contracted, renamed
from lift_sys.resolve.domain_state import Refuted
from lift_sys.resolve.domains import Declared
from lift_sys.resolve.leaf_network import LENGTH, ROOT, LeafNetwork, Mode, RegionKind
from lift_sys.resolve.literal_reader import literals_of
from lift_sys.resolve.literals import Literal, variables_of
from lift_sys.resolve.network_builder import Instance, StepPorts, WholeNetwork, network_of
from lift_sys.resolve.propagation import Propagation, Statement
from lift_sys.resolve.relations import refuted_by_solver

__all__ = ["Reasoning", "minimal", "reasoning_of", "unsettled"]

_SPLITS = 64
"""How many arms of choices are tried for one question before the answer is unknown."""


class Reasoning:
    """The constraints of one graph as assumptions, and what follows from any of them."""

    def __init__(self, graph: Graph[..., Any]) -> None:
        self.graph = graph
        self.whole: WholeNetwork = network_of(graph)
        self.leaves = self.whole.leaves
        self.constraints: list[Constraint] = []
        self.statements: list[list[Statement]] = []
        self.places: list[list[Instance]] = []
        self.prose: list[Constraint] = []
        self.answers: dict[str, Any] = {}
        """answers that were found already"""
        self._numbers: dict[Constraint, int] = {}
        for instance in self.whole.instances:
            self._read(instance)

    def _read(self, instance: Instance) -> None:
        constraint = instance.constraint
        predicate = constraint.predicate_for(instance.shape) if constraint.strength != "MAY" else None
        if predicate is None:
            if constraint not in self.prose:
                self.prose.append(constraint)
            return
        number = self._numbers.get(constraint, -1)
        if number < 0:
            number = self._numbers[constraint] = len(self.constraints)
            self.constraints.append(constraint)
            self.statements.append([])
            self.places.append([])
        said = literals_of(predicate.formula, instance.ports, self.leaves)
        self.statements[number].append(Statement(number, instance.step.region, said))
        self.places[number].append(instance)

    def number_of(self, constraint: Constraint) -> int | None:
        """Return the assumption that a constraint is; None where it is prose or not of this graph."""
        return self._numbers.get(constraint)

    @cached_property
    def steps_of(self) -> dict[Node[..., Any], list[StepPorts]]:
        """By node: its steps."""
        found: dict[Node[..., Any], list[StepPorts]] = {}
        for step in self.whole.steps:
            found.setdefault(step.node._replaces, []).append(step)
        return found

    @cached_property
    def musts(self) -> tuple[int, ...]:
        """The assumptions that must hold."""
        return tuple(k for k, constraint in enumerate(self.constraints) if constraint.strength == "MUST")

    @cached_property
    def shoulds(self) -> tuple[int, ...]:
        """The assumptions that should hold."""
        return tuple(k for k, constraint in enumerate(self.constraints) if constraint.strength == "SHOULD")

    @cached_property
    def ground(self) -> Propagation:
        """What follows from types and constants alone, place by place."""
        return _grounded(self.leaves, Mode.FACTS)

    @cached_property
    def values(self) -> tuple[Propagation, list[list[Statement]]]:
        """What follows from types and constants of values as such, and the statements about these."""
        net, to = contracted(self.leaves)
        said = [[s.of(renamed(s.literals, to)) for s in statements] for statements in self.statements]
        return _grounded(net, Mode.JOINT), said

    def said_by(self, assumptions: Iterable[int]) -> list[Statement]:
        """Return the statements of some assumptions about places, in the order of the steps."""
        return [statement for number in assumptions for statement in self.statements[number]]

    def said_of_values(self, assumptions: Iterable[int]) -> list[Statement]:
        """Return the statements of some assumptions about values."""
        said = self.values[1]
        return [statement for number in assumptions for statement in said[number]]

    # --- what speaks of what --------------------------------------------------------------------------------------

    def read(self, formula: Formula, ports: Mapping[str, int]) -> tuple[Literal, ...]:
        """Return what a formula says of the leaves of a step; leaves that nobody spoke of yet are made."""
        known = len(self.leaves.keys)
        literals = literals_of(formula, ports, self.leaves)
        if len(self.leaves.keys) > known:
            for cached in ("ground", "values", "facts", "_into", "_given_by", "_statements_of"):
                self.__dict__.pop(cached, None)
        return literals

    @cached_property
    def _into(self) -> list[list[int]]:
        """By variable: those whose facts reach it."""
        into: list[list[int]] = [[] for _ in self.leaves.keys]
        for source, targets in enumerate(self.leaves.out[Mode.FACTS]):
            for target in targets:
                into[target].append(source)
        return self._with_parts(into)

    @cached_property
    def _given_by(self) -> list[list[int]]:
        """By variable: those whose facts reach it without any demand."""
        return self._with_parts([list(sources) for sources in self.leaves.given_by])

    def _with_parts(self, into: list[list[int]]) -> list[list[int]]:
        """Add what tells which arms can run, how many items there are, and how long texts are."""
        inside = self._inside()
        for target, sources, regions in self.leaves.choices:
            into[target].extend(sources)
            for region in regions:
                into[target].extend(inside[region])
        for number, around in enumerate(self.leaves.regions):
            size = self.leaves.index.get((around.items, (LENGTH,)), -1)
            if around.kind is RegionKind.BODY and size >= 0:
                into[size].extend(inside[number])
        for variable, length in enumerate(self.leaves.owner):
            if length >= 0:
                into[length].append(variable)
        for text, length in self.leaves.length_of.items():
            into[length].append(text)
            into[text].append(length)
        return into

    def _inside(self) -> list[list[int]]:
        """Return by region the variables of its steps and of all regions in it."""
        inside: list[list[int]] = [[] for _ in self.leaves.regions]
        for variable in range(len(self.leaves.keys)):
            for region in self.leaves.around(self.leaves.region_of(variable)):
                if region != ROOT:
                    inside[region].append(variable)
        return inside

    @cached_property
    def _statements_of(self) -> dict[int, list[tuple[Statement, frozenset[int]]]]:
        """By variable: what the MUSTs say of it, with all that they speak of there."""
        found: dict[int, list[tuple[Statement, frozenset[int]]]] = {}
        for number in self.musts:
            for statement in self.statements[number]:
                variables = variables_of(statement.literals)
                for variable in variables:
                    found.setdefault(variable, []).append((statement, variables))
        return found

    def said_nearby(self, variables: frozenset[int], assumptions: Iterable[int]) -> list[Statement]:
        """Return what some assumptions say of some variables themselves."""
        wanted = frozenset(assumptions)
        said = [s for v in sorted(variables) for s, _ in self._statements_of.get(v, ()) if s.assumption in wanted]
        return list({id(statement): statement for statement in said}.values())

    def speaking_of(self, variables: frozenset[int], *, demands: bool = True) -> tuple[frozenset[int], tuple[int, ...]]:
        """Return the variables whose facts may reach some, and the MUSTs that speak of them."""
        seen: set[int] = set()
        said: set[int] = set()
        todo = list(variables)
        into, statements = self._into if demands else self._given_by, self._statements_of
        while todo:
            variable = todo.pop()
            if variable in seen:
                continue
            seen.add(variable)
            todo.extend(into[variable])
            for statement, together in statements.get(variable, ()):
                said.add(statement.assumption)
                todo.extend(together)
        return frozenset(seen), tuple(sorted(said))

    # --- can they hold? -------------------------------------------------------------------------------------------

    def refuted(self, assumptions: Iterable[int], on: Propagation | None = None) -> frozenset[int] | None:
        """Return assumptions among these that cannot hold together; None where nothing shows that."""
        return refuted(on or self.values[0], self.said_of_values(assumptions))

    def core(self, assumptions: Iterable[int]) -> tuple[int, ...] | None:
        """Return a minimal set among these that cannot hold together; None where nothing shows that there is one."""
        found = self.refuted(assumptions)
        return None if found is None else minimal(found, self.refuted)

    @cached_property
    def facts(self) -> Propagation:
        """What holds at each place in runs in which no MUST is broken; raises Refuted where there are none."""
        return self.ground.following(self.said_by(self.musts))


def _grounded(net: LeafNetwork, mode: Mode) -> Propagation:
    try:
        return Propagation(net, mode)
    except Refuted:
        # types that cannot meet are the checker's to name: here they say nothing
        net.declared = [Declared(whole=known.whole) for known in net.declared]
        return Propagation(net, mode)


def refuted(state: Propagation, statements: Sequence[Statement]) -> frozenset[int] | None:
    """Return the assumptions that refute each other in the statements; None where nothing shows such."""
    try:
        return unsettled(state.following(statements))
    except Refuted as refutation:
        return refutation.said


def unsettled(state: Propagation) -> frozenset[int] | None:
    """Return the assumptions that refute each other where propagation leaves the answer open; None if none do."""
    found = split(state)
    return refuted_by_solver(state) if found is None else found


def split(state: Propagation) -> frozenset[int] | None:
    """Return the assumptions that refute each arm of a choice that is open; None where nothing shows such."""
    return _split(state, [_SPLITS])


def _split(state: Propagation, left: list[int]) -> frozenset[int] | None:
    """Refute each arm of a choice that is open, until all are refuted or too many were tried."""
    clause, arms = next(((c, a) for c in state.clauses if c.region == ROOT and (a := open_arms(state, c))), (None, []))
    if clause is None or not arms:
        return None
    said: set[int] = {clause.said}
    said |= state.said_in(clause.before)
    for arm in clause.arms:
        left[0] -= 1
        if left[0] < 0:
            return None
        found = _without_arm(state, clause, arm, left)
        if found is None:
            return None
        said |= found
    return frozenset(said)


def _without_arm(state: Propagation, clause: Clause, arm: Any, left: list[int]) -> frozenset[int] | None:
    try:
        return _split(state.following([Statement(clause.said, clause.region, arm)], decided=clause), left)
    except Refuted as refutation:
        return refutation.said


def minimal(found: Collection[int], refute: Callable[[list[int]], frozenset[int] | None]) -> tuple[int, ...]:
    """Return a subset that is still refuted and of which every proper subset is not (deletion, after Chinneck)."""
    core = sorted(found)
    position = 0
    while position < len(core):
        without = core[:position] + core[position + 1 :]
        smaller = refute(without)
        if smaller is None:
            position += 1
        else:
            core = [number for number in without if number in smaller]
    return tuple(core)


def reasoning_of(graph: Graph[..., Any]) -> Reasoning:
    """Return what a graph's constraints say together, read once for each set of fills."""
    known = graph.__dict__.get("_reasoning")
    if known is None or known[0] is not graph.fills:
        known = (graph.fills, Reasoning(graph))
        graph.__dict__["_reasoning"] = known
    found: Reasoning = known[1]
    return found
