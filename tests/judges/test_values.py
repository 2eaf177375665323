"""Values cross the wall whole, or not at all."""

import json
import math
from collections import Counter, OrderedDict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import IntEnum
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lift_sys.judges.sandbox.inside.frames import FRAME_LIMIT, Frames, frame
from lift_sys.judges.sandbox.inside.values import DEPTH, NotPlain, decode, dumps, encode, loads

keys = st.none() | st.booleans() | st.integers() | st.text(st.characters()) | st.binary()
hashables = st.recursive(keys, lambda inner: st.tuples(inner, inner) | st.frozensets(inner), max_leaves=5)
plain = st.recursive(
    keys | st.floats(allow_nan=False) | st.complex_numbers(allow_nan=False) | st.builds(bytearray, st.binary()),
    lambda inner: (
        st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(hashables, inner) | st.sets(hashables, max_size=5)
    ),
    max_leaves=20,
)


def kinds(value: Any) -> Any:
    """Return the shape of types of a value, in which True and 1 differ."""
    if isinstance(value, dict):
        return dict, [(kinds(key), kinds(item)) for key, item in value.items()]
    if isinstance(value, list | tuple):
        return type(value), [kinds(item) for item in value]
    return type(value)


@settings(max_examples=20)
@given(plain)
def test_a_plain_value_arrives_as_it_was_sent(value: Any) -> None:
    """Encoding and decoding give the same value with the same types."""
    arrived = decode(loads(dumps(encode(value)).encode()))

    assert arrived == value
    assert kinds(arrived) == kinds(value)


def test_what_json_cannot_say_is_tagged() -> None:
    """Big integers, numbers that are none, and half characters arrive."""
    value = [2**5000, -(2**64), math.inf, "\ud800", {"!int": "0x1"}, {1: 2}]

    assert decode(json.loads(dumps(encode(value)))) == value
    assert math.isnan(decode(encode(math.nan)))


class Text(str):
    """A text that is not exactly one."""


class Lying(list[int]):
    """A list that pretends to hold something else."""

    def __iter__(self) -> Iterator[int]:
        return iter([9])


class Pair(NamedTuple):
    """Two values with names."""

    left: int
    right: str


class Level(IntEnum):
    """A number with a name."""

    HIGH = 2


@pytest.mark.parametrize("value", [object(), {"k": object()}, iter([]), Decimal(1), date(2024, 1, 1), range(3), len])
def test_only_builtin_values_are_plain(value: Any) -> None:
    """Everything else could carry code, so it is refused."""
    with pytest.raises(NotPlain, match="is not a plain value"):
        encode(value)


INHERITING = [
    (Text("x"), "x"),
    (Level.HIGH, 2),
    (Lying([1, 2]), [1, 2]),
    (Pair(1, "b"), (1, "b")),
    (Counter("aab"), {"a": 2, "b": 1}),
    (OrderedDict(a=1), {"a": 1}),
    ({Text("k"): Text("v")}, {"k": "v"}),
]


@pytest.mark.parametrize(("value", "arrives"), INHERITING, ids=str)
def test_what_inherits_goes_as_what_it_inherits_from(value: Any, arrives: Any) -> None:
    """The builtin type's own methods read it, so what the subclass says of itself does not count."""
    arrived = decode(loads(dumps(encode(value)).encode()))

    assert arrived == arrives
    assert kinds(arrived) == kinds(arrives)


@pytest.mark.parametrize(
    "raw",
    [
        {"!object": "x"},
        {"!int": "12"},
        {"!int": 12},
        {"!int": "0x_1"},
        {"!float": "1.5"},
        {"!set": [[]]},
        {"!set": {}},
        {"!dict": [[1, 2, 3]]},
        {"!dict": [1]},
        {"!bytes": "zz"},
        {"!complex": [1, 2]},
        {"!tuple": None},
        {"a": 1, "!b": 2},
    ],
    ids=str,
)
def test_what_nobody_would_send_is_refused(raw: Any) -> None:
    """Malformed and unknown tags are no values."""
    with pytest.raises(NotPlain):
        decode(raw)


def test_depth_is_bounded_on_both_sides() -> None:
    """Neither side can be led down until its stack ends."""
    value: Any = []
    for _ in range(DEPTH + 1):
        value = [value]

    with pytest.raises(NotPlain, match="deeper"):
        encode(value)
    with pytest.raises(NotPlain, match="deeper"):
        decode(value)
    with pytest.raises(NotPlain):
        loads(b"[" * 100_000)


def test_keys_chosen_to_collide_are_refused() -> None:
    """A set of integers with one hash would cost the judge quadratic time."""
    modulus = (1 << 61) - 1

    with pytest.raises(NotPlain, match="one hash"):
        decode({"!set": [{"!int": hex(n * modulus)} for n in range(1000)]})
    assert len(decode({"!set": list(range(1000))})) == 1000


@pytest.mark.parametrize("data", [b"NaN", b"[Infinity]", b"{", b"\xff", b"9" * 5000])
def test_only_json_is_read(data: bytes) -> None:
    """Constants that JSON lacks, broken texts and endless numbers are refused."""
    with pytest.raises(NotPlain):
        loads(data)


@settings(max_examples=15)
@given(st.lists(plain, max_size=5), st.integers(1, 50))
def test_frames_survive_any_cutting(values: list[Any], size: int) -> None:
    """However a stream is cut, the same messages come out."""
    stream = b"".join(frame(encode(value)) for value in values)
    frames = Frames()

    heard = [
        decode(loads(message))
        for start in range(0, len(stream), size)
        for message in frames.feed(stream[start : start + size])
    ]

    assert heard == values


def test_a_frame_that_claims_too_much_is_refused_at_once() -> None:
    """Its length alone ends the reading; nothing is gathered."""
    with pytest.raises(NotPlain, match="limit"):
        list(Frames().feed((FRAME_LIMIT + 1).to_bytes(4, "big")))
    with pytest.raises(NotPlain, match="limit"):
        frame("x" * (FRAME_LIMIT + 1))
