"""How one call is made: retry, cache, breaker, budget, and the options of a node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal

from lift_sys.define.shape import fault, user_place
from lift_sys.errors import DefinitionError

if TYPE_CHECKING:
    from lift_sys.define.constraint import Constraint

__all__ = ["Breaker", "Budget", "Cache", "Effect", "NodeOptions", "Retry"]

Effect = Literal["pure", "idempotent", "effect"]
_EFFECTS = ("pure", "idempotent", "effect")
_SCOPES = ("run", "tenant", "global")


def _demand(holds: bool, what: str, value: object, cure: str) -> None:
    if not holds:
        raise fault("LS112", user_place(), f"{what} is {value!r}", cure)


@dataclass(frozen=True, init=False)
class Retry:
    """Try a call again after a failure: exponential waits with full jitter, in seconds.

    `attempts` counts the first try. The wait before try k is `base * 2**(k-2)`, never over `most`; with `jitter` it
    is drawn evenly from zero to that (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).
    """

    attempts: int
    on: tuple[type[BaseException], ...]
    base: float
    most: float
    jitter: bool

    def __init__(
        self,
        *,
        attempts: int = 3,
        on: type[BaseException] | tuple[type[BaseException], ...] = Exception,
        base: float = 1.0,
        most: float = 60.0,
        jitter: bool = True,
    ) -> None:
        _demand(attempts >= 1, "Retry(attempts=...)", attempts, "give 1 or more; the first try counts")
        _demand(base >= 0 and most >= 0, "Retry(base=..., most=...)", (base, most), "seconds cannot be negative")
        object.__setattr__(self, "attempts", attempts)
        object.__setattr__(self, "on", on if isinstance(on, tuple) else (on,))
        object.__setattr__(self, "base", base)
        object.__setattr__(self, "most", most)
        object.__setattr__(self, "jitter", jitter)


@dataclass(frozen=True, kw_only=True)
class Cache:
    """Answer a repeated call from its first result; `ttl` in seconds, by a monotonic clock."""

    ttl: float | None = None
    scope: Literal["run", "tenant", "global"] = "tenant"
    tags: Sequence[str] = ()

    def __post_init__(self) -> None:
        _demand(self.ttl is None or self.ttl > 0, "Cache(ttl=...)", self.ttl, "give seconds above zero, or None")
        _demand(self.scope in _SCOPES, "Cache(scope=...)", self.scope, f"choose one of {', '.join(_SCOPES)}")


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """Stop calling what keeps failing: open after `failures` in a row, try one call again after `recovery` seconds."""

    failures: int = 5
    recovery: float = 30.0

    def __post_init__(self) -> None:
        _demand(self.failures >= 1, "Breaker(failures=...)", self.failures, "give 1 or more")
        _demand(self.recovery > 0, "Breaker(recovery=...)", self.recovery, "give seconds above zero")


@dataclass(frozen=True, kw_only=True)
class Budget:
    """What a graph may spend: seconds of wall clock, tokens, money, model requests; None is no limit."""

    seconds: float | None = None
    tokens: int | None = None
    cost: float | None = None
    requests: int | None = None

    def __post_init__(self) -> None:
        for name in ("seconds", "tokens", "cost", "requests"):
            value = getattr(self, name)
            _demand(value is None or value >= 0, f"Budget({name}=...)", value, "give zero or more, or None")


@dataclass(frozen=True, kw_only=True)
class NodeOptions:
    """Everything a decorator can say about how a node is called."""

    name: str | None = None
    retry: Retry | None = None
    timeout: float | None = None
    cache: Cache | None = None
    breaker: Breaker | None = None
    fallback: Sequence[Any] = ()
    limit: str | int | None = None
    effect: Effect = "idempotent"
    constraints: Sequence[Constraint] = field(default=())

    def __post_init__(self) -> None:
        _demand(self.timeout is None or self.timeout > 0, "timeout", self.timeout, "give seconds above zero")
        _demand(self.effect in _EFFECTS, "effect", self.effect, f"choose one of {', '.join(_EFFECTS)}")
        _demand(
            not (self.effect == "effect" and self.cache),
            "cache",
            self.cache,
            "a node with effect='effect' must not be answered from a cache; drop one of the two",
        )
        _demand(
            self.limit is None or isinstance(self.limit, str) or self.limit >= 1,
            "limit",
            self.limit,
            "give the most calls at once (1 or more), or the name of a shared limit",
        )

    @property
    def is_plain(self) -> bool:
        """Whether a call needs nothing but its body: the engine then calls it directly."""
        return not (self.retry or self.timeout or self.cache or self.breaker or self.fallback or self.limit is not None)

    def changed(self, where: str, options: dict[str, Any]) -> NodeOptions:
        """Return these options with others in their place; an unknown name is a DefinitionError."""
        known = [f.name for f in fields(self)]
        for name in options:
            if name not in known:
                near = get_close_matches(name, known, 1)
                cure = f"did you mean `{near[0]}={options[name]!r}`?" if near else f"options: {', '.join(known)}"
                raise fault("LS112", user_place(), f"{where}: unknown option `{name}`", cure)
        for name, kind in (("retry", Retry), ("cache", Cache), ("breaker", Breaker)):
            value = options.get(name)
            if value is not None and not isinstance(value, kind):
                cure = f"write `{name}={kind.__name__}({f'attempts={value}' if kind is Retry else ''})`"
                raise fault("LS112", user_place(), f"{where}: {name}={value!r} is no {kind.__name__}", cure)
        try:
            return replace(self, **options)
        except DefinitionError as error:
            said = error.diagnostics[0]
            raise fault(said.code, said.place, f"{where}: {said.message}", said.help) from None
