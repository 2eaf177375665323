"""The main job as a graph: prose or a stub in, a function with evidence out, and a run that can say why.

The run stops at `decide` for each point that nobody said; `generate` then fills it: by the person at the terminal, by
the best fit if told to (`accept`), else by deferring, which taints the result.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from lift_sys.define import Event, Failed, Incomplete, Run, each, graph, loop
from lift_sys.engine import Engine
from lift_sys.errors import LiftBug
from lift_sys.judges import open_sandbox
from lift_sys.pipeline.asking import DEFAULT_PROGRAMS
from lift_sys.pipeline.claim import Result
from lift_sys.pipeline.deciding import decide, guess_examples, make_claim, open_points, read_conventions, take_answers
from lift_sys.pipeline.ir import Answer, OpenPoint
from lift_sys.pipeline.pool import Pool, Tools
from lift_sys.pipeline.reading import Task
from lift_sys.pipeline.repairs import repair
from lift_sys.pipeline.steps import ask, gate, open_talk, read, read_answers, settled, state_ir, try_out
from lift_sys.providers import Providers

__all__ = ["Decider", "Generated", "accept", "defer", "generate", "write_function"]

MOST_ROUNDS = 8


class Decider(Protocol):
    """Answers one open point."""

    def __call__(self, point: OpenPoint) -> Awaitable[Answer]:
        """Return what stands there."""
        ...


@graph
async def next_round(pool: Pool) -> Pool:
    """Ask once more; read, judge and run what comes."""
    asked = await ask(pool)
    batch = await read_answers(asked)
    clean = await gate(batch)
    return await try_out(clean)


@graph
async def write_function(task: Task) -> Result:
    """Write the function that a task describes."""
    reading = await read(task)
    opening = await open_talk(task, reading)
    stated = await state_ir(task, reading, opening)
    guessed = await guess_examples(stated)
    searched = await loop(next_round, guessed, until=settled, most=MOST_ROUNDS)
    repaired = await repair(searched)
    pool = await read_conventions(repaired)
    points = await open_points(pool)
    answers = await each(decide, points)
    chosen = await take_answers(pool, points, answers)
    return await make_claim(chosen)


async def accept(point: OpenPoint) -> Answer:
    """Accept the best fit, as an assumption; what only lacks evidence cannot be accepted."""
    return Answer(state="deferred" if point.kind == "evidence" else "accepted", value=_best(point))


async def defer(point: OpenPoint) -> Answer:
    """Go on with the best fit for now; the result is tainted."""
    return Answer(state="deferred", value=_best(point))


def _best(point: OpenPoint) -> str | None:
    return point.fits[0].value if point.fits else None


@dataclass(frozen=True)
class Generated:
    """The result with the run it came from."""

    result: Result
    run: Run[Any]


async def generate(
    task: Task,
    *,
    model: str | None = None,
    providers: Mapping[str, Any] | None = None,
    decider: Decider = defer,
    progress: Callable[[str], None] = lambda text: None,
    on_event: Callable[[Event], None] | None = None,
) -> Generated:
    """Run the graph on a task and fill its holes with `decider`; raises what a step raised.

    The adapter, the sandbox and every process they started are closed when this returns, raises or is cancelled.
    """
    opened = Providers(providers)
    try:
        adapter = opened.open(model)
        if task.n is None:
            task = task.model_copy(update={"n": DEFAULT_PROGRAMS[adapter.capabilities.supports_prefix]})
        sandbox = await open_sandbox(workers=2)
        try:
            engine = Engine(deps=Tools(adapter, sandbox, progress), on_event=on_event)
            run: Run[Any] = await engine.run(write_function, task)
            if isinstance(run.outcome, Incomplete):
                run = await run.resume(decide.fill(decider))
            return Generated(_value(run), run)
        finally:
            await sandbox.aclose()
    finally:
        await opened.aclose()


def _value(run: Run[Any]) -> Result:
    outcome = run.outcome
    if isinstance(outcome, Failed):
        raise _cause(next(iter(outcome.errors.values())))
    value = run.value
    if not isinstance(value, Result):
        raise LiftBug(f"{run.id} ended without a result: {value!r:.200}")
    return value


def _cause(error: BaseException) -> BaseException:
    """Return the one error in a group of one: workers of a task group raise groups."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
