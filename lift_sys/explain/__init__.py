"""Why did it happen? A run, in memory or kept, becomes an Explanation."""

from lift_sys.explain.comparison import Cause, RunComparison, compare
from lift_sys.explain.openlineage import openlineage_events
from lift_sys.explain.provenance import RunExplanation, explained, slice_of, tainted
from lift_sys.explain.trace_view import edges_of, to_mermaid, to_networkx

__all__ = [
    "Cause",
    "RunComparison",
    "RunExplanation",
    "compare",
    "edges_of",
    "explained",
    "openlineage_events",
    "slice_of",
    "tainted",
    "to_mermaid",
    "to_networkx",
]
