"""Holes that models fill: the signature and docstring of the hole are the prompt."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from lift_sys.define import Fill, Node
from lift_sys.execute.execution_context import StepScope
from lift_sys.providers import PromptParameter, PromptSpec, Providers, answer_prompt

__all__ = ["ModelAnswers"]

# what an answer is reserved at when nothing is said of max_tokens
_MOST_TOKENS = 1024


class ModelAnswers:
    """Asks a provider for the answer of a hole: its signature and docstring are the prompt."""

    def __init__(self, providers: Providers) -> None:
        self._providers = providers

    async def answer(self, hole: Node[..., Any], fill: Fill, inputs: Mapping[str, Any], scope: StepScope, /) -> Any:
        """Return the validated answer; ProviderError when there is none."""
        spec = PromptSpec(
            name=hole.name,
            instructions=inspect.cleandoc(hole.fn.__doc__ or hole.name),
            parameters=tuple(PromptParameter(p.name, p.type) for p in hole.shape.parameters),
            result=hole.shape.result,
        )
        model: Any = fill.by
        adapter = self._providers.open(model)
        ledger = scope.executor.ledgers.over(scope.executor.state, scope.gid)
        most = int(fill.settings.get("max_tokens") or _MOST_TOKENS)
        reserved = 0

        def account(kind: str, data: Mapping[str, Any]) -> None:
            nonlocal reserved
            if kind == "model.requested":
                wanted = most + sum(len(message["text"]) for message in data["messages"]) // 3
                ledger.reserve(wanted)
                reserved = wanted
            elif kind == "model.answered":
                ledger.settle(reserved, data["usage"])
                reserved = 0
            scope.emit(kind, data)

        try:
            answer = await answer_prompt(adapter, spec, inputs, settings=fill.settings, on_event=account)
        finally:
            # a request that failed or was cancelled has used nothing that is known
            ledger.settle(reserved, {})
        return answer.value
