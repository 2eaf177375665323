"""A diagnostic code that is raised is in the catalogue, and the catalogue holds no other."""

import re

from lift_sys.check import CATALOGUE
from tests.house.sources import house

CODE = re.compile(r"[\"'](LS\d{3})[\"']")


def raised() -> set[str]:
    """Return the codes that stand in the code outside of the catalogue."""
    sources = [source for source in house() if not source.name.startswith("lift_sys.check.catalogue")]
    return {code for source in sources for code in CODE.findall(source.text)}


def test_every_code_that_is_raised_is_explained() -> None:
    """`lift-sys explain` knows each code that a user can meet."""
    assert sorted(raised() - set(CATALOGUE)) == []


def test_every_code_that_is_explained_is_raised() -> None:
    """An entry of the catalogue that nothing raises is dead."""
    assert sorted(set(CATALOGUE) - raised()) == []
