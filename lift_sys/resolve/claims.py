"""Claims about a node's ports: whether they follow, from which constraints, and by which steps.

A claim follows when the MUSTs that may speak of its leaves, plus its negation, are refuted; each of its atoms alone, at
every step of the node. Those that may speak of a leaf are said of it, or of what flows to it: a demand of what comes
later is none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from lift_sys.define import (
    And,
    Arithmetic,
    Compare,
    Constant,
    Constraint,
    Formula,
    IsNone,
    Leaf,
    Length,
    Member,
    Node,
    fault,
    read_predicate,
    user_place,
    written,
)
from lift_sys.resolve.clauses import refuting
from lift_sys.resolve.constraint_tracking import Reasoning, minimal, unsettled
from lift_sys.resolve.denial import denied
from lift_sys.resolve.domain_state import ALLOWED, MASK, Domains, Refuted
from lift_sys.resolve.fact_text import fact_text
from lift_sys.resolve.focus import between
from lift_sys.resolve.literals import Literal, variables_of
from lift_sys.resolve.network_builder import StepPorts
from lift_sys.resolve.propagation import Propagation, Statement

__all__ = ["Part", "Proof", "ProofLine", "proof_of"]

Settle: TypeAlias = Callable[[Propagation], frozenset[int] | None]
"""Asks further where propagation leaves the answer open."""
_CLAIM = 1 << 60
"""The assumption that a claim is wrong."""


@dataclass(frozen=True, slots=True)
class ProofLine:
    """One step of a proof: how deep it stands, what is known, of what place, and why."""

    depth: int
    place: str
    fact: str
    rule: str
    constraint: Constraint | None


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a claim follows: `constraints` suffice, and none of them can be left out."""

    claim: str
    node: Node[..., Any]
    constraints: tuple[Constraint, ...]
    places: tuple[str, ...]
    lines: tuple[ProofLine, ...]
    deferred: tuple[str, ...] = ()
    """the steps that it may rest on whose holes are only deferred"""


def proof_of(reasoning: Reasoning, node: Node[..., Any], claim: str) -> Proof | None:
    """Return why a claim about a node's ports follows, None where it does not.

    Raises DefinitionError (LS503) for a text that is no claim, or a node that is no step of the graph.
    """
    steps = reasoning.steps_of.get(node._replaces, [])
    atoms = _atoms(reasoning, node, claim, steps)
    parts = [
        Part(reasoning, {**step.ports, "result": step.result}, step.region, atom) for step in steps for atom in atoms
    ]
    found: set[int] = set()
    for part in parts:
        used_by_part = part.known() or part.refuted_nearby(reasoning.musts)
        used_by_part = part.refuted(part.speaking) if used_by_part is None else used_by_part
        if used_by_part is None:
            return None
        found |= used_by_part

    def refute(assumptions: list[int]) -> frozenset[int] | None:
        used: set[int] = set()
        for part in parts:
            said = part.refuted(assumptions)
            if said is None:
                return None
            used |= said
        return frozenset(used)

    for part in parts:
        part.focus(sorted(found))
    core = minimal(found, refute)
    refute(list(core))
    lines = [line for part in parts for line in part.proof()]
    told = {line.constraint for line in lines}
    said = tuple(reasoning.constraints[number] for number in core)
    # what a solver found has no steps: it is told by what was said
    lines += [ProofLine(0, "", "", "said", constraint) for constraint in said if constraint not in told]
    places = tuple(dict.fromkeys(line.place for line in reversed(lines) if line.place))
    return Proof(claim, node, said, places, tuple(lines), _deferred(reasoning, parts))


