"""Limits shared by the runs of one engine: how many calls of a node run at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio

from lift_sys.define import Node, fault

__all__ = ["Limits"]

Call = Callable[..., Awaitable[Any]]


class Limits:
    """The limits of one engine: a number is for one node, a name is shared by all nodes that say it."""

    def __init__(self, named: dict[str, int] | None = None) -> None:
        self._named = dict(named or {})
        self._semaphores: dict[object, anyio.Semaphore] = {}

    def around(self, call: Call, node: Node[..., Any], limit: str | int) -> Call:
        """Return the call behind a limit; it waits for a place."""
        if isinstance(limit, str) and limit not in self._named:
            known = ", ".join(sorted(self._named)) or "none"
            raise fault(
                "LS112",
                node.place,
                f"{node.name}: the engine has no limit named {limit!r} (it has: {known})",
                f"write Engine(limits={{{limit!r}: 4}}), or a number on the node",
            )
        key: object = limit if isinstance(limit, str) else node._replaces
        size = self._named[limit] if isinstance(limit, str) else limit

        async def limited(*args: Any, **kwargs: Any) -> Any:
            # made inside the loop that uses it
            semaphore = self._semaphores.setdefault(key, anyio.Semaphore(size))
            async with semaphore:
                return await call(*args, **kwargs)

        return limited
