"""Why did it happen? A run, in memory or kept, becomes an Explanation.

What compares, measures and exports runs is imported at its first use.
"""

from typing import TYPE_CHECKING

from lift_sys.explain.provenance import RunExplanation, explained, slice_of, tainted
from lift_sys.explain.reasons import (
    conflict_faults,
    consider_fills,
    narrowings,
    possible_fits,
    reason,
    refuse_conflict,
    standings,
    warnings_of,
)
from lift_sys.explain.trace_view import edges_of, to_mermaid, to_networkx

if TYPE_CHECKING:
    from lift_sys.explain.comparison import Cause, RunComparison, compare
    from lift_sys.explain.measurements import Measured, Measurements, measured
    from lift_sys.explain.openlineage import openlineage_events

__all__ = [
    "Cause",
    "Measured",
    "Measurements",
    "RunComparison",
    "RunExplanation",
    "compare",
    "conflict_faults",
    "consider_fills",
    "edges_of",
    "explained",
    "measured",
    "narrowings",
    "openlineage_events",
    "possible_fits",
    "reason",
    "refuse_conflict",
    "slice_of",
    "standings",
    "tainted",
    "to_mermaid",
    "to_networkx",
    "warnings_of",
]

_BY_NEED = {
    "Cause": "comparison",
    "RunComparison": "comparison",
    "compare": "comparison",
    "Measured": "measurements",
    "Measurements": "measurements",
    "measured": "measurements",
    "openlineage_events": "openlineage",
}
"""Where each name stands that is imported at its first use."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import what compares, measures and exports at the first use of one of its names (PEP 562)."""
        if name not in _BY_NEED:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        return getattr(import_module(f"{__name__}.{_BY_NEED[name]}"), name)
