"""LS7xx: what is found in generated code, and in what it was asked for."""

from lift_sys.check.diagnostic import Entry

__all__ = ["ENTRIES"]

ENTRIES: tuple[Entry, ...] = ()
