"""The leaves of a graph's values and how they hang together: what facts travel on.

A *slot* is a value of the graph: a parameter of one step, a step's result, a constant. A *leaf* is a slot with a trail
of fields and items into it; each leaf that something is said of, here or where its value goes, is a variable. Flows
join slots: what is known of one end holds at the other. Nothing else of a graph matters for its constraints.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final, get_args, get_origin

from lift_sys.define import MISSING, field_names, fixed_length, is_typed_dict, projected_type
from lift_sys.resolve.domains import Declared, declared_of, declared_of_value, length

__all__ = ["ELEMENT", "LENGTH", "ROOT", "Flow", "Hull", "LeafNetwork", "Mode", "Region", "RegionKind", "Slot", "Trail"]

Trail = tuple[str | int, ...]
ELEMENT: Final = "[]"
"""In a trail: every item of a list."""
LENGTH: Final = "#"
"""At the end of a trail: how many items there are."""
ROOT: Final = 0


class Mode(IntEnum):
    """Which way facts may travel."""

    FACTS = 0
    """Demands narrow holes and inputs, and never what code gives."""
    JOINT = 1
    """Both ends of a flow are one value: whether all can hold together."""


class RegionKind(IntEnum):
    """Steps that may never run."""

    ROOT = 0
    ARM = 1
    BODY = 2
    """of a map: runs if there is an item"""
    TURN = 3
    """of a loop"""


@dataclass(slots=True)
class Region:
    """Steps that run together: an arm, the body of a map or loop; `path` is where it was drawn."""

    kind: RegionKind
    parent: int
    path: str
    items: int = -1
    """the slot of a map's items"""
    hull: int = -1
    """which of the network's choices it is an arm of"""


@dataclass(slots=True)
class Slot:
    """A value of the graph: of what type, in which region, and what to call it."""

    type: Any
    region: int
    path: str
    port: str
    value: Any = MISSING
    """the constant, where it is one"""


@dataclass(slots=True)
class Flow:
    """What is known of `source` holds at `target`; `back` says in which modes the reverse is true."""

    source: int
    at: Trail
    target: int
    to: Trail
    forward: bool = True
    back: tuple[bool, bool] = (False, False)


@dataclass(slots=True)
class Hull:
    """What is known of all `sources` holds at `target`: arms of a branch, items of a list."""

    target: int
    to: Trail
    sources: tuple[tuple[int, Trail], ...]
    regions: tuple[int, ...] = ()
    """the arms' regions, in the order of the sources"""


