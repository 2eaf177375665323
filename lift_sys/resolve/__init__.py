"""What next, and why? A checked graph becomes a Plan; its constraints become facts with reasons.

What reasons about constraints and costs is imported at its first use: most runs need none of it.
"""

from typing import TYPE_CHECKING

from lift_sys.resolve.dependency_resolver import resolve, template_of_call, template_of_graph
from lift_sys.resolve.fits import fits_by_type
from lift_sys.resolve.plan import CALL, ITEMS, UNSET, Detail, Kind, Plan, Template
from lift_sys.resolve.said import says_anything

if TYPE_CHECKING:
    from lift_sys.resolve.call_cost import Experience, Price, Use, name_of_call
    from lift_sys.resolve.claims import Proof, ProofLine, proof_of
    from lift_sys.resolve.conflicts import conflict_of, should_conflicts, unreachable
    from lift_sys.resolve.constraint_tracking import Reasoning, reasoning_of
    from lift_sys.resolve.cost import BudgetConflict, GraphCost, StepCost, budget_conflicts, cost_of
    from lift_sys.resolve.deriving import derived_fills
    from lift_sys.resolve.interval import Interval
    from lift_sys.resolve.known_facts import facts_of, narrowed_holes, only_value, still_known
    from lift_sys.resolve.standing import Standing, standing_of

__all__ = [
    "CALL",
    "ITEMS",
    "UNSET",
    "BudgetConflict",
    "Detail",
    "Experience",
    "GraphCost",
    "Interval",
    "Kind",
    "Plan",
    "Price",
    "Proof",
    "ProofLine",
    "Reasoning",
    "Standing",
    "StepCost",
    "Template",
    "Use",
    "budget_conflicts",
    "conflict_of",
    "cost_of",
    "derived_fills",
    "facts_of",
    "fits_by_type",
    "name_of_call",
    "narrowed_holes",
    "only_value",
    "proof_of",
    "reasoning_of",
    "resolve",
    "says_anything",
    "should_conflicts",
    "standing_of",
    "still_known",
    "template_of_call",
    "template_of_graph",
    "unreachable",
]

_BY_NEED = {
    "Experience": "call_cost",
    "Price": "call_cost",
    "Use": "call_cost",
    "name_of_call": "call_cost",
    "Proof": "claims",
    "ProofLine": "claims",
    "proof_of": "claims",
    "conflict_of": "conflicts",
    "should_conflicts": "conflicts",
    "unreachable": "conflicts",
    "Reasoning": "constraint_tracking",
    "reasoning_of": "constraint_tracking",
    "BudgetConflict": "cost",
    "GraphCost": "cost",
    "StepCost": "cost",
    "budget_conflicts": "cost",
    "cost_of": "cost",
    "derived_fills": "deriving",
    "Interval": "interval",
    "facts_of": "known_facts",
    "narrowed_holes": "known_facts",
    "only_value": "known_facts",
    "still_known": "known_facts",
    "Standing": "standing",
    "standing_of": "standing",
}
"""Where each name stands that is imported at its first use."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what reasons at the first use of one of its names (PEP 562)."""
        if name not in _BY_NEED:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_BY_NEED[name]}"), name)
