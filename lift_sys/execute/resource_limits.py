"""Limits: how many calls of a node run at once in an engine, and what one run may spend on models."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import anyio

from lift_sys.define import Budget, Fill, Graph, Node, fault
from lift_sys.errors import BudgetExceeded, DefinitionError, Diagnostic, FillRefused
from lift_sys.execute.dataflow import ancestors_by_call
from lift_sys.execute.execution_context import StepScope, this_step
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import Template

__all__ = ["JointLedger", "Ledger", "Ledgers", "Limits", "refuse_missing_limit", "refuse_missing_limits"]

Call = Callable[..., Awaitable[Any]]


class Limits:
    """The limits of one engine: a number is for one node, a name is shared by all nodes that say it."""

    def __init__(self, named: dict[str, int] | None = None) -> None:
        self._named = dict(named or {})
        self._semaphores: dict[object, anyio.Semaphore] = {}
        self._holders: dict[object, list[StepScope]] = {}

    def missing(self, node: Node[..., Any]) -> DefinitionError | None:
        """Return the fault of a node that names a limit which the engine does not have."""
        limit = node.options.limit
        if not isinstance(limit, str) or limit in self._named:
            return None
        known = ", ".join(sorted(self._named)) or "none"
        return fault(
            "LS112",
            node.place,
            f"{node.name}: the engine has no limit named {limit!r} (it has: {known})",
            f"write Engine(limits={{{limit!r}: 4}}), or a number on the node",
        )

    def around(self, call: Call, node: Node[..., Any], limit: str | int) -> Call:
        """Return the call behind a limit; it waits for a place."""
        missing = self.missing(node)
        if missing is not None:
            raise missing
        key: object = limit if isinstance(limit, str) else node._replaces
        size = self._named[limit] if isinstance(limit, str) else limit

        async def limited(*args: Any, **kwargs: Any) -> Any:
            # made inside the loop that uses it
            semaphore = self._semaphores.setdefault(key, anyio.Semaphore(size))
            scope, holders = this_step(), self._holders.setdefault(key, [])
            if not _acquired(semaphore):
                full = partial(_if_full, holders, size)
                await scope.wait_elsewhere(semaphore.acquire, full, f"a place under the limit {limit!r}")
            holders.append(scope)
            try:
                return await call(*args, **kwargs)
            finally:
                holders.remove(scope)
                semaphore.release()

        return limited


def refuse_missing_limits(template: Template, limits: Limits) -> None:
    """Raise DefinitionError for every node of a plan that names a limit which the engine does not have."""
    found = _missing(_nodes(template), limits)
    if found:
        raise DefinitionError(diagnostics=found)


def refuse_missing_limit(fills: Sequence[Fill], limits: Limits) -> None:
    """Raise FillRefused for fills that name a limit which the engine does not have; the run is as it was."""
    standing: list[Any] = [fill.by for fill in fills]
    found = _missing((node for node in standing if isinstance(node, Node)), limits)
    if found:
        raise FillRefused(diagnostics=found)


def _missing(nodes: Iterable[Node[..., Any]], limits: Limits) -> list[Diagnostic]:
    faults = [limits.missing(node) for node in dict.fromkeys(nodes)]
    return [diagnostic for error in faults if error is not None for diagnostic in error.diagnostics]


def _nodes(template: Template) -> Iterator[Node[..., Any]]:
    """Yield every node that a plan may call: steps, what stands in holes, and what they fall back on."""
    called = [place.node for place in template.places if place is not None]
    standing = [detail.fill.by for detail in template.details.values() if detail.fill is not None]
    for node in dict.fromkeys(node for node in (*called, *standing) if isinstance(node, Node)):
        yield node
        yield from node.options.fallback
    for detail in template.details.values():
        for body in detail.bodies:
            yield from _nodes(body)


def _acquired(semaphore: anyio.Semaphore) -> bool:
    try:
        semaphore.acquire_nowait()
    except anyio.WouldBlock:
        return False
    return True


def _if_full(holders: list[StepScope], size: int) -> list[StepScope]:
    return holders if len(holders) >= size else []


class Ledger:
    """What a run has spent on models: reserve before a request, settle after it.

    A request reserves what it may take at most, so that parallel branches cannot overspend together; money is known
    only when a request is settled, so a run stops at the first request after its cost is reached.
    """

    def __init__(self, budget: Budget | None, who: str = "the run") -> None:
        self._budget = budget or Budget()
        self._who = who
        self.requests = 0
        self.tokens = 0
        self.cost = 0.0
        self._reserved = 0

    def reserve(self, tokens: int) -> None:
        """Take room for a request of at most so many tokens; BudgetExceeded when there is none."""
        budget = self._budget
        if budget.requests is not None and self.requests >= budget.requests:
            raise BudgetExceeded(f"{self._who} may make {budget.requests} model requests, and has made them")
        if budget.tokens is not None and self.tokens + self._reserved + tokens > budget.tokens:
            raise BudgetExceeded(
                f"{self._who} may use {budget.tokens} tokens: {self.tokens} are used, {self._reserved} reserved, "
                f"and this request may take {tokens}"
            )
        if budget.cost is not None and self.cost >= budget.cost:
            raise BudgetExceeded(f"{self._who} may cost {budget.cost}, and has cost {self.cost}")
        self.requests += 1
        self._reserved += tokens

    def settle(self, reserved: int, usage: Mapping[str, Any]) -> None:
        """Put what a request took in the place of what it had reserved."""
        self._reserved -= reserved
        self.tokens += int(usage.get("input_tokens") or 0) + int(usage.get("output_tokens") or 0)
        self.cost += float(usage.get("cost") or 0.0)

    def take_back(self, tokens: int) -> None:
        """Forget a request that was reserved and is not made."""
        self.requests -= 1
        self._reserved -= tokens

    def left(self, seconds: float | None) -> Budget:
        """Return what remains, beside these seconds; None where nothing bounds it."""
        budget = self._budget
        return Budget(
            seconds=None if seconds is None else max(0.0, seconds),
            tokens=None if budget.tokens is None else max(0, budget.tokens - self.tokens - self._reserved),
            cost=None if budget.cost is None else max(0.0, budget.cost - self.cost),
            requests=None if budget.requests is None else max(0, budget.requests - self.requests),
        )


class Ledgers:
    """The ledger of a run, and those of the graphs in it that have a budget of their own.

    What a step spends is spent by every graph that it is in: each of them can refuse it.
    """

    def __init__(self, budget: Budget | None) -> None:
        self.run = Ledger(budget)
        self._inner: dict[int, Ledger] = {}

    def over(self, state: RunState, gid: int) -> JointLedger:
        """Return what a request of a step is written to."""
        found = [self.run]
        for caller in ancestors_by_call(state, gid):
            budget = _budget_of(state, caller)
            if budget is not None:
                if caller not in self._inner:
                    node = state.node(caller)
                    self._inner[caller] = Ledger(budget, node.name if node is not None else "the graph")
                found.append(self._inner[caller])
        return JointLedger(found)


class JointLedger:
    """Several ledgers as one: a request is reserved in all of them or in none."""

    def __init__(self, ledgers: Sequence[Ledger]) -> None:
        self._ledgers = ledgers

    def reserve(self, tokens: int) -> None:
        """Take room in every ledger; BudgetExceeded when one has none."""
        for number, ledger in enumerate(self._ledgers):
            try:
                ledger.reserve(tokens)
            except BudgetExceeded:
                for earlier in self._ledgers[:number]:
                    earlier.take_back(tokens)
                raise

    def settle(self, reserved: int, usage: Mapping[str, Any]) -> None:
        """Put what a request took in the place of what it had reserved."""
        for ledger in self._ledgers:
            ledger.settle(reserved, usage)

    def left(self, seconds: float | None) -> Budget:
        """Return what the tightest of them leaves; None where none bounds it."""
        lefts = [ledger.left(seconds) for ledger in self._ledgers]
        names = ("seconds", "tokens", "cost", "requests")
        bounds = {name: [value for left in lefts if (value := getattr(left, name)) is not None] for name in names}
        return Budget(**{name: min(values) for name, values in bounds.items() if values})


def _budget_of(state: RunState, gid: int) -> Budget | None:
    """Return the budget of the graph that a step calls as a whole, or that stands in its hole."""
    fill = state.standing_fill(gid)
    called = state.node(gid) if fill is None else fill.by
    return called.budget if isinstance(called, Graph) else None
