"""Inputs nobody gave: boundary values and mutations of the examples, the same for the same seed.

Candidates are compared on them. What a right answer would be is not known here; only that independent programs
agree on it. Inputs that the IR's `requires` excludes are left out.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from random import Random
from typing import Any

from lift_sys.pipeline.ir import IR, Parameter

__all__ = ["DERIVED_INPUTS", "allowed", "derive_inputs"]

_TEXTS = (
    "hello world",
    "Programming in Python",
    "A man, a plan",
    "xyz",
    "b",
    "AbCdE 123",
    "noon",
    "one two  three",
    "",
)
_INTS = (3, 7, 12, 2, 10, 25, 1, 97, 100, 2000, 15, 0, 8, 5, -4, 30, 49, 64, 11, 1000, 21, -7, 6, 121, 360, 17)
_FLOATS = (1.5, 2.0, 10.0, 0.5, 98.6, 0.0, -3.0, 1.0, 25.0, 0.1, 7.25, 1000.0, -0.5, 3.0, 12.75, 64.0, -20.0, 5.5)
DERIVED_INPUTS = 24
"""Enough to tell programs apart that differ in one case of some; more cost more than they show."""
_UNSHOWN = 5
"""Without examples so many values of the types are mutated in their place."""


def derive_inputs(ir: IR, *, count: int, seed: int) -> tuple[tuple[Any, ...], ...]:
    """Return up to `count` argument tuples that differ from each other and from the examples."""
    random = Random(seed)
    shown = [example.args for example in ir.examples]
    seen = {repr(args) for args in shown}
    found: list[tuple[Any, ...]] = []
    for args in _stream(ir.signature.parameters, shown, random):
        key = repr(args)
        if key in seen or not allowed(ir, args):
            continue
        seen.add(key)
        found.append(args)
        if len(found) == count:
            break
    return tuple(found)


def _stream(
    parameters: Sequence[Parameter], shown: Sequence[tuple[Any, ...]], random: Random
) -> Iterator[tuple[Any, ...]]:
    """Yield one mutation of each example after the other, between them tuples of values that only the types suggest."""
    width = max((len(args) for args in shown), default=len([p for p in parameters if p.default is None]))
    pools = [
        _pool(p.type, [args[i] for args in shown if i < len(args)], random) for i, p in enumerate(parameters[:width])
    ]
    if not pools:
        return
    shown = shown or [tuple(pool[turn % len(pool)] for pool in pools) for turn in range(_UNSHOWN)]
    # Whether capital letters count is what prose leaves open most often, so it is always tried.
    yield from (tuple(map(_in_capitals, args)) for args in shown)
    for _ in range(40):
        for args in shown:
            yield _one_changed(args, pools, random)
        yield tuple(random.choice(pool) for pool in pools)
        yield from _related(parameters[:width], pools, random)
    for turn in range(max(map(len, pools))):
        yield tuple(pool[turn % len(pool)] for pool in pools)


def _in_capitals(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _related(
    parameters: Sequence[Parameter], pools: Sequence[Sequence[Any]], random: Random
) -> Iterator[tuple[Any, ...]]:
    """Yield arguments where the second is the first, slightly changed: unrelated ones rarely share anything."""
    if len(parameters) >= 2 and parameters[0].type == parameters[1].type:
        first = random.choice(pools[0])
        second = random.choice([*mutations(first, random), first])
        yield (first, second, *(random.choice(pool) for pool in pools[2:]))


def _one_changed(args: tuple[Any, ...], pools: Sequence[Sequence[Any]], random: Random) -> tuple[Any, ...]:
    place = random.randrange(len(args)) if args else 0
    return tuple(
        random.choice([*mutations(value, random), *pools[i][:2]]) if i == place else value
        for i, value in enumerate(args)
        if i < len(pools)
    )


def _pool(annotation: str, shown: Sequence[Any], random: Random) -> list[Any]:
    values = list(_values_of(annotation, random))
    for value in shown:
        values.extend(mutations(value, random))
        values.append(value)
    return values or [0]


def _values_of(annotation: str, random: Random, depth: int = 0) -> Iterator[Any]:
    """Yield values of a type, ordinary ones first, boundaries last."""
    base, inner = _split(annotation)
    simple: Mapping[str, Sequence[Any]] = {
        "str": _TEXTS,
        "int": _INTS,
        "float": _FLOATS,
        "bool": (True, False),
        "None": (None,),
        "bytes": (b"ab", b""),
    }
    if base in simple:
        yield from simple[base]
    elif base in ("list", "set", "tuple", "Sequence", "Iterable", "frozenset") and depth < 3:
        yield from _collections(base, inner, random, depth)
    elif base in ("dict", "Mapping") and depth < 3:
        keys = list(_values_of(inner[0] if inner else "str", random, depth + 1))
        values = list(_values_of(inner[1] if len(inner) > 1 else "int", random, depth + 1))
        for size in (2, 3, 1, 4, 2, 3, 5, 2, 0):
            yield {random.choice(keys): random.choice(values) for _ in range(size)}
    elif "|" in annotation:
        for part in annotation.split("|"):
            yield from _values_of(part.strip(), random, depth + 1)
    elif depth < 3:
        yield from _INTS[:4]


def _collections(base: str, inner: Sequence[str], random: Random, depth: int) -> Iterator[Any]:
    fixed = base == "tuple" and inner and inner[-1] != "..."
    items = list(_values_of(inner[0] if inner else "int", random, depth + 1)) or [0]
    makers: dict[str, Callable[[list[Any]], Any]] = {"set": _set, "frozenset": _set, "tuple": tuple}
    make = makers.get(base, list)
    for size in (3, 4, 2, 5, 1, 6, 3, 4, 2, 0):
        if fixed:
            yield tuple(random.choice(list(_values_of(part, random, depth + 1))) for part in inner)
            continue
        drawn = [random.choice(items) for _ in range(size)]
        yield make(drawn)
        if size > 2:
            # Equal items tell apart what "distinct", "first" and "count" mean.
            yield make([*drawn, drawn[0]])


def _set(items: list[Any]) -> Any:
    try:
        return set(items)
    except TypeError:
        return set()


def mutations(value: Any, random: Random) -> list[Any]:
    """Return values near `value`, of the same type."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value + 2, value * 2, value * 3 + 1, abs(value) // 2, value + 10, -value, 0, 1]
    if isinstance(value, float):
        return [value + 1.0, value * 2.0, value / 2.0, value + 7.5, -value, 0.0]
    if isinstance(value, str):
        return _near_text(value, random)
    if isinstance(value, list | tuple):
        near = _near_list(list(value), random)
        # A tuple of fixed length keeps its length.
        return [tuple(one) for one in near if len(one) == len(value)] if isinstance(value, tuple) else near
    if isinstance(value, set | frozenset):
        return [set(one) for one in _near_list(sorted(value, key=repr), random)]
    if isinstance(value, dict):
        return _near_dict(value, random)
    return [value]


