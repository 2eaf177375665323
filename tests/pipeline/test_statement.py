"""Who says what the function takes: the stub, the examples, the words, and last the votes of the model."""

import pytest

from lift_sys.pipeline import IR, Task, read_task
from lift_sys.pipeline.prose import kinds_in, plain_name, requires_in
from lift_sys.pipeline.statement import headers_in, state
from tests.pipeline.programs import ir_of


def stated(prompt: str, *headers: str, examples: tuple[str, ...] = (), stub: str | None = None) -> IR:
    """Return the IR of a task when the model writes these headers."""
    return state(
        read_task(Task(prompt=prompt, examples=examples, stub=stub)), headers_in([("def", text) for text in headers])
    )


def test_examples_say_types_and_the_model_says_names() -> None:
    """Types are never taken from a header where examples have them; a name that most headers use is."""
    ir = stated(
        "Limit a number",
        "def clamp(n: str, low, high):\n    return n",
        "def clamp(n, low, high): ...",
        "def clamp(a, b, c): ...",
        examples=("clamp(5, 0, 9) == 5",),
    )

    assert str(ir.signature) == "def clamp(n: int, low: int, high: int) -> int:"
    assert ir.signature.origin == "example"
    assert ir.holes == ()


def test_a_stub_is_taken_at_its_word() -> None:
    """Nobody is asked what stands there."""
    ir = stated("", stub='def f(n: int, k: int = 2) -> int:\n    """Do it."""')

    assert str(ir.signature) == "def f(n: int, k: int = 2) -> int:"


def test_without_examples_the_votes_count() -> None:
    """Name, parameters and result: what most headers say."""
    ir = stated(
        "Count the vowels in a string",
        " count_vowels(text: str) -> int",
        " count_vowels(text: str) -> int",
        " vowels(words: list[str]) -> dict[str, int]",
    )

    assert str(ir.signature) == "def count_vowels(text: str) -> int:"
    assert ir.signature.origin == "model"


def test_the_words_outweigh_a_vote_that_contradicts_them() -> None:
    """The first thing that a sentence speaks of is what the function takes."""
    ir = stated("Turn a string around", " reverse(lst: list[int]) -> str", " reverse(lst: list[int]) -> str")

    assert ir.signature.parameters[0].type == "str"


def test_a_divided_model_leaves_a_hole() -> None:
    """When fewer than half of the headers take as many parameters, the signature is an open point."""
    ir = stated("Do something", " f(a: int) -> int", " f(a: int, b: int) -> int", " f(a: int, b: int, c: int) -> int")

    assert [(point.kind, point.about) for point in ir.holes] == [("types", "signature")]
    assert ir.holes[0].fits[0].value == str(ir.signature)


def test_without_any_header_there_is_still_a_signature() -> None:
    """Words alone give a name and a type."""
    ir = stated("Compute the longest common prefix of a list of words", "I am not sure.")

    assert str(ir.signature) == "def longest_common_prefix(items: list[str]) -> Any:"


@pytest.mark.parametrize(
    ("prose", "kinds"),
    [
        ("Count the vowels in a string", ["str"]),
        ("Add up a list of numbers", ["list[int]"]),
        ("Flatten a list of lists by one level", ["list[list[int]]"]),
        ("Merge two dictionaries", []),
        ("Whether a word is in a list of words", ["str", "list[str]"]),
        ("Do it", []),
    ],
)
def test_plain_nouns_name_types(prose: str, kinds: list[str]) -> None:
    """In the order of the words; what is not known says nothing."""
    assert list(kinds_in(prose)) == kinds


@pytest.mark.parametrize(
    ("prose", "requires"),
    [
        ("The factorial of a non-negative integer", ("n >= 0",)),
        ("Of two positive integers", ("n > 0",)),
        ("The largest of a list that is not empty", ("len(items) > 0",)),
        ("Any number", ()),
    ],
)
def test_words_limit_the_input(prose: str, requires: tuple[str, ...]) -> None:
    """`positive` and `not empty` become conditions on the parameters they can be about."""
    ir = ir_of("f(n: int; items: list[int]) -> int")

    assert requires_in(prose, ir.signature.parameters) == requires


def test_a_name_is_made_of_telling_words() -> None:
    """Where the model gave none that can be used."""
    assert plain_name("Return the sum of all squares in a list") == "sum_squares"
    assert plain_name("42!") == "solve"
