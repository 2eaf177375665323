"""Answers repeated calls from their first result, and lets equal calls that run at once share one."""

from __future__ import annotations

import copy
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import anyio

from lift_sys.define import Cache, Fill, Node, fault, reachable
from lift_sys.execute.code_key import here
from lift_sys.execute.execution_context import StepScope, this_step
from lift_sys.execute.keys import NotHashable, key_of

__all__ = ["ValidationCache"]

Call = Callable[..., Awaitable[Any]]
_MOST = 4096


class ValidationCache:
    """Results by key (scope, code, fills, inputs): least recently used go first, `ttl` by a monotonic clock.

    The fills are the one that stands there, and those in the holes that the body may call. Only validated results are
    kept. Values are copied out, so that nobody changes what another is given.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        from cachetools import TLRUCache

        self._kept: Any = TLRUCache(maxsize=_MOST, ttu=_expiry, timer=clock)
        self._flying: dict[bytes, tuple[anyio.Event, StepScope]] = {}

    def around(self, call: Call, node: Node[..., Any], cache: Cache, fill: Fill | None) -> Call:
        """Return the call behind the cache."""
        what = [node.label, *_versions(node), *([] if fill is None else _of_fill(fill))]
        holes = _holes_within(node, fill)

        async def cached(*args: Any, **kwargs: Any) -> Any:
            scope = this_step()
            own = scope.executor.run_id if cache.scope == "run" else cache.scope
            fills = scope.executor.children.fills() if holes else {}
            within = [fills[hole] for hole in holes if hole in fills]
            try:
                key = key_of(own, what, [_of_fill(other) for other in within], node.shape.ports(args, kwargs))
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
                # with what the key knows by its identity
                self._kept[key] = (copy.deepcopy(value), cache.ttl, (node, fill, within))
                return value
            finally:
                del self._flying[key]
                landed.set()

        return cached


def _if_flying(landed: anyio.Event, first: StepScope) -> list[StepScope]:
    return [] if landed.is_set() else [first]


def _versions(node: Node[..., Any]) -> list[Any]:
    """Return what a node does, as far as this process can tell; of a graph, what stands in its holes, too."""
    return [*here(node.fn), *[part for fill in getattr(node, "fills", ()) for part in _of_fill(fill)]]


def _of_fill(fill: Fill) -> list[Any]:
    """Return what stands in a hole."""
    said = [fill.hole.label, fill.kind, fill.name]
    if fill.kind == "deferred":
        return [*said, id(fill)]
    if fill.kind in ("code", "graph"):
        return [*said, *(_versions(fill.by) if isinstance(fill.by, Node) else here(fill.by))]
    return [*said, repr(sorted(fill.settings.items()))]


def _holes_within(node: Node[..., Any], fill: Fill | None) -> list[Node[..., Any]]:
    """Return the holes that a body may call, or what stands in its place, by name."""
    bodies = [node, *([fill.by] if fill is not None and callable(fill.by) else [])]
    found = {inner: None for body in bodies for inner in reachable(body) if inner is not node._replaces}
    return sorted(found, key=lambda inner: inner.label)


def _expiry(_key: bytes, kept: tuple[Any, float | None, Any], now: float) -> float:
    return float("inf") if kept[1] is None else now + kept[1]
