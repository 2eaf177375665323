"""Examples are read as written, and the types of their values are exact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lift_sys.errors import DefinitionError
from lift_sys.pipeline import read_example, read_examples
from lift_sys.pipeline.literals import type_of, type_of_all

LETTERS = "abc '\"\\\n\0é漢"
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(LETTERS, max_size=6)
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(LETTERS, max_size=3), inner, max_size=3)
        | st.tuples(inner)
    ),
    max_leaves=4,
)


@settings(max_examples=40)
@given(VALUES, VALUES)
def test_an_example_keeps_its_values(argument: object, expected: object) -> None:
    """What was written comes back, whatever literals they are."""
    example = read_example(f"f({argument!r}) == {expected!r}")

    assert example.args == (argument,)
    assert example.value == expected


@given(st.lists(VALUES, max_size=4))
def test_every_value_has_a_type_that_is_python(values: list[object]) -> None:
    """The common type of values can be written above a function."""
    compile(f"def f(x: {type_of_all(values)}) -> {type_of(values)}: ...", "header", "exec")


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([1, 2], "int"),
        ([1, 2.5], "float"),
        ([1, None], "int | None"),
        ([True], "bool"),
        ([True, 1], "Any"),
        ([[], [1]], "list[int]"),
        ([[[1], []]], "list[list[int]]"),
        ([{}, {"a": 1}], "dict[str, int]"),
        ([(1, "a")], "tuple[int, str]"),
        ([(1,), (1, 2)], "tuple[int, ...]"),
        ([None], "None"),
        ([], "Any"),
    ],
)
def test_types_are_as_narrow_as_all_values_allow(values: list[object], wanted: str) -> None:
    """Empty containers say nothing, an int may stand for a float, True is no int."""
    assert type_of_all(values) == wanted


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("f('aeiou') == 5", "f('aeiou') == 5"),
        ("assert f(-1) == [1, 2]", "f(-1) == [1, 2]"),
        ("5 == f('x')", "f('x') == 5"),
        ("f(1) is True", "f(1) == True"),
    ],
)
def test_examples_may_be_written_in_a_few_ways(written: str, understood: str) -> None:
    """An assertion, either order, `is` for True, False and None."""
    assert str(read_example(written)) == understood


def test_keyword_arguments_go_to_their_places() -> None:
    """With the names of a stub they may be given by name."""
    assert read_example("f(1, c=3, b=2) == 0", ["a", "b", "c"]).args == (1, 2, 3)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("f(1) = 2", "not a Python expression"),
        ("f(1)", "exactly one `==`"),
        ("f(1) == 2 == 3", "exactly one `==`"),
        ("f(x) == 2", "'x' is not a literal"),
        ("f(1) == g(2)", "'g(2)' is not a literal"),
        ("a.f(1) == 2", "a call of the wanted function by its name"),
        ("f(*[1]) == 2", "`*` cannot be used"),
        ("f(a=1) == 2", "by position"),
        ("1 == 2", "a call of the wanted function"),
        ("f(" * 300, "not a Python expression"),
    ],
)
def test_what_is_no_example_is_refused_with_place_and_cure(written: str, reason: str) -> None:
    """The message shows the text, the reason and how an example looks."""
    with pytest.raises(DefinitionError, match=r"f\('aeiou'\) == 5") as refused:
        read_example(written)

    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["f(1) == 1", "g(1) == 1"], "different functions: f, g"),
        (["f(1) == 1", "f(1) == 2"], "another example says that f(1) is 1"),
        (["f(1) == 1", "f(1, 2) == 1"], "different numbers of arguments"),
    ],
)
def test_examples_must_go_together(texts: list[str], reason: str) -> None:
    """One function, one number of arguments, no contradiction."""
    with pytest.raises(DefinitionError, match="example") as refused:
        read_examples(texts)

    assert reason in str(refused.value)
