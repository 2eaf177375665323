"""Frames on a stream socket: four bytes of length, then that much JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .values import NotPlain, dumps, loads

__all__ = ["FRAME_LIMIT", "Frames", "frame", "receive_from"]

FRAME_LIMIT = 4 << 20
"""The longest message, in bytes, in either direction."""


def frame(message: Any) -> bytes:
    """Return one message as bytes on the wire, or raise NotPlain when it is too long."""
    body = dumps(message).encode()
    if len(body) > FRAME_LIMIT:
        raise NotPlain(f"a message of {len(body)} bytes; the limit is {FRAME_LIMIT}")
    return len(body).to_bytes(4, "big") + body


class Frames:
    """Cuts a stream of bytes into messages; memory is bounded by one frame and what was read with it."""

    def __init__(self) -> None:
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the JSON of every message that `data` completes; raise NotPlain on one that is too long."""
        self._data += data
        start, end = 0, len(self._data)
        try:
            while end - start >= 4:
                length = int.from_bytes(self._data[start : start + 4], "big")
                if length > FRAME_LIMIT:
                    raise NotPlain(f"a message of {length} bytes; the limit is {FRAME_LIMIT}")
                if end - start - 4 < length:
                    break
                body = bytes(self._data[start + 4 : start + 4 + length])
                start += 4 + length
                yield body
        finally:
            del self._data[:start]


def receive_from(read: Callable[[int], bytes]) -> Iterator[Any]:
    """Yield messages from a blocking `read` until the other side hangs up."""
    frames = Frames()
    while data := read(1 << 16):
        yield from map(loads, frames.feed(data))
