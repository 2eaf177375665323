"""The opened steps of a run, for reading: where a step stands, what it calls, and with what."""

from __future__ import annotations

from typing import Any

from lift_sys.define import Const, Fill, Node
from lift_sys.execute.block import Block
from lift_sys.resolve import Detail, Kind, Template

__all__ = ["OpenSteps"]


class OpenSteps:
    """What is known of the steps that a run has opened.

    values    a step's value, or UNSET
    home      the block of a step
    opened    the block that a map, branch, loop or graph has opened, for a loop that of its last turn
    fills     what stands in holes that were filled since the run began, with the template of a graph
    """

    __slots__ = ("fills", "home", "opened", "values")

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.home: list[Block] = []
        self.opened: dict[int, Block] = {}
        self.fills: dict[Node[..., Any], tuple[Fill, Template | None]] = {}

    def where(self, gid: int) -> tuple[Block, int, int]:
        """Return a step's block, its local number, and where its instance begins."""
        block = self.home[gid]
        local = (gid - block.base) % block.template.size
        return block, local, gid - local

    def kind(self, gid: int) -> int:
        """Return what a step is."""
        block = self.home[gid]
        return block.template.kinds[(gid - block.base) % block.template.size]

    def detail(self, gid: int) -> Detail:
        """Return the rare things of a step."""
        block, local, _ = self.where(gid)
        return block.template.details.get(local) or Detail()

    def node(self, gid: int) -> Node[..., Any] | None:
        """Return the node that a step calls."""
        block, local, _ = self.where(gid)
        return block.template.node_at(local)

    def standing_fill(self, gid: int) -> Fill | None:
        """Return what stands in a step's hole: as planned, or filled since."""
        fill = self.detail(gid).fill
        node = self.node(gid)
        if node is not None and node._replaces in self.fills and self.kind(gid) == Kind.HOLE:
            return self.fills[node._replaces][0]
        return fill

    def arguments(self, gid: int) -> tuple[list[Any], dict[str, Any]]:
        """Return the positional and keyword arguments of a step, which must all be there."""
        block, local, base = self.where(gid)
        template, values = block.template, self.values
        args = [values[base + slot] for slot in template.slots[local]]
        detail = template.details.get(local)
        if detail is None or not detail.names:
            return args, {}
        first = len(args) - len(detail.names)
        return args[:first], dict(zip(detail.names, args[first:], strict=True))

    def inputs_of(self, gid: int, body: Template) -> list[list[Any]]:
        """Return the inputs of a graph that stands in a hole: by name as in the hole, else by position."""
        node = self.node(gid)
        assert node is not None
        args, kwargs = self.arguments(gid)
        ports = node.shape.ports(tuple(args), kwargs)
        given = list(ports.values())
        columns = []
        for position, parameter in enumerate(body.params):
            place = body.places[parameter]
            assert place is not None
            if place.path in ports:
                columns.append([ports[place.path]])
            elif position < len(given):
                columns.append([given[position]])
            else:
                default = place.args[0]
                assert isinstance(default, Const)
                columns.append([default.value])
        return columns
