"""Every room is entered by its front door."""

from importlib import import_module

import pytest

ROOMS = ["define", "providers", "judges", "check", "resolve", "execute", "record", "explain", "serve", "testing"]


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens(room: str) -> None:
    """Each room can be imported alone."""
    assert import_module(f"lift_sys.{room}").__doc__
