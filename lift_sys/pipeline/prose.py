"""What the words of a sentence say about types and allowed inputs, as far as plain words can be trusted. Pure.

Only the common nouns of programming are known here; no word stands for a task.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from lift_sys.pipeline.ir import Parameter

__all__ = ["kinds_in", "plain_name", "requires_in", "usual_name"]

# Longest first: `list of words` is not a list and some words.
_KINDS: tuple[tuple[str, str], ...] = (
    (r"lists? of lists|nested lists?|matrix|table", "list[list[int]]"),
    (r"lists? of (?:\w+ )?(?:strings|words|texts|names)", "list[str]"),
    (r"lists? of (?:\w+ )?(?:floats|decimals|temperatures|prices)", "list[float]"),
    (r"lists? of (?:\w+ )?(?:numbers|integers|ints|values)|numbers", "list[int]"),
    (r"words|strings", "list[str]"),
    (r"lists?|array|sequence", "list[int]"),
    (r"dictionary|dict|mapping", "dict[str, int]"),
    (r"string|text|sentence|word|phrase|paragraph|line", "str"),
    (r"integer|whole number|year|number|int", "int"),
    (r"float|temperature|price|decimal number|radius|celsius|fahrenheit", "float"),
)
_PAIR = re.compile(r"\b(?:two|both|pairs? of)\b")


def kinds_in(prose: str) -> Sequence[str]:
    """Return the types the sentence speaks of, in the order of its words; words used twice count once."""
    text = prose.lower()
    found: list[tuple[int, str]] = []
    for pattern, kind in _KINDS:
        for match in re.finditer(rf"\b(?:{pattern})\b", text):
            found.append((match.start(), kind))
            text = text[: match.start()] + "_" * (match.end() - match.start()) + text[match.end() :]
    return list(dict.fromkeys(kind for _, kind in sorted(found)))


def requires_in(prose: str, parameters: Sequence[Parameter]) -> tuple[str, ...]:
    """Return the conditions on parameters that words like `positive` and `not empty` state."""
    text = prose.lower()
    numbers = [p.name for p in parameters if p.type in ("int", "float")]
    sized = [p.name for p in parameters if p.type.split("[")[0] in ("list", "str", "dict", "set", "tuple")]
    found: list[str] = []
    if re.search(r"non[- ]?negative", text):
        found += [f"{name} >= 0" for name in numbers]
    elif re.search(r"\bpositive (?:\w+ )?(?:number|integer|int)s?\b", text):
        found += [f"{name} > 0" for name in numbers]
    if re.search(r"non[- ]?empty|not empty|at least one", text):
        found += [f"len({name}) > 0" for name in sized]
    return tuple(found)


_USUAL = {
    "str": ("text", "other", "third"), "int": ("number", "other", "third"), "float": ("value", "other", "third"),
    "list": ("items", "others", "rest"), "dict": ("mapping", "other", "third"), "bool": ("flag", "other", "third"),
}  # fmt: skip


def usual_name(annotation: str, taken: Sequence[str]) -> str:
    """Return a parameter name that says what it holds and is not taken."""
    for name in (*_USUAL.get(annotation.split("[")[0], ("value", "other", "third")), "more"):
        if name not in taken:
            return name
    return f"value{len(taken)}"


_SAY_LITTLE = (
    "a an the of in to is for and or by with all its it that into from each are be as on at how if whether "
    "return returns write function compute calculate given python create make please "
    "string strings list lists number numbers integer integers dictionary text"
)
"""Words that do not help to name a function."""


def plain_name(prose: str) -> str:
    """Return a function name made of the first telling words of the sentence."""
    little = _SAY_LITTLE.split()
    words = [word for word in re.findall(r"[a-z]+", prose.lower()) if word not in little]
    return "_".join(words[:3]) or "solve"
