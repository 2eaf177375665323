"""Instances of a template: a block is a range of ids; a child is a block that a running body called for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lift_sys.define import Node
from lift_sys.execute.keys import short_key
from lift_sys.resolve import Template

__all__ = ["Block", "Child"]


class Block:
    """`count` instances of one template, side by side: ids from `base`, `template.size` for each.

    `owner` is the step that opened it, -1 for a root; `parent` is the step whose body called it, -1 if none did;
    `turn` is the turn of a loop; `items` are the steps that give a map its items, where they are steps; `watched` are
    the template's, and those whose leaves are waited for in this run.
    """

    __slots__ = ("base", "count", "items", "owner", "parent", "template", "turn", "watched")

    def __init__(
        self,
        template: Template,
        base: int,
        count: int,
        owner: int,
        parent: int = -1,
        turn: int = 0,
        items: Sequence[int] | None = None,
    ) -> None:
        self.template = template
        self.base = base
        self.count = count
        self.owner = owner
        self.parent = parent
        self.turn = turn
        self.items = items
        self.watched = template.watched

    def watch(self, gid: int) -> None:
        """Have the machine look for followers when a step, or the same one of another instance, has its value."""
        local = (gid - self.base) % self.template.size
        if not self.watched[local]:
            self.watched = self.watched[:]
            self.watched[local] = 1

    @property
    def out(self) -> int:
        """The step that is the output of its first instance."""
        return self.base + self.template.out


class Child:
    """A call that a body made: what it called, with what, and the block that answers it."""

    __slots__ = ("_key", "args", "block", "kwargs", "node")

    def __init__(self, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], block: Block) -> None:
        self.node = node
        self.args = args
        self.kwargs = kwargs
        self.block = block
        self._key = ""

    @property
    def key(self) -> str:
        """A short hash of what it was called with; made once, as each path of a sibling asks for it."""
        if not self._key:
            self._key = short_key(self.args, self.kwargs)
        return self._key
