"""What the engine gives to a node that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from lift_sys.define.policy import Budget

__all__ = ["RunContext"]

Deps = TypeVar("Deps")


class RunContext(Generic[Deps]):
    """Given by the engine to a node made with @node(context=True), as its first parameter.

    `deadline` is in seconds since the run began, None without a limit; `budget` is what is left when it is asked for:
    seconds, tokens, cost and requests, None where nothing bounds them; `providers` opens model providers by name;
    `log(message, **data)` writes an event of kind "step.logged" at this step.
    """

    __slots__ = ("_left", "_log", "attempt", "deadline", "deps", "idempotency_key", "path", "providers", "run_id")

    def __init__(
        self,
        *,
        deps: Deps,
        run_id: str,
        path: str,
        attempt: int,
        idempotency_key: str,
        deadline: float | None = None,
        providers: Any = None,
        log: Callable[[str, Mapping[str, Any]], None] | None = None,
        left: Callable[[], Budget] | None = None,
    ) -> None:
        self.deps = deps
        self.run_id = run_id
        self.path = path
        self.attempt = attempt
        self.idempotency_key = idempotency_key
        self.deadline = deadline
        self.providers = providers
        self._log = log
        self._left = left

    @property
    def budget(self) -> Budget:
        """What is left of the budgets that this step is under."""
        return Budget() if self._left is None else self._left()

    def log(self, message: str, /, **data: Any) -> None:
        """Write an event of kind "step.logged" at this step."""
        if self._log is not None:
            self._log("step.logged", {"message": message, **data})

    def emit(self, kind: str, /, **data: Any) -> None:
        """Write an event of another kind at this step, past tense: "model.answered"."""
        if self._log is not None:
            self._log(kind, data)
