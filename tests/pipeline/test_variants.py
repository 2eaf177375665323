"""The neighbourhood of a program: small, all Python, and it holds the usual slips."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lift_sys.pipeline.variants import variants

PROGRAMS = [
    "def f(items: list[int]) -> list[int]:\n    return [x for x in range(1, 10) if x % 2 == 0]",
    "def f(m: dict[str, int]) -> dict[int, str]:\n    return {k: v for k, v in m.items() if k in m}",
    "def f(n: int, low: int) -> int:\n    t = 0\n    while n > low:\n        t += n\n        n -= 1\n    return t",
    "def f(a: int, b: int) -> bool:\n    if a > b and b > 0:\n        return True\n    else:\n        return False",
]


@given(st.sampled_from(PROGRAMS))
def test_every_variant_is_another_python_program(source: str) -> None:
    """Each differs from the source and from the others, and the source stays as it was."""
    found = list(variants(source, "f"))

    assert len(set(found)) == len(found) > 10
    assert ast.unparse(ast.parse(source)) + "\n" not in found
    for one in found:
        ast.parse(one)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("return a - b", "return a + b"),
        ("return min(a, b)", "return max(a, b)"),
        ("return a < b", "return a <= b"),
        ("return list(range(1, a))", "return list(range(0, a))"),
        ("return {k: v for k, v in a.items()}", "return {v: k for k, v in a.items()}"),
        ("return [x for x in range(9)]", "return [x for x in a]"),
        ("return (x for x in a)", "return list((x for x in a))"),
        ("return a if a > b else b", "return b if a > b else a"),
        ("for x in a:\n        b += x\n        return b", "for x in a:\n        b += x\n    return b"),
        ("return [a]", "return a"),
        ("return a == b", "return not a == b"),
    ],
)
def test_the_usual_slips_are_one_edit_away(wrong: str, right: str) -> None:
    """Operators, bounds, exchanged parts, made-up iterables, a return inside its loop."""
    header = "def f(a: int, b: int) -> list[int]:\n    "

    assert f"{header}{right}\n" in set(variants(header + wrong, "f"))


def test_the_number_of_variants_is_bounded() -> None:
    """A long program has no more neighbours than asked for."""
    body = "\n".join(f"    a = a + {i} * b" for i in range(30))

    assert len(list(variants(f"def f(a: int, b: int) -> int:\n{body}\n    return a", "f", most=50))) == 50
