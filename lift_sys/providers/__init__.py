"""Whom we may ask: model providers behind one adapter; knows nothing of graphs."""

from lift_sys.providers.provider_adapter import (
    Capabilities,
    Message,
    ModelAnswer,
    ModelRequest,
    ProviderAdapter,
    Usage,
)
from lift_sys.providers.registry import Providers

__all__ = [
    "Capabilities",
    "Message",
    "ModelAnswer",
    "ModelRequest",
    "ProviderAdapter",
    "Providers",
    "Usage",
]
