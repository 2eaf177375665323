"""Is it sound? A drawn graph becomes a CheckedGraph, or every Diagnostic at once."""

from lift_sys.check.catalogue import CATALOGUE, entry
from lift_sys.check.diagnostic import Entry
from lift_sys.check.rules.source import check_source
from lift_sys.check.types import fits

__all__ = ["CATALOGUE", "Entry", "check_source", "entry", "fits"]
