"""Every diagnostic code, in the order of the codes; one file per family."""

from __future__ import annotations

from lift_sys.check.catalogue import constraints, drawing, generated, holes, loops, models, policies, source, wiring
from lift_sys.check.diagnostic import Entry

__all__ = ["CATALOGUE", "entry"]

_FAMILIES = (drawing, policies, wiring, source, loops, holes, constraints, models, generated)

CATALOGUE: dict[str, Entry] = {entry.code: entry for family in _FAMILIES for entry in family.ENTRIES}


def entry(code: str) -> Entry | None:
    """Return the long form of a code, however it is written: `LS101`, `ls101`, `101`; None if there is no such code."""
    digits = code.strip().upper().removeprefix("LS")
    return CATALOGUE.get(f"LS{digits}")
