"""What a run may take, said before it: intervals of requests, tokens, money and seconds, from the plan alone.

The intervals hold for a run that completes; one that fails, waits or is stopped takes no more than the most. Bodies
run beside each other, so requests, tokens and money add up over all steps, and seconds along the longest path. Where
more bodies can be ready than may run at once, what they wait for each other is at most all their work, divided by how
many run: while a step of the longest path waits, so many others run.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lift_sys.define import Border, Budget, Fill, Graph, Node
from lift_sys.resolve.call_cost import CallCosts, Experience, Price, Use, name_of_call
from lift_sys.resolve.dependency_resolver import template_of_graph
from lift_sys.resolve.interval import Interval
from lift_sys.resolve.known_values import is_true, known_values, number_of_items
from lift_sys.resolve.plan import UNSET, Detail, Kind, Template

__all__ = ["BudgetConflict", "GraphCost", "StepCost", "budget_conflicts", "cost_of"]

_ONCE = Interval.exactly(1)
Parts = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class StepCost:
    """What one step adds: `each` is of one call, `times` how often it is called, `total` both together."""

    path: str
    node: str
    times: Interval
    each: Use

    @property
    def total(self) -> Use:
        """What all its calls take together."""
        return self.each.map(lambda part: part.times(self.times))


@dataclass(frozen=True, slots=True)
class GraphCost:
    """What a graph may take: `total` is within its budget, `unbounded` what its steps would take without one.

    `holes` are the open ones by path: a run ends incomplete there. `least` are the steps that surely ask a model, each
    with how often.
    """

    graph: str
    total: Use
    unbounded: Use
    steps: Sequence[StepCost]
    holes: Sequence[str]
    least: Parts


@dataclass(frozen=True, slots=True)
class BudgetConflict:
    """A budget that no run can keep: at least `least` of `what` is needed, `allowed` is given; `parts` say by whom."""

    what: str
    least: float
    allowed: float
    parts: Parts = ()

    def __str__(self) -> str:
        needed = ", ".join(f"{path} takes {count:g}" for path, count in self.parts)
        said = f"{self.what}: a run takes at least {self.least:g}, and the budget allows {self.allowed:g}"
        return f"{said} ({needed})" if needed else said


def cost_of(
    graph: Graph[..., Any],
    given: Mapping[str, Any] | None = None,
    *,
    concurrency: float = 64,
    prices: Mapping[str, Price] | None = None,
    default_model: str = "",
    experience: Experience | None = None,
) -> GraphCost:
    """Return what a run of a graph may take; `given` are those of its inputs that are known.

    With `experience`, what past runs took stands in the place of what is certain: then nothing of it is.
    """
    fills = {fill.hole: fill for fill in graph.fills}
    walk = _Walk(concurrency, prices or {}, default_model, fills, experience or Experience())
    template = template_of_graph(graph, {})
    names = [p.name for p in graph.shape.parameters]
    values = {k: (given or {})[name] for name, k in zip(names, template.params, strict=True) if name in (given or {})}
    found = walk.of_template(template, graph.name, _ONCE, values)
    use = walk.in_time(found.use)
    return GraphCost(
        graph.name, within(use, graph.budget, walk.dearest), use, tuple(walk.steps), tuple(walk.holes), found.least
    )


def within(use: Use, budget: Budget | None, dearest: float) -> Use:
    """Return what is taken under a budget, where a token costs `dearest` at most.

    Tokens and money are looked at before each request, so the last answers may pass what is said here.
    """
    if budget is None:
        return use
    requests = use.requests.at_most(budget.requests)
    if requests.high == 0:
        return replace(use, requests=requests, tokens=Interval(), cost=Interval())
    tokens = use.tokens.at_most(budget.tokens)
    priced = tokens.high * dearest if tokens.high < math.inf else math.inf
    return Use(
        requests,
        tokens,
        use.cost.at_most(priced).at_most(budget.cost),
        use.latency.at_most(budget.seconds),
        use.work,
    )


def budget_conflicts(cost: GraphCost, budget: Budget | None) -> Sequence[BudgetConflict]:
    """Return what of a budget no run can keep; empty where one may."""
    if budget is None:
        return ()
    needs = (
        ("requests", cost.unbounded.requests, budget.requests, cost.least),
        ("tokens", cost.unbounded.tokens, budget.tokens, ()),
        ("dollars", cost.unbounded.cost, budget.cost, ()),
        ("seconds", cost.unbounded.latency, budget.seconds, ()),
    )
    return tuple(
        BudgetConflict(what, need.low, allowed, parts)
        for what, need, allowed, parts in needs
        if allowed is not None and need.low > allowed
    )


@dataclass(frozen=True, slots=True)
class _Found:
    """What a template takes from its opening to its end, and its steps that surely ask a model."""

    use: Use = field(default_factory=Use)
    least: Parts = ()

    def beside(self, others: Iterable[_Found]) -> _Found:
        """Return it with others added, but for the seconds until the end."""
        found, least = self.use, list(self.least)
        for other in others:
            found = replace(found.then(other.use), latency=found.latency)
            least += other.least
        return _Found(found, tuple(least))


class _Walk:
    """Walks templates, and collects their steps and holes on the way."""

    def __init__(
        self,
        concurrency: float,
        prices: Mapping[str, Price],
        default_model: str,
        fills: Mapping[Node[..., Any], Fill],
        experience: Experience,
    ) -> None:
        self.steps: list[StepCost] = []
        self.holes: list[str] = []
        self._at_once = concurrency
        self._bodies = self._inner = Interval()
        self._costs = CallCosts(self._of_called_graph, prices, default_model)
        self._fills = fills
        self._experience = experience
        self._args = (concurrency, prices, default_model, fills, experience)

    @property
    def dearest(self) -> float:
        """The most that a token costs of any model that is asked."""
        return self._costs.dearest

    def in_time(self, use: Use) -> Use:
        """Return it with what bodies wait for each other, where more can be ready than may run."""
        if self._bodies.high <= self._at_once:
            return use
        waits = Interval(0, use.work.high / self._at_once if use.work.high < math.inf else math.inf, use.work.unknown)
        return replace(use, latency=use.latency + waits)

    def _of_called_graph(self, graph: Graph[..., Any]) -> Use:
        """Return what a graph takes that is called as a whole; its own seconds are counted apart."""
        inner = _Walk(*self._args)
        found = inner.of_template(template_of_graph(graph, self._fills), graph.name, _ONCE, {})
        self._inner += inner._bodies
        self._at_once = min(self._at_once, inner._at_once)
        self._costs.dearest = max(self._costs.dearest, inner.dearest)
        self.holes += inner.holes
        return found.use.within(graph.budget.seconds if graph.budget is not None else None)

    def of_template(self, template: Template, label: str, times: Interval, given: Mapping[int, Any]) -> _Found:
        """Return what one instance takes; `times` says how many there are, `given` what is known of its inputs."""
        values = known_values(template, given)
        counts: dict[int, Interval] = {}
        ends: list[Interval] = []
        parts: list[_Found] = []
        for local in range(template.size):
            detail = template.details.get(local) or Detail()
            waits = [ends[slot] for slot in (*template.slots[local], *(detail.elements or ()))]
            waits += [ends[outer] for body in detail.bodies for outer, _ in body.imports]
            if detail.follows >= 0:
                waits.append(ends[detail.follows])
            begins = Interval()
            for wait in waits:
                begins = begins.longer(wait)
            found = self._of_step(template, local, label, times, values, counts)
            ends.append(begins + found.use.latency)
            parts.append(found)
        ended = Interval()
        for end in ends:
            ended = ended.longer(end)
        whole = _Found().beside(parts)
        return replace(whole, use=replace(whole.use, latency=ended))

    def _of_step(
        self,
        template: Template,
        local: int,
        label: str,
        times: Interval,
        values: Mapping[int, Any],
        counts: dict[int, Interval],
    ) -> _Found:
        kind, tail = template.kinds[local], template.path_at(local)
        path = f"{label}/{tail}" if tail else label
        detail = template.details.get(local) or Detail()
        if kind in (Kind.CALL, Kind.HOLE):
            return self._of_call(template, local, path, times)
        if kind == Kind.EACH:
            count = number_of_items(template, local, values, counts, path)
            count = counts[local] = self._experience.items.get(path, count) if count.unknown else count
            return self._of_map(detail.bodies[0], path, times, count, self._imported(detail.bodies[0], values))
        if kind == Kind.BRANCH:
            inner = f"{label}/{detail.prefix}" if detail.prefix else label
            return self._of_branch(detail, inner, times, values, values.get(template.slots[local][0], UNSET))
        if kind == Kind.LOOP:
            return self._of_loop(detail, path, times, values)
        if kind == Kind.GRAPH:
            return self.of_template(detail.bodies[0], path, times, {})
        return _Found()

    def _of_call(self, template: Template, local: int, path: str, times: Interval) -> _Found:
        node = template.node_at(local)
        assert node is not None
        if not _is_body(node):
            return _Found()
        detail = template.details.get(local)
        fill = detail.fill if detail is not None else None
        self._narrow(node, fill.by if fill is not None else None)
        self._inner = Interval()
        measured = name_of_call(node.label) if fill is None else name_of_call(node.label, fill.kind, fill.name)
        use = self._experience.uses.get(measured) or self._costs.of_call(node, fill)
        # a graph that is called as a whole has bodies of its own
        self._bodies += times + self._inner.times(times)
        self.steps.append(StepCost(path, node.label, times, use))
        if template.kinds[local] == Kind.HOLE:
            self.holes.append(path)
        least = use.requests.low
        return _Found(use, ((path, least),) if least else ())

    def _narrow(self, *called: object) -> None:
        """Keep the smallest number of bodies that run while others wait: under a limit, or for an equal call."""
        nodes = [one for one in called if isinstance(one, Node)]
        for node in (*nodes, *(other for one in nodes for other in one.options.fallback)):
            if node.options.limit is not None or node.options.cache is not None:
                limit = node.options.limit
                # how many a named limit lets run, the engine knows
                self._at_once = min(self._at_once, limit if isinstance(limit, int) and not node.options.cache else 1)

    def _imported(self, body: Template, values: Mapping[int, Any]) -> dict[int, Any]:
        return {inner: values[outer] for outer, inner in body.imports if outer in values}

    def _of_map(self, body: Template, path: str, times: Interval, count: Interval, given: Mapping[int, Any]) -> _Found:
        one = self.of_template(body, f"{path}[*]", times.times(count), given)
        many = one.use.map(lambda part: part.times(count))
        # items do not wait for each other
        once = Interval(min(count.low, 1), min(count.high, 1))
        use = replace(many, latency=one.use.latency.times(once))
        return _Found(use, tuple((step, least * count.low) for step, least in one.least if count.low))

    def _of_branch(
        self, detail: Detail, label: str, times: Interval, values: Mapping[int, Any], condition: Any
    ) -> _Found:
        taken = UNSET if condition is UNSET else is_true(condition)
        if taken is not UNSET:
            arm = detail.bodies[0 if taken else 1]
            return self.of_template(arm, label, times, self._imported(arm, values))
        arms = [self.of_template(arm, label, times.or_nothing(), self._imported(arm, values)) for arm in detail.bodies]
        cheaper = min(arms, key=lambda arm: arm.use.requests.low)
        return _Found(arms[0].use.hull(arms[1].use), cheaper.least)

    def _of_loop(self, detail: Detail, path: str, times: Interval, values: Mapping[int, Any]) -> _Found:
        until, body = detail.bodies
        asked, turns = Interval(1, detail.most + 1), Interval(0, detail.most)
        test = self.of_template(until, f"{path}[*]", times.times(asked), self._imported(until, values))
        turn = self.of_template(body, f"{path}[*]", times.times(turns), self._imported(body, values))
        tests = test.use.map(lambda part: part.times(asked))
        return _Found(tests.then(turn.use.map(lambda part: part.times(turns))), test.least)


def _is_body(node: Node[..., Any]) -> bool:
    """Whether a call is of a body; the border of a graph only asks what the graph promises."""
    return not isinstance(node, Border)
