"""Answers repeated calls from their first result, and lets equal calls that run at once share one."""

from __future__ import annotations

import copy
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

from lift_sys.define import Cache, Fill, Node, fault
from lift_sys.execute.execution_context import StepScope, this_step
from lift_sys.execute.keys import NotHashable, key_of

__all__ = ["ValidationCache"]

Call = Callable[..., Awaitable[Any]]
_MOST = 4096


class ValidationCache:
    """Results by key (scope, node, fill, inputs): least recently used go first, `ttl` by a monotonic clock.

    Only validated results are kept. Values are copied out, so that nobody changes what another is given.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        from cachetools import TLRUCache

        self._kept: Any = TLRUCache(maxsize=_MOST, ttu=_expiry, timer=clock)
        self._flying: dict[bytes, tuple[anyio.Event, StepScope]] = {}

    def around(self, call: Call, node: Node[..., Any], cache: Cache, fill: Fill | None) -> Call:
        """Return the call behind the cache."""
        standing = "" if fill is None else f"{fill.kind} {fill.name}"
        label = node.label

        async def cached(*args: Any, **kwargs: Any) -> Any:
            scope = this_step()
            own = scope.executor.run_id if cache.scope == "run" else cache.scope
            try:
                key = key_of(own, label, standing, node.shape.ports(args, kwargs))
            except NotHashable as error:
                raise fault(
                    "LS112",
                    node.place,
                    f"{node.name} is cached, and {error}",
                    "cache nodes whose inputs are builtins, dataclasses, enums or pydantic models, or drop cache=",
                ) from None
            while True:
                found = self._kept.get(key)
                if found is not None:
                    scope.emit("cache.hit", {"key": key.hex()})
                    return copy.deepcopy(found[0])
                flying = self._flying.get(key)
                if flying is None:
                    break
                landed, first = flying
                await scope.wait_elsewhere(
                    landed.wait, partial(_if_flying, landed, first), "the answer of an equal call"
                )
            landed = anyio.Event()
            self._flying[key] = (landed, scope)
            try:
                value = await call(*args, **kwargs)
                self._kept[key] = (copy.deepcopy(value), cache.ttl)
                return value
            finally:
                del self._flying[key]
                landed.set()

        return cached


def _if_flying(landed: anyio.Event, first: StepScope) -> list[StepScope]:
    return [] if landed.is_set() else [first]


def _expiry(_key: bytes, kept: tuple[Any, float | None], now: float) -> float:
    return float("inf") if kept[1] is None else now + kept[1]
