"""A slice is sufficient, and says the same from a file: in random graphs with maps, branches, loops and children."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any

import prov.model
import pytest

from lift_sys import Engine, Run
from lift_sys.explain import RunExplanation
from lift_sys.record import KeptRun, parse_run
from tests.properties.programs import Workshop, program

pytestmark = pytest.mark.slow
ENDS = {"prov:entity": "entity", "prov:activity": "activity", "prov:agent": "agent"}


async def ended(seed: int, a: int, b: int) -> Run[Any]:
    shop = Workshop(program(Random(seed), parents=seed % 2 == 0))
    run = await Engine().run(shop.root, a, b)
    while run.holes:
        run = await run.resume(run.holes[0].hole.fill(shop.answer(run.holes[0].hole.name), name="answer"))
    return run


def kept(run: Run[Any]) -> KeptRun:
    return parse_run(json.loads(json.dumps(run.to_record())), "run.json")


def undeclared(document: Mapping[str, Any]) -> list[str]:
    """Return the names in relations that are declared nowhere."""
    parts = [document.get(part, {}) for part in ("used", "wasGeneratedBy", "wasAssociatedWith")]
    relations = [said for part in parts for said in part.values()]
    return [said[end] for said in relations for end in said if said[end] not in document[ENDS[end]]]


@pytest.mark.parametrize("seed", range(120))
async def test_a_slice_without_an_input_does_not_depend_on_it(seed: int) -> None:
    """Where an input is not behind a value, another one leaves the value as it is."""
    one, other = kept(await ended(seed, 1, 2)), kept(await ended(seed, 1, 9))
    there = {step.path: step for step in other.steps}

    for step in one.steps:
        if step.path in there and step.is_shown and step.value is not None:
            behind = RunExplanation(one, step.id).to_prov().get("entity", {})
            value = there[step.path].value
            if "run:input-b" not in behind and value is not None:
                assert value.identity == step.value.identity, step.path


@pytest.mark.parametrize("seed", range(120))
async def test_every_slice_is_prov_that_names_only_what_it_declares(seed: int) -> None:
    """For every step of a run; an activity for each step of the slice, the same live and kept."""
    run = await ended(seed, 1, 2)
    after = kept(run)
    first: dict[str, int] = {}
    for step in after.steps:
        first.setdefault(step.path, step.id)
    for path, number in first.items():
        explained = RunExplanation(after, number)
        document = explained.to_prov()
        assert undeclared(document) == []
        paths = [said["lift:path"] for said in document.get("activity", {}).values()]
        assert sorted(paths) == sorted(explained.steps())
        if after.steps[number].kind != "made":
            assert list(run.why(path).steps()) == list(explained.steps())
    whole = RunExplanation(after, after.output if after.output is not None else 0).to_prov()
    assert prov.model.ProvDocument.deserialize(content=json.dumps(whole)) is not None
