"""Candidates are tried at once, on copies, and for a bounded time."""

from anyio.lowlevel import checkpoint

from lift_sys import graph, hole, node, todo
from lift_sys.define import Closure, Fit
from lift_sys.execute import ranked


@hole
async def best(words: list[str]) -> str:
    todo()


@node(effect="pure")
async def for_ever(words: list[str]) -> str:
    while True:
        await checkpoint()


@node(effect="pure")
async def takes_the_last(words: list[str]) -> str:
    return words.pop()


@graph
async def chosen(words: list[str]) -> str:
    return await best(words)


async def captured() -> list[Closure]:
    return list((await chosen.run(["a", "few"])).holes)


def candidate(by: object) -> Fit:
    return Fit("candidate", best.fill(by), "its type fits")  # type: ignore[arg-type]  # a node of the hole's type


async def test_a_candidate_that_never_ends_is_left_untried() -> None:
    """As long as it suspends, it can be stopped, and the reason says so."""
    (fit,) = ranked([candidate(for_ever)], await captured())

    assert fit.why.endswith("it is not done in time, so it was not tried")
    assert fit.tried == 0


async def test_a_candidate_has_its_seconds() -> None:
    """Without any left, none is tried."""
    (fit,) = ranked([candidate(takes_the_last)], await captured(), seconds=0)

    assert fit.tried == 0


async def test_a_candidate_that_changes_its_inputs_changes_copies() -> None:
    """The closure is what it was captured as."""
    closures = await captured()
    (fit,) = ranked([candidate(takes_the_last)], closures)

    assert (fit.tried, fit.passed) == (1, 1)
    assert dict(closures[0].inputs) == {"words": ["a", "few"]}
