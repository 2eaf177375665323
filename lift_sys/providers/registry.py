"""From a model string to the adapter behind it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from lift_sys.errors import UnknownModel
from lift_sys.providers.provider_adapter import ProviderAdapter

__all__ = ["Providers"]


class Providers:
    """Opens adapters by model string, each once, and closes them together."""

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._given = dict(given or {})
        self._open: dict[str, ProviderAdapter] = {}

    def open(self, name: str | None = None) -> ProviderAdapter:
        """Return the adapter of that name; None means `$LIFT_SYS_MODEL`, else the embedded model."""
        name = name or os.environ.get("LIFT_SYS_MODEL") or "local"
        if name not in self._open:
            self._open[name] = self._make(name)
        return self._open[name]

    def _make(self, name: str) -> ProviderAdapter:
        from lift_sys.providers.local import LocalAdapter

        if name == "local":
            return LocalAdapter()
        raise UnknownModel(f"unknown model {name!r}")

    async def aclose(self) -> None:
        """Close every adapter that was opened."""
        adapters, self._open = list(self._open.values()), {}
        for adapter in adapters:
            await adapter.aclose()
