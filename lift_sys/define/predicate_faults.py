"""What is said to whoever wrote a constraint that is plainly meant to be computed and cannot be."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Sequence
from difflib import get_close_matches

from lift_sys.define.predicate_leaves import Unknown, port_names
from lift_sys.define.shape import Shape, fault
from lift_sys.errors import DefinitionError

__all__ = ["bad_pattern", "is_computation", "misnamed", "not_computed", "too_much", "unparsed"]

_ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_WORDS = frozenset({"and", "or", "not", "in", "is", "None", "True", "False", "len", "matches"})
_JOINS = frozenset({"and", "or", "not", "in", "is"})
_SIGNS = frozenset({"<", "<=", "==", "!=", ">", ">=", "=", "=>", "=<", "<>"})
_SHOWN = 120
_LANGUAGE = "comparisons of ports, `len`, `in`, `is None`, `matches(port, 'regex')`, `+ - *`, `and`, `or`, `not`"


def is_computation(tree: ast.expr) -> bool:
    """Whether an expression is meant to be computed: no sentence has signs of order, constants or `len(...)` in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) or (isinstance(node, ast.Compare) and isinstance(node.ops[0], _ORDER)):
            return True
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("len", "matches"):
            return True
    return False


def misnamed(text: str, unknown: Sequence[Unknown], place: str) -> DefinitionError | None:
    """Return the fault of naming what no port has; None where nothing is near enough to have been meant."""
    for one in unknown:
        near = get_close_matches(one.said, one.known, 1)
        if near:
            slip = rf"(?<![\w.]){re.escape(one.written)}(?!\w)"
            meant = re.sub(slip, one.written[: -len(one.said)] + near[0], text)
            return _fault(text, place, f"{_missing(one)}; {_list(one)}", f"did you mean `{meant}`?")
    for one in unknown:
        if one.owner:
            return _fault(text, place, _missing(one), f"{_list(one) or 'check the type of ' + one.owner}")
    return None


def _missing(one: Unknown) -> str:
    return f"{one.owner} has no `{one.said}`" if one.owner else f"no port is called `{one.said}`"


def _list(one: Unknown) -> str:
    return f"the {'fields' if one.owner else 'ports'}: {', '.join(one.known)}" if one.known else ""


def unparsed(text: str, shape: Shape, place: str) -> DefinitionError | None:
    """Return the fault of a text that is no expression; None where it is no attempt at one, but a sentence."""
    try:
        tokens = list(tokenize.generate_tokens(iter([text]).__next__))
    except (tokenize.TokenError, IndentationError):
        tokens = []
    words = re.findall(r"[^\W\d]\w*", re.sub(r"'[^']*'|\"[^\"]*\"|\.\s*\w+", " ", text))
    signs = set(re.findall(r"[<>=!%-]+", re.sub(r"'[^']*'|\"[^\"]*\"", " ", text)))
    if not words or not signs & _SIGNS or len(text) > 10_000:
        return None
    ports = port_names(shape)
    known = {*ports, *_WORDS}
    if not all(word in known or get_close_matches(word, ports, 1) for word in words):
        return None
    if not any(word not in _WORDS for word in words) or _side_by_side(tokens):
        return None
    return _fault(text, place, "this is no comparison that can be read", _cure(text, signs))


def _side_by_side(tokens: Sequence[tokenize.TokenInfo]) -> bool:
    """Whether two words stand side by side, as they do in sentences."""
    before = ""
    for token in tokens:
        word = token.string if token.type in (tokenize.NAME, tokenize.NUMBER) else ""
        if word and before and word not in _JOINS and before not in _JOINS:
            return True
        before = word
    return False


def _cure(text: str, signs: set[str]) -> str:
    for wrong, right in (("=>", ">="), ("=<", "<="), ("<>", "!="), ("=", "==")):
        if wrong in signs:
            meant = re.sub(rf"(?<![<>=!]){wrong}(?![<>=])", right, text)
            return f"did you mean `{meant}`?"
    return f"write {_LANGUAGE}; or ask it of a function: `check=lambda result: ...`"


def bad_pattern(text: str, pattern: str, error: Exception, place: str) -> DefinitionError:
    """Return the fault of a regular expression that is none."""
    return _fault(text, place, f"{pattern!r:.80} is no regular expression: {error}", "mend the pattern")


def too_much(text: str, place: str, what: str) -> DefinitionError:
    """Return the fault of a predicate that is longer or deeper than one may be."""
    return _fault(text, place, what, "say it in several constraints, or ask it of a function: `check=...`")


def not_computed(text: str, place: str) -> DefinitionError:
    """Return the fault of prose where a relation of ports was promised."""
    return _fault(text, place, "this is prose, and a relation is computed", f"write {_LANGUAGE}; or say it by MUST")


def _fault(text: str, place: str, what: str, cure: str) -> DefinitionError:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]} ..."
    return fault("LS501", place or "a constraint", f"`{shown}`: {what}", cure)
