"""One way to the model for every step: asked, and told in the run's events."""

from __future__ import annotations

from lift_sys.define import RunContext
from lift_sys.pipeline.pool import Tools
from lift_sys.providers import ModelAnswer, ModelRequest

__all__ = ["ask_model"]


async def ask_model(ctx: RunContext[Tools], request: ModelRequest, way: str) -> ModelAnswer:
    """Return the model's answer; the run's events say who was asked for what, and what it took."""
    adapter = ctx.deps.adapter
    ctx.emit("model.requested", model=adapter.name, way=way, n=request.n)
    answer = await adapter.ask(request)
    usage = answer.usage
    ctx.emit(
        "model.answered",
        model=answer.model,
        route=answer.route,
        requests=usage.requests,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cost=usage.cost,
    )
    return answer
