"""What must not be seen: keys in messages, passwords in addresses."""

from __future__ import annotations

import os
import re
from urllib.parse import urlsplit, urlunsplit

__all__ = ["without_password", "without_secrets"]

_SECRET_NAME = re.compile(r"(KEY|TOKEN|SECRET|PASSWORD)$")
_SECRET_SHAPE = re.compile(r"\b(sk|pk|gsk|xai|key)-[A-Za-z0-9_*-]{8,}")
_SHORTEST = 8


def without_secrets(text: str) -> str:
    """Return the text with every key that this process knows, and whatever looks like one, replaced by stars."""
    for variable, value in os.environ.items():
        # Shorter values are rarely keys, and replacing them would tear words apart.
        if len(value) >= _SHORTEST and _SECRET_NAME.search(variable.upper()):
            text = text.replace(value, "***")
    return _SECRET_SHAPE.sub("***", text)


def without_password(url: str | None) -> str:
    """Return an address without user, password and query."""
    if not url:
        return "its address"
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))
