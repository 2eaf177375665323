"""Graphs in which a conflict was planted: sayings that hold of some values, and a few that cannot hold together."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from tests.properties.constraints.graphs import Block, Call, Operand, Program, Spec
from tests.properties.constraints.sayings import Said, bound, difference, saying

__all__ = ["planted"]


def planted(random: Random) -> Program:
    """Return a graph over whole numbers whose sayings hold of some values, but for a few that cannot hold together."""
    wide = "wide"
    root = Spec("root", (("x", wide),), wide, block=Block())
    values, givers = {"x": random.randint(-3, 3)}, {"x": root}
    steps: list[tuple[Call, str]] = []
    for number in range(random.randint(2, 4)):
        first, second = random.choice(list(values)[-2:]), random.choice(list(values))
        spec = Spec(f"n{number}", (("p", wide), ("q", wide)), wide, open=random.random() < 0.5)
        call = Call(f"v{number}", spec, (Operand(wide, first), Operand(wide, second)), spec.name)
        values[call.to], givers[call.to] = random.randint(-3, 3), spec
        steps.append((call, first))
        here = {"p": values[first], "q": values[second], "result": values[call.to]}
        _say_true(random, spec, here)
    assert root.block is not None
    root.block.statements = [call for call, _ in steps]
    root.block.result = Operand(wide, steps[-1][0].to)
    way = [steps[-1]]
    while way[-1][1] != "x" and random.random() < 0.8:
        way.append(next(step for step in steps if step[0].to == way[-1][1]))
    most = 0
    for call, _ in way:
        by = random.choice((-1, 0, 1))
        most += by
        call.spec.said.append(Said("MUST", difference("p", by, "result")))
    start, end = way[-1][1], way[0][0]
    if random.random() < 0.5:
        # a ring: what comes last is asked to be below what it was made of
        last = Spec("last", (("p", wide), ("q", wide)), wide, said=[Said("MUST", difference("p", 1 - most, "q"))])
        root.block.statements.append(Call("last", last, (Operand(wide, end.to), Operand(wide, start)), "last"))
    else:
        least = random.randint(-2, 2)
        port = "x" if start == "x" else "result"
        givers[start].said.append(Said("MUST", bound(port, ">=", least)))
        end.spec.said.append(Said("MUST", bound("result", "<", least + most)))
    for spec in {id(spec): spec for spec in givers.values()}.values():
        random.shuffle(spec.said)
    return Program(root)


def _say_true(random: Random, spec: Spec, values: Mapping[str, int]) -> None:
    """Say something of a step that holds of some values."""
    for _ in range(random.randint(0, 2)):
        made = saying(random, spec.ports, native=True)
        if made.holds(values, True):
            spec.said.append(Said("MUST", made))
