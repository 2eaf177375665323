"""Lines of a Markdown file, byte for byte: their ends, the fenced ones, and values that fit on one line."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from lift_sys.errors import PlanningError

__all__ = ["decoded", "ending_of", "fenced", "from_line", "in_line", "split_lines"]

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")


def decoded(data: bytes, file: str) -> str:
    """Return the text of a file; PlanningError names the line that is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"byte {data[error.start]:#04x} is not UTF-8; save the file as UTF-8"
        raise PlanningError("not_utf8", message, file=file, line=line) from None


def split_lines(text: str) -> list[str]:
    """Return the lines with their ends, so that joining them gives the text again; only a line feed ends a line."""
    lines = [line + "\n" for line in text.split("\n")]
    lines[-1] = lines[-1][:-1]
    return lines if lines[-1] else lines[:-1]


def ending_of(lines: Sequence[str]) -> str:
    """Return how lines of this file end; new ones end alike."""
    return "\r\n" if lines and lines[0].endswith("\r\n") else "\n"


def fenced(lines: Sequence[str], file: str) -> list[bool]:
    """Say of each line whether it belongs to a fenced block, where everything is prose."""
    inside = [False] * len(lines)
    mark, opened = "", 0
    for index, line in enumerate(lines):
        found = _FENCE.match(line) if mark or "`" in line or "~" in line else None
        inside[index] = bool(mark or found)
        if found is None:
            continue
        run, rest = found[1], found[2].strip()
        if not mark:
            if run[0] == "`" and "`" in rest:  # a code span that happens to begin the line
                inside[index] = False
            else:
                mark, opened = run, index + 1
        elif run[0] == mark[0] and len(run) >= len(mark) and not rest:
            mark = ""
    if mark:
        message = f"the block opened by {mark} is never closed, so all below it would be lost; close it with {mark}"
        raise PlanningError("unclosed_fence", message, file=file, line=opened)
    return inside


def in_line(text: str) -> str:
    """Return a text as it can stand at the end of a line: as it is, or as a JSON string where that would not do."""
    plain = bool(text) and text == text.strip() and text[0] != '"' and text.isprintable()
    return text if plain else json.dumps(text)


def from_line(said: str) -> str:
    """Return the text that `in_line` wrote; ValueError when it is empty or a JSON string is broken."""
    said = said.strip()
    if not said:
        raise ValueError("nothing is said")
    if said[0] != '"':
        return said
    text: str = json.loads(said)
    return text
