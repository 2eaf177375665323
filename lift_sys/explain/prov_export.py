"""W3C PROV-JSON of a slice: who made which value of what.

An activity per step, an entity per value and per input of the graph, an agent per fill. Maps, branches, loops and
projections are no activities: a step that takes what one of them gives used the values behind it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from lift_sys.record import KeptFill, KeptRun, KeptStep, KeptValue

__all__ = ["iso_time", "prov_document", "values_used"]

_LONGEST = 1000
_PERSON, _SOFTWARE = ({"$": f"prov:{name}", "type": "prov:QUALIFIED_NAME"} for name in ("Person", "SoftwareAgent"))


def prov_document(kept: KeptRun, shown: Sequence[KeptStep], inputs: Sequence[str]) -> Mapping[str, Any]:
    """Return the steps as PROV-JSON; every name in a relation is declared in it."""
    document: dict[str, dict[str, Any]] = {
        "prefix": {"lift": "urn:lift-sys:", "run": f"urn:lift-sys:run:{kept.run_id}:"},
        "entity": {f"run:input-{name}": _entity(kept.inputs[name], f"{kept.graph}({name})") for name in inputs},
        "activity": {}, "agent": {}, "wasGeneratedBy": {}, "used": {}, "wasAssociatedWith": {},
    }  # fmt: skip
    agents: dict[KeptFill, str] = {}
    declared = {step.id for step in shown}
    for step in shown:
        activity = f"run:step-{step.id}"
        document["activity"][activity] = _activity(kept, step)
        if step.value is not None:
            entity = f"run:value-{step.id}"
            document["entity"][entity] = _entity(step.value, step.path)
            document["wasGeneratedBy"][f"_:made-{step.id}"] = {"prov:entity": entity, "prov:activity": activity}
        for name in values_used(kept, step, declared):
            document["used"][f"_:use-{step.id}-{name}"] = {"prov:activity": activity, "prov:entity": f"run:{name}"}
        if step.fill is not None:
            agent = agents.setdefault(step.fill, f"run:fill-{len(agents)}")
            document["agent"][agent] = _agent(step.fill)
            document["wasAssociatedWith"][f"_:by-{step.id}"] = {"prov:activity": activity, "prov:agent": agent}
    return {key: part for key, part in document.items() if part}


def values_used(kept: KeptRun, step: KeptStep, declared: set[int]) -> Iterator[str]:
    """Yield the values behind a step by their names, `value-3` and `input-topic`: what is no step is looked through."""
    todo, seen = [step], set[int]()
    named = dict[str, None]()
    while todo:
        at = todo.pop()
        named |= {f"input-{name}": None for name in at.takes}
        for number in at.used:
            before = kept.steps[number]
            if number in seen:
                continue
            seen.add(number)
            if number not in declared:
                todo.append(before)
            elif before.value is not None:
                named[f"value-{number}"] = None
    yield from named


def _activity(kept: KeptRun, step: KeptStep) -> dict[str, Any]:
    said: dict[str, Any] = {"lift:path": step.path, "lift:status": step.status}
    if step.node:
        said["lift:node"] = step.node
    if step.code:
        said["lift:code"] = step.code
    if step.error is not None:
        said["lift:error"] = str(step.error)
    if step.usage is not None:
        said["lift:model"] = ", ".join(step.usage.models)
    if kept.started is not None and step.started is not None:
        said["prov:startTime"] = iso_time(kept.started + step.started)
        if step.seconds is not None:
            said["prov:endTime"] = iso_time(kept.started + step.started + step.seconds)
    return said


def _entity(value: KeptValue, path: str) -> dict[str, Any]:
    text = str(value)
    return {
        "lift:path": path,
        "lift:type": value.type,
        "lift:value": text if len(text) <= _LONGEST else text[: _LONGEST - 4] + " ...",
    }


def _agent(fill: KeptFill) -> dict[str, Any]:
    kind = _PERSON if fill.kind == "person" else _SOFTWARE
    return {"prov:type": kind, "lift:kind": fill.kind, "lift:name": fill.name, "lift:hole": fill.hole}


def iso_time(seconds: float) -> str:
    """Return a moment, in seconds since the epoch, as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
