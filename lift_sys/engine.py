"""The hall: wires the corridor of rooms on one page; the only composition root."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary, WeakValueDictionary

import anyio

from lift_sys.check import check, diagnose
from lift_sys.define import Event, Fill, Fit, Graph, Node, Run, RunSummary, fault, install, refuse_engine_options
from lift_sys.errors import DefinitionError, Diagnostic, LiftBug, StoreError
from lift_sys.execute import (
    Breakers,
    CallPolicies,
    EventLog,
    EventStream,
    FillTrial,
    GraphExecutor,
    Limits,
    ModelAnswers,
    Recall,
    RunState,
    ValidationCache,
    open_run,
    put_back_failed,
    ranked,
    refuse_misfits,
    refuse_missing_limit,
    refuse_missing_limits,
    refuse_missing_model,
    refuse_missing_models,
    restart_callers,
    run_inputs,
    steps_to_try,
)
from lift_sys.explain import (
    conflict_faults,
    consider_fills,
    explained,
    narrowings,
    possible_fits,
    reason,
    refuse_conflict,
    tainted,
    to_mermaid,
    to_networkx,
)
from lift_sys.providers import Providers
from lift_sys.record import RunRecord, kept_run, run_as_json
from lift_sys.resolve import Plan, fits_by_type, resolve, template_of_graph

__all__ = ["Engine", "default_engine"]

P = ParamSpec("P")
R = TypeVar("R")
_SUMMARIES = 10_000


class Engine:
    """The composition root: everything a run may use.

    `concurrency` counts bodies that run at once, `limits` are the sizes of named limits, `deps` is what a node made
    with context=True finds in `ctx.deps`, `providers` stand in for model names. Runs are kept in memory.
    """

    # a simulation puts one here that shuffles what is ready
    _executor: type[GraphExecutor] = GraphExecutor

    def __init__(
        self,
        *,
        store: str | Path | None = None,
        concurrency: float = 64,
        deps: Any = None,
        providers: Mapping[str, Any] | None = None,
        on_event: Callable[[Event], None] | None = None,
        limits: Mapping[str, int] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        if store is not None:
            raise StoreError(f"store={str(store)!r}: this version keeps runs in memory; drop `store=`")
        refuse_engine_options(concurrency=concurrency, providers=providers, limits=limits, on_event=on_event)
        self.concurrency = concurrency
        self.deps = deps
        self.providers = Providers(providers)
        self._on_event = on_event
        self._clock = clock
        self._limits = Limits(dict(limits or {}))
        self._policies = CallPolicies(
            cache=ValidationCache(clock),
            breakers=Breakers(clock),
            limits=self._limits,
            answerer=ModelAnswers(self.providers),
        )
        self._plans: WeakKeyDictionary[Graph[..., Any], Plan] = WeakKeyDictionary()
        self._runs: WeakValueDictionary[str, Run[Any]] = WeakValueDictionary()
        self._summaries: dict[str, RunSummary] = {}

    async def run(self, graph: Graph[P, R], /, *args: P.args, **kwargs: P.kwargs) -> Run[R]:
        """Run a graph and return the run, whatever its outcome.

        Raises DefinitionError with every diagnostic before anything runs; a cancelled run raises the cancellation.
        """
        return await self._run(graph, args, kwargs, self._on_event)

    def stream(self, graph: Graph[P, R], /, *args: P.args, **kwargs: P.kwargs) -> EventStream:
        """Run a graph and yield its events as they happen; leaving the iteration cancels the run.

        `async with contextlib.aclosing(engine.stream(...)) as events` also waits until it has ended.
        """

        async def start(hand_on: Callable[[Event], None]) -> None:
            def tell(event: Event) -> None:
                if self._on_event is not None:
                    self._on_event(event)
                hand_on(event)

            await self._run(graph, args, kwargs, tell)

        return EventStream(start)

    async def open(self, run_id: str, graph: Graph[..., R]) -> Run[R]:
        """Return a run of this engine that is still held somewhere; StoreError where there is none."""
        found = self._runs.get(run_id)
        if found is None:
            known = ", ".join(list(self._runs)[:5]) or "none"
            raise StoreError(f"no run {run_id!r} of {graph.name} in memory; there: {known}")
        return found

    async def runs(self) -> Sequence[RunSummary]:
        """Return one line about each run of this engine, the oldest first."""
        return list(self._summaries.values())

    async def aclose(self) -> None:
        """Close the providers that were opened."""
        await self.providers.aclose()

    # --- one run --------------------------------------------------------------------------------------------------

    def plan(self, graph: Graph[..., Any]) -> Plan:
        """Return the plan of a graph, checked and resolved once."""
        found = self._plans.get(graph)
        if found is None:
            checked = check(graph)
            refuse_conflict(graph)
            found = resolve(checked)
            refuse_missing_limits(found.root, self._limits)
            refuse_missing_models(found.root, self.providers)
            self._plans[graph] = found
        return found

    async def _run(
        self,
        graph: Graph[..., Any],
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
        on_event: Callable[[Event], None] | None,
    ) -> Run[Any]:
        if not isinstance(graph, Graph):
            raise DefinitionError(f"Engine.run({graph!r}): not a graph; write @graph above an async function")
        if not graph.options.is_plain:
            raise fault(
                "LS112",
                graph.place,
                f"{graph.name} has a call policy, which counts where it is a step of another graph, not here",
                "bound the run by @graph(budget=Budget(seconds=...)), or run a graph that calls this one",
            )
        plan = self.plan(graph)
        inputs = run_inputs(graph, args, kwargs)
        state = RunState()
        log = EventLog(f"run-{uuid.uuid4().hex[:12]}", self._clock())
        log.add("run.started", -1, log.began, {"graph": graph.name})
        for data in narrowings(graph):
            log.add("hole.narrowed", -1, log.began, data)
        self._sum_up(log.run_id, graph, "running", time.time())
        root = open_run(graph, state, log, plan.root, inputs)
        return await self._go(RunRecord(graph, state, log, root), on_event)

    async def _go(
        self,
        record: RunRecord,
        on_event: Callable[[Event], None] | None,
        tried: Sequence[int] = (),
        told: int = 0,
    ) -> Run[Any]:
        graph, log = record.graph, record.log
        parts = (record.state, log, self._policies)
        options: dict[str, Any] = {
            "limit": self.concurrency,
            "clock": self._clock,
            "deps": self.deps,
            "providers": self.providers,
            "on_event": on_event,
            "on_error": graph.on_error,
            "budget": graph.budget,
            "fills": graph.fills,
            "recall": record.recall,
        }
        executor = self._executor(*parts, **options)
        try:
            if tried:
                trial = FillTrial(tried, *parts, **{**options, "on_event": None})
                await trial.run()
                trial.refuse()
                self._tell(record, on_event, told)
                trial.hand_over(executor)
            else:
                self._tell(record, on_event, told)
            await executor.run()
        except DefinitionError:
            raise
        except BaseException as error:
            # a cancelled run raises its cancellation, one whose listener raised that; what is kept of it says so
            record.cancelled = True
            outcome = "cancelled" if isinstance(error, anyio.get_cancelled_exc_class()) else "failed"
            log.add("run.finished", -1, self._clock(), {"outcome": outcome})
            self._sum_up(log.run_id, graph, outcome)
            raise
        outcome = type(record.outcome).__name__.lower()
        if outcome == "complete":
            record.recall = None
        executor.note("run.finished", -1, {"outcome": outcome})
        self._sum_up(log.run_id, graph, outcome)
        run: Run[Any] = Run(log.run_id, graph.name, _View(self, record))
        self._runs[run.id] = run
        return run

    def _tell(self, record: RunRecord, on_event: Callable[[Event], None] | None, told: int) -> None:
        """Tell the listener what was written to the log without it, from line `told` on."""
        if on_event is not None:
            for seq in range(told, len(record.log)):
                on_event(record.log.event(seq, record.path_of))

    def _sum_up(self, run_id: str, graph: Graph[..., Any], outcome: Any, started: float | None = None) -> None:
        known = self._summaries.get(run_id)
        began = known.started if known is not None else started or time.time()
        self._summaries[run_id] = RunSummary(run_id, graph.name, outcome, began)
        if len(self._summaries) > _SUMMARIES:
            del self._summaries[next(iter(self._summaries))]

    async def go_on(self, record: RunRecord, fills: Sequence[Fill], retry_failed: bool) -> Run[Any]:
        """Run what fills set free, on a copy: the run that they were offered to stays as it is."""
        filled = fills_of(record)
        refuse_misfits(record.graph, record.run_id, [c.hole for c in record.closures], filled, fills)
        refuse_missing_limit(fills, self._limits)
        refuse_missing_model(fills, self.providers)
        learnt = consider_fills(record.graph, filled.values(), fills)
        replaced = [fill.hole for fill in fills if fill.hole in filled]
        if replaced:
            # what rests on the earlier fill goes with it: resuming equals a run from scratch
            run = await self.withdraw(record, replaced[0])
            return await run.resume(*fills, retry_failed=retry_failed)
        state, log = record.state.copy(), record.log.copy()
        recall = record.recall and record.recall.going_on(retry_failed=retry_failed)
        after = RunRecord(record.graph, state, log, record.root, recall)
        freed: dict[int, Fill] = {}
        for fill in fills:
            within = {f.hole: f for f in (*record.graph.fills, *fills)}
            standing: Any = fill.by
            template = template_of_graph(standing, within) if fill.opens else None
            if fill.kind == "person":
                # still open, now with a question
                state.fills[fill.hole] = (fill, None)
                continue
            for gid in state.fill(fill.hole, fill, template):
                freed[gid] = fill
                log.add("hole.filled", gid, self._clock(), {"by": fill.name, "kind": fill.kind})
        for data in learnt:
            log.add("hole.narrowed", -1, self._clock(), data)
        tried = steps_to_try(state, freed)
        for gid in freed:
            restart_callers(state, gid)
        if retry_failed:
            put_back_failed(state)
        return await self._go(after, self._on_event, tried, told=len(record.log))

    async def withdraw(self, record: RunRecord, hole: Node[..., Any]) -> Run[Any]:
        """Run again without a fill; finished steps whose inputs are as before are answered from the record."""
        kept = tuple(fill for fill in record.graph.fills if fill.hole is not hole._replaces)
        held = fills_of(record)
        if hole._replaces not in held:
            names = ", ".join(node.name for node in held) or "none"
            raise fault("LS404", hole.place, f"nothing fills {hole.name} in this run", f"fills that stand: {names}")
        graph = record.graph
        if len(kept) < len(graph.fills):
            graph = graph.with_fills()
            graph.fills = kept
        recall = Recall(record.state, record.log, hole, record.recall)
        state, log = RunState(), EventLog(record.run_id, record.log.began)
        log.add("run.started", -1, log.began, {"graph": graph.name})
        state.fills = {node: fill for node, fill in record.state.fills.items() if node is not hole._replaces}
        root_inputs = [record.state.values[record.root.base + k] for k in record.root.template.params]
        root = open_run(graph, state, log, self.plan(graph).root, root_inputs)
        recall.answer(state, log)
        known = len(log)
        log.add("hole.withdrawn", -1, self._clock(), {"hole": hole.name})
        return await self._go(RunRecord(graph, state, log, root, recall), self._on_event, told=known)


def fills_of(record: RunRecord) -> dict[Node[..., Any], Fill]:
    """Return what stands in the holes of a run, by its graph or since; a person who is asked stands nowhere yet."""
    found = {fill.hole: fill for fill in record.graph.fills}
    found |= {node: fill for node, (fill, _) in record.state.fills.items()}
    return {node: fill for node, fill in found.items() if fill.kind != "person"}


class _View:
    """What a run asks of its record, of explain and of its engine."""

    def __init__(self, engine: Engine, record: RunRecord) -> None:
        self._engine = engine
        self._record = record

    def read(self, what: str, /) -> Any:
        """Return something folded from the record."""
        record = self._record
        if what == "tainted":
            return tainted(record)
        if what == "mermaid":
            return to_mermaid(record.graph, record)
        if what == "record":
            known = self._engine._summaries.get(record.run_id)
            return run_as_json(kept_run(record, None if known is None else known.started))
        return getattr(record, what)

    def at(self, path: str, /) -> Any:
        """Return the value at a step path."""
        return self._record.value_at(path)

    def only(self, node: Node[..., Any], /) -> Any:
        """Return the value of a node's only step."""
        return self._record.value_at(node)

    def ask(self, question: str, subject: Any, /) -> Any:
        """Explain a place, or rank what could stand in a hole."""
        if question == "why":
            return explained(self._record, self._record.step(subject))
        if question == "fits":
            captured = [c for c in self._record.closures if c.hole._replaces is subject._replaces]
            return ranked(possible_fits(self._record.graph, fills_of(self._record).values(), subject), captured)
        raise LiftBug(f"a run cannot be asked {question!r}")

    async def go_on(
        self, fills: Sequence[Fill], withdrawn: Sequence[Node[..., Any]], retry_failed: bool, /
    ) -> Run[Any]:
        """Run what the fills set free, or what a withdrawal puts back."""
        if withdrawn:
            return await self._engine.withdraw(self._record, withdrawn[0])
        return await self._engine.go_on(self._record, fills, retry_failed)


