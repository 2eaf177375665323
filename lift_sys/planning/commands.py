"""The commands of the tracker: each reads a plan, perhaps writes it, and returns what to say.

Exit codes: 0 done; 1 refused, broken or stale. Wrong use and malformed files are raised as PlanningError.
"""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from lift_sys.planning import answers
from lift_sys.planning.board import Board
from lift_sys.planning.exchange import exported, imported
from lift_sys.planning.folder import PlanFolder, read_text
from lift_sys.planning.inventory import Inventory
from lift_sys.planning.pictures import PICTURES
from lift_sys.planning.propagation_log import Deferred, Entry, Given, Reopened, Resolved
from lift_sys.planning.splice import spliced
from lift_sys.planning.state_page import state_page

__all__ = ["COMMANDS", "Said"]


@dataclass(frozen=True)
class Said:
    """What a command answers: as data, as text for a person, and as an exit code."""

    data: dict[str, Any]
    text: str
    code: int = 0


def list_holes(folder: PlanFolder, given: Namespace) -> Said:
    """List the holes with where they stand."""
    found = answers.listed(folder.board(), given.status, given.phase)
    return Said(found, _table(found["holes"]))


def _table(holes: Iterable[dict[str, Any]]) -> str:
    rows = [
        (hole["id"], hole["name"], f"{hole['phase']}", hole["status"], hole["by"] or ", ".join(hole["waits_for"]))
        for hole in holes
    ]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(4)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def ready(folder: PlanFolder, given: Namespace) -> Said:
    """List the holes that can be worked on."""
    board = folder.board()
    found = answers.ready(board, given.phase)
    return Said(found, "\n".join(f"{hole_id} {board.holes[hole_id].name}" for hole_id in found["ready"]))


def show(folder: PlanFolder, given: Namespace) -> Said:
    """Show all about one hole."""
    board = folder.board()
    found = answers.show(board, board.hole(given.hole))
    lines = [f"{found['id']} {found['name']}", *(f"  {key}: {found[key]}" for key in ("kind", "type", "phase"))]
    status = f"resolved by {found['by']}" if found["by"] else found["status"]
    lines.append(f"  status: {status}")
    for key in ("waits_for", "depends_on", "dependants"):
        if found[key]:
            lines.append(f"  {key.replace('_', ' ')}: {', '.join(found[key])}")
    lines += [f"  {text}" for text in found["constraints"]]
    lines += [f"  {told['text']} (from {told['from']})" for told in found["received"]]
    lines += [f"  gives {receiver}: {text}" for receiver, texts in found["gives"].items() for text in texts]
    lines += [f"  $ {command}" for command in found["accept"]]
    return Said(found, "\n".join(lines))


def next_hole(folder: PlanFolder, given: Namespace) -> Said:
    """Say which ready hole sets most others free."""
    found = answers.next_hole(folder.board())
    if found["next"] is None:
        return Said(found, "no hole is ready")
    return Said(found, f"{found['next']}: {found['unblocks']} wait for it; longest chain {' > '.join(found['path'])}")


def resolve(folder: PlanFolder, given: Namespace) -> Said:
    """Resolve a hole by what stands at a path, when nothing blocks it and its acceptance commands succeed."""
    from lift_sys.planning.acceptance import blocked_by, refusal  # only what runs commands pays for running them

    by: str = given.by
    before = folder.board()
    hole = before.hole(given.hole)
    refused = refusal(before, hole, by)
    if refused is None:
        told: list[Given] = []

        def decide(board: Board) -> list[Entry]:
            """Look again, as others may have written while the commands ran."""
            nonlocal refused
            now = board.hole(hole.id)
            refused = blocked_by(board, now) or ({"refused": "changed"} if now.accept != hole.accept else None)
            if refused is not None:
                return []
            told.extend(entry for entry in board.gifts(hole.id) if entry not in board.standing.given)
            again = board.standing.resolved.get(hole.id) == by
            return [*([] if again else [Resolved(hole.id, by)]), *dict.fromkeys(told)]

        folder.append(decide)
    if refused is not None:
        return Said(refused, _refusal_in_words(hole.id, refused), 1)
    given_now = [{"from": entry.giver, "to": entry.receiver, "text": entry.text} for entry in dict.fromkeys(told)]
    text = [f"resolved {hole.id} by {by}", *(f"  {entry['to']}: {entry['text']}" for entry in given_now)]
    return Said({"resolved": hole.id, "by": by, "given": given_now}, "\n".join(text))


def _refusal_in_words(hole_id: str, refused: dict[str, Any]) -> str:
    if refused["refused"] == "blocked":
        reason = f"it waits for {', '.join(refused['open'])}"
    elif refused["refused"] == "path":
        reason = f"there is nothing at {refused['path']}"
    elif refused["refused"] == "acceptance":
        reason = f"`{refused['command']}` ended with {refused['exit']}"
    else:
        reason = "its acceptance commands changed while they ran; resolve it again"
    return f"{hole_id} is not resolved: {reason}"


def reopen(folder: PlanFolder, given: Namespace) -> Said:
    """Open a hole again; what depends on it stays as it is, and `verify` names it."""
    return _changed(folder, given.hole, Reopened(given.hole), "open", "reopened")


def defer(folder: PlanFolder, given: Namespace) -> Said:
    """Put a hole off: it is not ready, and still blocks what depends on it."""
    return _changed(folder, given.hole, Deferred(given.hole), "deferred", "deferred")


