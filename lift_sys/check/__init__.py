"""Is it sound? A drawn graph becomes a CheckedGraph, or every Diagnostic at once."""

from lift_sys.check.rules.source import check_source
from lift_sys.check.types import fits

__all__ = ["check_source", "fits"]
