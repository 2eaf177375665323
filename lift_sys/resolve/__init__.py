"""What next, and why? A checked graph becomes a Plan; its constraints become facts with reasons."""

from lift_sys.resolve.call_cost import Experience, Price, Use, name_of_call
from lift_sys.resolve.claims import Proof, ProofLine, proof_of
from lift_sys.resolve.conflicts import conflict_of, should_conflicts, unreachable
from lift_sys.resolve.constraint_tracking import Reasoning, reasoning_of, says_anything
from lift_sys.resolve.cost import BudgetConflict, GraphCost, StepCost, budget_conflicts, cost_of
from lift_sys.resolve.dependency_resolver import resolve, template_of_call, template_of_graph
from lift_sys.resolve.derived_fills import derived_fills
from lift_sys.resolve.fits import fits_by_type
from lift_sys.resolve.interval import Interval
from lift_sys.resolve.known_facts import facts_of, narrowed_holes, only_value, still_known
from lift_sys.resolve.plan import CALL, ITEMS, UNSET, Detail, Kind, Plan, Template
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
