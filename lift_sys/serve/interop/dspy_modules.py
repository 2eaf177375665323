"""dspy: a module as a node, and a graph as a module whose prompts an optimiser can see."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from functools import partial
from typing import Any, ParamSpec, TypeVar, get_type_hints

from lift_sys.define import Fill, Graph, Hole, Node, RunContext
from lift_sys.engine import Engine, default_engine
from lift_sys.errors import DefinitionError, InvalidValue
from lift_sys.execute import misfit
from lift_sys.providers import dspy_lm
from lift_sys.serve.interop.crossing import node_like

__all__ = ["as_module", "from_module"]

P = ParamSpec("P")
R = TypeVar("R")
_WORKINGS = frozenset({"reasoning", "rationale", "trajectory"})
_parts: ContextVar[Mapping[str, Any]] = ContextVar("lift_sys_predictors")


# --- a module as a node -----------------------------------------------------------------------------------------------


def from_module(
    module: Any, *, model: str | None = None, field: str = "", **options: Any
) -> Callable[[Callable[P, Awaitable[R]]], Node[P, R]]:
    """Make a node of a dspy program; the function below it says parameters and result, and is never run.

        @from_module(dspy.ChainOfThought("question -> answer"))
        async def answer(question: str) -> str: ...

    The result is the program's only output beside its reasoning, or `field`; a model, dataclass or TypedDict is made of
    the outputs of its fields' names. `model` names a provider of the engine; without it dspy's own setting is used
    where there is one, else the engine's default. `options` are a node's.
    """

    def made(fn: Callable[P, Awaitable[R]]) -> Node[P, R]:
        # names around a function inside a function, so that its annotations can be resolved
        around = dict(sys._getframe(1).f_locals) if "<locals>" in fn.__qualname__ else {}
        shape = Node(fn, around=around).shape

        async def ask(ctx: RunContext[Any], *args: Any, **kwargs: Any) -> Any:
            prediction = await _predicted(module, model, ctx, shape.ports(args, kwargs))
            return _result_of(prediction, shape.result, field, fn.__name__)

        doc = inspect.getdoc(fn) or f"Ask the dspy program {type(module).__name__}."
        asking: Any = node_like(ask, shape.parameters, shape.result, name=fn.__name__, doc=doc, **options)
        return asking  # type: ignore[no-any-return]  # the function said P and R

    return made


async def _predicted(module: Any, model: str | None, ctx: RunContext[Any], given: Mapping[str, Any]) -> Any:
    import dspy

    call = module.acall if callable(getattr(module, "aforward", None)) else dspy.asyncify(module)
    settings: dict[str, Any] = {"track_usage": True}
    if model is not None or dspy.settings.lm is None:
        settings["lm"] = dspy_lm(ctx.providers.open(model))
    with dspy.context(**settings):
        prediction = await call(**given)
    ctx.emit("model.answered", module=type(module).__name__, usage=prediction.get_lm_usage() or {})
    return prediction


def _result_of(prediction: Any, declared: Any, field: str, name: str) -> Any:
    outputs = dict(prediction.items())
    fields = _fields_of(declared)
    if field:
        value = outputs[field] if field in outputs else _refuse(name, field, outputs)
    elif fields and fields <= outputs.keys():
        value = {key: outputs[key] for key in fields}
    else:
        said = [key for key in outputs if key not in _WORKINGS]
        value = outputs[said[0]] if len(said) == 1 else _refuse(name, "", outputs)
    value, wrong = misfit(value, declared, strict=False)
    if wrong is not None:
        raise InvalidValue(f"{name}: the dspy program gave {value!r:.120}: {wrong}")
    return value


def _refuse(name: str, field: str, outputs: Mapping[str, Any]) -> Any:
    asked = f"no output {field!r}" if field else "more than one output"
    raise DefinitionError(
        f"{name}: the dspy program gave {asked}; it gave {', '.join(outputs)}. Choose one by "
        f"from_module(..., field=...), or let {name} return a class with these fields"
    )


def _fields_of(declared: Any) -> set[str]:
    """Return the fields of a record type: a pydantic model, dataclass or TypedDict."""
    return (
        set(get_type_hints(declared)) if isinstance(declared, type) and "__annotations__" in vars(declared) else set()
    )


# --- a graph as a module ----------------------------------------------------------------------------------------------


def as_module(graph: Graph[..., Any], *, engine: Engine | None = None, field: str = "result") -> Any:
    """Return a graph as a `dspy.Module`; its inputs are the graph's, its output is `field`.

    A result that is a model, dataclass or dict gives one output for each of its fields. Each prompt of the graph is a
    `dspy.Predict` in `module.parts`, so that optimisers find and change it; dspy's own model setting answers it.
    Modules run in async programs and in dspy's threads alike.
    """
    import dspy

    prompts = {node.name: node for node in graph.nodes.values() if isinstance(node, Hole) and _is_prompt(node)}
    # what a prompt is called elsewhere is still that prompt
    standing = {hole._replaces: _by_predictor(hole) for hole in prompts.values()}
    filled = graph.with_fills(*standing.values())

    class GraphModule(dspy.Module):  # type: ignore[misc]  # dspy has no types
        # the graph stands in the class: optimisers copy instances, and nodes are known by identity

        def __init__(self) -> None:
            super().__init__()
            self.parts = {name: dspy.Predict(_signature_of(hole)) for name, hole in prompts.items()}

        async def aforward(self, **inputs: Any) -> Any:
            token = _parts.set(self.parts)
            try:
                run = await (engine or default_engine()).run(filled, **inputs)
            finally:
                _parts.reset(token)
            return dspy.Prediction(**_outputs_of(run.value, field))

        def forward(self, **inputs: Any) -> Any:
            from anyio.from_thread import start_blocking_portal

            # a loop of its own: dspy calls this side from worker threads, and from inside running loops
            with start_blocking_portal() as portal:
                return portal.call(partial(self.aforward, **inputs))

    GraphModule.__name__ = GraphModule.__qualname__ = graph.name
    return GraphModule()


def _is_prompt(hole: Hole[..., Any]) -> bool:
    return hole.default_fill is not None and hole.default_fill.kind == "model"


def _signature_of(hole: Hole[..., Any]) -> Any:
    import dspy

    fields: dict[str, Any] = {p.name: (p.type, dspy.InputField()) for p in hole.shape.parameters}
    fields["answer"] = (hole.shape.result, dspy.OutputField())
    return dspy.Signature(fields, inspect.cleandoc(hole.fn.__doc__ or hole.name), hole.name)


def _by_predictor(hole: Hole[..., Any]) -> Fill:
    """Return a fill that asks the predictor of the module that is running."""
    name, shape = hole.name, hole.shape

    async def asked(*args: Any, **kwargs: Any) -> Any:
        prediction = await _parts.get()[name].acall(**shape.ports(args, kwargs))
        return prediction.answer

    return hole.fill(asked, name=f"dspy.Predict of {name}")


def _outputs_of(value: Any, field: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return {str(key): part for key, part in value.items()}
    fields = _fields_of(type(value))
    return {key: getattr(value, key) for key in fields} if fields else {field: value}
