"""What next, and why? A checked graph becomes a Plan."""

from lift_sys.resolve.dependency_resolver import resolve, template_of_call, template_of_graph
from lift_sys.resolve.fits import fits_by_type
from lift_sys.resolve.plan import CALL, UNSET, Detail, Kind, Plan, Template

__all__ = [
    "CALL",
    "UNSET",
    "Detail",
    "Kind",
    "Plan",
    "Template",
    "fits_by_type",
    "resolve",
    "template_of_call",
    "template_of_graph",
]
