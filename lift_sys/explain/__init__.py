"""Why did it happen? A run, in memory or kept, becomes an Explanation."""

from lift_sys.explain.comparison import Cause, RunComparison, compare
from lift_sys.explain.measurements import Measured, Measurements, measured
from lift_sys.explain.openlineage import openlineage_events
from lift_sys.explain.provenance import RunExplanation, explained, slice_of, tainted
from lift_sys.explain.reasons import (
    conflict_faults,
    consider_fills,
    narrowings,
    reason,
    refuse_conflict,
    standings,
    warnings_of,
)
from lift_sys.explain.trace_view import edges_of, to_mermaid, to_networkx

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
    "reason",
    "refuse_conflict",
    "slice_of",
    "standings",
    "tainted",
    "to_mermaid",
    "to_networkx",
    "warnings_of",
]
