"""From a model string to the adapter behind it."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import anyio

from lift_sys.errors import DefinitionError, UnknownModel
from lift_sys.providers.local_weights import local_status
from lift_sys.providers.provider_adapter import ModelInfo, ProviderAdapter

__all__ = ["Providers"]

MODEL_VARIABLE = "LIFT_SYS_MODEL"
_FORMS = ["local", "openai:NAME", "anthropic:NAME", "ollama:NAME", "replay:FILE", "record:FILE+MODEL", "scripted:FILE"]
# Family, variables that may hold its key, the module of its client library.
_KEYED = (
    ("openai", ("OPENAI_API_KEY",), "openai"),
    ("anthropic", ("ANTHROPIC_API_KEY",), "anthropic"),
    ("google", ("GOOGLE_API_KEY", "GEMINI_API_KEY"), "google.genai"),
    ("groq", ("GROQ_API_KEY",), "groq"),
    ("mistral", ("MISTRAL_API_KEY",), "mistralai"),
    ("openrouter", ("OPENROUTER_API_KEY",), "openai"),
    ("deepseek", ("DEEPSEEK_API_KEY",), "openai"),
)


class Providers:
    """Opens adapters by model string, each once, and closes them together.

    `given` adds names or stands in for known ones (`{"local": ["yes", "no"]}`): an adapter, a pydantic-ai model, a
    sequence of answers, a function of the request, or another model string.
    """

    def __init__(self, given: Mapping[str, Any] | None = None) -> None:
        self._given = dict(given or {})
        self._open: dict[str, ProviderAdapter] = {}
        # Given names that are being opened: inside `{"local": "record:FILE+local"}` the second `local` is the real one.
        self._resolving: set[str] = set()

    def open(self, name: str | None = None) -> ProviderAdapter:
        """Return the adapter of that name; None means `$LIFT_SYS_MODEL`, else the embedded model.

        Names: `local`, `openai:NAME`, `anthropic:NAME`, `ollama:NAME` and every other `family:NAME` of pydantic-ai
        (with OPENAI_BASE_URL elsewhere than at OpenAI, `openai:` speaks chat completions), `replay:FILE`,
        `record:FILE+MODEL`, `scripted:FILE`, and what was given.
        """
        name = name or os.environ.get(MODEL_VARIABLE) or "local"
        if name not in self._open:
            self._open[name] = self._make(name)
        return self._open[name]

    def known(self) -> Sequence[ModelInfo]:
        """Return what can be named here: given names, the embedded model, and the families with and without a key."""
        local = local_status()
        about = local.problem or (
            f"SmolLM2-135M-Instruct in this process (xllamacpp {local.runtime}); no key, no network; "
            "for first light and tests, work wants a larger model"
        )
        return [
            *(ModelInfo(name, True, f"given: {type(value).__name__}") for name, value in self._given.items()),
            ModelInfo("local", local.ready, about),
            *(_family_info(*row) for row in _KEYED),
        ]

    async def aclose(self) -> None:
        """Close every adapter that was opened, all of them even if one fails."""
        adapters, self._open = list(self._open.values()), {}
        faults = []
        with anyio.CancelScope(shield=True):
            for adapter in adapters:
                try:
                    await adapter.aclose()
                except Exception as fault:  # noqa: BLE001 - one that cannot close must not keep the others open
                    faults.append(fault)
        if faults:
            raise faults[0]

    def _make(self, name: str) -> ProviderAdapter:
        if name in self._given and name not in self._resolving:
            self._resolving.add(name)
            try:
                return self._from_given(name, self._given[name])
            finally:
                self._resolving.discard(name)
        if name == "local":
            from lift_sys.providers.local import LocalAdapter

            return LocalAdapter()
        family, colon, rest = name.partition(":")
        if colon and rest:
            by_file: dict[str, Callable[[str], ProviderAdapter]] = {
                "scripted": _open_script,
                "replay": _open_replay,
                "record": self._open_record,
            }
            if family in by_file:
                return by_file[family](rest)
            from lift_sys.providers.model_strings import open_model

            if (adapter := open_model(name)) is not None:
                return adapter
        raise UnknownModel(self._unknown(name))

    def _from_given(self, name: str, value: Any) -> ProviderAdapter:
        if isinstance(value, str):
            return self.open(value)
        if callable(getattr(value, "ask", None)) and callable(getattr(value, "aclose", None)):
            return cast("ProviderAdapter", value)
        if "pydantic_ai.models" in sys.modules:
            from lift_sys.providers.model_strings import open_given_model

            if (adapter := open_given_model(name, value)) is not None:
                return adapter
        if callable(value) or isinstance(value, Sequence):
            from lift_sys.providers.scripted import ScriptedAdapter

            return ScriptedAdapter(value, name=name)
        raise DefinitionError(
            f"providers[{name!r}] is {value!r}; give an adapter, a pydantic-ai model, a model string, "
            "a sequence of answers or a function of the request."
        )

    def _open_record(self, rest: str) -> ProviderAdapter:
        from lift_sys.providers.replay import RecordAdapter

        # Both a file and a model may have a plus sign in their name; a model that can be named decides.
        for at in (at for at, letter in enumerate(rest) if letter == "+" and at):
            model = rest[at + 1 :]
            if model in self._given or model == "local" or ":" in model:
                return RecordAdapter(Path(rest[:at]), self.open(model))
        raise UnknownModel(
            f"record:{rest} does not say which model to record; write record:FILE+MODEL, "
            "for example record:answers.jsonl+local."
        )

    def _unknown(self, name: str) -> str:
        from lift_sys.providers.model_strings import near_names

        near = near_names(name, ["local", *self._given])
        meant = f" Did you mean {' or '.join(near)}?" if near else ""
        return f"There is no model {name!r}.{meant} Models are named {', '.join(_FORMS)}."


def _open_script(rest: str) -> ProviderAdapter:
    from lift_sys.providers.scripted import ScriptedAdapter, read_script

    return ScriptedAdapter(read_script(Path(rest)), name=f"scripted:{rest}")


def _open_replay(rest: str) -> ProviderAdapter:
    from lift_sys.providers.replay import Recording, ReplayAdapter

    return ReplayAdapter(Recording.read(Path(rest)))


def _family_info(family: str, variables: Sequence[str], module: str) -> ModelInfo:
    if not any(os.environ.get(variable) for variable in variables):
        return ModelInfo(f"{family}:NAME", False, f"no key; set {' or '.join(variables)}")
    if not _is_installed(module):
        return ModelInfo(f"{family}:NAME", False, f'key is set; pip install "pydantic-ai-slim[{family}]"')
    return ModelInfo(f"{family}:NAME", True, "key is set")


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
