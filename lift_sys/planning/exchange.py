"""Plans as JSON: `{"holes": [{id, name, kind, type, phase, depends_on, constraints, gives, accept}]}`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lift_sys.errors import PlanningError
from lift_sys.planning.inventory import HOLE_ID, is_constraint
from lift_sys.planning.planned_hole import PlannedHole, number

__all__ = ["exported", "imported"]

_TEXTS = ("name", "kind", "type")
_MOST = 10**9


def exported(holes: Mapping[str, PlannedHole]) -> dict[str, Any]:
    """Return a plan as data that `imported` reads again, ids in the order of their numbers."""
    return {
        "holes": [
            {
                "id": hole.id,
                "name": hole.name,
                "kind": hole.kind,
                "type": hole.type,
                "phase": hole.phase,
                "depends_on": list(hole.depends_on),
                "constraints": list(hole.constraints),
                "gives": {receiver: list(texts) for receiver, texts in hole.gives.items()},
                "accept": list(hole.accept),
            }
            for hole in sorted(holes.values(), key=lambda hole: number(hole.id))
        ]
    }


def imported(text: str, file: str) -> list[PlannedHole]:
    """Return the holes of a plan in JSON, in the order of their numbers; other fields are not kept.

    PlanningError names the first value that cannot be taken; nothing is taken then.
    """
    try:
        data = json.loads(text.removeprefix("\ufeff"))
    except RecursionError:
        raise PlanningError("bad_json", "it is nested too deeply to be a plan", file=file) from None
    except ValueError as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise PlanningError("bad_json", f"it is not JSON: {error}", file=file, line=line) from None
    if not isinstance(data, dict) or not isinstance(data.get("holes"), list):
        raise PlanningError("bad_json", 'a plan is an object {"holes": [...]}', file=file, line=1)
    reader = _Reader(text, file)
    holes: dict[str, PlannedHole] = {}
    for said in data["holes"]:
        hole = reader.hole(said)
        if hole.id in holes:
            raise reader.refuse("duplicate_hole", f"{hole.id} is there twice; give one of them another id")
        holes[hole.id] = hole
    return sorted(holes.values(), key=lambda hole: number(hole.id))


class _Reader:
    """Takes holes apart; a refusal says the line on which the id of the hole stands, if it can be found."""

    def __init__(self, text: str, file: str) -> None:
        self.file = file
        self.id = ""
        self.line: int | None = 1
        self.lines: dict[str, list[int]] = {}
        line, position = 1, 0
        for found in re.finditer(r'"id"\s*:\s*"([^"\\]*)"', text):
            line += text.count("\n", position, found.start())
            position = found.start()
            self.lines.setdefault(found[1], []).append(line)

    def refuse(self, code: str, message: str) -> PlanningError:
        """Return the fault, for raising."""
        return PlanningError(code, message, file=self.file, line=self.line)

    def hole(self, said: Any) -> PlannedHole:
        """Return one hole."""
        if not isinstance(said, dict):
            raise self.refuse("bad_value", f"{said!r:.80} is no hole; write an object with id, name, kind, type, phase")
        hole_id = said.get("id")
        self.id = hole_id if isinstance(hole_id, str) else ""
        here = self.lines.get(self.id)
        self.line = here.pop(0) if here else self.line
        if not isinstance(hole_id, str) or not re.fullmatch(HOLE_ID, hole_id):
            raise self.refuse("bad_id", f"{hole_id!r:.80} is no id; write H and a number: H6")
        name, kind, type_ = (self._text(said, key) for key in _TEXTS)
        constraints = self._texts(said, "constraints")
        for text in constraints:
            self._demand_strength(text)
        return PlannedHole(
            id=hole_id,
            name=name,
            kind=kind,
            type=type_,
            phase=self._phase(said),
            depends_on=self._ids(said),
            constraints=constraints,
            gives=self._gives(said),
            accept=self._texts(said, "accept"),
            line=self.line,
        )

    def _text(self, said: Mapping[str, Any], key: str) -> str:
        if key not in said:
            raise self.refuse("missing_key", f"{self.id} has no {key}; every hole has id, name, kind, type and phase")
        value = said[key]
        if not isinstance(value, str):
            raise self.refuse("bad_value", f"{self.id}: {key} is {value!r:.80}; write a text")
        return value

    def _texts(self, said: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = said.get(key, [])
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.refuse("bad_value", f"{self.id}: {key} is {value!r:.80}; write a list of texts")
        return tuple(value)

    def _demand_strength(self, text: str) -> None:
        if not is_constraint(text):
            message = f"{self.id}: {text!r:.80} has no strength; begin with MUST, SHOULD or MAY"
            raise self.refuse("bad_constraint", message)

    def _phase(self, said: Mapping[str, Any]) -> int:
        phase = said.get("phase")
        if type(phase) is not int or not 0 <= phase < _MOST:
            raise self.refuse("bad_phase", f"{self.id}: {phase!r:.80} is no phase; write a whole number")
        return phase

    def _ids(self, said: Mapping[str, Any]) -> tuple[str, ...]:
        ids = self._texts(said, "depends_on")
        self._demand_ids(ids)
        if len(set(ids)) < len(ids):
            raise self.refuse("repeated_id", f"{self.id}: depends_on says an id twice: {', '.join(ids):.80}; keep one")
        return ids

    def _demand_ids(self, ids: Sequence[str]) -> None:
        for hole_id in ids:
            if not re.fullmatch(HOLE_ID, hole_id):
                raise self.refuse("bad_id", f"{self.id}: {hole_id!r:.80} is no id; write H and a number: H6")

    def _gives(self, said: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
        gives = said.get("gives", {})
        if not isinstance(gives, dict):
            message = f'{self.id}: gives is {gives!r:.80}; write an object {{"H1": ["MUST ..."]}}'
            raise self.refuse("bad_value", message)
        self._demand_ids(list(gives))
        taken = {receiver: self._texts(gives, receiver) for receiver in gives}
        for texts in taken.values():
            for text in texts:
                self._demand_strength(text)
        return taken
