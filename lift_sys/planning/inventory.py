"""The inventory: `## H6 Name`, then `- key: value` lines up to the first blank line; all else is prose.

| key | value |
| --- | --- |
| `kind`, `type` | one line of text |
| `phase` | a whole number |
| `depends_on` | ids, with commas between them |
| `constraints` | `MUST ...`, `SHOULD ...` or `MAY ...`; one line each |
| `gives` | an id and what that hole is told when this one is resolved: `H1 MUST support async calls`; one line each |
| `accept` | a shell command that ends with 0 when the hole is resolved; one line each |

A value that would not survive on a line of its own (empty, padded, with a line break or beginning with a quote) is
written as a JSON string.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from lift_sys.errors import PlanningError
from lift_sys.planning.lines import fenced, from_line, split_lines
from lift_sys.planning.nearest import nearest
from lift_sys.planning.planned_hole import PlannedHole

__all__ = ["HOLE_ID", "Inventory", "Section", "is_constraint", "parse_inventory"]

HOLE_ID = r"H(?:0|[1-9]\d{0,8})"
_ID = re.compile(HOLE_ID)
_HEADING = re.compile(rf"## ({HOLE_ID}) (.*)")
_MEANT_AS_HEADING = re.compile(r" {0,3}##\s*[hH]\s*\d")
_KEY_LINE = re.compile(r"- (\w+):(.*)")
_CONSTRAINT = re.compile(r"(?:MUST|SHOULD|MAY)\s+\S")
_OTHER_HEADING = re.compile(r"##? ")
_GIVES = re.compile(rf"({HOLE_ID})(?:\s+(.*))?")
_KEYS = ("kind", "type", "phase", "depends_on", "constraints", "gives", "accept")
_NEEDED = _KEYS[:3]
_MANY = frozenset(_KEYS[4:])


@dataclass(frozen=True, slots=True)
class Section:
    """Where one hole stands, as line indices: heading and keys are `start:keys_end`, its prose goes on to `end`."""

    id: str
    start: int
    keys_end: int
    end: int


@dataclass(frozen=True)
class Inventory:
    """An inventory that was read: its holes by id, and every line as it was written."""

    file: str
    lines: Sequence[str] = ()
    sections: Sequence[Section] = ()
    holes: Mapping[str, PlannedHole] = field(default_factory=dict)


def is_constraint(text: str) -> bool:
    """Say whether a text begins with its strength: MUST, SHOULD or MAY, and then says something."""
    return _CONSTRAINT.match(text) is not None


def parse_inventory(text: str, file: str) -> Inventory:
    """Return the inventory that a text holds; PlanningError says the first line that cannot be read."""
    lines = split_lines(text)
    prose = fenced(lines, file)
    holes: dict[str, PlannedHole] = {}
    starts: list[tuple[str, int, int]] = []
    index = 0
    while index < len(lines):
        found = None if prose[index] else _heading(lines, index, file)
        if found is None:
            index += 1
            continue
        end = index + 1
        while end < len(lines) and lines[end].strip():
            end += 1
        hole = _Block(file, index + 1, found[0]).hole(found[1], lines[index + 1 : end])
        if hole.id in holes:
            first = holes[hole.id].line
            message = f"{hole.id} is there twice, first in line {first}; give one of them another id"
            raise PlanningError("duplicate_hole", message, file=file, line=index + 1)
        holes[hole.id] = hole
        starts.append((hole.id, index, end))
        index = end
    return Inventory(file, lines, _sections(lines, prose, starts), holes)


def _heading(lines: Sequence[str], index: int, file: str) -> tuple[str, str] | None:
    """Return id and name when a line is the heading of a hole; refuse one that was meant to be."""
    line = lines[index]
    if "#" not in line[:4]:
        return None
    found = _HEADING.fullmatch(line.rstrip())
    if found is not None:
        try:
            return found[1], from_line(found[2])
        except ValueError:
            pass
    below = _KEY_LINE.match(lines[index + 1]) if index + 1 < len(lines) else None
    followed = below is not None and below[1] in _KEYS and re.match(r" {0,3}#+\s*[hH]\s*\d", line) is not None
    if _MEANT_AS_HEADING.match(line) or followed:
        message = f"{line.strip()!r:.80} is no heading of a hole; write `## H6 Name`"
        raise PlanningError("bad_heading", message, file=file, line=index + 1)
    return None


def _sections(lines: Sequence[str], prose: Sequence[bool], starts: Sequence[tuple[str, int, int]]) -> list[Section]:
    """Return where each hole begins and ends; its prose ends at the next heading of its own rank."""
    sections = []
    for position, (hole_id, start, keys_end) in enumerate(starts):
        last = starts[position + 1][1] if position + 1 < len(starts) else len(lines)
        own = (i for i in range(keys_end, last) if _OTHER_HEADING.match(lines[i]) and not prose[i])
        sections.append(Section(hole_id, start, keys_end, next(own, last)))
    return sections


class _Block:
    """Reads the keys below one heading; every refusal knows its line."""

    def __init__(self, file: str, heading: int, hole_id: str) -> None:
        self.file, self.heading, self.id = file, heading, hole_id
        self.at = heading
        self.said: dict[str, list[str]] = {}
        self.gives: dict[str, tuple[str, ...]] = {}
        self.lines: dict[str, int] = {}

    def refuse(self, code: str, message: str, line: int | None = None) -> PlanningError:
        """Return the fault, for raising."""
        return PlanningError(code, f"{self.id}: {message}", file=self.file, line=line or self.at)

    def hole(self, name: str, lines: Sequence[str]) -> PlannedHole:
        """Return the hole that the lines describe."""
        for offset, line in enumerate(lines, 1):
            self.at = self.heading + offset
            self._take(line)
        for key in _NEEDED:
            if key not in self.said:
                raise self.refuse("missing_key", f"has no {key}; write `- {key}: ...` below its heading", self.heading)
        return PlannedHole(
            id=self.id,
            name=name,
            kind=self.said["kind"][0],
            type=self.said["type"][0],
            phase=int(self.said["phase"][0]),
            depends_on=tuple(self.said.get("depends_on", ())),
            constraints=tuple(self.said.get("constraints", ())),
            gives=self.gives,
            accept=tuple(self.said.get("accept", ())),
            line=self.heading,
            key_lines=self.lines,
        )

    def _take(self, line: str) -> None:
        found = _KEY_LINE.fullmatch(line.rstrip())
        if found is None:
            message = f"{line.strip()!r:.80} is no `- key: value`; a blank line ends the keys and begins the prose"
            raise self.refuse("bad_line", message)
        key, value = found[1], found[2]
        if key not in _KEYS:
            raise self.refuse("unknown_key", f"{key!r} is no key; the nearest is {nearest(key, _KEYS)!r}")
        if key in self.said and key not in _MANY:
            raise self.refuse("repeated_key", f"{key} is said twice; keep one of the lines")
        self.lines.setdefault(key, self.at)
        if key in _READERS:
            self.said[key] = _READERS[key](self, value.strip())
        elif key == "gives":
            self._take_gift(value.strip())
        else:
            text = self._text(value)
            if key == "constraints":
                self._demand_strength(text)
            self.said.setdefault(key, []).append(text)

    def _text(self, value: str) -> str:
        try:
            return from_line(value)
        except ValueError:
            message = f"{value.strip()!r:.80} is no value; write a text, or a JSON string if it begins with a quote"
            raise self.refuse("bad_value", message) from None

    def _demand_strength(self, text: str) -> None:
        if not is_constraint(text):
            raise self.refuse("bad_constraint", f"{text!r:.80} has no strength; begin with MUST, SHOULD or MAY")

    def _phase(self, value: str) -> list[str]:
        if not re.fullmatch(r"[0-9]{1,9}", value):
            raise self.refuse("bad_phase", f"{value!r:.80} is no phase; write a whole number, such as `- phase: 3`")
        return [value]

    def _ids(self, value: str) -> list[str]:
        ids = [part.strip() for part in value.split(",")]
        for position, hole_id in enumerate(ids):
            if not _ID.fullmatch(hole_id):
                raise self.refuse("bad_id", f"{hole_id!r:.80} is no id; write ids with commas between them: H2, H6")
            if hole_id in ids[:position]:
                raise self.refuse("repeated_id", f"{hole_id} is said twice; keep one")
        return ids

    def _take_gift(self, value: str) -> None:
        found = _GIVES.fullmatch(value)
        if found is None:
            raise self.refuse("bad_gift", f"{value!r:.80} gives nothing to a hole; write `- gives: H1 MUST ...`")
        given = self.gives.setdefault(found[1], ())
        if found[2]:
            text = self._text(found[2])
            self._demand_strength(text)
            self.gives[found[1]] = (*given, text)


_READERS: dict[str, Callable[[_Block, str], list[str]]] = {
    "kind": lambda block, value: [block._text(value)],
    "type": lambda block, value: [block._text(value)],
    "phase": _Block._phase,
    "depends_on": _Block._ids,
}