@dataclass(slots=True)
class LeafNetwork:
    """Slots, flows and the variables that were asked for; arrays by variable."""

    slots: list[Slot] = field(default_factory=list)
    regions: list[Region] = field(default_factory=lambda: [Region(RegionKind.ROOT, -1, "")])
    hulls: list[Hull] = field(default_factory=list)
    keys: list[tuple[int, Trail]] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    out: tuple[list[list[int]], list[list[int]]] = field(default_factory=lambda: ([], []))
    """by mode and variable: the variables that what is known of it reaches"""
    given_by: list[list[int]] = field(default_factory=list)
    """by variable: those whose value it has"""
    hull_of: list[list[int]] = field(default_factory=list)
    """by variable: the choices (numbers in `choices`) that it is a source of"""
    choices: list[tuple[int, tuple[int, ...], tuple[int, ...]]] = field(default_factory=list)
    """target, sources, regions of the sources"""
    owner: list[int] = field(default_factory=list)
    """by variable: for what holds of every item of a list, the variable of its length; else -1"""
    length_of: dict[int, int] = field(default_factory=dict)
    """by variable: that of its length"""
    sized: dict[int, int] = field(default_factory=dict)
    """by the variable of a length: whose length it is"""
    index: dict[tuple[int, Trail], int] = field(default_factory=dict)
    _flows_at: list[list[Flow]] = field(default_factory=list)
    _hulls_at: dict[int, list[Hull]] = field(default_factory=dict)
    _joined: tuple[set[tuple[int, int]], set[tuple[int, int]]] = field(default_factory=lambda: (set(), set()))
    _chosen: set[tuple[int, tuple[int, ...]]] = field(default_factory=set)

    # --- building -------------------------------------------------------------------------------------------------

    def add_slot(self, declared: Any, region: int, path: str, port: str, value: Any = MISSING) -> int:
        """Add a value of the graph and return its number."""
        self.slots.append(Slot(declared, region, path, port, value))
        self._flows_at.append([])
        return len(self.slots) - 1

    def add_flow(self, flow: Flow) -> None:
        """Join two slots; before any of their leaves is asked for."""
        self._flows_at[flow.source].append(flow)
        if flow.target != flow.source:
            self._flows_at[flow.target].append(flow)

    def add_hull(self, hull: Hull) -> int:
        """Add a choice between sources and return its number."""
        number = len(self.hulls)
        self.hulls.append(hull)
        for slot in {hull.target, *(source for source, _ in hull.sources)}:
            self._hulls_at.setdefault(slot, []).append(hull)
        return number

    def after(self, slot: int) -> Iterator[int]:
        """Yield the slots that a slot's value goes to, whole or in part."""
        for flow in self._flows_at[slot]:
            if flow.source == slot and flow.forward:
                yield flow.target
        for hull in self._hulls_at.get(slot, ()):
            if any(source == slot for source, _ in hull.sources):
                yield hull.target

    def taken_from(self, slot: int) -> Iterator[tuple[Trail, Any]]:
        """Yield what is taken of a slot's value, with the type that it has to have there."""
        for flow in self._flows_at[slot]:
            if flow.source == slot and flow.forward:
                yield flow.at, self.slots[flow.target].type

    # --- variables ------------------------------------------------------------------------------------------------

    def variable(self, slot: int, trail: Trail = ()) -> int:
        """Return the variable of a leaf, made with all that its value flows to; -1 where the type has no such leaf."""
        found = self.index.get((slot, trail))
        if found is not None:
            return found
        declared = self._declared(slot, trail)
        if declared is None:
            return -1
        number = self._make(slot, trail, declared)
        fresh = [number]
        while fresh:
            self._join(fresh.pop(), fresh)
        return number

    def _make(self, slot: int, trail: Trail, declared: Declared) -> int:
        number = len(self.keys)
        self.index[slot, trail] = number
        self.keys.append((slot, trail))
        self.declared.append(declared)
        self.owner.append(-1)
        self.hull_of.append([])
        self.given_by.append([])
        for out in self.out:
            out.append([])
        return number

    def _join(self, number: int, fresh: list[int]) -> None:
        """Make the leaves that a new one meets, and join it to them."""
        slot, trail = self.keys[number]
        if trail:
            self.owner[number] = self._owner(slot, trail, fresh)
        for flow in self._flows_at[slot]:
            for here, there, at, to, onward in (
                (flow.source, flow.target, flow.at, flow.to, True),
                (flow.target, flow.source, flow.to, flow.at, False),
            ):
                if here == slot and trail[: len(at)] == at:
                    other = self._other(there, to + trail[len(at) :], fresh)
                    if other >= 0:
                        self._connect(*(number, other) if onward else (other, number), flow)
        for hull in self._hulls_at.get(slot, ()):
            self._join_hull(hull, slot, trail, fresh)

    def _other(self, slot: int, trail: Trail, fresh: list[int]) -> int:
        found = self.index.get((slot, trail))
        if found is not None:
            return found
        declared = self._declared(slot, trail)
        if declared is None:
            return -1
        found = self._make(slot, trail, declared)
        fresh.append(found)
        return found

    def _connect(self, source: int, target: int, flow: Flow) -> None:
        if flow.forward and self.declared[source].whole and not self.declared[target].whole:
            known = self.declared[target]
            self.declared[target] = Declared(known.mask, known.lo, known.hi, known.allowed, whole=True)
        if flow.forward:
            self.given_by[target].append(source)
        for mode in Mode:
            if flow.forward:
                self._reach(mode, source, target)
            if flow.back[mode]:
                self._reach(mode, target, source)

    def _reach(self, mode: Mode, source: int, target: int) -> None:
        known = self._joined[mode]
        if (source, target) not in known:
            known.add((source, target))
            self.out[mode][source].append(target)

    def _join_hull(self, hull: Hull, slot: int, trail: Trail, fresh: list[int]) -> None:
        ends = [(hull.target, hull.to), *hull.sources]
        for at_slot, at in ends:
            if at_slot != slot or trail[: len(at)] != at:
                continue
            rest = trail[len(at) :]
            if (hull.target, hull.to + rest) in self.index and all(
                (s, t + rest) in self.index for s, t in hull.sources
            ):
                self._choose(hull, rest)
                continue
            for other, to in ends:
                self._other(other, to + rest, fresh)

    def _choose(self, hull: Hull, rest: Trail) -> None:
        target = self.index[hull.target, hull.to + rest]
        sources = tuple(self.index[s, t + rest] for s, t in hull.sources)
        if (target, sources) in self._chosen:
            return
        self._chosen.add((target, sources))
        for source in sources:
            self.hull_of[source].append(len(self.choices))
        self.choices.append((target, sources, hull.regions))

    def _owner(self, slot: int, trail: Trail, fresh: list[int]) -> int:
        """Join a leaf to what it is a part of; return the length that is 0 where an item's leaf cannot be."""
        *before, last = trail
        if last == LENGTH:
            whole = self._other(slot, tuple(before), fresh)
            if whole >= 0:
                length = self.index[slot, trail]
                self.length_of[whole], self.sized[length] = length, whole
            return -1
        if isinstance(last, int):
            every = self._other(slot, (*before, ELEMENT), fresh)
            if every >= 0:
                # what holds of every item holds of this one
                self._connect(every, self.index[slot, trail], Flow(slot, (), slot, ()))
        for position, key in enumerate(trail):
            if key == ELEMENT:
                return self._other(slot, (*trail[:position], LENGTH), fresh)
        return -1

    # --- what types say -------------------------------------------------------------------------------------------

    def type_at(self, slot: int, trail: Trail) -> Any:
        """Return the type of a leaf, Any where nobody said it."""
        at = self.slots[slot]
        found = _at(type(at.value) if at.value is not MISSING else at.type, trail)
        return Any if found is MISSING else found

    def _declared(self, slot: int, trail: Trail) -> Declared | None:
        at = self.slots[slot]
        if at.value is not MISSING:
            return _of_constant(at.value, trail)
        return _of_type(at.type, trail)

    def path_of(self, number: int) -> str:
        """Return the path of the step at which a variable is."""
        return self.slots[self.keys[number][0]].path

    def place_of(self, number: int) -> str:
        """Return where a variable is, in the words of a reader: `article/draft result.score`."""
        slot, _ = self.keys[number]
        return f"{self.slots[slot].path} {self.text_of(number)}"

    def text_of(self, number: int) -> str:
        """Return a variable in the words of the language: `len(result.claims)`."""
        slot, trail = self.keys[number]
        text = self.slots[slot].port
        for key in trail:
            if key == LENGTH:
                text = f"len({text})"
            elif key == ELEMENT:
                text += "[*]"
            else:
                text += f".{key}" if isinstance(key, str) else f"[{key}]"
        return text

    def region_of(self, number: int) -> int:
        """Return the region of a variable."""
        return self.slots[self.keys[number][0]].region

    def depth_of(self, number: int) -> int:
        """Return of how many lists a variable is an item, whichever it is."""
        slot, trail = self.keys[number]
        return trail.count(ELEMENT) + self.bodies_around(self.slots[slot].region)

    def bodies_around(self, region: int) -> int:
        """Return in how many bodies of maps a region is."""
        return sum(self.regions[around].kind is RegionKind.BODY for around in self.around(region))

    def around(self, region: int) -> Iterator[int]:
        """Yield a region and all around it, the innermost first."""
        while region >= 0:
            yield region
            region = self.regions[region].parent


