"""One way to the model for every step: asked, and told in the run's events."""

from __future__ import annotations

from dataclasses import asdict

from lift_sys.define import RunContext
from lift_sys.pipeline.pool import Tools
from lift_sys.providers import ModelAnswer, ModelRequest

__all__ = ["ask_model"]


async def ask_model(ctx: RunContext[Tools], request: ModelRequest, way: str) -> ModelAnswer:
    """Return the model's answer; the run's events say what was asked in which way, what came, and what it took."""
    adapter = ctx.deps.adapter
    ctx.emit(
        "model.requested",
        prompt=way,
        model=adapter.name,
        n=request.n,
        messages=[asdict(message) for message in request.messages],
        prefix=request.prefix,
    )
    answer = await adapter.ask(request)
    ctx.emit(
        "model.answered",
        prompt=way,
        model=answer.model,
        route=answer.route,
        usage=asdict(answer.usage),
        texts=answer.texts,
        finish=answer.finish,
    )
    return answer
