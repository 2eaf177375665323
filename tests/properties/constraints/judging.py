"""What the engine says of a random graph, judged by all worlds of that graph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from lift_sys import Graph
from lift_sys.resolve import facts_of, reasoning_of
from lift_sys.resolve.domain_state import LO, MASK, OUT_OF, STEP, Refuted
from lift_sys.resolve.domains import kind_of
from lift_sys.resolve.propagation import Propagation
from tests.properties.constraints.graphs import Program, Spec
from tests.properties.constraints.sayings import Said, claim, saying
from tests.properties.constraints.worlds import Worlds, minimal_masks, numbers

__all__ = ["judge_conflict", "judge_core", "judge_facts", "judge_fill", "judge_why", "judge_withdrawal"]


def musts_of(program: Program) -> int:
    """Return the mask of what must hold."""
    return sum(1 << n for n, (c, _) in enumerate(program.sayings) if c.strength == "MUST")


# --- facts ------------------------------------------------------------------------------------------------------------


def judge_facts(program: Program) -> bool:
    """Assert that every value of every world in which no MUST is broken is within what is known of its place.

    Returns whether there is such a world.
    """
    musts = musts_of(program)
    seen: dict[tuple[str, str], dict[str, Any]] = {}

    def note(trace: Sequence[tuple[str, str, Any]], _: int) -> None:
        for path, port, value in trace:
            seen.setdefault((path, port), {})[repr(value)] = value

    Worlds(program, note, lambda broken: not broken & musts)
    reasoning = reasoning_of(program.graph)
    if seen:
        assert program.graph.conflict() is None, program.graph.conflict()
    try:
        state = reasoning.facts
    except Refuted:
        assert not seen, "all runs are refuted, and there is one"
        return False
    ports = {slot for step in reasoning.whole.steps for slot in (*step.ports.values(), step.result)}
    for variable, (slot, trail) in enumerate(reasoning.leaves.keys):
        if slot not in ports:
            continue
        at = reasoning.leaves.slots[slot]
        known = seen.get((at.path, at.port), {})
        if known and reasoning.leaves.region_of(variable) in state.dead:
            raise AssertionError(f"{at.path} cannot run, and does")
        for value in known.values():
            for leaf in _leaves(value, trail):
                assert not _excluded(state, variable, leaf), (reasoning.leaves.place_of(variable), leaf)
    return bool(seen)


def _leaves(value: Any, trail: Sequence[str | int]) -> Iterable[Any]:
    """Yield what a trail leads to; nothing where it leads nowhere."""
    if not trail:
        yield value
        return
    key, *rest = trail
    if key == "#":
        if hasattr(value, "__len__"):
            yield len(value)
    elif key == "[]":
        for item in value if isinstance(value, list | tuple) else ():
            yield from _leaves(item, rest)
    elif isinstance(key, int):
        if isinstance(value, list | tuple) and -len(value) <= key < len(value):
            yield from _leaves(value[key], rest)
    elif hasattr(value, key):
        yield from _leaves(getattr(value, key), rest)


def _excluded(state: Propagation, variable: int, value: Any) -> bool:
    kind = kind_of(value)
    if not kind & state.mask[variable]:
        return True
    if value is None:
        return False
    allowed = state.allowed[variable]
    if (allowed is not None and value not in allowed) or value in state.out_of.get(variable, ()):
        return True
    if isinstance(value, int | float):
        step = state.step.get(variable, 0)
        inside = state.lo[variable] <= (value, 0) <= state.hi[variable]
        return not inside or bool(step and value % step)
    return False


# --- conflicts and repairs --------------------------------------------------------------------------------------------


def judge_conflict(program: Program) -> bool:
    """Assert that a graph whose types list all values has the conflict that it has, and all smallest repairs of it.

    Returns whether there is one.
    """
    masks = minimal_masks(program, musts_of(program))
    conflict = program.graph.conflict()
    if 0 in masks:
        assert conflict is None, str(conflict)
        return False
    assert conflict is not None, "a conflict is not seen"
    known = {c: n for n, (c, _) in enumerate(program.sayings)}
    core = sum(1 << known[c] for c in conflict.core)
    assert all(core & mask for mask in masks), f"the core can hold: {conflict}"
    for number in numbers(core):
        rest = core & ~(1 << number)
        assert any(not rest & mask for mask in masks), f"not needed in the core: {program.sayings[number][0]}"
    assert conflict.repairs_complete
    repairs = [sum(1 << known[c] for c in repair) for repair in conflict.repairs]
    assert sorted(repairs) == sorted(masks), [
        [str(program.sayings[n][0]) for n in numbers(m)] for m in set(repairs) ^ set(masks)
    ]
    sizes = [len(repair) for repair in conflict.repairs]
    assert sizes == sorted(sizes)
    return True


def judge_core(program: Program) -> None:
    """Assert that a planted conflict is seen, and that its core can hold as soon as any of it is left out."""
    conflict = program.graph.conflict()
    assert conflict is not None, "a planted conflict is not seen"
    known = {c: n for n, (c, _) in enumerate(program.sayings)}
    core = sum(1 << known[c] for c in conflict.core)
    for number in numbers(core):
        assert _can_hold(program, core & ~(1 << number)), f"not needed: {program.sayings[number][0]} in {conflict}"
    for repair in conflict.repairs:
        assert core & sum(1 << known[c] for c in repair), "a repair leaves the core"


def _can_hold(program: Program, musts: int) -> bool:
    found: list[bool] = []
    Worlds(
        program,
        lambda trace, broken: found.append(True),
        lambda broken: not found and not broken & musts,
        any_arm=True,
        most=1_000_000,
    )
    return bool(found)


# --- what if ----------------------------------------------------------------------------------------------------------


def judge_withdrawal(program: Program, random: Random) -> None:
    """Assert that what would follow without a constraint is what follows of the graph that never had it."""
    specs = [spec for spec in program.nodes if spec.said]
    spec = random.choice(specs)
    position = random.randrange(len(spec.said))
    withdrawn = program.sayings[program.of[spec][position]][0]
    before, conflict = facts_of(reasoning_of(program.graph)), program.graph.conflict()
    answer = program.graph.what_if(withdraw=[withdrawn])
    assert facts_of(reasoning_of(program.graph)) == before
    assert program.graph.conflict() is conflict

    del spec.said[position]
    spec.__dict__.pop("sayings", None)
    _assert_is_recomputed(answer, before, Program(program.root).graph)


def judge_fill(program: Program, random: Random) -> None:
    """Assert that what would follow with a fill is what follows of the graph that has it, and that nothing changes."""
    held = [spec for spec in program.nodes if spec.open and program.nodes[spec] in program.graph.holes]
    if not held:
        return
    spec = random.choice(held)
    by = Spec("filling", spec.params, spec.result, defaults=spec.defaults)
    by.said = [Said("MUST", saying(random, spec.ports)) for _ in range(2)]
    before, conflict = facts_of(reasoning_of(program.graph)), program.graph.conflict()
    fill = program.nodes[spec].fill(program.made(by))
    answer = program.graph.what_if(fill=fill)
    assert facts_of(reasoning_of(program.graph)) == before
    assert program.graph.conflict() is conflict
    assert program.graph.holes
    _assert_is_recomputed(answer, before, program.graph.with_fills(fill))


def _assert_is_recomputed(answer: Any, before: Any, then: Graph[..., Any]) -> None:
    conflict = then.conflict()
    assert (answer.conflict is None) == (conflict is None)
    if conflict is not None and conflict.repairs_complete and answer.conflict.repairs_complete:
        said = sorted(sorted(c.text for c in repair) for repair in conflict.repairs)
        assert said == sorted(sorted(c.text for c in repair) for repair in answer.conflict.repairs)
    known = reasoning_of(then)
    after = facts_of(known) if conflict is None else {}
    # of a leaf that nobody speaks of any more, nobody asks what is known
    asked = {(known.leaves.path_of(v), known.leaves.text_of(v)) for v in range(len(known.leaves.keys))}
    fallen = {
        f"{place}: {text}"
        for (place, leaf), sides in before.items()
        for side, (value, text) in sides.items()
        if (place, leaf) in asked and not _still(after.get((place, leaf), {}), side, value)
    }
    unasked = {
        f"{place}: {text}"
        for (place, leaf), sides in before.items()
        for _, text in sides.values()
        if (place, leaf) not in asked
    }
    assert set(answer.falls) - unasked == fallen


def _still(after: Mapping[int, tuple[Any, str]], side: int, value: Any) -> bool:
    """Whether one side of a leaf says as much as it did."""
    if side not in after:
        return False
    now = after[side][0]
    if side == MASK:
        return not now & ~value
    if side == STEP:
        return not now % value
    return bool(now >= value if side in (LO, OUT_OF) else now <= value)


# --- why --------------------------------------------------------------------------------------------------------------


def judge_why(program: Program, random: Random, *, exact: bool = False) -> str:
    """Assert that a claim that is said to follow does, from no more than is needed; returns what was answered.

    `exact` says that every step is a hole, so that all demands are facts, and that there are no worlds but those that
    are looked at: what follows in all of them is seen to follow.
    """
    spec = random.choice([spec for spec in program.nodes if spec.ports])
    said = claim(random, spec.ports)
    proof = program.graph.why(program.nodes[spec], said.text)
    # from what cannot hold everything follows, and only what has to do with the claim is looked at
    exact = exact and program.graph.conflict() is None
    if proof is None:
        if exact:
            assert _wrong(program, spec, said, musts_of(program)), (
                f"{spec.name}: {said.text} follows, and is not seen to"
            )
        return "no"
    known = {c: n for n, (c, _) in enumerate(program.sayings)}
    core = sum(1 << known[c] for c in proof.constraints)
    assert not _wrong(program, spec, said, core), f"{spec.name}: {said.text} does not follow:\n{proof}"
    for number in numbers(core) if exact else ():
        assert _wrong(program, spec, said, core & ~(1 << number)), (
            f"{program.sayings[number][0]} is not needed:\n{proof}"
        )
    return "yes" if core else "by types"


def _wrong(program: Program, spec: Spec, said: Any, core: int) -> bool:
    """Whether there is a world in which these constraints hold and a claim does not."""
    found: list[bool] = []
    paths = _paths(program, spec)

    def note(trace: Sequence[tuple[str, str, Any]], _: int) -> None:
        ports: dict[str, dict[str, Any]] = {}
        for path, port, value in trace:
            if path in paths:
                if port != "result" and port in ports.get(path, {}):
                    ports.pop(path)
                ports.setdefault(path, {})[port] = value
                if said.ports <= ports[path].keys() and not said.holds(ports[path], True):
                    found.append(True)

    Worlds(program, note, lambda broken: not found and not broken & core, any_arm=True)
    return bool(found)


def _paths(program: Program, spec: Spec) -> frozenset[str]:
    made = program.nodes[spec]
    graph: Any = program.graph
    if made is graph:
        return frozenset({"root"})
    return frozenset(s.path for s in reasoning_of(graph).whole.steps if s.node is made)
