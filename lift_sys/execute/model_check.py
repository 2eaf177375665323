"""Models that cannot be asked are told before a node runs, not by the step that would have asked them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lift_sys.define import Fill, Hole, Node
from lift_sys.errors import DefinitionError, Diagnostic, FillRefused, ProviderUnavailable, UnknownModel
from lift_sys.providers import Providers
from lift_sys.resolve import Template

__all__ = ["refuse_missing_model", "refuse_missing_models"]

_OFFERED = re.compile(r"Did you mean ([^\s,?]+)[^?]*\?\s*")
_TO_DO = re.compile(r"(?<=[.!?]) (?=(?:Set|Install|Run|Did|Models|Write) )")


def refuse_missing_models(template: Template, providers: Providers) -> None:
    """Raise DefinitionError for every model of a plan that nobody knows, or that a step is sure to ask in vain.

    A step in a branch, map or loop may never ask its model, so there only a name that means nothing is a fault; a step
    with a fallback has an answer of its own.
    """
    found = dict.fromkeys(_missing(template, providers, sure=True))
    if found:
        raise DefinitionError(diagnostics=tuple(found))


def refuse_missing_model(fills: Sequence[Fill], providers: Providers) -> None:
    """Raise FillRefused for every fill by a model that nobody can ask; the run that it is offered to is as it was."""
    asked = [_asked_by(fill.hole, fill) for fill in fills]
    found = dict.fromkeys(
        d for node, fill in asked if fill is not None for d in _fault(node, fill, providers, sure=True)
    )
    if found:
        raise FillRefused(diagnostics=tuple(found))


def _missing(template: Template, providers: Providers, *, sure: bool) -> Iterator[Diagnostic]:
    for local, detail in template.details.items():
        node, fill = template.node_at(local), detail.fill
        if fill is not None and node is not None and not node.options.fallback:
            asking, asked = _asked_by(node, fill)
            yield from _fault(asking, asked, providers, sure=sure) if asked is not None else ()
        for body in detail.bodies:
            yield from _missing(body, providers, sure=False)


def _asked_by(node: Node[..., Any], fill: Fill) -> tuple[Node[..., Any], Fill | None]:
    """Return who asks a model, the hole or a prompt that stands in it, and how; None where nobody does."""
    if isinstance(fill.by, Hole):
        return fill.by, fill.by.default_fill
    return node, fill if fill.kind == "model" else None


def _fault(node: Node[..., Any], fill: Fill, providers: Providers, *, sure: bool) -> Iterator[Diagnostic]:
    model: Any = fill.by
    try:
        providers.open(model)
    except UnknownModel as error:
        yield _said("LS601", node, fill, str(error))
    except ProviderUnavailable as error:
        if sure:
            yield _said("LS602", node, fill, str(error))


def _said(code: str, node: Node[..., Any], fill: Fill, words: str) -> Diagnostic:
    message, *rest = _TO_DO.split(words, maxsplit=1)
    offered = _OFFERED.search(words)
    cure = f'write `model="{offered[1]}"`; ' if offered else ""
    to_do = _OFFERED.sub("", rest[0] if rest else "`lift-sys doctor` shows which models can be asked here").rstrip(".")
    shown = f"`model={fill.by!r}`" if fill.by else "the default model"
    return Diagnostic(code, f"{fill.place} {node.name}", f"{node.name} asks {shown}: {message}", cure + to_do)
