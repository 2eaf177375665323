"""OpenLineage 2-0-2 run events of a kept run: what a data platform reads about jobs, runs and data sets.

The graph is a job, each of its steps is a job whose runs have the graph's run as parent; the items of a map are runs of
one job. Values are data sets under the names of the steps that made them.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Literal

from lift_sys.explain.prov_export import iso_time, values_used
from lift_sys.record import KeptRun, KeptStep, KeptValue

__all__ = ["openlineage_events"]

_SPEC = "https://openlineage.io/spec"
_EVENT = f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent"
_EventType = Literal["START", "COMPLETE", "FAIL", "ABORT"]
_RUN_ENDS: Mapping[str, _EventType] = {"complete": "COMPLETE", "failed": "FAIL"}
_STEP_ENDS: Mapping[str, _EventType] = {"done": "COMPLETE", "failed": "FAIL"}


def openlineage_events(kept: KeptRun, namespace: str = "lift-sys") -> list[dict[str, Any]]:
    """Return the events of a run in the order of their times: START and one ending for the run and for each step.

    A run that waits for a hole, or was cancelled, ends with ABORT, and so does each step that began without an end.
    """
    teller = _Teller(kept, namespace)
    steps = [event for step in kept.steps if step.is_shown for event in teller.step(step)]
    steps.sort(key=lambda event: str(event["eventTime"]))
    return [teller.begun(), *steps, teller.ended()]


class _Teller:
    def __init__(self, kept: KeptRun, namespace: str) -> None:
        self._kept = kept
        self._namespace = namespace
        self._began = kept.started or 0.0
        self._producer = f"urn:lift-sys:{version('lift-sys')}"
        self._run = uuid.uuid5(uuid.NAMESPACE_URL, f"urn:lift-sys:run:{kept.run_id}")
        self._shown = {step.id for step in kept.steps if step.is_shown}
        self._known_inputs = [self._data_set(f"{kept.label}({name})", value) for name, value in kept.inputs.items()]

    def begun(self) -> dict[str, Any]:
        """Return the event of the run's start."""
        return self._event("START", self._began, self._run, self._kept.label, {}, self._known_inputs, [])

    def ended(self) -> dict[str, Any]:
        """Return the event of the run's end."""
        kept = self._kept
        kind = _RUN_ENDS.get(kept.outcome, "ABORT")
        errors = [f"{step.path}: {step.error}" for step in kept.steps if step.error is not None]
        waiting = [step.path for step in kept.steps if step.status == "open"]
        facets = self._error("; ".join(errors)) if kind == "FAIL" else {}
        facets["liftSys_run"] = self._facet("RunFacet", outcome=kept.outcome, waitsFor=waiting, runId=kept.run_id)
        output = [] if kept.value is None else [self._data_set(kept.label, kept.value)]
        at = self._began + (kept.seconds or 0.0)
        return self._event(kind, at, self._run, kept.label, facets, self._known_inputs, output)

    def step(self, step: KeptStep) -> Iterator[dict[str, Any]]:
        """Yield the events of a step that began."""
        if step.started is None:
            return
        run, job = uuid.uuid5(self._run, step.path), self._job(step)
        inputs = list(self._used(step))
        facets = {"parent": self._parent()}
        began = self._began + step.started
        yield self._event("START", began, run, job, facets, inputs, [])
        kind = _STEP_ENDS.get(step.status, "ABORT")
        ending = {**facets, **(self._error(str(step.error)) if step.error is not None else {})}
        ending["liftSys_step"] = self._facet("RunFacet", **_said(step))
        output = [] if step.value is None else [self._data_set(job, step.value)]
        ended = self._kept.seconds if step.seconds is None else step.started + step.seconds
        yield self._event(kind, self._began + (ended or 0.0), run, job, ending, inputs, output)

    def _used(self, step: KeptStep) -> Iterator[dict[str, Any]]:
        for name in values_used(self._kept, step, self._shown):
            kind, _, which = name.partition("-")
            if kind == "input":
                yield self._data_set(f"{self._kept.label}({which})", self._kept.inputs[which])
            else:
                before = self._kept.steps[int(which)]
                if before.value is not None:
                    yield self._data_set(self._job(before), before.value)

    def _job(self, step: KeptStep) -> str:
        """Return the name that a step has in every run: `shop:article/check_fact[*]`."""
        below = step.path.removeprefix(self._kept.graph)
        return self._kept.label + re.sub(r"\[\d+\]", "[*]", below)

    def _event(
        self,
        kind: _EventType,
        at: float,
        run: uuid.UUID,
        job: str,
        facets: Mapping[str, Any],
        inputs: Sequence[Any],
        outputs: Sequence[Any],
    ) -> dict[str, Any]:
        is_run = run == self._run
        about = {
            "_schemaURL": f"{_SPEC}/facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet",
            "_producer": self._producer,
            "processingType": "BATCH", "integration": "LIFT_SYS", "jobType": "GRAPH" if is_run else "STEP",
        }  # fmt: skip
        return {
            "eventType": kind,
            "eventTime": iso_time(at),
            "run": {"runId": str(run), "facets": dict(facets)},
            "job": {"namespace": self._namespace, "name": job, "facets": {"jobType": about}},
            "inputs": list(inputs),
            "outputs": list(outputs),
            "producer": self._producer,
            "schemaURL": _EVENT,
        }

    def _data_set(self, name: str, value: KeptValue) -> dict[str, Any]:
        facets: dict[str, Any] = {}
        if value.key:
            facets["version"] = {
                **self._facet_of("DatasetVersionDatasetFacet", "1-0-1"), "datasetVersion": value.key
            }  # fmt: skip
        facets["schema"] = {
            **self._facet_of("SchemaDatasetFacet", "1-2-0"), "fields": _fields(value)
        }  # fmt: skip
        return {"namespace": self._namespace, "name": name, "facets": facets}

    def _parent(self) -> dict[str, Any]:
        job = {"namespace": self._namespace, "name": self._kept.label}
        return {**self._facet_of("ParentRunFacet", "1-2-0"), "run": {"runId": str(self._run)}, "job": job}

    def _error(self, message: str) -> dict[str, Any]:
        said = {"message": message, "programmingLanguage": "PYTHON"}
        return {"errorMessage": {**self._facet_of("ErrorMessageRunFacet", "1-0-1"), **said}}

    def _facet_of(self, name: str, release: str) -> dict[str, Any]:
        return {"_producer": self._producer, "_schemaURL": f"{_SPEC}/facets/{release}/{name}.json#/$defs/{name}"}

    def _facet(self, base: str, **said: Any) -> dict[str, Any]:
        return {
            "_producer": self._producer, "_schemaURL": f"{_SPEC}/2-0-2/OpenLineage.json#/$defs/{base}", **said
        }  # fmt: skip


def _said(step: KeptStep) -> dict[str, Any]:
    found: dict[str, Any] = {"path": step.path, "status": step.status, "node": step.node}
    if step.fill is not None:
        found["fill"] = str(step.fill)
    if step.usage is not None:
        usage = step.usage
        found |= {"models": list(usage.models), "requests": usage.requests, "cost": usage.cost}
        found |= {"inputTokens": usage.input_tokens, "outputTokens": usage.output_tokens}
    return found


def _fields(value: KeptValue) -> list[dict[str, str]]:
    """Return the fields of a record, or the one column of anything else."""
    if isinstance(value.json, dict) and value.type != "dict":
        return [{"name": name, "type": type(part).__name__} for name, part in value.json.items()]
    return [{"name": "value", "type": value.type}]
