"""The switch that keeps a program, above all its tests, from asking models over the network."""

from __future__ import annotations

import ipaddress
import os
from urllib.parse import urlsplit

from lift_sys.errors import ProviderUnavailable

__all__ = ["GUARD_VARIABLE", "is_loopback", "refuse_when_guarded"]

GUARD_VARIABLE = "LIFT_SYS_ALLOW_MODEL_REQUESTS"


def refuse_when_guarded(name: str, url: str | None) -> None:
    """Raise ProviderUnavailable if model requests are switched off and this one would leave the machine.

    Models without an address are functions in this process.
    """
    if os.environ.get(GUARD_VARIABLE, "1").lower() not in {"0", "false", "no", "off"} or not url or is_loopback(url):
        return
    raise ProviderUnavailable(
        f"{name}: not asked, because ${GUARD_VARIABLE} switches model requests off (tests do this). "
        "Use a scripted or recorded model (scripted:FILE, replay:FILE, providers={...}), or set it to 1."
    )


def is_loopback(url: str | None) -> bool:
    """Return whether the address is this machine's own."""
    host = urlsplit(url or "").hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
