"""Is it sound? A drawn graph becomes a CheckedGraph, or every Diagnostic at once."""

from lift_sys.check.catalogue import CATALOGUE, entry
from lift_sys.check.checker import CheckedGraph, check, diagnose, of_fill
from lift_sys.check.diagnostic import Entry, codes_of
from lift_sys.check.rules.source import check_source
from lift_sys.check.witness import Witness, witness_of

__all__ = [
    "CATALOGUE",
    "CheckedGraph",
    "Entry",
    "Witness",
    "check",
    "check_source",
    "codes_of",
    "diagnose",
    "entry",
    "of_fill",
    "witness_of",
]
