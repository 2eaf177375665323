"""The port every provider stands behind: a request goes in, an answer comes out, and both are plain values.

An adapter owns everything between the two: transport, limits, retries, the choice of route. Whoever asks never learns
which library did it. A new adapter proves itself with one call of `lift_sys.testing.providers.check_adapter`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeAlias

from lift_sys.errors import DefinitionError

__all__ = [
    "Capabilities",
    "Message",
    "ModelAnswer",
    "ModelRequest",
    "ProviderAdapter",
    "Role",
    "Route",
    "Usage",
    "single",
]

Role: TypeAlias = Literal["system", "user", "assistant"]
Route: TypeAlias = Literal["constrained", "best available"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a model is asked; faults that show without a model are refused when the request is made."""

    messages: tuple[Message, ...] = ()
    schema: Mapping[str, Any] | None = None
    """JSON schema of the answer. Held token by token where the provider can, else asked for in words."""
    grammar: str | None = None
    """GBNF grammar of the answer, for providers with `supports_grammar`."""
    prefix: str | None = None
    """Text to continue, without any chat around it, for providers with `supports_prefix`; `messages` stays empty."""
    n: int = 1
    """How many answers; one request where the provider can, else so many requests."""
    temperature: float | None = None
    top_p: float | None = None
    max_tokens: int | None = None
    """Most tokens of one answer."""
    seed: int | None = None
    """Answer `i` is drawn with `seed + i`: n answers differ, and a program that asks the same gets them again, as far
    as the provider keeps its word."""
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if fault := _fault_of(self):
            raise DefinitionError(f"ModelRequest: {fault}")


def _fault_of(request: ModelRequest) -> str | None:
    if request.prefix is not None and request.messages:
        return "both messages and a prefix; give the conversation or the text to continue, not both"
    if not request.prefix and not request.messages:
        return "nothing to answer; give messages=(Message('user', ...),) or a prefix that is not empty"
    if request.schema is not None and request.grammar is not None:
        return "both schema and grammar; a schema becomes a grammar already, give one of them"
    if request.n < 1:
        return f"n={request.n} answers; ask for at least 1"
    if request.max_tokens is not None and request.max_tokens < 1:
        return f"max_tokens={request.max_tokens}; give at least 1, or None for the provider's own limit"
    return None


def single(request: ModelRequest, index: int) -> ModelRequest:
    """Return the request for answer `index` alone, as those ask who must ask n times."""
    return replace(request, n=1, seed=None if request.seed is None else request.seed + index)


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer took; adds up with `+`."""

    requests: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = None
    """US dollars; None when the price is not known. A sum with an unknown part is unknown."""

    def __add__(self, other: Usage) -> Usage:
        if not isinstance(other, Usage):
            return NotImplemented
        return Usage(
            self.requests + other.requests,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            _sum_of_costs(self, other),
        )


def _sum_of_costs(left: Usage, right: Usage) -> float | None:
    # Usage() is the neutral element of sums, so what took nothing must not make a known price unknown.
    costs = [usage.cost for usage in (left, right) if usage.requests or usage.cost is not None]
    if not costs or None in costs:
        return None
    return sum(cost for cost in costs if cost is not None)


@dataclass(frozen=True, slots=True)
class ModelAnswer:
    """What a model answered: `n` texts and what they took."""

    texts: tuple[str, ...]
    usage: Usage
    model: str
    """The model that answered, as the provider names it."""
    route: Route
    """`constrained`: a schema or grammar held token by token; `best available`: everything else."""
    finish: tuple[str, ...] = ()
    """Why each text ends: `stop`, `length`, or the provider's own word."""

    @property
    def text(self) -> str:
        """The first text, for requests with n=1."""
        return self.texts[0]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a provider can do by itself; what it cannot, its adapter replaces or refuses."""

    supports_schema: bool = False
    supports_grammar: bool = False
    supports_n: bool = False
    supports_prefix: bool = False
    supports_tools: bool = False
    context_tokens: int | None = None
    """Tokens of prompt and answer together; None when not known."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What is known of a model, or of a family of models, without asking it."""

    name: str
    ready: bool
    """Whether it can be asked from here, as far as that shows."""
    about: str
    """What it is, or what is missing and how to get it."""


class ProviderAdapter(Protocol):
    """Whoever answers model requests. `ask` may be called concurrently; cancelling it leaves nothing behind."""

    @property
    def name(self) -> str:
        """The model string that opens this adapter again."""

    @property
    def capabilities(self) -> Capabilities:
        """What this provider can do, known without asking it."""

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer the request, or raise a ProviderError that names the cure."""

    async def aclose(self) -> None:
        """Let go of connections and processes; closing twice does nothing."""
