"""Whom we may ask: model providers behind one adapter; knows nothing of graphs."""

from lift_sys.providers.local_weights import LocalStatus, add_local, local_status
from lift_sys.providers.ollama import ollama_base_url, ollama_models
from lift_sys.providers.provider_adapter import (
    Capabilities,
    Message,
    ModelAnswer,
    ModelRequest,
    ProviderAdapter,
    Usage,
)
from lift_sys.providers.registry import ModelInfo, Providers

__all__ = [
    "Capabilities",
    "LocalStatus",
    "Message",
    "ModelAnswer",
    "ModelInfo",
    "ModelRequest",
    "ProviderAdapter",
    "Providers",
    "Usage",
    "add_local",
    "local_status",
    "ollama_base_url",
    "ollama_models",
]