def _of_constant(value: Any, trail: Trail) -> Declared | None:
    for position, key in enumerate(trail):
        if key == LENGTH:
            sized = isinstance(value, str | bytes | list | tuple | dict | set | frozenset)
            return declared_of_value(len(value)) if sized else None
        if isinstance(key, int) and isinstance(value, list | tuple) and -len(value) <= key < len(value):
            value = value[key]
        elif isinstance(key, str) and key in field_names(type(value)) and hasattr(value, key):
            value = getattr(value, key)
        else:
            return Declared() if key != ELEMENT or position < len(trail) - 1 else _of_items(value)
    return declared_of_value(value)


def _of_items(value: Any) -> Declared:
    """Return what holds of every item of a constant list."""
    if not isinstance(value, list | tuple | set | frozenset) or not value:
        return Declared()
    try:
        items = frozenset(value)
    except TypeError:
        return Declared()
    parts = [declared_of_value(item) for item in items]
    mask = 0
    for part in parts:
        mask |= part.mask
    numbers = [part for part in parts if part.lo[0] == part.hi[0]]
    if not numbers or len(numbers) < len(parts):
        return Declared(mask, allowed=items - {None})
    low, high = min(part.lo for part in numbers), max(part.hi for part in numbers)
    return Declared(mask, low, high, items - {None}, whole=all(part.whole for part in numbers))


def _of_type(declared: Any, trail: Trail) -> Declared | None:
    if trail and trail[-1] == LENGTH:
        size = fixed_length(_at(declared, trail[:-1]))
        return length() if size is None else declared_of_value(size)
    found = _at(declared, trail)
    return None if found is MISSING else declared_of(found)


def _at(declared: Any, trail: Trail) -> Any:
    """Return the type that a trail leads to, MISSING where there is none."""
    for key in trail:
        if key == ELEMENT:
            declared = element_type(declared)
        else:
            is_field = isinstance(key, str) and not is_typed_dict(declared)
            declared = projected_type(declared, "field" if is_field else "item", key)
        if declared is MISSING:
            break
    return declared


def element_type(declared: Any) -> Any:
    """Return the type of a list's items; Any where it is not said."""
    args = get_args(declared)
    if get_origin(declared) is tuple:
        return args[0] if len(args) == 2 and args[1] is Ellipsis else Any
    return args[0] if len(args) == 1 else Any
