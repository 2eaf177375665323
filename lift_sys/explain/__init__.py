"""Why did it happen? A RunRecord becomes an Explanation."""

from lift_sys.explain.provenance import RunExplanation, slice_of, tainted
from lift_sys.explain.trace_view import edges_of, to_mermaid, to_networkx

__all__ = ["RunExplanation", "edges_of", "slice_of", "tainted", "to_mermaid", "to_networkx"]
