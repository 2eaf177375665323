"""Paths of steps, made on reading: `article/check_fact[3]`.

A path says where a step was drawn or called, never when: it does not depend on the order of execution.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lift_sys.define import At, Const, Graph, Node, Operand, follow
from lift_sys.execute.block import Block
from lift_sys.execute.leaves import led_to
from lift_sys.execute.run_state import RunState
from lift_sys.resolve import UNSET, Kind

__all__ = ["copied", "identity_of", "inlined_graphs", "path_of", "ports_of", "same", "steps_of", "value_of"]


def path_of(state: RunState, gid: int) -> str:
    """Return the path of a step; of the run itself (-1) it is "", of an output its graph's."""
    return _path(state, gid, shortest=True) if gid >= 0 else ""


def identity_of(state: RunState, gid: int) -> str:
    """Return a step's path with the inputs of every child in it: known when it begins, whatever is called later."""
    return _path(state, gid, shortest=False)


def _path(state: RunState, gid: int, shortest: bool) -> str:
    block = state.home[gid]
    index, local = divmod(gid - block.base, block.template.size)
    label = _label(state, block, index, shortest)
    tail = block.template.path_at(local)
    return f"{label}/{tail}" if tail else label


def _label(state: RunState, block: Block, index: int, shortest: bool) -> str:
    owner = block.owner
    if owner < 0:
        return block.template.name if block.parent < 0 else _child_label(state, block, shortest)
    kind = state.kind(owner)
    if kind == Kind.EACH:
        return f"{_path(state, owner, shortest)}[{index}]"
    if kind == Kind.LOOP:
        return f"{_path(state, owner, shortest)}[{block.turn}]"
    if kind == Kind.BRANCH:
        # an arm adds nothing: its steps stand where the branch stands
        around = state.home[owner]
        label = _label(state, around, (owner - around.base) // around.template.size, shortest)
        prefix = state.detail(owner).prefix
        return f"{label}/{prefix}" if prefix else label
    return _path(state, owner, shortest)


def _child_label(state: RunState, block: Block, shortest: bool) -> str:
    """Return `parent/name`; among calls of one name, different inputs get a short hash, equal ones a number."""
    siblings = [c for c in state.children.get(block.parent, ()) if c.node.name == block.template.name]
    own = next((c for c in siblings if c.block is block), None)
    caller = state.node(block.parent)
    fill = None if own is None or caller is None else state.standing_fill(block.parent)
    standing = caller if fill is None else fill.by
    if own is not None and isinstance(standing, Graph) and own.node._replaces is standing._replaces:
        # a graph that is called as a whole is its own step
        return _path(state, block.parent, shortest)
    name = f"{_path(state, block.parent, shortest)}/{block.template.name}"
    if own is None or (shortest and len(siblings) == 1):
        return name
    # values without a canonical form share a key, and are told apart by their numbers
    alike = [c for c in siblings if c is own or c.key == own.key]
    if len(alike) < len(siblings) or not shortest:
        name += f"~{own.key}"
    number = alike.index(own) + 1
    return name if number == 1 else f"{name}#{number}"


def inlined_graphs(state: RunState) -> Iterator[tuple[str, Node[..., Any], Operand, int]]:
    """Yield the graphs whose steps are those of one around them: path, graph, output, and where that counts from."""
    for block in state.blocks:
        template = block.template
        for index in range(block.count) if template.graphs else ():
            label = _label(state, block, index, True)
            for path, graph, output in template.graphs:
                yield f"{label}/{path}" if path else label, graph, output, block.base + index * template.size


def value_of(state: RunState, operand: Operand, base: int) -> Any:
    """Return what an operand of an instance stands for, leaf by leaf; UNSET where something of it is not there."""
    if isinstance(operand, Const):
        return operand.value
    if isinstance(operand, At):
        gid, rest, _ = led_to(state, base + operand.place, operand.trail, settled=True)
        return UNSET if state.values[gid] is UNSET else follow(state.values[gid], rest)
    items = [value_of(state, item, base) for item in operand.items]
    return UNSET if any(item is UNSET for item in items) else operand.build(items)


def same(one: Any, other: Any) -> bool:
    """Whether two values are one and the same input: identical, or equal and of one type."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    try:
        return bool(one == other)
    except Exception:  # noqa: BLE001 - a user's __eq__: arrays, for one, have no single answer
        return False


def copied(value: Any) -> Any:
    """Return a value whose lists, dicts, tuples and sets nobody else changes."""
    kind = type(value)
    if kind is list or kind is tuple or kind is set:
        return kind([copied(item) for item in value])
    return {key: copied(item) for key, item in value.items()} if kind is dict else value


def ports_of(state: RunState, gid: int) -> dict[str, Any]:
    """Return a step's inputs by parameter, defaults included; they must all be there."""
    node = state.node(gid)
    assert node is not None
    args, kwargs = state.arguments(gid)
    return node.shape.ports(tuple(args), kwargs)


def steps_of(state: RunState, *kinds: int) -> list[int]:
    """Return the ids of the opened steps of these kinds, in the order of opening and drawing."""
    found: list[int] = []
    for block in state.blocks:
        template = block.template
        locals_ = [k for k, kind in enumerate(template.kinds) if kind in kinds]
        for start in range(block.base, block.base + template.size * block.count, template.size):
            found.extend([start + k for k in locals_])
    return found
