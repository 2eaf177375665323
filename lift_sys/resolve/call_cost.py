"""What one call may take, from its node, what stands in it, and its policy; nothing is run."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lift_sys.define import Fill, Graph, Hole, Node, NodeOptions, Retry, named_nodes
from lift_sys.providers import ANSWER_ATTEMPTS
from lift_sys.resolve.interval import Interval

__all__ = ["CallCosts", "Experience", "Price", "Use", "name_of_call"]


@dataclass(frozen=True, slots=True)
class Price:
    """What a token of a model costs, in US dollars: the least and the most, whatever kind of token it is."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Use:
    """What is taken: model requests, tokens, money, seconds until the end, and seconds in which bodies run."""

    requests: Interval = field(default_factory=Interval)
    tokens: Interval = field(default_factory=Interval)
    cost: Interval = field(default_factory=Interval)
    latency: Interval = field(default_factory=Interval)
    work: Interval = field(default_factory=Interval)

    @staticmethod
    def open(name: str) -> Use:
        """Return what nothing is known of, because of a name."""
        nothing = Interval.open(name)
        return Use(nothing, nothing, nothing, nothing, nothing)

    def map(self, change: Callable[[Interval], Interval]) -> Use:
        """Return it with every part changed."""
        return Use(
            change(self.requests), change(self.tokens), change(self.cost), change(self.latency), change(self.work)
        )

    def then(self, other: Use) -> Use:
        """Return one after the other."""
        return Use(
            self.requests + other.requests,
            self.tokens + other.tokens,
            self.cost + other.cost,
            self.latency + other.latency,
            self.work + other.work,
        )

    def hull(self, other: Use) -> Use:
        """Return one or the other."""
        return Use(
            self.requests.hull(other.requests),
            self.tokens.hull(other.tokens),
            self.cost.hull(other.cost),
            self.latency.hull(other.latency),
            self.work.hull(other.work),
        )

    def within(self, seconds: float | None) -> Use:
        """Return it under a time limit."""
        if seconds is None:
            return self
        return replace(self, latency=self.latency.at_most(seconds), work=self.work.at_most(seconds))

    def to_json(self) -> dict[str, Any]:
        """Return the four intervals that a person asks for."""
        return {**self.spent(), "latency": self.latency.to_json()}

    def spent(self) -> dict[str, Any]:
        """Return the intervals of what adds up, however much runs at once."""
        said = {"requests": self.requests, "tokens": self.tokens, "cost": self.cost}
        return {name: interval.to_json() for name, interval in said.items()}


@dataclass(frozen=True, slots=True)
class Experience:
    """What past runs took, in the place of what a plan cannot know: by `name_of_call`, and items of maps by path."""

    uses: Mapping[str, Use] = field(default_factory=dict)
    items: Mapping[str, Interval] = field(default_factory=dict)


def name_of_call(label: str, kind: str = "", fill: str = "") -> str:
    """Return the name under which calls of a node are measured: with what stands in it, as that is what takes time."""
    return f"{label} ({kind} {fill}".rstrip() + ")" if kind else label


