"""What a program must give: its meaning in plain Python, step by step, with no engine and no order of execution."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lift_sys import Run
from lift_sys.record import RunRecord
from tests.properties.programs import (
    CHILDREN,
    HOLES,
    STANDING,
    TOGETHER,
    Block,
    Call,
    Made,
    Operand,
    Shape,
    Taken,
    Var,
    Workshop,
    mix,
)

__all__ = ["Expected", "assert_as_expected", "expected_of", "happened"]


@dataclass(frozen=True)
class Open:
    """No value: because of holes, of errors, or of both."""

    holes: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Struct:
    """A container that was drawn: its leaves have their values one by one."""

    build: str
    items: tuple[Any, ...]


@dataclass(frozen=True)
class Mapped:
    """The result of a map: its items have their values one by one, for a map that goes on with them."""

    items: tuple[Any, ...]


@dataclass
class Expected:
    """What a run of a program must leave behind."""

    value: Any = None
    done: dict[str, Any] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    handed_on: dict[str, str] = field(default_factory=dict)
    """errors of children that their parents failed of"""
    closures: dict[str, dict[str, Any]] = field(default_factory=dict)
    without: dict[str, Open] = field(default_factory=dict)
    """steps that do not run, or not to their end"""
    began: Counter[tuple[str, str]] = field(default_factory=Counter)
    parked: set[str] = field(default_factory=set)

    @property
    def outcome(self) -> str:
        """The name of the outcome."""
        return "Failed" if self.failed else "Incomplete" if self.closures else "Complete"

    @property
    def blocked(self) -> set[str]:
        """The steps that wait for a hole."""
        return {path for path, why in self.without.items() if why.holes}

    @property
    def skipped(self) -> set[str]:
        """The steps that depend on an error."""
        return {path for path, why in self.without.items() if why.errors}

    @property
    def events(self) -> Counter[tuple[str, str]]:
        """The events by kind and path, those of the run itself left out."""
        limits = {path for path, error in self.failed.items() if error.startswith("LoopLimit")}
        found: Counter[tuple[str, str]] = Counter()
        failed = {**self.failed, **self.handed_on}
        found.update(("step.started", path) for path in (*self.done, *failed, *self.parked) if path not in limits)
        found.update(("step.finished", path) for path in self.done)
        found.update(("step.failed", path) for path in failed)
        found.update(("hole.reached", path) for path in self.closures)
        return found


def expected_of(workshop: Workshop, a: Any, b: Any, filled: Iterable[str] = (), by_graph: str = "") -> Expected:
    """Return what the program of a workshop must give for its inputs, with some holes filled, one by a graph."""
    made = workshop.program
    for block in (made.root, *made.subs.values()):
        if not block.counts:
            _name(block, block.counts)
            block.counts["named"] += 1
    meaning = _Meaning(workshop, set(filled), by_graph)
    expected = meaning.expected
    value = meaning.block(made.root, {"a": a, "b": b}, "root")
    expected.value = strict(value)
    return expected


def strict(value: Any) -> Any:
    """Return a whole value, or why it is not there."""
    if isinstance(value, Struct | Mapped):
        items = [strict(item) for item in value.items]
        missing = _union(items)
        if missing is not None:
            return missing
        if isinstance(value, Mapped) or value.build == "list":
            return items
        return tuple(items) if value.build == "tuple" else {f"k{n}": item for n, item in enumerate(items)}
    return value


def _union(values: Iterable[Any]) -> Open | None:
    missing = [value for value in values if isinstance(value, Open)]
    if not missing:
        return None
    return Open(
        frozenset[str]().union(*(m.holes for m in missing)), frozenset[str]().union(*(m.errors for m in missing))
    )


# --- names of places --------------------------------------------------------------------------------------------------


def _claim(name: str, counts: Counter[str]) -> str:
    counts[name] += 1
    return name if counts[name] == 1 else f"{name}#{counts[name]}"


def _name(block: Block, counts: Counter[str]) -> None:
    """Give the statements of a block their paths: names by what is called, numbered by the lines."""
    for statement in block.statements:
        if isinstance(statement, Call):
            statement.path = _claim(statement.callee, counts)
        elif statement.kind == "branch":
            # the arms stand where the branch stands
            statement.path = _claim("branch", counts)
            for arm in statement.bodies:
                assert isinstance(arm, Block)
                _name(arm, counts)
        elif statement.kind == "loop":
            _name_loop(statement)
            statement.path = _claim("loop", counts)
        else:
            statement.path = _claim(_name_map(statement), counts)


def _name_loop(shape: Shape) -> None:
    inner: Counter[str] = Counter()
    paths = []
    for body in shape.bodies:
        if isinstance(body, Block):
            _name(body, inner)
            paths.append("")
        else:
            paths.append(_claim(body, inner))
    shape.inner = tuple(paths)


def _name_map(shape: Shape) -> str:
    body = shape.bodies[0]
    if isinstance(body, str):
        return body
    _name(body, Counter())
    only = body.statements[0]
    is_one_map = len(body.statements) == 1 and isinstance(only, Shape) and only.kind == "each"
    if is_one_map and isinstance(body.result, Var) and body.result.name == only.to:
        name, only.path = only.path.partition("#")[0], ""
        return name
    return "each"


# --- meaning ----------------------------------------------------------------------------------------------------------


class _Meaning:
    def __init__(self, workshop: Workshop, filled: set[str], by_graph: str) -> None:
        self.workshop = workshop
        self.filled = filled
        self.by_graph = by_graph
        self.expected = Expected()

    def block(self, block: Block, scope: Mapping[str, Any], label: str) -> Any:
        scope = dict(scope)
        for statement in block.statements:
            path = f"{label}/{statement.path}" if statement.path else label
            if isinstance(statement, Call):
                args = [self.operand(a, scope) for a in statement.args]
                kwargs = {k: self.operand(a, scope) for k, a in statement.kwargs.items()}
                scope[statement.to] = self.call(statement.callee, args, kwargs, path)
            else:
                scope[statement.to] = getattr(self, statement.kind)(statement, scope, label, path)
        return self.operand(block.result, scope)

    def operand(self, operand: Operand, scope: Mapping[str, Any]) -> Any:
        if isinstance(operand, Var):
            return scope[operand.name]
        if isinstance(operand, Made):
            return Struct(operand.build, tuple(self.operand(i, scope) for i in operand.items))
        if isinstance(operand, Taken):
            return _taken(self.operand(operand.of, scope), operand)
        return operand

    def call(self, callee: str, args: list[Any], kwargs: dict[str, Any], path: str) -> Any:
        if callee in self.workshop.subs:
            return self.block(self.workshop.program.subs[callee], dict(zip("ab", args, strict=True)), path)
        given = [strict(a) for a in args]
        named = {k: strict(a) for k, a in kwargs.items()}
        missing = _union([*given, *named.values()])
        if missing is not None:
            self.expected.without[path] = missing
            return missing
        if callee in CHILDREN:
            return self.parent(callee, given[0], path)
        ports = {"a": given[0], "b": 3, "c": 4, **dict(zip("abc", given, strict=False)), **named}
        if callee in HOLES and callee not in self.filled:
            self.expected.closures[path] = ports
            return Open(holes=frozenset({path}))
        if callee == self.by_graph:
            return self.standing(ports, path)
        return self.ran(callee, tuple(ports.values()), path)

    def standing(self, ports: Mapping[str, Any], path: str) -> Any:
        value = self.block(STANDING, ports, path)
        whole = strict(value)
        if isinstance(whole, Open):
            self.expected.without[path] = whole
        return value

    def ran(self, callee: str, args: tuple[Any, ...], path: str) -> Any:
        self.expected.began[callee, repr(args)] += 1
        try:
            value = self.workshop.work(callee, *args)
        except ValueError as error:
            self.expected.failed[path] = f"ValueError: {error}"
            return Open(errors=frozenset({path}))
        self.expected.done[path] = value
        return value

    def parent(self, name: str, a: Any, path: str) -> Any:
        expected = self.expected
        expected.began[name, repr((a,))] += 1
        value, values, missing = a, [], []
        for number, child in enumerate(CHILDREN[name]):
            given = a if name in TOGETHER else value
            value = strict(self.call(child, [given] if child in CHILDREN else [given, number], {}, f"{path}/{child}"))
            if isinstance(value, Open):
                missing.append(value)
                if name not in TOGETHER:
                    break
            values.append((number, value))
        found = _union(missing)
        if found is None:
            expected.done[path] = mix(name, values) if name in TOGETHER else mix(name, value)
            return expected.done[path]
        if found.errors:
            # what a child raises is raised in its parent
            child = next(iter(found.errors))
            expected.failed[path] = expected.handed_on[child] = expected.failed.pop(child)
            return Open(errors=frozenset({path}))
        expected.without[path] = found
        expected.parked.add(path)
        return found

    def each(self, shape: Shape, scope: Mapping[str, Any], _: str, path: str) -> Any:
        source = self.operand(shape.source, scope)
        if isinstance(source, Open):
            self.expected.without[f"{path}[*]"] = source
            return source
        items = source.items if isinstance(source, Struct | Mapped) else source
        return Mapped(tuple(self.body(shape.bodies[0], item, scope, f"{path}[{k}]") for k, item in enumerate(items)))

    def branch(self, shape: Shape, scope: Mapping[str, Any], label: str, path: str) -> Any:
        condition = strict(self.operand(shape.source, scope))
        if isinstance(condition, Open):
            self.expected.without[path] = condition
            return condition
        return self.body(shape.bodies[0 if condition else 1], None, scope, label)

    def loop(self, shape: Shape, scope: Mapping[str, Any], _: str, path: str) -> Any:
        value = strict(self.operand(shape.source, scope))
        if isinstance(value, Open):
            self.expected.without[path] = value
            return value
        for turn in range(shape.most + 1):
            answer = strict(self.turn(shape, 0, value, scope, f"{path}[{turn}]"))
            if isinstance(answer, Open):
                # as a branch waits for its condition
                self.expected.without[path] = answer
                return answer
            if answer:
                return value
            if turn < shape.most:
                value = strict(self.turn(shape, 1, value, scope, f"{path}[{turn}]"))
                if isinstance(value, Open):
                    return value
        self.expected.failed[path] = "LoopLimit"
        return Open(errors=frozenset({path}))

    def turn(self, shape: Shape, which: int, value: Any, scope: Mapping[str, Any], label: str) -> Any:
        inner = shape.inner[which]
        return self.body(shape.bodies[which], value, scope, f"{label}/{inner}" if inner else label)

    def body(self, body: Block | str, item: Any, scope: Mapping[str, Any], label: str) -> Any:
        if isinstance(body, str):
            return self.call(body, [item], {}, label)
        # from inside of a body, a map around it is seen as one list
        inner = {**scope, **({body.takes.name: item} if body.takes else {})}
        return self.block(body, inner, label)


def _taken(value: Any, taken: Taken) -> Any:
    if isinstance(value, Struct | Mapped):
        return value.items[int(str(taken.key).removeprefix("k"))]
    if isinstance(value, Open):
        return value
    return getattr(value, str(taken.key)) if taken.how == "field" else value[taken.key]


# --- judging ----------------------------------------------------------------------------------------------------------


def assert_as_expected(run: Run[Any] | RunRecord, expected: Expected) -> None:
    """Assert that a run ended as its program must: outcome, values, closures, who is blocked and who was skipped."""
    outcome: Any = run.outcome
    assert type(outcome).__name__ == expected.outcome
    if expected.outcome == "Complete":
        assert outcome.value == expected.value
    elif expected.outcome == "Failed":
        assert set(outcome.errors) == set(expected.failed)
        assert set(outcome.skipped) == expected.skipped
    else:
        assert set(outcome.blocked) == expected.blocked
    closures = run.holes if isinstance(run, Run) else run.closures
    assert {c.path: dict(c.inputs) for c in closures} == expected.closures
    value_at = run.at if isinstance(run, Run) else run.value_at
    assert {path: value_at(path) for path in expected.done} == expected.done


def happened(run: Run[Any]) -> Counter[tuple[str, str]]:
    """Return the events of a run by kind and path, those of its steps alone."""
    return Counter((e.kind, e.path) for e in run.events if e.kind.startswith("step.") or e.kind == "hole.reached")
