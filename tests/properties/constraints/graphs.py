"""Random graphs of which something is said: as data, and drawn through the public names.

`worlds.py` beside this file says which values their steps can have.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import Any, Literal

from lift_sys import MUST, SHOULD, Constraint, Graph, branch, each, graph, hole, node, todo
from tests.properties.constraints.sayings import KINDS, Said, Saying, accepts, asked_by, saying

__all__ = ["Arms", "Block", "Call", "Map", "Operand", "Program", "Spec", "program"]


@dataclass(frozen=True)
class Operand:
    """A value in scope, or a part of one; a constant; or a list of operands."""

    kind: str
    name: str = ""
    trail: tuple[str | int, ...] = ()
    constant: Any = None
    items: tuple[Operand, ...] | None = None

    def of(self, scope: Mapping[str, Any]) -> Any:
        """Return what it is in a scope, of values or of references."""
        if self.items is not None:
            return [item.of(scope) for item in self.items]
        if not self.name:
            return self.constant
        found = scope[self.name]
        for key in self.trail:
            found = getattr(found, key) if isinstance(key, str) else found[key]
        return found


@dataclass(eq=False)
class Spec:
    """A node, a hole, or (with a block) a graph: parameters and result by kind, and what is said of them."""

    name: str
    params: tuple[tuple[str, str], ...]
    result: str
    open: bool = False
    block: Block | None = None
    defaults: dict[str, Any] = field(default_factory=dict)
    said: list[Said] = field(default_factory=list)

    @property
    def ports(self) -> dict[str, str]:
        """The kinds of its ports."""
        return {**dict(self.params), "result": self.result}

    @cached_property
    def sayings(self) -> list[tuple[str, Saying]]:
        """All that is said of it, with strengths, in the order of `Node.own_constraints`."""
        own: list[tuple[str, Saying]] = [(said.strength, said.saying) for said in self.said]
        return own + [("MUST", asked) for port, kind in self.ports.items() for asked in asked_by(kind, port)]


@dataclass
class Call:
    """A step."""

    to: str
    spec: Spec
    args: tuple[Operand, ...]
    path: str


@dataclass
class Map:
    """A map over a list; its body is a node or a block with one parameter."""

    to: str
    body: Spec | Block
    source: Operand
    path: str


@dataclass
class Arms:
    """A branch."""

    to: str
    condition: Operand
    arms: tuple[Block, Block]


@dataclass
class Block:
    """Statements with a result."""

    statements: list[Call | Map | Arms] = field(default_factory=list)
    result: Operand = Operand("small", constant=0)
    takes: str = ""


# --- making them ------------------------------------------------------------------------------------------------------


class _Maker:
    def __init__(
        self, random: Random, kinds: Sequence[str], *, shapes: Sequence[str], native: bool, code: float
    ) -> None:
        self.random = random
        self.kinds = kinds
        self.shapes = tuple(shapes)
        self.native = native
        self.code = code
        self.specs: list[Spec] = []
        self.number = 0

    def fresh(self, start: str) -> str:
        self.number += 1
        return f"{start}{self.number}"

    def kind(self) -> str:
        return self.random.choice(self.kinds)

    def operand(self, scope: Mapping[str, str], kind: str) -> Operand | None:
        """Return a value in scope that may stand for a kind."""
        found = []
        for name, known in scope.items():
            parts: list[tuple[str, tuple[str | int, ...]]] = [(known, ())]
            if known == "record":
                parts += [("small", ("low",)), ("maybe", ("high",))]
            if known == "pair":
                parts += [("small", (0,)), ("small", (1,))]
            found += [Operand(kind, name, trail) for part, trail in parts if accepts(kind, part)]
        if found and self.random.random() < 0.93:
            return self.random.choice(found[-3:] if self.random.random() < 0.7 else found)
        if kind in ("record", "maybe record", "list", "pair"):
            return self.random.choice(found) if found else None
        return Operand(kind, constant=self.random.choice(KINDS[kind].values))

    def call(self, scope: Mapping[str, str], counts: Counter[str], result: str = "") -> Call:
        known = [s for s in self.specs if not result or s.result == result]
        spec = self.random.choice(known) if known and self.random.random() < 0.15 else self.spec(scope, result)
        args = tuple(self.operand(scope, kind) for name, kind in spec.params)
        if None in args:
            spec = self.spec(scope, result)
            args = tuple(self.operand(scope, kind) for _, kind in spec.params)
        assert None not in args
        given = tuple(arg for arg in args if arg is not None)
        if spec.defaults and self.random.random() < 0.5:
            given = given[:-1]
        return Call(self.fresh("v"), spec, given, numbered(spec.name, counts))

    def spec(self, scope: Mapping[str, str], result: str = "", params: Sequence[tuple[str, str]] | None = None) -> Spec:
        if params is None:
            usable = [k for k in self.kinds if any(accepts(k, s) for s in scope.values()) or k in _SIMPLE]
            count = self.random.choice((0, 1, 1, 2, 2))
            params = [(name, self.random.choice(usable)) for name in "pqr"[:count]]
        is_open = self.random.random() >= self.code
        made = Spec(self.fresh("h" if is_open else "n"), tuple(params), result or self.kind(), is_open)
        if params and params[-1][1] in _SIMPLE and self.random.random() < 0.15:
            made.defaults[params[-1][0]] = self.random.choice(KINDS[params[-1][1]].values)
        self.specs.append(made)
        return made

    def block(self, scope: Mapping[str, str], size: int, depth: int, counts: Counter[str], result: str = "") -> Block:
        made, inner = Block(), dict(scope)
        for position in range(size):
            last = position == size - 1
            statement, kind = self.statement(inner, depth, counts, result if last else "")
            made.statements.append(statement)
            inner[statement.to] = kind
        last_one = made.statements[-1].to
        made.result = Operand(inner[last_one], last_one)
        return made

    def statement(
        self, scope: Mapping[str, str], depth: int, counts: Counter[str], result: str
    ) -> tuple[Call | Map | Arms, str]:
        shape = self.random.choice(("call",) * 4 + self.shapes) if depth else "call"
        if shape == "sub":
            return self.sub(scope, depth, counts, result)
        if shape == "arms":
            return self.branched(scope, depth, counts, result)
        if shape == "map" and not result:
            return self.mapped(scope, depth, counts), "list"
        call = self.call(scope, counts, result)
        return call, call.spec.result

    def branched(
        self, scope: Mapping[str, str], depth: int, counts: Counter[str], result: str
    ) -> tuple[Call | Arms, str]:
        condition = self.operand(scope, "flag")
        if condition is None or not condition.name:
            call = self.call(scope, counts, result or "flag")
            return call, call.spec.result
        kind = result or self.random.choice([k for k in self.kinds if k != "list"])
        then, otherwise = (self.block(scope, 1, depth - 1, counts, kind) for _ in range(2))
        return Arms(self.fresh("v"), condition, (then, otherwise)), kind

    def mapped(self, scope: Mapping[str, str], depth: int, counts: Counter[str]) -> Map:
        lists = [Operand("list", name) for name, kind in scope.items() if kind == "list"]
        items = [self.operand(scope, "small") for _ in range(2)]
        source = Operand("list", items=tuple(item for item in items if item is not None))
        if lists and self.random.random() < 0.8:
            source = self.random.choice(lists)
        if self.random.random() < 0.6:
            spec = self.spec(scope, "small", [("p", self.random.choice(("small", "small", "maybe")))])
            return Map(self.fresh("v"), spec, source, numbered(spec.name, counts))
        path, takes = numbered("each", counts), self.fresh("i")
        body = self.block({**scope, takes: "small"}, 1, 0, Counter(), "small")
        body.takes = takes
        return Map(self.fresh("v"), body, source, path)

    def sub(self, scope: Mapping[str, str], depth: int, counts: Counter[str], result: str) -> tuple[Call, str]:
        usable = [k for k in self.kinds if any(accepts(k, s) for s in scope.values()) or k in _SIMPLE]
        params = [(name, self.random.choice(usable)) for name in "pq"[: self.random.randint(1, 2)]]
        block = self.block(dict(params), self.random.randint(1, 2), 0, Counter(), result)
        block.statements.append(_user(self.fresh("n"), self.fresh("v"), params))
        kind = dict(params) | {s.to: s.spec.result for s in block.statements if isinstance(s, Call)}
        made = Spec(self.fresh("s"), tuple(params), kind[block.result.name], block=block)
        self.specs.append(made)
        call = Call(self.fresh("v"), made, tuple(self.operand(scope, k) or Operand(k) for _, k in params), "")
        call.path = numbered(made.name, counts)
        return call, made.result


_SIMPLE = ("few", "small", "maybe", "text", "flag", "whole", "real", "maybe whole")


def _user(name: str, to: str, params: Sequence[tuple[str, str]]) -> Call:
    """Return a step that takes all parameters of a graph: an unused one is a fault."""
    args = tuple(Operand(kind, name) for name, kind in params)
    return Call(to, Spec(name, tuple(params), "few"), args, name)


def numbered(name: str, counts: Counter[str]) -> str:
    """Return the path of the next step of a name in a body."""
    counts[name] += 1
    return name if counts[name] == 1 else f"{name}#{counts[name]}"


_EXACT = ("few", "small", "small", "small", "maybe", "text", "flag", "record", "pair")
_ALL = (*_EXACT, "whole", "whole", "real", "maybe whole", "above", "even", "maybe record", "list", "list")


def program(
    random: Random,
    *,
    exact: bool = False,
    size: int = 4,
    most: int = 10,
    native: bool = False,
    shapes: Sequence[str] = ("map", "arms", "sub"),
    code: float = 0.6,
) -> Program:
    """Return a random graph with up to `most` sayings; with `exact`, types list all values that there are."""
    maker = _Maker(random, _EXACT if exact else _ALL, shapes=shapes, native=native, code=code)
    params = [(name, maker.kind()) for name in "xyz"[: random.randint(1, 2)]]
    if exact:
        maker.kinds = tuple(k for k in maker.kinds if k != "list")
    block = maker.block(dict(params), random.randint(1, size), 1, Counter())
    block.statements.append(_user("uses_all", "used", params))
    kinds = dict(params) | _kinds(block)
    block.result = Operand(kinds[block.result.name], block.result.name)
    root = Spec("root", tuple(params), block.result.kind, block=block)
    specs = [*maker.specs, root]
    for _ in range(random.randint(1, most)):
        spec = random.choice(specs)
        strength: Literal["MUST", "SHOULD"] = "SHOULD" if random.random() < 0.12 else "MUST"
        spec.said.append(Said(strength, saying(random, spec.ports, native=native)))
    return Program(root)


def _kinds(block: Block) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in block.statements:
        if isinstance(statement, Call):
            found[statement.to] = statement.spec.result
        else:
            found[statement.to] = "list" if isinstance(statement, Map) else statement.arms[0].result.kind
    return found


# --- drawing them -----------------------------------------------------------------------------------------------------


class Program:
    """A graph as data, and drawn; `sayings` are all constraints with what they mean, by number."""

    def __init__(self, root: Spec) -> None:
        self.root = root
        self.nodes: dict[Spec, Any] = {}
        self.graph: Graph[..., Any] = self.made(root)
        self.sayings: list[tuple[Constraint, Saying]] = []
        self.of: dict[Spec, list[int]] = {}
        for spec, made in self.nodes.items():
            assert [c.text for c in made.own_constraints] == [s.text for _, s in spec.sayings]
            self.of[spec] = []
            for constraint, (_, said) in zip(made.own_constraints, spec.sayings, strict=True):
                self.of[spec].append(len(self.sayings))
                self.sayings.append((constraint, said))

    def made(self, spec: Spec) -> Any:
        """Return the node of a spec."""
        if spec not in self.nodes:
            said = [(MUST if s.strength == "MUST" else SHOULD)(s.saying.text) for s in spec.said]
            if spec.block is not None:
                block = spec.block

                async def draws(*args: Any, **named: Any) -> Any:
                    given = dict(zip((name for name, _ in spec.params), args, strict=False))
                    return await self._drawn(block, given | named)

                self._make_all(block)
                self.nodes[spec] = graph(name=spec.name, constraints=said)(_typed(draws, spec))
            else:
                maker = hole if spec.open else node

                async def missing(*args: Any) -> Any:
                    todo()

                self.nodes[spec] = maker(name=spec.name, constraints=said)(_typed(missing, spec))
        return self.nodes[spec]

    def _make_all(self, block: Block) -> None:
        for statement in block.statements:
            if isinstance(statement, Call):
                self.made(statement.spec)
            elif isinstance(statement, Map):
                if isinstance(statement.body, Spec):
                    self.made(statement.body)
                else:
                    self._make_all(statement.body)
            else:
                for arm in statement.arms:
                    self._make_all(arm)

    async def _drawn(self, block: Block, scope: dict[str, Any]) -> Any:
        for statement in block.statements:
            scope[statement.to] = await self._statement(statement, dict(scope))
        return block.result.of(scope)

    def _statement(self, statement: Call | Map | Arms, scope: dict[str, Any]) -> Any:
        if isinstance(statement, Call):
            return self.nodes[statement.spec](*(arg.of(scope) for arg in statement.args))
        if isinstance(statement, Arms):
            then, otherwise = statement.arms
            return branch(
                statement.condition.of(scope),
                lambda: self._drawn(then, dict(scope)),
                lambda: self._drawn(otherwise, dict(scope)),
            )
        body = statement.body
        if isinstance(body, Spec):
            return each(self.nodes[body], statement.source.of(scope))
        return each(lambda item: self._drawn(body, {**scope, body.takes: item}), statement.source.of(scope))


def _typed(fn: Callable[..., Any], spec: Spec) -> Any:
    """Return a function with the parameters and the result of a spec."""
    params = [
        inspect.Parameter(
            name,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            annotation=KINDS[kind].type,
            default=spec.defaults.get(name, inspect.Parameter.empty),
        )
        for name, kind in spec.params
    ]
    made: Any = fn
    made.__annotations__ = {name: KINDS[kind].type for name, kind in spec.ports.items() if name != "result"}
    made.__qualname__ = spec.name
    made.__annotations__["return"] = KINDS[spec.result].type
    made.__signature__ = inspect.Signature(params, return_annotation=KINDS[spec.result].type)
    return made
