"""The neighbours are imported when they are used."""

from tests.house.test_heavy_imports import loaded_by


def test_the_front_door_loads_no_neighbour() -> None:
    """Importing the room of neighbours costs as little as any other room."""
    assert loaded_by("lift_sys.serve.interop") == {}
