"""Answers written down beforehand."""

import pytest

from lift_sys.errors import ProviderUnavailable, RequestFailed
from lift_sys.providers import Message, ModelRequest
from lift_sys.providers.scripted import ScriptedAdapter
from lift_sys.testing.providers import check_adapter

HELLO = (Message("user", "hello there"),)


async def test_a_function_is_asked_once_for_each_answer() -> None:
    """Seeds tell the n answers of one request apart."""
    adapter = ScriptedAdapter(lambda request: {"seed": request.seed})

    answer = await adapter.ask(ModelRequest(HELLO, n=3, seed=7))

    assert answer.texts == ('{"seed": 7}', '{"seed": 8}', '{"seed": 9}')


async def test_an_exception_in_the_script_is_raised() -> None:
    """A script can tell of failures too."""
    adapter = ScriptedAdapter([ProviderUnavailable("no power")])

    with pytest.raises(ProviderUnavailable, match="no power"):
        await adapter.ask(ModelRequest(HELLO))


async def test_running_out_says_which_request_had_no_answer() -> None:
    """Place, value, cure."""
    adapter = ScriptedAdapter(["one"], name="scripted:s.jsonl")
    await adapter.ask(ModelRequest(HELLO))

    with pytest.raises(RequestFailed) as caught:
        await adapter.ask(ModelRequest(HELLO))

    assert str(caught.value) == (
        "scripted:s.jsonl: request 2 has no answer, because all 1 given ones are used up; add one for: 'hello there'"
    )
    assert len(adapter.asked) == 2


async def test_it_keeps_the_promises_of_an_adapter() -> None:
    """One call of the suite proves it."""
    await check_adapter(ScriptedAdapter(lambda request: {"greeting": "hello"}))
