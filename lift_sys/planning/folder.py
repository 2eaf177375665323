"""The folder of a plan: reads its files, and writes each of them whole or not at all, one writer at a time."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from lift_sys.errors import PlanningError
from lift_sys.planning.board import Board
from lift_sys.planning.inventory import parse_inventory
from lift_sys.planning.lines import decoded
from lift_sys.planning.propagation_log import Entry, appended, parse_log

if sys.platform != "win32":
    import fcntl

__all__ = ["PlanFolder", "read_text"]


def read_text(path: str, *, must_exist: bool = False) -> str:
    """Return the text of a file, or "" when there is none; PlanningError says why it cannot be read."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not must_exist:
            return ""
        raise PlanningError("unreadable", f"it cannot be read: {error.strerror}", file=path) from None
    return decoded(data, path)


class PlanFolder:
    """One folder with HOLE_INVENTORY.md, CONSTRAINT_PROPAGATION_LOG.md and STATE.md."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.inventory = os.path.join(folder, "HOLE_INVENTORY.md")
        self.log = os.path.join(folder, "CONSTRAINT_PROPAGATION_LOG.md")
        self.state = os.path.join(folder, "STATE.md")

    def board(self, *, may_be_new: bool = False) -> Board:
        """Return the plan as it stands; PlanningError when there is none, or it cannot be read."""
        if not may_be_new and not os.path.exists(self.inventory):
            message = "there is no inventory here; name its folder with --dir, or begin one with `import FILE`"
            raise PlanningError("no_inventory", message, file=self.inventory)
        inventory = parse_inventory(read_text(self.inventory), self.inventory)
        return Board(inventory, parse_log(read_text(self.log), self.log))

    def append(self, decide: Callable[[Board], list[Entry]]) -> list[Entry]:
        """Add to the log what `decide` makes of the plan as it stands when no one else writes; return it."""
        with self._alone():
            entries = decide(self.board())
            if entries:
                self._write(self.log, appended(read_text(self.log), entries))
        return entries

    def rewrite(self, respell: Callable[[Board], str]) -> None:
        """Write the inventory that `respell` makes of the plan as it stands when no one else writes."""
        try:
            os.makedirs(self.folder, exist_ok=True)
        except OSError as error:
            raise PlanningError("unwritable", f"it cannot be made: {error.strerror}", file=self.folder) from None
        with self._alone():
            before = self.board(may_be_new=True)
            self._write(self.inventory, respell(before))

    def write_state(self, text: str) -> None:
        """Write STATE.md, unless it says this already."""
        with self._alone():
            if read_text(self.state) != text:
                self._write(self.state, text)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the folder; a process that ends gives it back, however it ends."""
        if sys.platform == "win32":  # no such locks; every write is still whole
            yield
            return
        try:
            lock = os.open(self.folder, os.O_RDONLY)
        except OSError as error:
            raise PlanningError("unwritable", f"it cannot be opened: {error.strerror}", file=self.folder) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, path: str, text: str) -> None:
        """Put a finished file in the place of the old one: a reader sees either, never a part."""
        target = os.path.realpath(path)
        new = os.path.join(os.path.dirname(target), f".{os.path.basename(target)}.{os.getpid()}")
        try:
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text.encode("utf-8"))
                    if os.path.exists(target):
                        os.fchmod(file.fileno(), os.stat(target).st_mode & 0o777)
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(new, target)
            except BaseException:
                with suppress(OSError):
                    os.unlink(new)
                raise
        except OSError as error:
            raise PlanningError("unwritable", f"it cannot be written: {error.strerror}", file=path) from None
