"""The run as a pure machine: values and errors go in, ready steps come out.

Every step of a run has an id. An instance of a template is a range of ids; all instances of a map's body lie in one
block, so that opening a map over a hundred thousand items is a few list operations. A step is counted down when a slot
it waits for has its value; at zero a call is put into `ready`, which is the instruction to the shell, and anything else
(projection, map, branch, loop) is done at once. Nothing here awaits, reads a clock or knows of threads.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

from lift_sys.define import Fill, Node, Trail, follow
from lift_sys.errors import LoopLimit, StepError
from lift_sys.execute.block import Block, Child
from lift_sys.execute.leaves import goes_ahead, items_at, items_of, led_to, taps_of_inputs
from lift_sys.execute.open_steps import OpenSteps
from lift_sys.resolve import CALL, ITEMS, UNSET, Kind, Template

__all__ = ["RunState"]


class RunState(OpenSteps):
    """All that is known of a run; `finish` and `fail` are the events, `ready` and `reached` the instructions.

    need      how many slots a step still waits for; for an open map, how many items are not done
    errors    failed steps
    closures  holes that were reached and wait for a fill
    reached   holes, and steps that broke without a body, since the shell last looked
    children  the calls that a body made, in the order of the calls
    stuck     bodies that were ended because a child of theirs waits for a hole; they start again when it is filled
    answered  roots (children among them) whose output is there, since the shell last looked
    """

    __slots__ = (
        "_answers", "_draining", "_followers", "_pending", "_turns", "answered", "blocks", "children", "closures",
        "errors", "need", "reached", "ready", "relays", "stuck",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self.need: list[int] = []
        self.blocks: list[Block] = []
        self.ready: deque[int] = deque()
        self.reached: list[int] = []
        self.answered: list[Block] = []
        self.errors: dict[int, BaseException] = {}
        self.closures: dict[int, Node[..., Any]] = {}
        self.children: dict[int, list[Child]] = {}
        self.stuck: set[int] = set()
        # who waits for a step without a slot for it: (block, local number, instance or -1 for all, what it takes);
        # inputs of the blocks inside take the value as it is (None), projections follow what is left of their trail
        self._followers: dict[int, list[tuple[Block, int, int, Trail | None]]] = {}
        # maps that continue an open map item by item
        self.relays: dict[int, list[Block]] = {}
        # loops that turn: number of the turn, its value, and whether `until` is being asked
        self._turns: dict[int, tuple[int, Any, bool]] = {}
        self._pending: deque[tuple[int, Any]] = deque()
        # instances whose output is there, and maps that can open (None, the map), in this order: a map that follows
        # another opens before that one's items are there
        self._answers: deque[tuple[Block | None, int]] = deque()
        self._draining = False

    def copy(self) -> RunState:
        """Return a machine that goes on from here, leaving this one as it is."""
        twin = RunState()
        for name in ("values", "need", "home", "blocks", "errors", "closures", "fills", "opened", "stuck", "_turns"):
            setattr(twin, name, getattr(self, name).copy())
        twin._followers = {gid: list(found) for gid, found in self._followers.items()}
        twin.children = {gid: list(found) for gid, found in self.children.items()}
        twin.relays = {gid: list(found) for gid, found in self.relays.items()}
        twin.ready = self.ready.copy()
        return twin

    # --- events ---------------------------------------------------------------------------------------------------

    def open_root(self, template: Template, inputs: list[Any], parent: int = -1) -> Block:
        """Begin a graph, or a child of a running step, with its inputs; return its block."""
        block = self._open(template, -1, [[value] for value in inputs], parent=parent)
        self._drain()
        return block

    def finish(self, gid: int, value: Any) -> None:
        """Record the value of a step and advance what waited for it."""
        self.values[gid] = value
        block = self.home[gid]
        template = block.template
        local = gid - block.base
        if block.count > 1:
            local %= template.size
        base = gid - local
        need = self.need
        for dependant in template.dependants[local]:
            waiting = base + dependant
            left = need[waiting] - 1
            need[waiting] = left
            if not left:
                if template.kinds[dependant] == CALL:
                    self.ready.append(waiting)
                else:
                    self._advance(waiting)
        if block.watched[local]:
            self._tell(gid, local, block, value)
        if (self._pending or self._answers) and not self._draining:
            self._drain()

    def fail(self, gid: int, error: BaseException) -> None:
        """Record that a step has no value; what depends on it never becomes ready."""
        self.errors[gid] = error

    def fill(self, node: Node[..., Any], fill: Fill, template: Template | None) -> list[int]:
        """Let a fill stand in a hole and set its closures free; return their ids."""
        self.fills[node] = (fill, template)
        freed = [gid for gid, waiting in self.closures.items() if waiting is node]
        for gid in freed:
            del self.closures[gid]
            self._advance(gid)
        self._drain()
        return freed

    # --- advancing ------------------------------------------------------------------------------------------------

    def _drain(self) -> None:
        """Settle what came of itself, without recursion: a chain of maps may be as long as it likes."""
        pending, answers = self._pending, self._answers
        self._draining = True
        while pending or answers:
            if pending:
                self.finish(*pending.popleft())
            else:
                block, index = answers.popleft()
                if block is not None:
                    self._answer(block, index)
                else:
                    self._spread(index, *self.where(index)[1:])
        self._draining = False

    def _tell(self, gid: int, local: int, block: Block, value: Any) -> None:
        for follower, inner, index, trail in self._followers.pop(gid, ()):
            size = follower.template.size
            first = follower.base + inner
            if trail is not None:
                if trail[-1:] != (ITEMS,):  # a map over a list that is whole has a slot for it
                    self._take(first + index * size, trail, value)
            elif index >= 0:
                self._pending.append((first + index * size, value))
            else:
                self._pending.extend([(first + k * size, value) for k in range(follower.count)])
        if local == block.template.out:
            self._answers.append((block, (gid - block.base) // block.template.size))

    def _advance(self, gid: int) -> None:
        """Do what a step does when all it waits for is there."""
        block, local, base = self.where(gid)
        template = block.template
        kind = template.kinds[local]
        if kind == CALL:
            self.ready.append(gid)
        elif kind == Kind.HOLE:
            self._reach(gid, template, local)
        elif kind == Kind.MAKE:
            self._make(gid, template, local, base)
        elif kind == Kind.EACH:
            self._spread(gid, local, base)
        elif kind == Kind.BRANCH:
            self._choose(gid, template, local, base)
        elif kind == Kind.LOOP:
            start = self.values[base + template.slots[local][0]]
            self._ask_until(gid, 0, start)
        else:
            body = template.details[local].bodies[0]
            self._open(body, gid, self.inputs_of(gid, body))

    def _reach(self, gid: int, template: Template, local: int) -> None:
        node = template.node_at(local)
        assert node is not None
        standing = self.fills.get(node._replaces)
        if standing is None or standing[0].kind == "person":
            self.closures[gid] = node._replaces
            self.reached.append(gid)
        elif standing[1] is not None:
            self._open(standing[1], gid, self.inputs_of(gid, standing[1]))
        else:
            self.ready.append(gid)

    def _make(self, gid: int, template: Template, local: int, base: int) -> None:
        detail, slots = template.details[local], template.slots[local]
        if detail.made is None:
            self._take(gid, detail.trail, self.values[base + slots[0]])
            return
        try:
            value = detail.made.build([self.values[base + slot] for slot in slots])
        except Exception as error:  # noqa: BLE001 - a user's value: whatever its fields raise is this step's error
            self._break(gid, error)
        else:
            self._pending.append((gid, value))

    def _take(self, gid: int, trail: Trail, value: Any) -> None:
        """Give a projection its value, out of its leaf or of the whole, whichever comes first."""
        if self.values[gid] is not UNSET or gid in self.errors:
            return
        try:
            taken = follow(value, trail)
        except Exception as error:  # noqa: BLE001 - a user's value: whatever its fields raise is this step's error
            self._break(gid, error)
        else:
            self.values[gid] = taken  # here, so that it is not given twice
            self._pending.append((gid, taken))

    def _break(self, gid: int, error: BaseException) -> None:
        self.errors[gid] = error
        self.reached.append(gid)

    def _choose(self, gid: int, template: Template, local: int, base: int) -> None:
        condition = self.values[base + template.slots[local][0]]
        try:
            taken = 0 if condition else 1
        except Exception as error:  # noqa: BLE001 - a user's __bool__ may raise anything
            self._break(gid, error)
            return
        arm = template.details[local].bodies[taken]
        self._open(arm, gid)

    # --- maps -----------------------------------------------------------------------------------------------------

    def _spread(self, gid: int, local: int, base: int) -> None:
        """Open a map: one instance of its body for each item."""
        if gid in self.opened:
            # it was opened before its list was whole
            if not self.need[gid]:
                self._collect(gid)
            return
        detail = self.home[gid].template.details[local]
        if self.need[gid] > 1 and detail.follows < 0:
            return  # a list that is not whole is one thing to wait for; more is a graph that is held
        try:
            count, items, column = items_of(self, gid)
        except StepError as error:
            self._break(gid, error)
            return
        self.need[gid] += count
        for follower in detail.followed_by:
            self.need[base + follower] -= 1
            self._answers.append((None, base + follower))
        body = detail.bodies[0]
        block = self._open(body, gid, None if column is None else [column], count=count, items=items)
        if detail.follows >= 0:
            self.relays.setdefault(base + detail.follows, []).append(block)
        for index, item in enumerate(items or ()):
            self.home[item].watch(item)
            self._hand_over(item, block, body.params[0], index)
        if not count:
            self._collect(gid)

    def _collect(self, gid: int) -> None:
        """Give a map its value, once."""
        if self.values[gid] is UNSET:
            block = self.opened[gid]
            size = block.template.size
            column = self.values[gid] = self.values[block.out : block.base + size * block.count : size]
            self._pending.append((gid, column))

    def _open(
        self,
        template: Template,
        owner: int,
        columns: list[list[Any]] | None = None,
        *,
        count: int = 1,
        parent: int = -1,
        turn: int = 0,
        items: list[int] | None = None,
    ) -> Block:
        """Open instances of a template; `columns` are the values of its parameters, one list for each."""
        size, base = template.size, len(self.values)
        block = Block(template, base, count, owner, parent, turn, items)
        self.blocks.append(block)
        need, sources = (template.need, template.sources) if columns is None else template.supplied
        self.values.extend(template.initial * count)
        self.need.extend(need * count)
        self.home.extend([block] * (size * count))
        end = base + size * count
        for parameter, column in zip(template.params, columns or (), strict=False):
            self.values[base + parameter : end : size] = column
        if owner >= 0:
            self.opened[owner] = block
            self._lead_all(block, owner, columns is not None)
            outside = self.where(owner)[2]
            for outer, inner in template.imports:
                self._hand_over(outside + outer, block, inner, -1)
        for source in sources:
            if template.kinds[source] == CALL:
                self.ready.extend(range(base + source, end, size))
            else:
                for gid in range(base + source, end, size):
                    self._advance(gid)
        if template.kinds[template.out] == Kind.CONST or (columns is not None and template.out in template.params):
            self._answers.extend([(block, index) for index in range(count)])
        return block

    def _hand_over(self, outer: int, block: Block, inner: int, index: int) -> None:
        """Give a step's value to an input of a block, now or when it is there."""
        value = self.values[outer]
        if value is UNSET:
            self._followers.setdefault(outer, []).append((block, inner, index, None))
            return
        size = block.template.size
        first = block.base + inner
        for k in range(block.count) if index < 0 else (index,):
            self._pending.append((first + k * size, value))

    def _answer(self, block: Block, index: int) -> None:
        """Tell the owner of an instance that its output is there."""
        size, out = block.template.size, block.template.out
        value = self.values[block.base + index * size + out]
        owner = block.owner
        if owner < 0:
            self.answered.append(block)
            return
        kind = self.kind(owner)
        if kind == Kind.EACH:
            for relay in self.relays.get(owner, ()):
                self._pending.append((relay.base + index * relay.template.size + relay.template.params[0], value))
            left = self.need[owner] = self.need[owner] - 1
            if not left or (left == 1 and block.items and goes_ahead(self, owner)):
                self._collect(owner)
        elif kind == Kind.LOOP:
            self._turn(owner, value)
        else:
            self._pending.append((owner, value))

    # --- leaves ---------------------------------------------------------------------------------------------------

    def _lead_all(self, opened: Block, owner: int, supplied: bool) -> None:
        """Lead to their leaves who wait for a part of what a step gives that has opened, and who does so inside."""
        if owner in self._followers:
            waiting = self._followers.pop(owner)
            self._followers[owner] = [found for found in waiting if not found[3]]
            for block, local, index, trail in waiting:
                if trail:
                    self._lead(block.base + index * block.template.size + local, owner, trail)
        around, own, base = self.where(owner)
        detail = around.template.details.get(own)
        for trail, local in detail.taps if detail is not None else ():
            self._lead(base + local, owner, trail)
        if opened.template.tapped:
            for gid, source, trail in taps_of_inputs(self, opened, supplied):
                self._lead(gid, source, trail)

    def _lead(self, gid: int, source: int, trail: Trail) -> None:
        """Have a projection or map wait for the step that a trail leads to, unless it waits for that one anyway."""
        block, local, base = self.where(gid)
        leaf, rest, _ = led_to(self, source, trail, settled=True)
        if leaf == base + block.template.slots[local][0]:
            return
        value = self.values[leaf]
        if rest[-1:] == (ITEMS,):
            if value is not UNSET:
                return
            if len(rest) == 1 and items_at(self, leaf) is not None:
                self._answers.append((None, gid))
                return
        elif value is not UNSET:
            self._take(gid, rest, value)
            return
        self._followers.setdefault(leaf, []).append((block, local, (base - block.base) // block.template.size, rest))
        self.home[leaf].watch(leaf)

    # --- loops ----------------------------------------------------------------------------------------------------

    def _ask_until(self, gid: int, turn: int, value: Any) -> None:
        self._turns[gid] = (turn, value, True)
        self._open(self.detail(gid).bodies[0], gid, [[value]], turn=turn)

    def _turn(self, gid: int, answer: Any) -> None:
        turn, value, asking = self._turns[gid]
        if not asking:
            self._ask_until(gid, turn + 1, answer)
        elif answer:
            del self._turns[gid]
            self._pending.append((gid, value))
        elif turn == self.detail(gid).most:
            words = f"`until` does not hold after {turn} turns; raise `most`, or look at {value!r:.200}"
            self._break(gid, LoopLimit(words))
        else:
            self._turns[gid] = (turn, value, False)
            self._open(self.detail(gid).bodies[1], gid, [[value]], turn=turn)

    # --- reading --------------------------------------------------------------------------------------------------

    def waiting_outside(self, gid: int) -> Iterator[int]:
        """Yield the inputs of opened blocks, and the projections, that wait for a step without a slot for it."""
        for block, inner, index, _ in self._followers.get(gid, ()):
            size = block.template.size
            for k in range(block.count) if index < 0 else (index,):
                yield block.base + inner + k * size
