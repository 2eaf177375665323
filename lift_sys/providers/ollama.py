"""Where an Ollama server is, and whether it is there."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from lift_sys.providers.model_guard import is_loopback
from lift_sys.providers.provider_adapter import ModelInfo
from lift_sys.providers.redaction import without_password

__all__ = ["ollama_base_url", "ollama_info"]

_PORT = 11434
_PROBE_SECONDS = 1.0


def ollama_base_url() -> str:
    """Return the OpenAI-compatible address: $OLLAMA_BASE_URL, or what $OLLAMA_HOST means, or this machine's own."""
    if given := os.environ.get("OLLAMA_BASE_URL"):
        return given
    host = os.environ.get("OLLAMA_HOST", "").strip() or "127.0.0.1"
    parts = urlsplit(host if "//" in host else f"http://{host}")
    # A server that listens on every address is reached on this machine's own.
    name = "127.0.0.1" if parts.hostname in (None, "0.0.0.0", "::") else parts.hostname
    port = parts.port or (_PORT if "//" not in host else {"https": 443}.get(parts.scheme, 80))
    return f"{parts.scheme}://{name}:{port}{parts.path.rstrip('/')}/v1"


async def ollama_info() -> ModelInfo:
    """Return whether Ollama answers on this machine, and with which models; other machines are not asked."""
    base_url = ollama_base_url()
    if not is_loopback(base_url):
        return ModelInfo(
            "ollama:NAME", True, f"on another machine, {without_password(base_url)}; not asked whether it is there"
        )
    models, shown = await _models_at(base_url), without_password(base_url)
    if models is None:
        return ModelInfo("ollama:NAME", False, f"nobody answers at {shown}; start it with `ollama serve`")
    held = ", ".join(models) or "no model yet; `ollama pull NAME` brings one"
    return ModelInfo("ollama:NAME", bool(models), f"answers at {shown}: {held}")


async def _models_at(base_url: str) -> list[str] | None:
    import httpx2

    try:
        async with httpx2.AsyncClient(timeout=_PROBE_SECONDS, verify=False, trust_env=False) as client:
            answer = (await client.get(f"{base_url.rstrip('/')}/models")).json()
        return sorted(str(row["id"]) for row in answer["data"] or ())
    except (httpx2.HTTPError, ValueError, LookupError, TypeError):
        return None
