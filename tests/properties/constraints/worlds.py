"""All worlds of a small graph: which values its steps can have, and which of its constraints they break.

A plain interpreter that tries every value of every step; it shares no code with what it judges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from tests.properties.constraints.graphs import Arms, Block, Call, Map, Program, Spec
from tests.properties.constraints.sayings import KINDS

__all__ = ["TooMany", "Worlds", "minimal_masks", "numbers"]


class TooMany(Exception):
    """There are too many worlds to look at each."""


Done = Callable[[Any], None]


class Worlds:
    """Visits every world: `seen(trace, broken)` is called at the end of each, with what was where.

    `broken` is a mask over `program.sayings`. A world is left as soon as `goes_on(broken)` says no. With `any_arm`
    either arm of a branch may run, whatever its condition is: nothing is concluded from conditions.
    """

    def __init__(
        self,
        program: Program,
        seen: Callable[[Sequence[tuple[str, str, Any]], int], None],
        goes_on: Callable[[int], bool] = lambda broken: True,
        *,
        any_arm: bool = False,
        most: int = 60_000,
    ) -> None:
        self.program = program
        self.seen = seen
        self.goes_on = goes_on
        self.any_arm = any_arm
        self.left = most
        self.trace: list[tuple[str, str, Any]] = []
        self.broken = 0
        root = program.root
        self._inputs(root, list(root.params), {})

    def _inputs(self, root: Spec, params: list[tuple[str, str]], scope: dict[str, Any]) -> None:
        if params:
            (name, kind), *rest = params
            for value in KINDS[kind].values:
                self._inputs(root, rest, {**scope, name: value})
            return
        assert root.block is not None
        self._ended(root, root.name, scope, lambda done: self._block(root.block, scope, root.name, done), self._over)

    def _over(self, value: Any) -> None:
        self.seen(self.trace, self.broken)

    def _ended(self, spec: Spec, path: str, ports: dict[str, Any], run: Callable[[Done], None], done: Done) -> None:
        """Run a step: what is said of its inputs alone is asked before, the rest of inputs and result after."""
        known, marked = len(self.trace), self.broken
        self.trace.extend((path, name, value) for name, value in ports.items())
        self._ask(spec, ports)

        def given(value: Any) -> None:
            here, before = len(self.trace), self.broken
            self.trace.append((path, "result", value))
            self._ask(spec, {**ports, "result": value})
            if self.goes_on(self.broken):
                done(value)
            del self.trace[here:]
            self.broken = before

        if self.goes_on(self.broken):
            run(given)
        del self.trace[known:]
        self.broken = marked

    def _ask(self, spec: Spec, ports: dict[str, Any]) -> None:
        self.left -= 1
        if self.left < 0:
            raise TooMany
        for number in self.program.of[spec]:
            said = self.program.sayings[number][1]
            if said.ports <= ports.keys() and ("result" in said.ports) is ("result" in ports):
                self.broken |= 0 if said.holds(ports, True) else 1 << number

    def _block(self, block: Block | None, scope: dict[str, Any], path: str, done: Done) -> None:
        assert block is not None

        def at(position: int, known: dict[str, Any]) -> None:
            if position == len(block.statements):
                done(block.result.of(known))
                return
            statement = block.statements[position]
            self._statement(statement, known, path, lambda value: at(position + 1, {**known, statement.to: value}))

        at(0, scope)

    def _statement(self, statement: Call | Map | Arms, scope: dict[str, Any], path: str, done: Done) -> None:
        if isinstance(statement, Call):
            self._call(statement.spec, f"{path}/{statement.path}", [arg.of(scope) for arg in statement.args], done)
        elif isinstance(statement, Arms):
            then, otherwise = statement.arms
            taken = statement.condition.of(scope)
            for arm in statement.arms if self.any_arm else (then if taken else otherwise,):
                self._block(arm, scope, path, done)
        else:
            self._map(statement, list(statement.source.of(scope)), scope, f"{path}/{statement.path}", done)

    def _call(self, spec: Spec, path: str, args: list[Any], done: Done) -> None:
        ports = dict(spec.defaults) | dict(zip((name for name, _ in spec.params), args, strict=False))
        if spec.block is not None:
            self._ended(spec, path, ports, lambda given: self._block(spec.block, ports, path, given), done)
            return

        def run(given: Done) -> None:
            for value in KINDS[spec.result].values:
                given(value)

        self._ended(spec, path, ports, run, done)

    def _map(self, statement: Map, items: list[Any], scope: dict[str, Any], path: str, done: Done) -> None:
        body = statement.body
        known = len(self.trace)
        self.trace.append((path, "items", items))

        def at(position: int, results: list[Any]) -> None:
            if position == len(items):
                here = len(self.trace)
                self.trace.append((path, "result", results))
                done(results)
                del self.trace[here:]
            elif isinstance(body, Spec):
                self._call(body, f"{path}[*]", [items[position]], lambda value: at(position + 1, [*results, value]))
            else:
                inner = {**scope, body.takes: items[position]}
                self._block(body, inner, f"{path}[*]", lambda value: at(position + 1, [*results, value]))

        at(0, [])
        del self.trace[known:]


def minimal_masks(program: Program, of: int) -> list[int]:
    """Return what a world must break, of these constraints: every minimal set."""
    found: list[int] = []

    def seen(_: Sequence[tuple[str, str, Any]], broken: int) -> None:
        mask = broken & of
        found[:] = [known for known in found if mask & ~known or mask == known]
        if mask not in found:
            found.append(mask)

    Worlds(program, seen, lambda broken: not any(known & ~broken == 0 for known in found), any_arm=True)
    return found


def numbers(mask: int) -> Iterator[int]:
    """Yield the numbers in a mask."""
    number = 0
    while mask:
        if mask & 1:
            yield number
        mask >>= 1
        number += 1
