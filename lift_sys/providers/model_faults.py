"""What a pydantic-ai model raises, said as a ProviderError: who, what, and what to do about it."""

from __future__ import annotations

from pydantic_ai import exceptions as faults

from lift_sys.errors import ProviderError, ProviderUnavailable, RequestFailed
from lift_sys.providers.redaction import without_password, without_secrets

__all__ = ["error_of", "key_variable"]

_TRANSIENT = frozenset({408, 409, 425, 429, 500, 502, 503, 504, 529})
_LONGEST_DETAIL = 300


def error_of(fault: Exception, name: str, url: str | None) -> ProviderError:
    """Return the error to raise for what a model raised; `name` is the model string, `url` where it is asked."""
    if isinstance(fault, faults.ModelHTTPError):
        return _refused(fault, name, url)
    if isinstance(fault, faults.ModelTimeoutError | faults.ModelRequestTimeout):
        return RequestFailed(
            f"{name}: no answer in time; ask again, ask for less, or give the call a longer timeout.", retryable=True
        )
    if isinstance(fault, faults.ModelConnectionError):
        return RequestFailed(
            f"{name}: nobody answers at {without_password(url)}. {_how_to_reach(name)}", retryable=True
        )
    if isinstance(fault, faults.UnexpectedModelBehavior):
        return RequestFailed(f"{name}: the answer is not what this kind of server sends: {_detail(fault.message)}")
    if isinstance(fault, faults.UserError):
        return RequestFailed(f"{name}: {_detail(fault.message)}")
    if isinstance(fault, RuntimeError) and "ALLOW_MODEL_REQUESTS" in str(fault):
        return ProviderUnavailable(
            f"{name}: not asked, because pydantic_ai.models.ALLOW_MODEL_REQUESTS is False (tests do this). "
            "Use a scripted or recorded model instead."
        )
    return RequestFailed(f"{name}: {type(fault).__name__}: {_detail(str(fault))}")


def _refused(fault: faults.ModelHTTPError, name: str, url: str | None) -> RequestFailed:
    status = fault.status_code
    retryable = status in _TRANSIENT and not isinstance(fault, faults.ModelQuotaExceededError)
    return RequestFailed(
        f"{name}: refused with status {status}: {_detail(_said(fault))}. {_cure(fault, name, url)}",
        retryable=retryable,
        status=status,
    )


def _cure(fault: faults.ModelHTTPError, name: str, url: str | None) -> str:
    if isinstance(fault, faults.ModelQuotaExceededError):
        return "The account has no credit left; top it up or name another model."
    if isinstance(fault, faults.ModelContextWindowExceededError):
        return "The request is too long for this model; shorten it or name a model with a larger context."
    if fault.status_code in {401, 403}:
        return f"Set {key_variable(name)} to a key that may use this model."
    if fault.status_code == 404:
        meant = f" Did you mean {fault.suggested_model_id!r}?" if fault.suggested_model_id else ""
        return f"Look at the model's name, and whether {without_password(url)} is the right address.{meant}"
    if fault.status_code in _TRANSIENT:
        return "The provider is busy or broken; ask again later or name another model."
    return "The provider does not accept this request as it is."


def key_variable(name: str) -> str:
    """Return the environment variable that usually holds the key for a model string."""
    family = name.partition(":")[0].removesuffix("-chat").removesuffix("-responses")
    return f"{family.upper().replace('-', '_')}_API_KEY"


def _how_to_reach(name: str) -> str:
    if name.startswith("ollama:"):
        return "Start it with `ollama serve`, or say where it is in $OLLAMA_HOST."
    return "Look at the network, or at the base URL if you set one."


def _said(fault: faults.ModelHTTPError) -> str:
    body = fault.body
    if isinstance(body, dict):
        inner = body.get("error", body)
        body = inner.get("message", inner) if isinstance(inner, dict) else inner
    return str(body or "no reason given")


def _detail(text: str) -> str:
    text = " ".join(without_secrets(text).split()).rstrip(".")
    return text if len(text) <= _LONGEST_DETAIL else text[:_LONGEST_DETAIL] + "..."