def _near_text(value: str, random: Random) -> list[str]:
    cut = random.randrange(len(value)) if value else 0
    shuffled = "".join(random.sample(value, len(value)))
    return [
        value[::-1], value.upper(), value + value[:1], value[cut:], value[:cut] + value[cut + 1 :], shuffled,
        value + " " + value[::-1], value.title(), value + "e", "",
    ]  # fmt: skip


def _near_list(value: list[Any], random: Random) -> list[list[Any]]:
    if not value:
        return [value]
    place = random.randrange(len(value))
    changed = [
        [*value[:place], near, *value[place + 1 :]] for near in random.sample(mutations(value[place], random), 1)
    ]
    return [
        *changed, value[::-1], value + value[:1], value[1:], random.sample(value, len(value)),
        value + random.sample(value, len(value)), value[:1], [],
    ]  # fmt: skip


def _near_dict(value: dict[Any, Any], random: Random) -> list[dict[Any, Any]]:
    if not value:
        return [value]
    items = list(value.items())
    key, item = random.choice(items)
    near_key, near_item = random.choice(mutations(key, random)), random.choice(mutations(item, random))
    return [{**value, near_key: near_item}, {**value, key: near_item}, dict(items[1:]), {near_key: item}, {}]


def _split(annotation: str) -> tuple[str, list[str]]:
    try:
        node = ast.parse(annotation, mode="eval").body
    except SyntaxError:
        return annotation, []
    if not isinstance(node, ast.Subscript):
        return ast.unparse(node), []
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return ast.unparse(node.value), [ast.unparse(item) for item in inner]


_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Lt: operator.lt, ast.LtE: operator.le, ast.NotEq: operator.ne,
}  # fmt: skip


def allowed(ir: IR, args: Sequence[Any]) -> bool:
    """Tell whether the arguments keep those `requires` that compare a parameter, or its length, with a constant."""
    values = {p.name: value for p, value in zip(ir.signature.parameters, args, strict=False)}
    return all(_holds(text, values) for text in ir.requires)


def _holds(text: str, values: Mapping[str, Any]) -> bool:
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:
        return True
    if not (isinstance(node, ast.Compare) and len(node.ops) == 1):
        return True
    compare = _COMPARE.get(type(node.ops[0]))
    left, right = _side(node.left, values), _side(node.comparators[0], values)
    if compare is None or left is None or right is None:
        return True
    try:
        return compare(left, right)
    except TypeError:
        return True


def _side(node: ast.expr, values: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        return values.get(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1:
        value = _side(node.args[0], values)
        return len(value) if hasattr(value, "__len__") else None
    return None