def _deferred(reasoning: Reasoning, parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the steps with a deferred value whose leaves the parts looked at."""
    slots = {reasoning.leaves.keys[variable][0] for part in parts for variable in part.within}
    steps = reasoning.whole.steps
    return tuple(s.path for s in steps if s.fill is not None and s.fill.kind == "deferred" and s.result in slots)


# --- what is claimed ----------------------------------------------------------------------------------------------


def _atoms(reasoning: Reasoning, node: Node[..., Any], claim: str, steps: Sequence[StepPorts]) -> list[Formula]:
    where = f"{user_place()} {reasoning.graph.name}"
    if not steps:
        known = ", ".join(dict.fromkeys(step.node.name for step in reasoning.whole.steps))
        raise fault("LS503", where, f"{node.name} is no step of {reasoning.graph.name}", f"its steps are of: {known}")
    predicate = read_predicate(claim, node.shape, where)
    formula = None if predicate is None else predicate.formula
    atoms = list(formula.parts) if isinstance(formula, And) else [formula]
    for atom in atoms:
        if atom is None or not _is_claim(atom):
            said = claim if atom is None else written(atom)
            raise fault(
                "LS503",
                where,
                f"`{said}` is no claim",
                "claim `leaf op constant`, `len(leaf) op constant`, `leaf in {...}`, `leaf is (not) None` or "
                "`port op port + c`; join several by `and`",
            )
    return [atom for atom in atoms if atom is not None]


def _is_claim(atom: Formula) -> bool:
    match atom:
        case IsNone() | Member(Leaf() | Length(), Constant()):
            return True
        case Compare(_, Leaf() | Length(), Constant() | Leaf() | Length()):
            return True
        case Compare(_, Constant(), Leaf() | Length()):
            return True
        case Compare(_, left, right):
            return all(_is_shifted(term) for term in (left, right))
    return False


def _is_shifted(term: Any) -> bool:
    match term:
        case Leaf() | Length() | Constant():
            return True
        case Arithmetic("+" | "-", Leaf() | Length(), Constant()) | Arithmetic("+", Constant(), Leaf() | Length()):
            return True
    return False


# --- one atom at one step -----------------------------------------------------------------------------------------


class Part:
    """What is said at one step: it holds unless one of the literals that it is made of is wrong.

    Without `demands` nothing is concluded from what later steps ask for.
    """

    def __init__(
        self, reasoning: Reasoning, ports: Mapping[str, int], region: int, said: Formula, *, demands: bool = True
    ) -> None:
        self.reasoning = reasoning
        self.region = region
        asserted = reasoning.read(said, ports)
        self.ways = [way for literal in asserted for way in denied(literal, reasoning.leaves)]
        self.variables = variables_of(asserted)
        self.demands = demands
        self.refutations: list[tuple[Domains, tuple[int, ...]]] = []
        self._focus: frozenset[int] | None = None

    @cached_property
    def _reach(self) -> tuple[frozenset[int], tuple[int, ...]]:
        return self.reasoning.speaking_of(self.variables, demands=self.demands)

    @property
    def within(self) -> frozenset[int]:
        """The leaves that matter to it."""
        return self._reach[0] if self._focus is None else self._focus

    @property
    def speaking(self) -> tuple[int, ...]:
        """The MUSTs that speak of what matters to it."""
        return self._reach[1]

    def focus(self, assumptions: Sequence[int]) -> None:
        """Look only at what lies between the leaves that some assumptions speak of, if that is enough for them."""
        if self.refuted_nearby(assumptions) is not None:
            return
        said = [variables_of(statement.literals) for statement in self.reasoning.said_by(assumptions)]
        self._focus = between(self.reasoning.leaves, self.within, self.variables.union(*said))
        if self.refuted(assumptions) is None:
            self._focus = None

    def known(self) -> frozenset[int] | None:
        """Return what refutes every way in which the atom could be wrong, as far as the facts show it."""
        try:
            state = self.reasoning.facts
        except Refuted:
            return None
        used: set[int] = set()
        for way in self.ways:
            facts = refuting(state, way)
            if facts is None:
                return None
            used |= state.said_in(facts)
        return frozenset(used)

    def refuted_nearby(self, assumptions: Sequence[int]) -> frozenset[int] | None:
        """Return what refutes it by what is said of its own leaves alone, which most often is enough."""
        said = self.reasoning.said_nearby(self.variables, assumptions)
        return self._each_refuted(said, self.variables, settle=lambda state: None)

    def refuted(self, assumptions: Sequence[int]) -> frozenset[int] | None:
        """Return what refutes every way in which the atom could be wrong; None where one may be right."""
        found = self.refuted_nearby(assumptions)
        if found is not None:
            return found
        said = [s for s in self.reasoning.said_by(assumptions) if variables_of(s.literals) & self.within]
        return self._each_refuted(said, self.within)

    def _each_refuted(
        self, said: list[Statement], within: frozenset[int], settle: Settle = unsettled
    ) -> frozenset[int] | None:
        self.refutations = []
        used: set[int] = set()
        for way in self.ways:
            found = self._refuted(said, way, within, settle)
            if found is None:
                return None
            used |= found
        return frozenset(used - {_CLAIM})

    def _refuted(
        self, said: list[Statement], way: tuple[Literal, ...], within: frozenset[int], settle: Settle
    ) -> frozenset[int] | None:
        ground = self.reasoning.ground
        denial = Statement(_CLAIM, self.region, way)
        try:
            if self.reasoning.leaves.bodies_around(self.region):
                # what is said holds of every item; the claim may be wrong of one
                state = ground.following(said, within=within).following([denial], of_one_item=True)
            else:
                state = ground.following([*said, denial], within=within)
        except Refuted as refutation:
            return self._refuted_by(refutation.state, refutation.facts)
        if self.region in state.dead:
            return self._refuted_by(state, state.dead[self.region])
        return settle(state)

    def _refuted_by(self, state: Domains, facts: tuple[int, ...]) -> frozenset[int]:
        self.refutations.append((state, facts))
        return state.said_in(facts)

    def proof(self) -> Iterator[ProofLine]:
        """Yield the steps of the latest refutation, from what refutes to what was said."""
        for state, facts in self.refutations:
            yield from _lines(self.reasoning, state, facts)


def _lines(reasoning: Reasoning, state: Domains, facts: Sequence[int]) -> Iterator[ProofLine]:
    """Yield what a refutation uses of what holds anyway; what follows from the denial of the claim is left out."""
    denying = _denying(state)
    seen: set[int] = set()
    todo = [(fact, 0) for fact in reversed(facts)]
    while todo:
        number, depth = todo.pop()
        if number < 0 or number in seen:
            continue
        seen.add(number)
        fact = state.facts[number]
        emptied = number in denying or (fact.side in (MASK, ALLOWED) and not fact.value)
        if not emptied:
            said = reasoning.constraints[fact.assumption] if fact.assumption >= 0 else None
            place = reasoning.leaves.path_of(fact.variable) if fact.variable >= 0 else ""
            text = fact_text(reasoning.leaves, fact) if fact.variable >= 0 else ""
            yield ProofLine(depth, place, text, fact.rule, said)
        todo += [(before, depth + (not emptied)) for before in reversed(fact.before)]


def _denying(state: Domains) -> set[int]:
    """Return the facts that follow from the denial of a claim."""
    found: set[int] = set()
    for number, fact in enumerate(state.facts):
        if fact.assumption == _CLAIM or any(before in found for before in fact.before):
            found.add(number)
    return found
