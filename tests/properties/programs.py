"""Random programs: a small language of calls, containers, projections, maps, branches, loops, sub-graphs and holes.

A program is data. `Workshop` makes nodes and graphs of it; the oracle beside this file says what they must give.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Literal

import anyio

from lift_sys import Graph, Hole, Node, branch, each, graph, hole, loop, node, todo

__all__ = [
    "HOLES",
    "STANDING",
    "Block",
    "Call",
    "Made",
    "Operand",
    "Pair",
    "Program",
    "Shape",
    "Taken",
    "Var",
    "Workshop",
    "mix",
    "program",
]


@dataclass(frozen=True)
class Pair:
    """A record with two fields."""

    left: int
    right: int


def mix(*parts: Any) -> int:
    """Return a number that depends on all parts."""
    return zlib.crc32(repr(parts).encode()) % 1000


# --- the language -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Var:
    """The value of a statement or parameter; `kind` is int, pair, tuple, a list, or a container that a graph makes.

    `of` are what its items are, nameless; of a list of no known length, what every item is.
    """

    name: str
    kind: str
    of: tuple[Var, ...] = ()


@dataclass(frozen=True)
class Taken:
    """A field or item of a variable, or of what was taken of one."""

    of: Var | Taken
    key: str | int
    how: Literal["field", "item"]


@dataclass(frozen=True)
class Made:
    """A list, tuple or dict of operands."""

    build: Build
    items: tuple[Operand, ...]


Build = Literal["", "list", "tuple", "dict"]
Operand = Var | Taken | Made | int
_A, _B = Var("a", "any"), Var("b", "any")
"""The parameters of every graph."""
_ANY, _INT = Var("", "any"), Var("", "int")


@dataclass
class Call:
    """One call of a node or a sub-graph."""

    to: str
    callee: str
    args: tuple[Operand, ...]
    kwargs: dict[str, Operand] = field(default_factory=dict)
    path: str = ""


@dataclass
class Shape:
    """A map, branch or loop: its source, and bodies that are blocks or names of nodes."""

    to: str
    kind: Literal["each", "branch", "loop"]
    source: Operand
    bodies: tuple[Block | str, ...]
    most: int = 0
    path: str = ""
    inner: tuple[str, ...] = ()


@dataclass
class Block:
    """Statements with a result; `takes` is the parameter of a body."""

    statements: list[Call | Shape]
    result: Operand
    takes: Var | None = None
    counts: Counter[str] = field(default_factory=Counter)


PLAIN = ("f", "g", "two", "rec", "many", "risky", "effect")
HOLES = ("hole_a", "hole_b", "hole_two")
PARENTS = ("asks", "asks_hole", "asks_both", "asks_graph", "asks_parent")
RESULTS = {"two": "tuple", "rec": "pair", "many": "list", "hole_two": "tuple"}
RESULTS_OF = {name: Var("", kind) for name, kind in RESULTS.items()}
CHILDREN = {
    "asks": ("f", "g", "risky"),
    "asks_hole": ("f", "hole_a", "effect"),
    "asks_both": ("effect", "hole_b", "g", "hole_a"),
    "asks_graph": ("small",),
    "asks_parent": ("g", "asks_hole"),
}
TOGETHER = frozenset({"asks_both"})
STANDING = Block(
    [Call("x", "f", (_A, _B), {"c": Var("c", "any")}, path="f"), Call("y", "hole_b", (_A,), path="hole_b")],
    Made("tuple", (Var("x", "int"), Var("y", "int"))),
)
"""A graph that can stand in the hole for two, whose leaves come one by one."""


# --- making programs --------------------------------------------------------------------------------------------------


class _Maker:
    def __init__(self, random: Random, *, parents: bool, errors: bool, holes: bool, records: bool) -> None:
        self.random = random
        self.records = records
        self.number = 0
        self.subs: dict[str, Block] = {}
        self.plain_subs: list[str] = []
        self.calls = [name for name in PLAIN if errors or name != "risky"]
        self.calls += ["f", "g", *(HOLES if holes else ())]
        self.calls += PARENTS if parents and holes and errors else ()

    def fresh(self) -> str:
        self.number += 1
        return f"v{self.number}"

    def block(self, scope: list[Var], depth: int, size: int, takes: Var | None = None, record: Build = "") -> Block:
        scope = [*scope, takes] if takes else list(scope)
        statements: list[Call | Shape] = []
        for _ in range(size):
            statement, kind = self.statement(scope, depth)
            statements.append(statement)
            scope.append(Var(statement.to, kind.kind, kind.of))
        return Block(statements, self.record(record, scope) if record else self.scalar(scope, recent=True), takes)

    def record(self, build: Build, scope: list[Var]) -> Made:
        """Return a container of two, in which another one may be."""
        assert build
        items = [self.scalar(scope, recent=k == 0) for k in range(2)]
        if self.random.random() < 0.2:
            items[1] = Made("tuple", (items[1], self.scalar(scope)))
        return Made(build, tuple(items))

    def statement(self, scope: list[Var], depth: int) -> tuple[Call | Shape, Var]:
        shapes = (
            ("each", "each", "branch", "branch", "sub") if self.records else ("each", "each", "branch", "loop", "sub")
        )
        kind = self.random.choice(("call",) * (3 if self.records else 6) + (shapes if depth else ()))
        if kind == "call":
            callee = self.random.choice(self.calls)
            return self.call(callee, scope), Var("", RESULTS.get(callee, "int"))
        if kind == "sub":
            callee, first = self.sub(scope, depth)
            made = kind_of(self.subs[callee].result)
            return Call(self.fresh(), callee, (first, self.operand(scope))), made if made.kind != "int" else _ANY
        shape = getattr(self, kind)(scope, depth)
        kinds = [RESULTS_OF.get(b, _INT) if isinstance(b, str) else kind_of(b.result) for b in shape.bodies]
        if kind == "each":
            items = len(shape.source.items) if isinstance(shape.source, Made) else 0
            return shape, Var("", f"list of {items}", tuple(kinds * items)) if items else Var("", "list", tuple(kinds))
        made = common(*kinds) if kind == "branch" else _INT
        return shape, made if made.kind != "int" or kind == "loop" else _ANY

    def call(self, callee: str, scope: list[Var]) -> Call:
        args = tuple(self.operand(scope) for _ in range(self.random.choice((1, 1, 2))))
        kwargs = {"c": self.operand(scope)} if callee not in PARENTS and self.random.random() < 0.2 else {}
        return Call(self.fresh(), callee, args[:1] if callee in PARENTS else args, kwargs)

    def sub(self, scope: list[Var], depth: int) -> tuple[str, Operand]:
        """Return a sub-graph and what it takes first: some take a record apart."""
        if self.plain_subs and self.random.random() < 0.3:
            # only those that are no deeper, so that no graph is inside itself
            return self.random.choice(self.plain_subs), self.operand(scope)
        name = f"sub{len(self.subs)}_{self.fresh()}"
        records = [v for v in scope if v.kind.startswith("made")]
        given = self.random.choice(records) if records and self.random.random() < 0.6 else None
        params = [Var("a", given.kind, given.of) if given else _A, _B]
        block = self.block(params, depth - 1, self.random.randint(1, 4))
        block.statements.append(_uses_both(self.fresh()))
        inner = [*params, *(Var(s.to, "int") for s in block.statements)]
        some = tuple(self.random.choice(inner) for _ in range(2))
        block.result = self.random.choice((block.result, Made("tuple", some), Made("dict", some)))
        self.subs[name] = block
        if given is None:
            self.plain_subs = sorted([*self.plain_subs, name])
        return name, given or self.operand(scope)

    def each(self, scope: list[Var], depth: int) -> Shape:
        lists = [v for v in scope if v.kind.startswith("list") or v.kind == "made tuple"]
        source: Operand
        if lists and self.random.random() < 0.7:
            source = self.random.choice(lists)
            of = source.of
        else:
            source = Made("list", tuple(self.scalar(scope) for _ in range(self.random.randint(0, 3))))
            of = tuple(kind_of(item) for item in source.items)
        names = ("f", "risky", "hole_a", "effect", "two", "hole_two")
        return Shape(self.fresh(), "each", source, (self.body(scope, depth, names, common(*of), self.build()),))

    def build(self) -> Build:
        """Return the container that a body gives, if it gives one."""
        return self.random.choice(("tuple", "dict", "list") if self.records else ("", "", "tuple", "dict", "list"))

    def branch(self, scope: list[Var], depth: int) -> Shape:
        build = self.build()
        arms = tuple(self.block(scope, depth - 1, self.random.randint(1, 2), record=build) for _ in range(2))
        condition = self.scalar(scope)
        return Shape(self.fresh(), "branch", condition, arms)

    def loop(self, scope: list[Var], depth: int) -> Shape:
        until: Block | str = "settled"
        if self.random.random() < 0.3:
            until = self.closed_by("settled", self.block(scope, 0, 1, Var(self.fresh(), "int")))
        body = self.body(scope, depth, ("f", "g", "risky", "hole_b"))
        if isinstance(body, Block):
            # a turn gives what the next one takes
            body = self.closed_by("f", body)
        starts: list[Operand] = [*(v for v in scope if v.kind == "int"), 5]
        start = self.random.choice(starts)
        return Shape(self.fresh(), "loop", start, (until, body), most=self.random.randint(0, 4))

    def closed_by(self, callee: str, block: Block) -> Block:
        block.statements.append(Call(self.fresh(), callee, (block.result,)))
        block.result = Var(block.statements[-1].to, "int")
        return block

    def body(
        self, scope: list[Var], depth: int, names: tuple[str, ...], takes: Var = Var("", "any"), record: Build = ""
    ) -> Block | str:
        known = [n for n in names if n in self.calls]
        if self.random.random() < (0.2 if self.records else 0.5):
            return self.random.choice(known)
        taken = Var(self.fresh(), takes.kind, takes.of)
        return self.block(scope, depth - 1, self.random.randint(1, 2), taken, record)

    def operand(self, scope: list[Var]) -> Operand:
        if self.random.random() < 0.15:
            builds: tuple[Build, ...] = ("list", "tuple", "dict")
            return Made(self.random.choice(builds), tuple(self.scalar(scope) for _ in range(self.random.randint(0, 2))))
        return self.scalar(scope)

    def scalar(self, scope: list[Var], *, recent: bool = False) -> Operand:
        if not scope or self.random.random() < 0.05:
            return self.random.randint(0, 9)
        found = scope[-1] if recent else self.random.choice(scope)
        parted = [v for v in scope if v.of] if self.records else []
        if parted and self.random.random() < 0.4:
            found = self.random.choice(parted)
        taken: Var | Taken = found
        while found.of and found.kind != "list" and self.random.random() < 0.8:
            key = self.random.randrange(len(found.of))
            taken = Taken(taken, f"k{key}" if found.kind == "made dict" else key, "item")
            found = found.of[key]
        if found.kind in ("tuple", "pair") and self.random.random() < 0.8:
            key = self.random.randint(0, 1)
            return Taken(taken, key, "item") if found.kind == "tuple" else Taken(taken, ("left", "right")[key], "field")
        return taken


def kind_of(operand: Operand) -> Var:
    """Return what an operand is, nameless."""
    if isinstance(operand, Var):
        return Var("", operand.kind, operand.of)
    if isinstance(operand, Taken):
        of = kind_of(operand.of).of
        return of[int(str(operand.key).removeprefix("k"))] if of else _INT
    if isinstance(operand, Made):
        kind = f"list of {len(operand.items)}" if operand.build == "list" else f"made {operand.build}"
        return Var("", kind, tuple(map(kind_of, operand.items)))
    return _INT


def common(*kinds: Var) -> Var:
    """Return what values of some kinds have in common."""
    first, *others = kinds or (_ANY,)
    if any(other.kind != first.kind or len(other.of) != len(first.of) for other in others):
        return _ANY
    of = zip(first.of, *(other.of for other in others), strict=True)
    return Var("", first.kind, tuple(common(*parts) for parts in of))


@dataclass
class Program:
    """A block with two inputs and the sub-graphs that it calls."""

    root: Block
    subs: dict[str, Block]


def program(
    random: Random,
    *,
    size: int = 8,
    depth: int = 3,
    parents: bool = False,
    errors: bool = True,
    holes: bool = True,
    records: bool = False,
) -> Program:
    """Return a random program; with `records`, most bodies give records, and much is taken of them."""
    maker = _Maker(random, parents=parents, errors=errors, holes=holes, records=records)
    root = maker.block([_A, _B], depth, random.randint(1, size))
    root.statements.append(_uses_both(maker.fresh()))
    everything = tuple(Var(s.to, "int") for s in root.statements)
    root.result = random.choice((root.result, Made("tuple", everything)))
    if parents:
        maker.subs["small"] = Block(
            [
                Call("x", "f", (Var("a", "int"),)),
                Call("y", "hole_b", (Var("a", "int"),)),
                Call("z", "g", (Var("b", "int"),)),
            ],
            Made("tuple", (Var("x", "int"), Var("y", "int"), Var("z", "int"))),
        )
    return Program(root, maker.subs)


def _uses_both(to: str) -> Call:
    """Return a call that takes both parameters of a graph: an unused one is a fault."""
    return Call(to, "g", (_A, _B))


# --- programs become graphs -------------------------------------------------------------------------------------------


class Workshop:
    """Makes the nodes and the graph of a program; `ran` counts the bodies that began, by node and inputs.

    `busiest` is how many bodies ran at once, those that only call nodes left out. `pause` says how long a body sleeps;
    below zero, it does not suspend. With `own_names` every call has a name of its own, so that no name is numbered.
    With `policies` nodes have limits and time limits.
    """

    def __init__(
        self,
        made: Program,
        pause: Callable[[], float] | None = None,
        *,
        own_names: bool = False,
        policies: Random | None = None,
    ) -> None:
        self.own_names = own_names
        self.program = made
        self.ran: Counter[tuple[str, str]] = Counter()
        self.pause = pause
        self.busy = self.busiest = 0
        self.nodes: dict[str, Any] = {name: self._node(name) for name in (*PLAIN, "settled")}
        self.nodes |= {name: self._hole(name) for name in HOLES}
        self.subs: dict[str, Graph[..., Any]] = {name: self._graph(name, block) for name, block in made.subs.items()}
        self.nodes |= self.subs
        for name, children in CHILDREN.items():
            if all(child in self.nodes for child in children):
                self.nodes[name] = self._parent(name, children)
        if policies is not None:
            # places and times that are enough in the end
            for name in (*PLAIN, *(n for n in PARENTS if n in self.nodes)):
                self.nodes[name] = self.nodes[name].using(
                    **policies.choice(({}, {"limit": 1}, {"limit": 2}, {"timeout": 1e6}))
                )
        self.root = self._graph("root", made.root)
        self.standing = graph(name="standing")(self._standing)

    def work(self, name: str, *args: Any) -> Any:
        """Return what a node of that name makes of its inputs: the meaning that the oracle shares."""
        number = mix(name, *args)
        if name == "risky" and not number % 3:
            raise ValueError(f"risky of {args!r}")
        results = {
            "two": (number, number // 7),
            "hole_two": (number, number // 7),
            "rec": Pair(number, number // 7),
            "many": list(range(number % 4)),
            "settled": number % 3 == 0,
        }
        return results.get(name, number)

    async def _do(self, name: str, *args: Any) -> Any:
        self.ran[name, repr(args)] += 1
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        try:
            if self.pause is not None:
                seconds = self.pause()
                if seconds >= 0:
                    await anyio.sleep(seconds)
        finally:
            self.busy -= 1
        return self.work(name, *args)

    def answer(self, name: str) -> Callable[..., Any]:
        """Return code that fills the hole of that name."""

        async def answers(a: Any, b: Any = 3, c: Any = 4) -> Any:
            return await self._do(name, a, b, c)

        return answers

    def _node(self, name: str) -> Node[..., Any]:
        async def does(a: Any, b: Any = 3, c: Any = 4) -> Any:
            return await self._do(name, a, b, c)

        does.__annotations__["return"] = {"two": tuple[int, int], "rec": Pair, "many": list[int]}.get(name, int)
        return node(name=name, effect="effect" if name == "effect" else "idempotent")(does)

    def _hole(self, name: str) -> Hole[..., Any]:
        async def missing(a: Any, b: Any = 3, c: Any = 4) -> Any:
            todo()

        missing.__annotations__["return"] = tuple[int, int] if name == "hole_two" else int
        return hole(name=name)(missing)

    def _parent(self, name: str, children: tuple[str, ...]) -> Node[..., Any]:
        async def in_turn(a: Any) -> int:
            self.ran[name, repr((a,))] += 1
            value = a
            for number, child in enumerate(children):
                value = await self.nodes[child](*((value,) if child in CHILDREN else (value, number)))
            return mix(name, value)

        async def together(a: Any) -> int:
            self.ran[name, repr((a,))] += 1
            values: dict[int, Any] = {}

            async def one(number: int, child: str) -> None:
                values[number] = await self.nodes[child](a, number)

            async with anyio.create_task_group() as group:
                for number, child in enumerate(children):
                    group.start_soon(one, number, child)
            return mix(name, sorted(values.items()))

        return node(name=name)(together if name in TOGETHER else in_turn)

    async def _standing(self, a: Any, b: Any = 3, c: Any = 4) -> tuple[int, int]:
        found: tuple[int, int] = await self._perform(STANDING, {"a": a, "b": b, "c": c})
        return found

    def _graph(self, name: str, block: Block) -> Graph[..., Any]:
        async def body(a: Any, b: Any) -> Any:
            return await self._perform(block, {"a": a, "b": b})

        result = block.result
        if isinstance(result, Made):
            body.__annotations__["return"] = {
                "tuple": tuple[(Any,) * len(result.items)],  # type: ignore[misc]  # built at run time
                "dict": dict[str, Any],
                "list": list[Any],
            }[result.build]
        return graph(name=name)(body)

    async def _perform(self, block: Block, scope: dict[str, Any]) -> Any:
        scope = dict(scope)
        for statement in block.statements:
            if isinstance(statement, Call):
                args = [self._operand(a, scope) for a in statement.args]
                kwargs = {k: self._operand(a, scope) for k, a in statement.kwargs.items()}
                scope[statement.to] = await self._called(statement.callee, statement.to)(*args, **kwargs)
            else:
                scope[statement.to] = await self._shaped(statement, scope)
        return self._operand(block.result, scope)

    def _shaped(self, shape: Shape, scope: dict[str, Any]) -> Any:
        source = self._operand(shape.source, scope)
        if shape.kind == "each":
            return each(self._body(shape.bodies[0], scope, shape.to), source)
        if shape.kind == "branch":
            then, otherwise = (self._body(arm, scope) for arm in shape.bodies)
            return branch(source, lambda: then(None), lambda: otherwise(None))
        until, body = (self._body(part, scope) for part in shape.bodies)
        return loop(body, source, until=until, most=shape.most)

    def _called(self, callee: str, to: str) -> Any:
        called = self.nodes[callee]
        return called.using(name=f"{callee}_{to}") if self.own_names else called

    def _body(self, body: Block | str, scope: dict[str, Any], to: str = "") -> Any:
        if isinstance(body, str):
            return self._called(body, to) if to else self.nodes[body]

        def run(item: Any) -> Any:
            inner = {**scope, body.takes.name: item} if body.takes else scope
            return self._perform(body, inner)

        return run

    def _operand(self, operand: Operand, scope: dict[str, Any]) -> Any:
        if isinstance(operand, Var):
            return scope[operand.name]
        if isinstance(operand, Taken):
            value = self._operand(operand.of, scope)
            return getattr(value, str(operand.key)) if operand.how == "field" else value[operand.key]
        if isinstance(operand, Made):
            items = [self._operand(i, scope) for i in operand.items]
            return items if operand.build == "list" else tuple(items) if operand.build == "tuple" else _keyed(items)
        return operand


def _keyed(items: list[Any]) -> dict[str, Any]:
    return {f"k{number}": item for number, item in enumerate(items)}
