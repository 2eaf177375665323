"""An inventory is read strictly, and rewritten without touching what did not change."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lift_sys.errors import PlanningError
from lift_sys.planning import Inventory, PlannedHole, parse_inventory, spliced
from tests.planning.plans import TEXTS, hole, plans

PAGE = """\
# Our plan

- phase: of the moon
## H6 Node signature
- kind: interface
- type: Node[P, R]
- phase: 1
- constraints: MUST be async
- constraints: SHOULD be small
- gives: H1 MUST support async calls
- accept: true

Why it matters.
```
## H7 Name
- not: read
```
## H1 Provider
- kind: interface
- type: Adapter
- phase: 2
- depends_on: H6

Prose of H1.
## Notes
- phase: kept"""


def test_keys_below_a_heading_are_a_hole() -> None:
    """Keys up to the first blank line; everything else is prose."""
    read = parse_inventory(PAGE, "plan.md").holes

    assert list(read) == ["H6", "H1"]
    assert read["H6"] == PlannedHole(
        "H6", "Node signature", "interface", "Node[P, R]", 1,
        constraints=("MUST be async", "SHOULD be small"), gives={"H1": ("MUST support async calls",)}, accept=("true",),
    )  # fmt: skip
    assert (read["H1"].depends_on, read["H1"].line) == (("H6",), 18)


def test_the_same_holes_leave_every_byte() -> None:
    """Nothing is respelled that says what it said: odd order, spaces, line ends, a missing last line end."""
    for text in (
        PAGE,
        PAGE.replace("\n", "\r\n"),
        PAGE + "\n",
        PAGE.replace("- kind: ", "- kind:   "),
        "\ufeff" + PAGE,
    ):
        read = parse_inventory(text, "plan.md")

        assert spliced(read, list(read.holes.values())) == text


def test_a_changed_hole_keeps_its_prose() -> None:
    """Only its keys are written anew, with the line ends of the file."""
    text = PAGE.replace("\n", "\r\n")
    read = parse_inventory(text, "plan.md")
    changed = dataclasses.replace(read.holes["H6"], phase=3)

    assert spliced(read, [changed, read.holes["H1"]]) == text.replace("- phase: 1\r\n", "- phase: 3\r\n")


def test_a_hole_that_goes_takes_its_prose_along() -> None:
    """A section ends at the next heading of its rank, so notes of the page stay."""
    read = parse_inventory(PAGE, "plan.md")

    assert spliced(read, [read.holes["H6"]]) == PAGE[: PAGE.index("## H1")] + "## Notes\n- phase: kept"
    assert spliced(read, [read.holes["H1"]]) == PAGE[: PAGE.index("## H6")] + PAGE[PAGE.index("## H1") :]


def test_a_new_hole_stands_behind_its_predecessor() -> None:
    """With blank lines around it, and none taken from what was there."""
    read = parse_inventory(PAGE, "plan.md")
    text = spliced(read, [read.holes["H1"], hole(2), read.holes["H6"], hole(7)])
    block = "- kind: interface\n- type: int\n- phase: 1\n"

    assert f"Prose of H1.\n\n## H2 Name2\n{block}\n## Notes" in text
    assert f"```\n\n## H7 Name7\n{block}\n## H1" in text
    assert list(parse_inventory(text, "plan.md").holes) == ["H6", "H7", "H1", "H2"]


@given(plans(), st.data())
@settings(max_examples=12)
def test_what_is_written_is_read_again(holes: list[PlannedHole], data: st.DataObject) -> None:
    """Any texts survive: empty, padded, with quotes or line breaks."""
    named = [dataclasses.replace(made, name=data.draw(TEXTS), kind=data.draw(TEXTS)) for made in holes]

    assert list(parse_inventory(spliced(Inventory("new"), named), "new").holes.values()) == named


@given(plans(), plans(), TEXTS, st.sampled_from(["\n", "\r\n"]), st.booleans())
@settings(max_examples=12)
def test_prose_of_holes_that_stay_is_kept(
    before: list[PlannedHole], after: list[PlannedHole], words: str, ending: str, ended: bool
) -> None:
    """One plan in the place of another: the new holes are there, and so is the prose of each id in both."""
    prose = "Prose " + " ".join(words.replace("`", "").split())
    text = spliced(Inventory("new", lines=[f"head{ending}"]), before)
    text = "".join(f"{line}{prose}{ending}" if line == ending else line for line in text.splitlines(keepends=True))
    text = text.replace(prose, ending + prose) + (f"{ending}{prose} last{ending if ended else ''}")
    read = parse_inventory(text, "plan.md")
    assert list(read.holes.values()) == before

    result = spliced(read, after)

    assert sorted(parse_inventory(result, "plan.md").holes.values(), key=lambda made: int(made.id[1:])) == after
    kept = {made.id for made in before} & {made.id for made in after}
    assert result.startswith(f"head{ending}")
    assert result.count(prose) >= len(kept)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("## H7", "bad_heading"),
        ("## H07 Name", "bad_heading"),
        ("## h7 Name", "bad_heading"),
        ("##H7 Name", "bad_heading"),
        (" ## H7: Name", "bad_heading"),
        ("## H6 Name\n- kind: a\n- type: b\n- phase: 1", "duplicate_hole"),
        ("## H7 Name\n- kind: a\n- type: b", "missing_key"),
        ("````python", "unclosed_fence"),
        ("~~~", "unclosed_fence"),
    ],
)
def test_a_line_between_holes_that_is_meant_for_one_is_refused(line: str, code: str) -> None:
    """A heading that is almost right would lose its hole in silence."""
    text = PAGE.replace("Why it matters.\n", f"\n{line}\n\n")

    with pytest.raises(PlanningError) as refused:
        parse_inventory(text, "plan.md")

    assert (refused.value.code, refused.value.line) == (code, 14)
    assert str(refused.value).startswith("plan.md:14: ")


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("- phase 1", "bad_line"),
        ("  - phase: 1", "bad_line"),
        ("phase: 1", "bad_line"),
        ("# Next", "bad_line"),
        ("- phase: first", "bad_phase"),
        ("- phase: 1.5", "bad_phase"),
        ("- phase: -1", "bad_phase"),
        ("- phase: ²", "bad_phase"),
        ("- phase:", "bad_phase"),
        ("- kind: a\n- kind: b", "repeated_key"),
        ("- kind:", "bad_value"),
        ('- kind: "open', "bad_value"),
        ('- kind: "a" or b', "bad_value"),
        ("- phsae: 1", "unknown_key"),
        ("- depends_on: H1 H2", "bad_id"),
        ("- depends_on: H1,", "bad_id"),
        ("- depends_on: Provider", "bad_id"),
        ("- depends_on: H1, H2, H1", "repeated_id"),
        ("- constraints: be quick", "bad_constraint"),
        ("- constraints: MUST", "bad_constraint"),
        ("- gives: MUST be async", "bad_gift"),
        ("- gives: H2 be async", "bad_constraint"),
        ("- accept:", "bad_value"),
    ],
)
def test_a_line_among_the_keys_that_cannot_be_read_is_refused(line: str, code: str) -> None:
    """Its number is said, and what to write."""
    text = f"# Plan\n\n## H9 Name\n{line}\n\nprose\n"

    with pytest.raises(PlanningError) as refused:
        parse_inventory(text, "plan.md")

    assert (refused.value.code, refused.value.line) == (code, 4 + line.count("\n"))


@pytest.mark.parametrize(
    "text", ["", "\n", "# Empty", "```\n## H1 Name\n```", "    ## H1 Name\n", "## Holes\n", "``` ``` ``` a"]
)
def test_a_page_without_holes_is_an_empty_plan(text: str) -> None:
    """Prose alone is no fault."""
    read = parse_inventory(text, "plan.md")

    assert dict(read.holes) == {}
    assert spliced(read, []) == text
