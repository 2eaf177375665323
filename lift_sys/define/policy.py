"""How one call is made: retry, cache, breaker, budget, and the options of a node."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from typing import Any, Literal

from lift_sys.define.constraint import Constraint
from lift_sys.define.shape import fault, user_place
from lift_sys.errors import DefinitionError

__all__ = [
    "MODEL_SETTINGS",
    "Breaker",
    "Budget",
    "Cache",
    "Effect",
    "NodeOptions",
    "Retry",
    "refuse_engine_options",
    "refuse_unknown_settings",
]

Effect = Literal["pure", "idempotent", "effect"]
_EFFECTS = ("pure", "idempotent", "effect")
_SCOPES = ("run", "tenant", "global")
MODEL_SETTINGS = frozenset({"max_tokens", "seed", "stop", "temperature", "top_p"})
"""What can be said to a model beside its inputs."""


def _demand(holds: bool, what: str, value: object, cure: str) -> None:
    if not holds:
        raise fault("LS112", user_place(), f"{what} is {value!r:.80}", cure)


def _is_number(value: object, *, least: float = 0, whole: bool = False) -> bool:
    """Whether a value counts something: a bool does not, though Python takes it for a number."""
    kinds = int if whole else (int, float)
    return isinstance(value, kinds) and not isinstance(value, bool) and value >= least


def _is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def refuse_unknown_settings(where: str, settings: object) -> None:
    """Raise DefinitionError where a model is told something that it does not know."""
    if not isinstance(settings, Mapping):
        _demand(settings is None, f"{where}: settings", settings, "write `settings={'temperature': 0.2}`")
        return
    known = sorted(MODEL_SETTINGS)
    for name, value in settings.items():
        if name not in MODEL_SETTINGS:
            near = get_close_matches(str(name), known, 1)
            cure = f"did you mean `{near[0]}`? " if near else ""
            said = f"{where}: unknown model setting `{name}` ({value!r:.60})"
            raise fault("LS112", user_place(), said, f"{cure}the settings: {', '.join(known)}")


def refuse_engine_options(*, concurrency: object, providers: object, limits: object, on_event: object) -> None:
    """Raise DefinitionError where an engine is made with something that cannot be."""
    counts = concurrency == math.inf or (_is_number(concurrency, least=1) and concurrency == int(concurrency))  # type: ignore[call-overload]  # a number by now
    _demand(counts, "Engine(concurrency=...)", concurrency, "give 1 or more, or math.inf for no limit")
    named = 'give what stands for each name: `providers={"local": ["an answer"]}`'
    _demand(providers is None or isinstance(providers, Mapping), "Engine(providers=...)", providers, named)
    sizes = 'give the size of each: `limits={"api": 4}`'
    _demand(limits is None or isinstance(limits, Mapping), "Engine(limits=...)", limits, sizes)
    for size in limits.values() if isinstance(limits, Mapping) else ():
        _demand(_is_number(size, least=1, whole=True), "Engine(limits=...)", limits, sizes)
    _demand(on_event is None or callable(on_event), "Engine(on_event=...)", on_event, "give a function of an Event")


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
        whole = _is_number(attempts, least=1, whole=True)
        _demand(whole, "Retry(attempts=...)", attempts, "give a whole number, 1 or more; the first try counts")
        seconds = _is_number(base) and _is_number(most)
        _demand(seconds, "Retry(base=..., most=...)", (base, most), "give numbers; seconds cannot be negative")
        kinds = on if isinstance(on, tuple) else (on,)
        classes = all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds)
        _demand(classes, "Retry(on=...)", on, "give an exception class, or a tuple of them: `on=(ValueError, OSError)`")
        object.__setattr__(self, "attempts", attempts)
        object.__setattr__(self, "on", kinds)
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
        seconds = self.ttl is None or (_is_number(self.ttl) and self.ttl > 0)
        _demand(seconds, "Cache(ttl=...)", self.ttl, "give seconds above zero, or None")
        _demand(self.scope in _SCOPES, "Cache(scope=...)", self.scope, f"choose one of {', '.join(_SCOPES)}")
        _demand(_is_sequence(self.tags), "Cache(tags=...)", self.tags, "give a list of names")


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """Stop calling what keeps failing: open after `failures` in a row, try one call again after `recovery` seconds."""

    failures: int = 5
    recovery: float = 30.0

    def __post_init__(self) -> None:
        whole = _is_number(self.failures, least=1, whole=True)
        _demand(whole, "Breaker(failures=...)", self.failures, "give a whole number, 1 or more")
        seconds = _is_number(self.recovery) and self.recovery > 0
        _demand(seconds, "Breaker(recovery=...)", self.recovery, "give seconds above zero")


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
            fits = value is None or _is_number(value)
            _demand(fits, f"Budget({name}=...)", value, "give zero or more, as a number, or None")


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
        _demand(self.name is None or isinstance(self.name, str), "name", self.name, 'give a text: `name="outline"`')
        seconds = self.timeout is None or (_is_number(self.timeout) and self.timeout > 0)
        _demand(seconds, "timeout", self.timeout, "give seconds above zero")
        _demand(self.effect in _EFFECTS, "effect", self.effect, f"choose one of {', '.join(_EFFECTS)}")
        _demand(
            not (self.effect == "effect" and self.cache),
            "cache",
            self.cache,
            "a node with effect='effect' must not be answered from a cache; drop one of the two",
        )
        _demand(
            self.limit is None or isinstance(self.limit, str) or _is_number(self.limit, least=1, whole=True),
            "limit",
            self.limit,
            "give the most calls at once (a whole number, 1 or more), or the name of a shared limit",
        )
        self._refuse_wrong_parts()

    def _refuse_wrong_parts(self) -> None:
        """Refuse fallbacks that are no nodes, and constraints that are none."""
        # a node is made of its options: the class is known when the first node is
        from lift_sys.define.node_interface import Node

        cure = "give a list of nodes: `fallback=[other]`"
        if not _is_sequence(self.fallback):
            name = getattr(self.fallback, "__name__", "")
            _demand(False, "fallback", self.fallback, f"write `fallback=[{name}]`" if name else cure)
        for other in self.fallback:
            name = getattr(other, "__name__", "")
            above = f"put @node above `async def {name}`" if callable(other) and name else cure
            _demand(isinstance(other, Node), "fallback", [other], f"a fallback is a node; {above}")
            instead = f"{name} is a hole, and nothing stands in it: fall back on a node or a prompt"
            _demand(getattr(other, "default_fill", other) is not None, "fallback", [other], instead)
        said = 'give a list: `constraints=[MUST("result >= 0", check)]`'
        _demand(_is_sequence(self.constraints), "constraints", self.constraints, said)
        for constraint in self.constraints:
            _demand(isinstance(constraint, Constraint), "constraints", self.constraints, said)

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
                if name in MODEL_SETTINGS and where.startswith("@prompt"):
                    cure = f"write `settings={{{name!r}: {options[name]!r}}}`"
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
