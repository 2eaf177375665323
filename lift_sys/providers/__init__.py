"""Whom we may ask: model providers behind one adapter; knows nothing of graphs."""

from lift_sys.providers.dspy_engine import dspy_lm
from lift_sys.providers.local_weights import LocalStatus, add_local, local_status
from lift_sys.providers.ollama import ollama_info
from lift_sys.providers.prices import token_price
from lift_sys.providers.prompt_spec import PromptParameter, PromptSpec
from lift_sys.providers.prompting import ANSWER_ATTEMPTS, PromptAnswer, answer_prompt
from lift_sys.providers.provider_adapter import (
    Capabilities,
    Message,
    ModelAnswer,
    ModelInfo,
    ModelRequest,
    ProviderAdapter,
    Usage,
)
from lift_sys.providers.registry import Providers

__all__ = [
    "ANSWER_ATTEMPTS",
    "Capabilities",
    "LocalStatus",
    "Message",
    "ModelAnswer",
    "ModelInfo",
    "ModelRequest",
    "PromptAnswer",
    "PromptParameter",
    "PromptSpec",
    "ProviderAdapter",
    "Providers",
    "Usage",
    "add_local",
    "answer_prompt",
    "dspy_lm",
    "local_status",
    "ollama_info",
    "token_price",
]
