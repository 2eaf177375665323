"""The border of a graph that is run by itself: the step that asks what the graph promises of what it gives."""

from __future__ import annotations

import inspect
from functools import cached_property
from typing import Any

from lift_sys.define.constraint import Constraint
from lift_sys.define.graph import Graph
from lift_sys.define.node_interface import Node
from lift_sys.define.policy import NodeOptions
from lift_sys.define.predicate_leaves import RESULT
from lift_sys.define.shape import NO_DEFAULT, Parameter, Shape

__all__ = ["Border"]


class Border(Node[..., Any]):
    """Takes what a graph took and made, and gives what it made; what the graph's constraints ask is asked of both.

    To it the graph's result is an input: so what the graph promises is asked before it gives anything.
    """

    def __init__(self, graph: Graph[..., Any]) -> None:
        super().__init__(_made, NodeOptions(name=graph.name))
        self.of = graph
        self.__module__, self.__qualname__ = graph.__module__, graph.__qualname__

    @cached_property
    def takes(self) -> tuple[int, ...]:
        """The positions of the graph's parameters that it is given, before what the graph made."""
        return tuple(k for k, p in enumerate(self.of.shape.parameters) if p.name != RESULT)

    @cached_property
    def shape(self) -> Shape:
        """The graph's parameters and its result, all of them given by position."""
        known = [self.of.shape.parameters[k] for k in self.takes]
        taken = [*((p.name, p.type) for p in known), (RESULT, self.of.shape.result)]
        ordered = inspect.Parameter.POSITIONAL_OR_KEYWORD
        signature = inspect.Signature([inspect.Parameter(name, ordered) for name, _ in taken])
        parameters = tuple(Parameter(name, declared, NO_DEFAULT) for name, declared in taken)
        return Shape(parameters, self.of.shape.result, signature, len(taken), len(taken))

    @property
    def place(self) -> str:
        """Where the graph is written."""
        return self.of.place

    @cached_property
    def own_constraints(self) -> tuple[Constraint, ...]:
        """What is said of the graph."""
        return self.of.own_constraints

    @cached_property
    def asked(self) -> tuple[Constraint, ...]:
        """What the graph promises of its result."""
        return tuple(c for c in self.of.asked_of_run if RESULT in c.ports(self.shape))


async def _made(*values: Any) -> Any:
    return values[-1]
