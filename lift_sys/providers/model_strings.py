"""Model strings that pydantic-ai understands, such as `openai:NAME`: from the string to an adapter.

Importing this costs two seconds, so the registry does it when such a string is opened.
"""

from __future__ import annotations

import difflib
import os
import re
from typing import Any
from urllib.parse import urlsplit

from pydantic_ai.exceptions import UserError
from pydantic_ai.models import Model, infer_model, known_model_names
from pydantic_ai.providers import infer_provider_class

from lift_sys.errors import ProviderUnavailable
from lift_sys.providers.model_adapter import ModelAdapter
from lift_sys.providers.ollama import ollama_base_url

__all__ = ["near_names", "open_given_model", "open_model"]

_MAKERS = {"gpt": "openai", "claude": "anthropic", "gemini": "google", "llama": "ollama", "qwen": "ollama"}
_EXTRA = re.compile(r"pip install \"?([\w\[\]-]+)")
_VARIABLE = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b")


def open_model(name: str) -> ModelAdapter | None:
    """Return the adapter of a model string, or None if its family is unknown; what it lacks here is said at once."""
    family, _, model = name.partition(":")
    if family == "ollama":
        return ModelAdapter(name, lambda: _ollama(model))
    if not _is_family(family):
        return None
    try:
        return ModelAdapter(name, lambda: infer_model(_with_chat(family, model)))
    except ImportError as fault:
        raise ProviderUnavailable(f"{name}: {_package_missing(fault, family)}") from fault
    except UserError as fault:
        raise ProviderUnavailable(f"{name}: {_key_missing(fault)}") from fault


def open_given_model(name: str, model: Any) -> ModelAdapter | None:
    """Return an adapter over a pydantic-ai model, or None if it is none."""
    return ModelAdapter(name, lambda: model) if isinstance(model, Model) else None


def near_names(name: str, ours: list[str]) -> list[str]:
    """Return up to three model strings that may have been meant, the likeliest first."""
    known = [known for known in known_model_names() if not known.startswith("gateway/")]
    families = sorted({known.partition(":")[0] for known in known} | {"ollama", "replay", "record", "scripted"})
    family, _, model = name.rpartition(":")
    near = difflib.get_close_matches(name, ours, n=3, cutoff=0.6)
    if not family:
        near += [f"{maker}:{model}" for start, maker in _MAKERS.items() if model.startswith(start)]
    elif close := difflib.get_close_matches(family, families, n=1, cutoff=0.6):
        near.append(f"{close[0]}:{model}")
    near += difflib.get_close_matches(name, known, n=3, cutoff=0.6)
    return [one for one in dict.fromkeys(near) if one != name][:3]


def _is_family(family: str) -> bool:
    try:
        infer_provider_class(family)
    except ValueError:
        return False
    except ImportError:
        return True
    return True


def _with_chat(family: str, model: str) -> str:
    # `openai:` means OpenAI's newer interface, which only OpenAI itself serves. Whoever points the base URL elsewhere
    # has a server that speaks the older one.
    elsewhere = urlsplit(os.environ.get("OPENAI_BASE_URL") or "").hostname not in (None, "api.openai.com")
    return f"openai-chat:{model}" if family == "openai" and elsewhere else f"{family}:{model}"


def _ollama(model: str) -> Model:
    from pydantic_ai.models.ollama import OllamaModel
    from pydantic_ai.providers.ollama import OllamaProvider

    return OllamaModel(model, provider=OllamaProvider(base_url=ollama_base_url()))


def _package_missing(fault: ImportError, family: str) -> str:
    found = _EXTRA.search(str(fault))
    package = found.group(1) if found else f"pydantic-ai-slim[{family}]"
    return f'its client package is not installed. Install it with: pip install "{package}"'


def _key_missing(fault: UserError) -> str:
    variables = list(dict.fromkeys(_VARIABLE.findall(str(fault))))
    if not variables:
        return " ".join(str(fault).split())
    return f"no key or address is set for it. Set the environment variable {' or '.join(variables)}."