def _changed(folder: PlanFolder, hole_id: str, entry: Entry, wanted: str, word: str) -> Said:
    def decide(board: Board) -> list[Entry]:
        return [] if board.status(board.hole(hole_id).id) == wanted else [entry]

    done = folder.append(decide)
    return Said({word: hole_id}, f"{word} {hole_id}" if done else f"{hole_id} is {wanted} already")


def phase_status(folder: PlanFolder, given: Namespace) -> Said:
    """Say how far one phase is."""
    found = answers.phase_status(folder.board(), given.number)
    lines = [
        f"{len(found['resolved'])} of {found['total']} resolved: {_listed(found['resolved'])}",
        f"ready: {_listed(found['ready'])}",
        *(f"{hole_id} waits for {', '.join(blockers)}" for hole_id, blockers in found["blocked"].items()),
    ]
    return Said(found, "\n".join(lines))


def gate(folder: PlanFolder, given: Namespace) -> Said:
    """Ask for every hole up to a phase: all resolved, all commands successful."""
    from lift_sys.planning.verification import broken_holes  # the engine comes only where it runs

    board = folder.board()
    found = answers.gate(board, given.number, broken_holes(board, board.in_phase(most=given.number)))
    lines = ["passed" if found["passed"] else "not passed"]
    lines += [f"open: {_listed(found['open'])}"] if found["open"] else []
    lines += [f"broken: {_listed(found['broken'])}"] if found["broken"] else []
    lines += [f"{hole_id} waits for {', '.join(later)} of later phases" for hole_id, later in found["later"].items()]
    return Said(found, "\n".join(lines), 0 if found["passed"] else 1)


def why(folder: PlanFolder, given: Namespace) -> Said:
    """Say what a hole was told by the resolved holes it depends on."""
    board = folder.board()
    found = answers.why(board, board.hole(given.hole))
    return Said(found, "\n".join(f"{told['text']} (from {told['from']})" for told in found["received"]))


def what_if(folder: PlanFolder, given: Namespace) -> Said:
    """Say what a withdrawal would take along, and change nothing."""
    board = folder.board()
    found = answers.what_if(board, board.hole(given.withdraw))
    lines = [f"falls: {_listed(found['falls'])}"]
    lines += [f"{told['to']} loses: {told['text']} (from {told['from']})" for told in found["lost"]]
    return Said(found, "\n".join(lines))


def verify(folder: PlanFolder, given: Namespace) -> Said:
    """Run the acceptance commands of resolved holes, all at once."""
    from lift_sys.planning.verification import broken_holes  # the engine comes only where it runs

    board = folder.board()
    broken = broken_holes(board, board.in_phase() if given.hole is None else [board.hole(given.hole).id])
    return Said({"broken": broken}, f"broken: {_listed(broken)}", 1 if broken else 0)


def scan(folder: PlanFolder, given: Namespace) -> Said:
    """Find holes in code and relate them to the plan by name."""
    from lift_sys.planning.code_scan import scan as scan_code  # parsing code is for this command alone

    found = scan_code(folder.board(), given.path)
    lines = [
        f"{at['file']}:{at['line']}: {at['kind']} {at['name']} {at['hole'] or ''}".rstrip() for at in found["found"]
    ]
    lines += [f"{at['file']}:{at['line'] or 1}: cannot be read: {at['message']}" for at in found["unreadable"]]
    return Said(found, "\n".join([*lines, f"without a place in code: {_listed(found['absent'])}"]))


def graph(folder: PlanFolder, given: Namespace) -> Said:
    """Draw the plan."""
    found = answers.graph(folder.board())
    picture = PICTURES.get(given.format)
    return Said(found, picture(found) if picture else json.dumps(found, indent=2, ensure_ascii=False))


def state(folder: PlanFolder, given: Namespace) -> Said:
    """Write STATE.md, or say whether it is stale."""
    page = state_page(folder.board())
    if given.check:
        stale = read_text(folder.state) != page
        words = "is stale; write it with `state`" if stale else "is up to date"
        return Said({"state": folder.state, "stale": stale}, f"{folder.state} {words}", 1 if stale else 0)
    folder.write_state(page)
    return Said({"state": folder.state, "stale": False}, f"wrote {folder.state}")


def import_plan(folder: PlanFolder, given: Namespace) -> Said:
    """Replace the inventory by a plan in JSON, or refuse it whole; prose of ids that stay is kept."""
    holes = imported(read_text(given.file, must_exist=True), given.file)
    Board(Inventory(given.file, holes={hole.id: hole for hole in holes}))  # refuses unknown ids and circles
    folder.rewrite(lambda before: spliced(before.inventory, holes))
    ids = [hole.id for hole in holes]
    return Said({"imported": ids}, f"imported {len(ids)} holes")


def export(folder: PlanFolder, given: Namespace) -> Said:
    """Write the plan as JSON that `import` takes."""
    found = exported(folder.board().holes)
    return Said(found, json.dumps(found, indent=2, ensure_ascii=False))


def _listed(ids: Iterable[str]) -> str:
    return ", ".join(ids) or "none"


COMMANDS = {
    "list": list_holes,
    "ready": ready,
    "show": show,
    "next": next_hole,
    "resolve": resolve,
    "reopen": reopen,
    "defer": defer,
    "phase-status": phase_status,
    "gate": gate,
    "why": why,
    "what-if": what_if,
    "verify": verify,
    "scan": scan,
    "graph": graph,
    "state": state,
    "import": import_plan,
    "export": export,
}