class CallCosts:
    """Says what calls may take. `of_graph` is asked for a graph that is called as a whole; `prices` are by model.

    `dearest` is the most that a token of any model costs that was met so far; infinite where a price is not known.
    """

    def __init__(
        self, of_graph: Callable[[Graph[..., Any]], Use], prices: Mapping[str, Price], default_model: str
    ) -> None:
        self._of_graph = of_graph
        self._prices = prices
        self._default = default_model
        self.dearest = 0.0

    def of_call(self, node: Node[..., Any], fill: Fill | None) -> Use:
        """Return what one call of a node takes under its policy, with what stands in its hole."""
        options = node.options
        if fill is not None and isinstance(fill.by, Node) and not fill.by.options.is_plain:
            options = fill.by.options
        body = fill.by if fill is not None and isinstance(fill.by, Node) else node
        # a plain function is not stopped by a time limit, in a thread or out of it
        timeout = options.timeout if body.threading == "async" else None
        return self._under(options, self._body(node, fill).within(timeout))

    def _under(self, options: NodeOptions, use: Use) -> Use:
        """Apply a policy, but for the time limit, in the order in which it is compiled around a body."""
        if options.retry is not None:
            use = _tried_again(use, options.retry)
        for other in options.fallback:
            # what came before may have failed before it asked anything
            least = use.hull(self.of_call(other, None))
            use = use.then(self.of_call(other, None))
            use = Use(*(_from(low, high) for low, high in zip(_parts(least), _parts(use), strict=True)))
        if options.cache is not None:
            use = use.map(Interval.or_nothing)
        return use

    def _body(self, node: Node[..., Any], fill: Fill | None) -> Use:
        if fill is None and isinstance(node, Hole):
            # a prompt that is fallen back on, or stands in another hole
            asked = node.default_fill
            return self._open(f"{node.name} is an open hole") if asked is None else self._body(node, asked)
        if fill is None:
            return self._own(node)
        if fill.kind == "deferred":
            return Use()
        if fill.kind == "model":
            return self._of_model(node, fill)
        if fill.kind == "person":
            return self._open(f"{node.name} waits for a person")
        standing: Any = fill.by
        return (
            self._body(standing, None)
            if isinstance(standing, Node)
            else self._of_code(standing, fill.name, context=False)
        )

    def _open(self, name: str) -> Use:
        self.dearest = math.inf
        return Use.open(name)

    def _own(self, node: Node[..., Any]) -> Use:
        if isinstance(node, Graph):
            return self._of_graph(node)
        return self._of_code(node.fn, node.name, context=node.takes_context)

    def _of_code(self, fn: Any, name: str, *, context: bool) -> Use:
        """Return what a body takes: one that names no node, and is given no providers, asks no model."""
        seconds = Interval.open(f"how long {name} takes")
        if not context and not _may_ask(fn):
            return Use(latency=seconds, work=seconds)
        calls = Interval.open(f"what the body of {name} calls")
        self.dearest = math.inf
        return Use(calls, calls, calls, seconds, seconds)

    def _of_model(self, node: Node[..., Any], fill: Fill) -> Use:
        """Return what an answer takes: a request, and more as long as the answer does not fit."""
        tokens = Interval.open(f"the tokens of {node.name}")
        named: Any = fill.by
        price = self._prices.get(named or self._default)
        cost = Interval.open(f"the price of {named or self._default}")
        if price is not None:
            cost = tokens.times(Interval(price.low, price.high))
        self.dearest = max(self.dearest, math.inf if price is None else price.high)
        seconds = Interval.open(f"how long {node.name} takes")
        return Use(Interval(1, ANSWER_ATTEMPTS), tokens, cost, seconds, seconds)


def _may_ask(fn: Any) -> bool:
    """Whether a body names a node that may ask a model, at any depth."""
    seen: set[Node[..., Any]] = set()
    todo = [*named_nodes(fn)]
    while todo:
        node = todo.pop()
        if node._replaces in seen:
            continue
        seen.add(node._replaces)
        if node.takes_context or isinstance(node, Hole):
            return True
        todo += [*node.nodes.values()] if isinstance(node, Graph) else [*named_nodes(node.fn)]
    return False


def _tried_again(use: Use, retry: Retry) -> Use:
    most = Interval(1, retry.attempts)
    waits = sum(min(retry.most, retry.base * 2.0**k) for k in range(retry.attempts - 1))
    again = use.map(lambda part: part.times(most))
    return replace(again, latency=again.latency + Interval(0, waits), work=again.work + Interval(0, waits))


def _from(low: Interval, high: Interval) -> Interval:
    return Interval(low.low, high.high, high.unknown)


def _parts(use: Use) -> tuple[Interval, ...]:
    return use.requests, use.tokens, use.cost, use.latency, use.work
