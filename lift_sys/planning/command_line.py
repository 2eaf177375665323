"""The command line of the tracker: `track_holes.py [--dir DIR] COMMAND ... [--json]`.

Results go to standard output. Wrong use and malformed files end with exit code 2 and
`{"error": {"code", "message", "file", "line"}}` there, and nothing is written; a circle of holes adds `path`.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from lift_sys.errors import PlanningError
from lift_sys.planning.answers import FILTERS
from lift_sys.planning.commands import COMMANDS, Said
from lift_sys.planning.folder import PlanFolder
from lift_sys.planning.nearest import nearest
from lift_sys.planning.streams import OutputClosed, flush, result, tell

__all__ = ["main"]

WRONG_USE = 2
INTERRUPTED = 130


class _Parser(ArgumentParser):
    """Raises wrong use instead of printing it, so that it is answered like every other fault."""

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the arguments."""
        raise PlanningError("wrong_use", f"{message}; see {self.prog} --help")


def main(tokens: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; nothing is raised."""
    given = list(sys.argv[1:] if tokens is None else tokens)
    try:
        code = _answer(given)
        flush()
    except KeyboardInterrupt:
        tell("track_holes.py: interrupted")
        return INTERRUPTED
    except SystemExit as end:  # argparse has shown the help of a command
        return int(end.code or 0)
    except OutputClosed as error:
        if not error.quiet:
            tell(f"track_holes.py: {error}")
        return 1
    return code


def _answer(tokens: Sequence[str]) -> int:
    try:
        asked = _parse(tokens)
        said: Said = COMMANDS[asked.command](PlanFolder(asked.dir), asked)
    except PlanningError as error:
        fault: dict[str, Any] = {
            "code": error.code,
            "message": error.message,
            "file": error.file,
            "line": error.line,
        }
        if error.path:
            fault["path"] = list(error.path)
        result(json.dumps({"error": fault}, ensure_ascii=False))
        if "--json" not in tokens:
            tell(f"track_holes.py: {error}")
        return WRONG_USE
    if asked.json:
        result(json.dumps(said.data, ensure_ascii=False))
    elif said.text:
        result(said.text)
    return said.code


def _parse(tokens: Sequence[str]) -> Namespace:
    """Return the arguments; only the parser of the command that is asked for is built."""
    top = _Parser(prog="track_holes.py", allow_abbrev=False, add_help=False)
    top.add_argument("--dir", default=os.path.join("docs", "planning"))
    top.add_argument("--json", action="store_true")
    top.add_argument("--help", "-h", action="store_true")
    before = 0
    while before < len(tokens) and tokens[before].startswith("-"):
        before += 2 if tokens[before] == "--dir" else 1
    first = top.parse_args(list(tokens[:before]))
    command = tokens[before] if before < len(tokens) else None
    if first.help or command is None:
        if first.help:
            result(_overview())
            raise SystemExit(0)
        raise PlanningError("wrong_use", f"which command? one of {', '.join(COMMANDS)}")
    if command not in COMMANDS:
        raise PlanningError(
            "wrong_use", f"there is no command {command!r}; the nearest is {nearest(command, COMMANDS)}"
        )
    parser = _Parser(prog=f"track_holes.py {command}", description=COMMANDS[command].__doc__, allow_abbrev=False)
    if command in _ARGUMENTS:
        _ARGUMENTS[command](parser)
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    asked = parser.parse_args(list(tokens[before + 1 :]))
    asked.dir, asked.command, asked.json = first.dir, command, asked.json or first.json
    return asked


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:{width}}  {(does.__doc__ or '').splitlines()[0]}" for name, does in COMMANDS.items()]
    return "\n".join(["usage: track_holes.py [--dir DIR] COMMAND [options] [--json]", "", *lines])


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise PlanningError("wrong_use", f"{text!r:.80} is no phase; give a whole number")
    return int(text)


def _for_list(parser: ArgumentParser) -> None:
    parser.add_argument("--status", choices=FILTERS)
    _for_phase(parser)


def _for_phase(parser: ArgumentParser) -> None:
    parser.add_argument("--phase", type=_whole_number, metavar="N")


def _for_hole(parser: ArgumentParser) -> None:
    parser.add_argument("hole", metavar="ID")


def _for_number(parser: ArgumentParser) -> None:
    parser.add_argument("number", type=_whole_number, metavar="N")


def _for_resolve(parser: ArgumentParser) -> None:
    _for_hole(parser)
    parser.add_argument("--by", required=True, metavar="PATH", help="the file or folder that resolves it")


_ARGUMENTS: dict[str, Callable[[ArgumentParser], Any]] = {
    "list": _for_list,
    "ready": _for_phase,
    "show": _for_hole,
    "resolve": _for_resolve,
    "reopen": _for_hole,
    "defer": _for_hole,
    "phase-status": _for_number,
    "gate": _for_number,
    "why": _for_hole,
    "what-if": lambda parser: parser.add_argument("--withdraw", required=True, metavar="ID"),
    "verify": lambda parser: parser.add_argument("hole", nargs="?", metavar="ID"),
    "scan": lambda parser: parser.add_argument("path", metavar="PATH"),
    "graph": lambda parser: parser.add_argument("--format", choices=("mermaid", "dot", "json"), default="mermaid"),
    "state": lambda parser: parser.add_argument("--check", action="store_true", help="only say whether it is stale"),
    "import": lambda parser: parser.add_argument("file", metavar="FILE", help="a plan in JSON"),
}
