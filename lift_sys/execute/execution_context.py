"""Where a running body is: its step, its slot, and its children."""

from __future__ import annotations

import asyncio
import hashlib
import math
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import anyio

from lift_sys.define import Budget, Node, RunContext, current_scope
from lift_sys.errors import LoopLimit
from lift_sys.execute.paths import identity_of

if TYPE_CHECKING:
    from lift_sys.execute.graph_executor import GraphExecutor

__all__ = ["StepScope", "Unwound", "being_cancelled", "this_step"]


R = TypeVar("R")


class Unwound(BaseException):
    """Ends a body that waits for a hole, when nothing else of the run can move; never leaves the engine."""


class StepScope:
    """The scope of one running body: its calls of nodes are child steps.

    `calls` counts its child calls that are under way, by the task that makes them. `wants` is set when it may go on
    beside them, and `beside` says which slot it then has: its own, or the one that the last call left. `used` are the
    recorded children that this start of the body has called already. `body` is what is left of it, once it suspended.
    It is `unwound` when it was told to end because it waits for a hole; `lent` counts calls that another library makes
    for it: while there are any, what it awaits is that library.
    """

    # One is made for every step: what most never use is on the class, and who makes it says whose it is, as an
    # __init__ would cost as much again.
    executor: GraphExecutor
    gid: int
    attempt = 1
    calls: dict[Any, int] | None = None
    body: Any = None
    unwound = False
    lent = 0
    wants: anyio.Event | None = None
    beside: Literal["", "own", "left"] = ""
    used: set[int] | None = None

    def call(self, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Awaitable[Any]:
        """Run a child step."""
        return self.executor.children.call(self, node, args, kwargs)

    async def call_lent(self, call: Callable[[], Awaitable[R]]) -> R:
        """Run what another library calls for the body, which waits for nothing but that meanwhile."""
        self.lent += 1
        try:
            return await call()
        finally:
            self.lent -= 1

    def each(self, body: Callable[..., Awaitable[Any]], items: Any) -> Awaitable[Any]:
        """Run a child for each item, beside each other."""
        return _each(body, list(items))

    def branch(self, condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Awaitable[Any]:
        """Run one arm."""
        chosen: Awaitable[Any] = then() if condition else otherwise()
        return chosen

    def loop(self, body: Callable[..., Any], start: Any, until: Callable[..., Any], most: int) -> Awaitable[Any]:
        """Run turns until `until` holds."""
        return _loop(body, start, until, most)

    def start_again(self) -> None:
        """Begin another try of the body: what it has called and has ended is answered from the record."""
        self.executor.children.start_again(self)

    async def wait_elsewhere(
        self, until: Callable[[], Awaitable[Any]], holders: Callable[[], Collection[StepScope]], what: str
    ) -> None:
        """Wait, without a slot, for what other bodies have."""
        await self.executor.children.elsewhere.wait(self, until, holders, what)

    def emit(self, kind: str, data: Mapping[str, Any]) -> None:
        """Write an event of this step."""
        self.executor.note(kind, self.gid, data)

    @property
    def path(self) -> str:
        """The step's path."""
        return self.executor.path_of(self.gid)

    def _idempotency_key(self) -> str:
        executor = self.executor
        # the path of a child may still change, when its parent calls the same node again
        place = f"{executor.run_id}/{identity_of(executor.state, self.gid)}"
        return hashlib.blake2b(place.encode(), digest_size=16).hexdigest()

    def context(self, attempt: int) -> RunContext[Any]:
        """Return what a node made with context=True is given."""
        executor = self.executor
        path = self.path
        return RunContext(
            deps=executor.deps,
            run_id=executor.run_id,
            path=path,
            attempt=attempt,
            idempotency_key=self._idempotency_key(),
            deadline=executor.deadline,
            providers=executor.providers,
            log=self.emit,
            left=self._left,
        )

    def _left(self) -> Budget:
        executor = self.executor
        return executor.ledgers.over(executor.state, self.gid).left(executor.seconds_left(self.gid))


def this_step() -> StepScope:
    """Return the scope of the body that is running."""
    scope = current_scope.get()
    assert isinstance(scope, StepScope)
    return scope


def being_cancelled() -> bool:
    """Whether the running task is being cancelled, and not just told so by something that it awaited."""
    if anyio.current_effective_deadline() == -math.inf:
        return True
    try:
        task = asyncio.current_task()
    except RuntimeError:  # trio cancels by scopes alone
        return False
    return task is not None and task.cancelling() > 0


async def _each(body: Callable[..., Awaitable[Any]], items: list[Any]) -> list[Any]:
    results: list[Any] = [None] * len(items)

    async def one(index: int) -> None:
        results[index] = await body(items[index])

    if len(items) == 1:
        await one(0)
        return results
    try:
        async with anyio.create_task_group() as group:
            for index in range(len(items)):
                group.start_soon(one, index)
    except BaseExceptionGroup as failed:
        # one child's own error says more than a group of one
        if len(failed.exceptions) == 1:
            raise failed.exceptions[0] from None
        raise
    return results


async def _loop(body: Callable[..., Any], value: Any, until: Callable[..., Any], most: int) -> Any:
    for turn in range(most + 1):
        if await until(value):
            return value
        if turn < most:
            value = await body(value)
    raise LoopLimit(f"`until` does not hold after {most} turns; raise `most`, or look at {value!r:.200}")