class _Hall:
    """Answers what graphs ask, on the default engine."""

    def __init__(self) -> None:
        self.engine: Engine | None = None

    def ready_engine(self) -> Engine:
        """Return the default engine, made at its first use."""
        if self.engine is None:
            self.engine = Engine()
        return self.engine

    async def run(self, graph: Graph[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], /) -> Run[Any]:
        """Run a graph on the default engine."""
        return await self.ready_engine().run(graph, *args, **kwargs)

    def check(self, graph: Graph[..., Any], /) -> Sequence[Diagnostic]:
        """Return every fault of a graph at once."""
        return diagnose(graph) or conflict_faults(graph)

    def fits(self, graph: Graph[..., Any], hole: Node[..., Any], /) -> Sequence[Fit]:
        """Return what could stand in a hole, by type."""
        return fits_by_type(graph, hole)

    def reason(self, graph: Graph[..., Any], question: str, /, **details: Any) -> Any:
        """Answer from the graph's constraints."""
        return reason(graph, question, **details)

    def export(self, graph: Graph[..., Any], form: str, /) -> Any:
        """Return the graph as `mermaid` or `networkx`."""
        return to_mermaid(graph) if form == "mermaid" else to_networkx(graph)


_hall = _Hall()
install(_hall)


def default_engine() -> Engine:
    """Return the engine on which graphs run that are called without one."""
    return _hall.ready_engine()
