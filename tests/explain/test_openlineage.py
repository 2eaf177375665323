"""OpenLineage events of a run hold what the specification asks for, and tell one story."""

import re
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lift_sys import Graph, each, graph, hole, node, todo
from lift_sys.explain import openlineage_events
from lift_sys.record import parse_run

NAME = "tests.explain.test_openlineage:"


@node
async def numbers(x: int) -> list[int]:
    return list(range(x))


@node
async def f(x: int) -> int:
    return x + 1


@node
async def breaks(xs: list[int]) -> int:
    raise ValueError("broken")


@hole
async def h(xs: list[int]) -> int:
    """How many?"""
    todo()


@graph
async def mapped(x: int) -> list[int]:
    return await each(f, await numbers(x))


@graph
async def failing(x: int) -> int:
    return await breaks(await numbers(x))


@graph
async def waiting(x: int) -> int:
    return await h(await numbers(x))


async def events_of(made: Graph[..., Any], x: int = 2) -> list[dict[str, Any]]:
    return openlineage_events(parse_run(dict((await made.run(x)).to_record()), "run.json"), "shop")


def job(event: Mapping[str, Any]) -> str:
    return str(event["job"]["name"]).removeprefix(NAME)


def refuse(event: Mapping[str, Any]) -> None:
    """Refuse an event without what OpenLineage 2-0-2 requires of a RunEvent, its parts and its facets."""
    assert {"eventTime", "producer", "schemaURL", "run", "job", "eventType"} <= set(event)
    assert event["eventType"] in {"START", "COMPLETE", "FAIL", "ABORT"}
    assert event["eventTime"].endswith("Z")
    datetime.fromisoformat(event["eventTime"])
    uuid.UUID(event["run"]["runId"])
    facets = [*event["run"]["facets"].values(), *event["job"]["facets"].values()]
    for data_set in (event["job"], *event["inputs"], *event["outputs"]):
        assert data_set["namespace"] == "shop"
        assert data_set["name"]
        facets += data_set["facets"].values()
    for uri in [
        event["producer"],
        event["schemaURL"],
        *(f[key] for f in facets for key in ("_producer", "_schemaURL")),
    ]:
        assert re.match(r"(urn|https):\S+$", uri)
    if "parent" in event["run"]["facets"]:
        parent = event["run"]["facets"]["parent"]
        uuid.UUID(parent["run"]["runId"])
        assert set(parent["job"]) == {"namespace", "name"}


async def test_a_complete_run_is_told_from_its_start_to_its_end() -> None:
    """The graph's run is the parent of each step's; the items of a map are runs of one job."""
    events = await events_of(mapped)
    for event in events:
        refuse(event)

    assert [event["eventTime"] for event in events] == sorted(event["eventTime"] for event in events)
    assert (events[0]["eventType"], job(events[0])) == ("START", "mapped")
    assert (events[-1]["eventType"], job(events[-1])) == ("COMPLETE", "mapped")
    steps = events[1:-1]
    assert sorted({job(event) for event in steps}) == ["mapped/f[*]", "mapped/numbers"]
    ends: dict[str, list[str]] = {}
    for event in steps:
        assert event["run"]["facets"]["parent"]["run"]["runId"] == events[0]["run"]["runId"]
        ends.setdefault(event["run"]["runId"], []).append(event["eventType"])
    assert list(ends.values()) == [["START", "COMPLETE"]] * 3


async def test_values_are_data_sets_that_link_the_jobs() -> None:
    """What one step puts out under a name and version is what the next takes in."""
    events = await events_of(mapped)
    (made,) = next(e for e in events if job(e) == "mapped/numbers" and e["eventType"] == "COMPLETE")["outputs"]
    (taken,) = next(e for e in events if job(e) == "mapped/f[*]" and e["eventType"] == "START")["inputs"]

    assert made == taken
    assert made["name"] == f"{NAME}mapped/numbers"
    assert made["facets"]["version"]["datasetVersion"]
    assert [data_set["name"] for data_set in events[0]["inputs"]] == [f"{NAME}mapped(x)"]


async def test_a_failed_run_ends_with_fail_and_its_error() -> None:
    """The step and the run say what was raised."""
    events = await events_of(failing)
    for event in events:
        refuse(event)
    failed = {job(event): event for event in events if event["eventType"] == "FAIL"}

    assert set(failed) == {"failing", "failing/breaks"}
    assert failed["failing/breaks"]["run"]["facets"]["errorMessage"]["message"] == "ValueError: broken"
    assert failed["failing"]["run"]["facets"]["errorMessage"]["programmingLanguage"] == "PYTHON"


async def test_a_run_that_waits_for_a_hole_is_aborted_and_says_for_what() -> None:
    """It may go on as another run; this one has ended without a value."""
    last = (await events_of(waiting))[-1]
    refuse(last)

    assert last["eventType"] == "ABORT"
    assert last["run"]["facets"]["liftSys_run"]["waitsFor"] == ["waiting/h"]


async def test_one_run_is_told_alike_whenever_it_is_read() -> None:
    """Ids follow from the run's own: events sent twice are the same events."""
    said = dict((await mapped.run(2)).to_record())

    assert openlineage_events(parse_run(said, "a")) == openlineage_events(parse_run(said, "b"))
