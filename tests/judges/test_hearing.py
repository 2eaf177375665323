"""Whatever a program says, the judge either understands it as an answer or ends the hearing."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lift_sys.judges import NOTHING, Case
from lift_sys.judges.sandbox.inside.values import TAGS, NotPlain
from lift_sys.judges.sandbox.judge import Hearing

names = st.sampled_from([*sorted(TAGS), "!", "!object", "i", "ok", "err", "kind", "text", "a"])
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("0x1f") | st.just("ff")
)
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=3), max_leaves=12
)
answers = st.fixed_dictionaries({"i": st.sampled_from([0, 1, -1, True, 0.0, None]), "ok": anything})
errors = st.fixed_dictionaries({"i": st.sampled_from([-1, 0, 1]), "err": anything})
LOADED = b'{"i":-1,"ok":null}'


def told(*messages: Any) -> list[bytes]:
    """Return messages as they arrive."""
    return [message if isinstance(message, bytes) else json.dumps(message).encode() for message in messages]


@settings(max_examples=30)
@given(st.lists(anything | answers | errors, max_size=4), st.booleans())
async def test_nothing_but_an_answer_is_believed(messages: list[Any], loaded: bool) -> None:
    """Any JSON either counts as the next answer or is refused; nothing else is ever raised."""
    hearing = Hearing((Case((1,), 2), Case((2,), NOTHING)), loaded=loaded)

    with contextlib.suppress(NotPlain):
        await hearing.wait_heard(told(*messages))

    assert len(hearing.results) <= 2
    assert all(result.ok is not True or result.value == 2 for result in hearing.results)


@settings(max_examples=30)
@given(st.binary(max_size=200))
async def test_noise_is_refused(noise: bytes) -> None:
    """Bytes that are no JSON object of an answer end the hearing."""
    with pytest.raises(NotPlain):
        await Hearing((Case((1,), 2),), loaded=True).wait_heard([noise + b"\x00"])


OUT_OF_TURN = [
    [LOADED, LOADED],
    [{"i": 0, "ok": 2}],
    [LOADED, {"i": 1, "ok": 2}],
    [LOADED, {"i": 0, "ok": 2}, {"i": 0, "ok": 2}],
    [LOADED, {"i": 0, "ok": 2, "err": 1}],
    [LOADED, {"i": False, "ok": 2}],
    [LOADED, {"i": 0, "err": {"kind": "raised"}}],
    [LOADED, {"i": 0, "err": {"text": 1}}],
]


@pytest.mark.parametrize("messages", OUT_OF_TURN, ids=str)
async def test_answers_out_of_turn_are_refused(messages: list[Any]) -> None:
    """Twice, ahead, before loading, of a number that only equals the right one."""
    with pytest.raises(NotPlain):
        await Hearing((Case((1,), 2),)).wait_heard(told(*messages))


async def test_long_answers_are_understood_elsewhere() -> None:
    """Megabytes are taken apart in a thread, with the same result."""
    value = [list(range(100))] * 2000
    hearing = Hearing((Case((1,), value),))

    await hearing.wait_heard(told(LOADED, {"i": 0, "ok": value}))

    assert [result.ok for result in hearing.results] == [True]
