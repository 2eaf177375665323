"""How many requests may be under way at once."""

from __future__ import annotations

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar

__all__ = ["ConcurrencyLimit"]


class ConcurrencyLimit:
    """At most `most` requests under way, first come first served: `async with limit.slot(): ...`.

    An adapter may serve several event loops (dspy's synchronous side runs on one of its own), and waiting cannot cross
    loops, so each loop counts for itself.
    """

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"most={most}: at least one request must be allowed")
        self.most = most
        self._limiter: RunVar[CapacityLimiter] = RunVar("limiter")

    def slot(self) -> CapacityLimiter:
        """Return what to enter while a request is under way."""
        limiter = self._limiter.get(None)
        if limiter is None:
            limiter = CapacityLimiter(self.most)
            self._limiter.set(limiter)
        return limiter
