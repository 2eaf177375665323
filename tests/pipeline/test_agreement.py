"""The program that most voices support is chosen, and what the others say is kept."""

from hypothesis import given
from hypothesis import strategies as st

from lift_sys.pipeline.agreement import agree
from tests.pipeline.programs import gave

A, B, C = "def f(x):\n    return x", "def f(x):\n    return x + 0", "def f(x):\n    return -x"


def test_the_majority_is_chosen_and_not_the_first() -> None:
    """A program that keeps the examples and stands alone is not the answer."""
    found = agree([gave(C, [-1, -2]), gave(A, [1, 2]), gave(B, [1, 2])])

    assert found is not None
    assert found.chosen.candidate.code == A
    assert (found.voices, found.agreeing, found.compared) == (3, 2, 2)
    assert [(d.values, round(d.share, 2)) for d in found.dissents] == [
        ((("1", 2), ("-1", 1)), 0.33),
        ((("2", 2), ("-2", 1)), 0.33),
    ]


def test_who_breaks_an_example_has_no_voice() -> None:
    """However many agree on it."""
    found = agree([gave(A, [1], kept=False), gave(B, [1], kept=False), gave(C, [-1])])

    assert found is not None
    assert found.chosen.candidate.code == C
    assert found.voices == 1


def test_nothing_is_chosen_of_nothing() -> None:
    """No program keeps the examples."""
    assert agree([gave(A, [1], kept=False)]) is None


def test_failures_are_not_values() -> None:
    """An input for which the chosen program raises is not compared; a dissent needs two values."""
    found = agree([gave(A, [1, None]), gave(B, [1, None]), gave(C, [1, 5])])

    assert found is not None
    assert (found.chosen.candidate.code, found.compared, found.dissents) == (A, 1, ())


def test_written_often_breaks_a_tie() -> None:
    """Of two programs with the same support the one written more often is taken."""
    found = agree([gave(A, [1]), gave(B, [1], samples=5)])

    assert found is not None
    assert (found.chosen.candidate.code, found.written) == (B, 6)


@given(st.permutations(range(5)))
def test_the_order_of_programs_does_not_matter(order: list[int]) -> None:
    """The same programs in any order agree on the same values."""
    programs = [gave(f"def f(x):\n    return x + {i}", [i // 2, 7, i % 2]) for i in range(5)]

    found, usual = agree([programs[i] for i in order]), agree(programs)

    assert found is not None
    assert usual is not None
    assert (found.share, found.voices, found.compared) == (usual.share, usual.voices, usual.compared)
    assert {d.index: d.values for d in found.dissents} == {d.index: d.values for d in usual.dissents}
