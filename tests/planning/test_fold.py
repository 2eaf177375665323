"""Where a hole stands is folded from the log, in order, and from nothing else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lift_sys.errors import PlanningError
from lift_sys.planning import Deferred, Given, Reopened, Resolved, fold, parse_log
from lift_sys.planning.propagation_log import appended
from tests.planning.plans import histories, plans

pytestmark = pytest.mark.slow

LOG = """\
# What happened

```text
resolved H9 by nobody
```
- resolved H6 by src/node.py
- H6 gives H1: MUST support async calls
A sentence between.
deferred H2\r
- reopened H6"""


def test_the_log_is_read_in_order() -> None:
    """Entries with or without a dash; prose and fenced lines are none."""
    assert parse_log(LOG, "log") == [
        Resolved("H6", "src/node.py"),
        Given("H6", "H1", "MUST support async calls"),
        Deferred("H2"),
        Reopened("H6"),
    ]


def test_the_last_word_counts() -> None:
    """A hole that was resolved and opened again is open."""
    standing = fold(parse_log(LOG, "log"))

    assert [standing.status(hole) for hole in ("H6", "H2", "H1")] == ["open", "deferred", "open"]


@given(st.data())
@settings(max_examples=12)
def test_where_a_hole_stands_is_the_last_that_was_said_of_it(data: st.DataObject) -> None:
    """Whatever was said before."""
    happened = data.draw(plans(most=3).flatmap(histories))
    standing = fold(happened)
    words = {Resolved: "resolved", Reopened: "open", Deferred: "deferred"}

    for one in ("H1", "H2", "H3"):
        said = [words[type(entry)] for entry in happened if not isinstance(entry, Given) and entry.id == one]
        assert standing.status(one) == (["open", *said])[-1]


@given(st.data())
@settings(max_examples=12)
def test_replaying_the_written_log_gives_the_same(data: st.DataObject) -> None:
    """Written entry by entry or at once, with any texts in it, the log says what happened."""
    happened = data.draw(plans().flatmap(histories))
    text = data.draw(st.sampled_from(["", "# Log", "# Log\r\n\r\n", "prose\n"]))
    for entry in happened:
        text = appended(text, [entry])

    assert parse_log(text, "log") == list(happened)
    assert fold(parse_log(text, "log")) == fold(happened)


@given(st.data())
@settings(max_examples=12)
def test_appending_keeps_what_is_there(data: st.DataObject) -> None:
    """The log only grows."""
    text = LOG + data.draw(st.sampled_from(["", "\n", "\r\n"]))
    grown = appended(text, [Resolved("H1", data.draw(st.text(min_size=1)))])

    assert grown.startswith(text)
    assert parse_log(grown, "log")[:-1] == parse_log(text, "log")


@pytest.mark.parametrize(
    "line",
    [
        "- resolved H6",
        "- resolved 6 by x",
        "- reopened H6 again",
        "- deferred",
        "- H6 gives MUST",
        '- resolved H6 by "x',
    ],
)
def test_an_entry_that_cannot_be_read_is_refused(line: str) -> None:
    """A typing error in the log must not change what is resolved in silence."""
    with pytest.raises(PlanningError) as refused:
        parse_log(f"# Log\n\n{line}\n", "log")

    assert (refused.value.code, refused.value.line) == ("bad_entry", 3)
