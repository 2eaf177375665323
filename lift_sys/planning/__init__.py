"""Guest: the hole tracker. A plan of work is holes too: they depend on each other, and constrain each other.

`HOLE_INVENTORY.md` says what is planned, `CONSTRAINT_PROPAGATION_LOG.md` what happened, in order. Everything else is
folded from these two, and nothing but the log says what is resolved.
"""

from lift_sys.planning.board import Board
from lift_sys.planning.command_line import main
from lift_sys.planning.exchange import exported, imported
from lift_sys.planning.fold import Standing, fold
from lift_sys.planning.folder import PlanFolder
from lift_sys.planning.inventory import Inventory, parse_inventory
from lift_sys.planning.planned_hole import PlannedHole
from lift_sys.planning.propagation_log import Deferred, Entry, Given, Reopened, Resolved, parse_log
from lift_sys.planning.splice import spliced

__all__ = [
    "Board",
    "Deferred",
    "Entry",
    "Given",
    "Inventory",
    "PlanFolder",
    "PlannedHole",
    "Reopened",
    "Resolved",
    "Standing",
    "exported",
    "fold",
    "imported",
    "main",
    "parse_inventory",
    "parse_log",
    "spliced",
]
