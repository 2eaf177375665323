"""An option that cannot be is refused where it is written, with its value and a cure."""

import math
import re
from collections.abc import Callable
from typing import Any

import pytest

from lift_sys import (
    MAY,
    MUST,
    SHOULD,
    Breaker,
    Budget,
    Cache,
    Engine,
    Retry,
    graph,
    hole,
    model,
    node,
    person,
    prompt,
    todo,
)
from lift_sys.define.policy import MODEL_SETTINGS
from lift_sys.errors import DefinitionError, FillRefused, LiftError
from lift_sys.providers.prompting import _SETTINGS


async def plain(x: int) -> int:
    return x


@node
async def inc(x: int) -> int:
    return x + 1


@hole
async def judged(x: int) -> int:
    """Judge it."""
    todo()


def odd(value: Any) -> Any:
    """Return what a type checker would refuse."""
    return value


def made(**options: Any) -> Any:
    return node(**options)(plain)


WRONG: dict[str, tuple[Callable[[], Any], str]] = {
    "fallback, no sequence": (lambda: made(fallback=inc), r"fallback is <node .*help: write `fallback=\[inc\]`"),
    "fallback, no node": (lambda: made(fallback=[plain]), r"help: .*put @node above `async def plain`"),
    "limit, half a call": (lambda: made(limit=1.5), r"limit is 1\.5.*help: .*whole number"),
    "limit, a bool": (lambda: made(limit=True), r"limit is True"),
    "timeout, a text": (lambda: made(timeout="a"), r"timeout is 'a'.*help: give seconds above zero"),
    "name, a number": (lambda: made(name=3), r"name is 3.*help: give a text"),
    "constraints, a text": (lambda: made(constraints="MUST x"), r"constraints is 'MUST x'.*help: give a list"),
    "constraints, texts": (lambda: made(constraints=["x"]), r"constraints is \['x'\].*help: give a list"),
    "budget": (
        lambda: Budget(seconds=odd("3")),
        r"Budget\(seconds=\.\.\.\) is '3'.*help: give zero or more, as a number",
    ),
    "a budget that is none": (
        lambda: graph(budget=odd(3))(plain),
        r"budget=3 is no Budget.*help: write `budget=Budget",
    ),
    "attempts": (lambda: Retry(attempts=odd("3")), r"Retry\(attempts=\.\.\.\) is '3'.*help: .*whole number"),
    "wait": (lambda: Retry(base=odd("1")), r"Retry\(base=\.\.\., most=\.\.\.\) is \('1', 60\.0\)"),
    "on": (lambda: Retry(on=odd("ValueError")), r"Retry\(on=\.\.\.\) is 'ValueError'.*help: .*class"),
    "ttl": (lambda: Cache(ttl=odd("1")), r"Cache\(ttl=\.\.\.\) is '1'"),
    "failures": (lambda: Breaker(failures=odd(1.5)), r"Breaker\(failures=\.\.\.\) is 1\.5"),
    "concurrency": (lambda: Engine(concurrency=odd("a")), r"Engine\(concurrency=\.\.\.\) is 'a'"),
    "half a concurrency": (lambda: Engine(concurrency=1.5), r"Engine\(concurrency=\.\.\.\) is 1\.5"),
    "providers": (lambda: Engine(providers=odd(["a"])), r"Engine\(providers=\.\.\.\) is \['a'\]"),
    "limits": (lambda: Engine(limits={"api": 0}), r"Engine\(limits=\.\.\.\) is \{'api': 0\}"),
    "a constraint without words": (lambda: MUST(odd(3)), r"MUST\(3\).*help: write `MUST\("),
    "a check that is none": (lambda: SHOULD("x", odd(3)), r"SHOULD\('x', 3\): the check is int"),
    "permission for nothing": (lambda: MAY(""), r"MAY\(''\)"),
    "a person for a node": (
        lambda: person(odd(inc)),
        r"person\(inc\): inc is a node with a body.*help: .*@hole",
    ),
    "a model for a function": (lambda: model(odd(plain)), r"model\(plain\): plain is function, not a hole"),
    "a fill that gives its value": (
        lambda: judged.fill(odd(lambda x: x)),
        r"this lambda calls none.*help: write `async def my_judged",
    ),
    "a setting": (
        lambda: model(judged, "m", temprature=3),
        r"model\(judged\): unknown model setting `temprature` \(3\).*help: did you mean `temperature`\?",
    ),
    "a setting of a prompt": (
        lambda: prompt(settings={"heat": 1})(plain),
        r"@prompt of plain: unknown model setting `heat` \(1\).*help: the settings: max_tokens, seed, stop",
    ),
    "a setting as an option": (
        lambda: prompt(temperature=0.2)(plain),
        r"@prompt of plain: unknown option `temperature`.*help: write `settings=\{'temperature': 0\.2\}`",
    ),
    "settings": (lambda: prompt(settings=odd(3))(plain), r"@prompt of plain: settings is 3"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_is_refused_where_it_is_written(name: str) -> None:
    """The place is the user's line; the message holds the value, the help what to write."""
    write, said = WRONG[name]

    with pytest.raises(DefinitionError) as caught:
        write()

    assert re.search(said, str(caught.value), re.DOTALL)
    (fault,) = caught.value.diagnostics
    assert fault.code in ("LS112", "LS401")
    assert re.search(r"test_options\.py:\d+( judged| plain)?$", fault.place)


def test_what_can_be_is_taken() -> None:
    """Whole numbers, tuples of classes, lists and tuples of nodes, an endless engine."""
    options = made(
        fallback=(inc, inc.using(name="other")),
        limit=2,
        timeout=0.5,
        name="other",
        constraints=[MUST("x", lambda: True)],
    )

    assert options.name == "other"
    assert Retry(on=(ValueError, KeyError), base=0).on == (ValueError, KeyError)
    assert Engine(concurrency=math.inf, providers={}, limits={"api": 1}).concurrency == math.inf
    assert Budget(seconds=0, cost=1.5).cost == 1.5
    assert judged.fill(lambda x: inc(x)).kind == "code"
    assert model(judged, "m", temperature=0.2, stop=("a",)).settings["temperature"] == 0.2


def test_what_models_are_told_is_what_providers_know() -> None:
    """The names that are taken where they are written are those that a request can say."""
    assert MODEL_SETTINGS == _SETTINGS


async def test_what_is_no_node_is_no_place_of_a_run() -> None:
    """`run[3]` names the nodes and the paths that can stand there."""

    @graph
    async def g(x: int) -> int:
        return await inc(x)

    run = await g.run(1)

    with pytest.raises(LiftError, match=r"3 is int, neither a node nor the path of a step; nodes: inc; paths: .*g/inc"):
        run[odd(3)]


async def test_a_limit_that_the_engine_does_not_have_is_told_before_any_node_runs() -> None:
    """Every node that names it is told, those in a map among them; a named one that is there is taken."""
    seen: list[int] = []

    @node
    async def first(x: int) -> list[int]:
        seen.append(x)
        return [x]

    @node(limit="api")
    async def limited(x: int) -> int:
        return x

    @graph
    async def g(x: int) -> list[int]:
        from lift_sys import each

        return await each(limited, await first(x))

    with pytest.raises(DefinitionError, match=r"test_options\.py:\d+ limited: LS112 limited: the engine has no limit"):
        await Engine(limits={"apis": 1}).run(g, 1)
    assert seen == []
    assert (await Engine(limits={"api": 1}).run(g, 1)).value == [1]


async def test_a_fill_under_a_limit_that_the_engine_does_not_have_is_refused() -> None:
    """The run that it is offered to is as it was."""

    @node(limit="api")
    async def limited(x: int) -> int:
        return x

    @graph
    async def g(x: int) -> int:
        return await judged(x)

    run = await g.run(1)

    with pytest.raises(FillRefused, match=r"LS112 limited: the engine has no limit named 'api'"):
        await run.resume(judged.fill(limited))
