"""Prices are those that are known on this machine; what is not known is None, never nothing."""

import pytest

from lift_sys.providers import token_price


@pytest.mark.parametrize("model", ["local", "scripted:answers.json", "replay:answers.jsonl"])
def test_what_runs_here_costs_nothing(model: str) -> None:
    """The embedded model, scripts and recordings."""
    assert token_price(model) == (0.0, 0.0)


@pytest.mark.slow
def test_a_known_model_has_a_least_and_a_most_for_a_token() -> None:
    """In US dollars for one token: a token that goes in costs less than one that comes out."""
    found = token_price("openai:gpt-4o-mini")

    assert found is not None
    assert 0 < found[0] < found[1] < 1e-5


@pytest.mark.parametrize("model", ["helper", "openai:", "openai:no-such-model", "nobody:knows", ":x"])
def test_a_price_that_nobody_knows_is_none(model: str) -> None:
    """Given names and models that no price list has."""
    assert token_price(model) is None
