"""Drawing: a graph body is run once with references, and what it calls becomes places.

Awaiting a reference yields it at once, so the order of the lines says nothing about the order of execution. The
bodies of maps, arms and loops are drawn the same way, in a drawing of their own whose outer references are imports.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from types import FrameType
from typing import Any, Union

from lift_sys.define.drawing_remedies import (
    called_instead,
    in_a_list,
    listed_in_node,
    made_in_node,
    returned_from_node,
    waited_for,
    wrong_call,
)
from lift_sys.define.node_interface import Node
from lift_sys.define.projection import MISSING, projected
from lift_sys.define.reference import Ref, ref_to, said_at, type_name
from lift_sys.define.scope import current_scope
from lift_sys.define.shape import Shape, fault, file_place, place_of, user_frame
from lift_sys.define.sketch import At, Const, Made, Operand, Place, PlaceKind, Sketch
from lift_sys.define.source_text import entered_in, expression_at, made_a_node, returned_by, waits_one_by_one
from lift_sys.errors import DefinitionError, Diagnostic

__all__ = ["Drawing", "draw", "refuse_in_drawing"]

_WAITING = frozenset({"anyio", "asyncio", "sniffio", "trio"})
"""Packages whose functions wait, and raise where no loop runs."""
_PLAIN = frozenset({int, float, str, bool, bytes, complex, type(None)})


class Drawing:
    """The scope in which calls of nodes become places of a sketch."""

    __slots__ = ("_counts", "_imported", "_returned_by", "parent", "sketch", "unawaited")

    def __init__(self, name: str, parent: Drawing | None = None, *, share_names: bool = False) -> None:
        self.sketch: Sketch = Sketch(name, filename=parent.sketch.filename if parent else "")
        self.parent = parent
        self.unawaited: set[int] = set()
        self._returned_by: Callable[..., Any] | None = None
        self._counts: dict[str, int] = parent._counts if parent is not None and share_names else {}
        self._imported: dict[tuple[int, Any], int] = {}

    # --- what a body says -----------------------------------------------------------------------------------------

    def call(self, node: Node[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Ref:
        """Draw a call of a node and return the reference to its result."""
        frame: Any = sys._getframe(2)
        if frame.f_code is _DRAWS_BODIES:
            # a node that was handed to `each`, `branch` or `loop`: the user wrote that call
            frame = user_frame() or frame
        shape = node.shape
        if kwargs or not shape.required <= len(args) <= shape.simple:
            args, kwargs = self._bound(node, shape, args, kwargs)
        operand = self._operand
        operands = tuple(
            [a._ref_at if type(a) is Ref and a._ref_drawing is self else operand(a) for a in args]  # the usual case
        )
        named = {k: operand(v) for k, v in kwargs.items()} if kwargs else None
        kind: PlaceKind = "graph" if node.is_graph else "call"
        path = self._path(node.name)
        return self._drawn(Place(kind, path, shape.result, node, operands, named, frame.f_lasti, frame.f_code))

    def each(self, body: Callable[..., Awaitable[Any]], items: Any) -> Ref:
        """Draw a map of a body over items."""
        line = sys._getframe(2).f_lineno
        source = self._operand(items)
        element = _element_type(items)
        inner = Drawing(f"{self.sketch.name}/{_body_name(body, 'each')}[*]", self)
        declared = inner.draw_body(body, (element,))
        name = _body_name(body, "each")
        places = inner.sketch.places
        called = [p for p in places if p.kind != "input"]
        if isinstance(body, Node):
            called[-1].path = ""
        elif len(called) == 1 and called[0].kind == "each" and _is_whole(inner.sketch.output, places, called[0]):
            # a map whose body is one map reads as a nested one: "g/f[3][1]"
            name, called[0].path = called[0].path.partition("#")[0], ""
        place = Place("each", self._path(name), list[declared], args=(source,), line=line, bodies=(inner.sketch,))  # type: ignore[valid-type]  # built at run time from the body's result
        return self._drawn(place)

    def branch(self, condition: Any, then: Callable[[], Any], otherwise: Callable[[], Any]) -> Ref:
        """Draw a choice between two arms, of which one will run."""
        line = sys._getframe(2).f_lineno
        source = self._operand(condition)
        arms = [Drawing(self.sketch.name, self, share_names=True) for _ in range(2)]
        path = self._path("branch")
        left, right = (arm.draw_body(body, ()) for arm, body in zip(arms, (then, otherwise), strict=True))
        declared = left if left == right else Any if Any in (left, right) else Union[left, right]  # noqa: UP007 - types known at run time
        place = Place("branch", path, declared, args=(source,), line=line, bodies=(arms[0].sketch, arms[1].sketch))
        return self._drawn(place)

    def loop(self, body: Callable[..., Any], start: Any, until: Callable[..., Any], most: int) -> Ref:
        """Draw a bounded repetition."""
        line = sys._getframe(2).f_lineno
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            raise fault("LS112", said_at()[0], f"loop(most={most!r}): not a number of turns", "give 0 or more turns")
        source = self._operand(start)
        name = f"{self.sketch.name}/loop[*]"
        test = Drawing(name, self)
        turn = Drawing(name, self)
        turn._counts = test._counts
        declared = start._ref_type if isinstance(start, Ref) else _type_of(start)
        test.draw_body(until, (declared,))
        result = turn.draw_body(body, (declared,))
        place = Place(
            "loop", self._path("loop"), result, args=(source,), line=line, bodies=(test.sketch, turn.sketch), most=most
        )
        return self._drawn(place)

    # --- how it is drawn ------------------------------------------------------------------------------------------

    def input(self, name: str, declared: Any) -> Ref:
        """Add an input place and return its reference."""
        place = Place("input", name, declared)
        self.sketch.places.append(place)
        index = len(self.sketch.places) - 1
        self.sketch.inputs.append(index)
        return ref_to(self, At(index), declared)

    def draw_body(self, body: Callable[..., Any], types: Sequence[Any]) -> Any:
        """Run a body with one reference per type, keep its output, and return the output's type."""
        refs = [self.input(f"item{k or ''}", declared) for k, declared in enumerate(types)]
        return self.run_body(body, refs, {})

    def run_body(self, body: Callable[..., Any], refs: Sequence[Ref], named: dict[str, Ref]) -> Any:
        """Run a body in this drawing's scope, keep its output, and return the output's type."""
        token = current_scope.set(self)
        try:
            result = body(*refs, **named)
            if inspect.iscoroutine(result):
                result = _driven(result, self.sketch.name, body)
            elif isinstance(result, Ref):
                self.unawaited.discard(result._ref_at.place) if result._ref_drawing is self else None
        finally:
            current_scope.reset(token)
        self._returned_by = body
        self.sketch.output = self._operand(result)
        self._refuse_unawaited(body)
        return result._ref_type if isinstance(result, Ref) else _type_of(result)

    def _drawn(self, place: Place) -> Ref:
        places = self.sketch.places
        index = len(places)
        places.append(place)
        self.unawaited.add(index)
        return ref_to(self, At(index), place.type, True)

    def _path(self, name: str) -> str:
        count = self._counts.get(name, 0) + 1
        self._counts[name] = count
        return name if count == 1 else f"{name}#{count}"

    def _bound(
        self, node: Node[..., Any], shape: Shape, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        try:
            bound = shape.signature.bind(*args, **kwargs)
        except TypeError as error:
            place, expression = said_at()
            wrong, cure = wrong_call(node, expression, args, kwargs)
            where = f"{place} {self.sketch.name}/{node.name}"
            raise fault("LS108", where, f"`{expression}`: {wrong or error}", cure) from None
        return bound.args, bound.kwargs

    def _operand(self, value: Any) -> Operand:
        kind = type(value)
        if kind is Ref:
            return value._ref_at if value._ref_drawing is self else At(self._import(value))
        if kind in _PLAIN:
            return Const(value)
        if kind is list:
            return Made(list, tuple([self._operand(v) for v in value]))
        if kind is tuple:
            items = tuple([self._operand(v) for v in value])
            return Const(value) if all(isinstance(i, Const) for i in items) else Made(tuple, items)
        if kind is dict:
            keys = tuple(value)
            return Made(_dict_of(keys), tuple([self._operand(v) for v in value.values()]), keys)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            # not kind(...): its own class may have made something else of its arguments, and has done so already
            return Made(kind._make, tuple([self._operand(v) for v in value]), fields=kind._fields)
        self._refuse_hidden(value)
        return Const(value)

    def _import(self, ref: Ref) -> int:
        """Return the input place that stands here for a reference of a drawing around this one."""
        if self.parent is None:
            place, expression = said_at()
            raise fault(
                "LS109",
                f"{place} {self.sketch.name}",
                f"`{expression}` uses a reference drawn in {ref._ref_drawing.sketch.name}, which is another drawing",
                "pass the value as a parameter, or return it from the body where it was drawn",
            )
        outer = ref._ref_at if ref._ref_drawing is self.parent else At(self.parent._import(ref))
        key = (outer.place, repr(outer.trail))
        if key not in self._imported:
            self._imported[key] = len(self.sketch.places)
            self.sketch.places.append(Place("input", ref._ref_words(), ref._ref_type))
            self.sketch.imports.append((outer, self._imported[key]))
        return self._imported[key]

    def _refuse_hidden(self, value: Any) -> None:
        if inspect.iscoroutine(value):
            ended = self._returned_by
            place, expression = said_at() if ended is None else _said_last(ended)
            code = value.cr_code
            value.close()
            raise fault(
                "LS105",
                f"{place} {self.sketch.name}",
                f"`{expression}` is given a call of {code.co_name}, which is an async function and no node",
                f"make it a node, and write `await {code.co_name}(...)`:\n\n{made_a_node(code)}",
            )
        inside = getattr(value, "__dict__", None) or {}
        slots = getattr(type(value), "__slots__", ())
        held = [
            *inside.items(),
            *((s, getattr(value, s, None)) for s in ([slots] if isinstance(slots, str) else slots)),
        ]
        for name, part in [*held, *(enumerate(value) if isinstance(value, set | frozenset) else ())]:
            if isinstance(part, Ref):
                ended = self._returned_by
                place, expression = said_at() if ended is None else _said_last(ended)
                kind = type(value).__name__
                raise fault(
                    "LS102",
                    f"{place} {self.sketch.name}",
                    f"`{expression}`: the reference {part._ref_words()} is inside a {kind} (.{name}), where the engine "
                    "cannot see it",
                    made_in_node(expression, kind) if ended is None else returned_from_node(kind, inside),
                )

    def _refuse_unawaited(self, body: Callable[..., Any]) -> None:
        if not self.unawaited:
            return
        missed = [self.sketch.places[index] for index in sorted(self.unawaited)]
        code = getattr(inspect.unwrap(getattr(body, "fn", body)), "__code__", None)
        filename = self.sketch.filename or (code.co_filename if code else "?")
        raise DefinitionError(
            diagnostics=[
                Diagnostic(
                    "LS104",
                    f"{file_place(filename, p.line, getattr(body, '__module__', None))} {self.sketch.name}/{p.path}",
                    f"the call of {p.path} is never awaited",
                    f"write `await {p.path.partition('#')[0]}(...)`",
                )
                for p in missed
            ]
        )


_DRAWS_BODIES = Drawing.run_body.__code__


def _driven(body: Any, name: str, fn: Callable[..., Any]) -> Any:
    """Return what a body returns; a body that waits for anything but nodes is a fault."""
    _refuse_entering(body, name)
    try:
        body.send(None)
    except StopIteration as stop:
        return stop.value
    except DefinitionError:
        raise
    except Exception as error:  # a user's body: whatever it raises becomes a diagnostic
        line, expression, innermost, frame = _line_of(error, fn)
        if innermost in _WAITING and expression.startswith("await "):
            # no loop runs here, so what would have waited raised instead
            raise waited_for(line, name, expression, frame) from error
        said = f"the body raised {type(error).__name__} while it was drawn: {error}"
        cure = "a graph body only calls nodes and passes results on; move the work into a node"
        if innermost == "asyncio":
            said, cure = f"`{expression}`: {said}", waits_one_by_one(expression)
        raise fault("LS107", f"{line} {name}" if line else place_of(fn, name), said, cure) from error
    place, expression = said_at(body.cr_frame)
    refused = waited_for(place, name, expression, body.cr_frame)
    body.close()
    raise refused


def _refuse_entering(body: Any, name: str) -> None:
    """Refuse `async with` and `async for` before the body is run: what trio has entered cannot be left undone."""
    entered = entered_in(body.cr_code)
    if entered is None:
        return
    line, said = entered
    place = file_place(body.cr_code.co_filename, line, body.cr_frame.f_globals.get("__name__"))
    body.close()
    raise fault(
        "LS107",
        f"{place} {name}",
        f"`{said}` waits for something that is not a node, and nothing runs yet",
        "await the nodes one by one: those that do not depend on each other run side by side anyway; "
        "what else is done there is done in a node",
    )


def _said_last(body: Callable[..., Any]) -> tuple[str, str]:
    """Return the place and the source of what a body returned, that has ended."""
    code = getattr(inspect.unwrap(getattr(body, "fn", body)), "__code__", None)
    if code is None:
        return said_at()
    line, expression = returned_by(code)
    return file_place(code.co_filename, line, getattr(body, "__module__", None)), expression


def _line_of(error: BaseException, fn: Callable[..., Any]) -> tuple[str, str, str, FrameType | None]:
    """Return the innermost line that an error passed in the file of a body, what it says, the package that raised the
    error, and the frame of that line; "" and None where it passed none."""
    code = getattr(inspect.unwrap(getattr(fn, "fn", fn)), "__code__", None)
    trace, found, expression, package, within = error.__traceback__, "", "", "", None
    while trace is not None:
        frame = trace.tb_frame
        if code is not None and frame.f_code.co_filename == code.co_filename:
            found = file_place(code.co_filename, trace.tb_lineno, frame.f_globals.get("__name__"))
            expression, within = expression_at(frame.f_code, trace.tb_lasti), frame
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        trace = trace.tb_next
    return found, expression, package, within


def draw(fn: Callable[..., Any], name: str, shape: Shape) -> tuple[Sketch, Any]:
    """Return the sketch of a graph's body and the type of its output.

    Raises DefinitionError with the first fault that stops the drawing.
    """
    drawing = Drawing(name)
    code = getattr(inspect.unwrap(fn), "__code__", None)
    drawing.sketch.filename = code.co_filename if code else "?"
    refs = {p.name: drawing.input(p.name, p.type) for p in shape.parameters}
    for p in shape.parameters:
        if not p.required:
            drawing.sketch.places[refs[p.name]._ref_at.place].args = (Const(p.default),)
    declared = drawing.run_body(fn, (), refs)
    return drawing.sketch, declared


def refuse_in_drawing() -> None:
    """Raise DefinitionError where a body that is being drawn runs a graph: nothing runs before all is drawn."""
    scope = current_scope.get()
    if isinstance(scope, Drawing):
        place, expression = said_at()
        name = scope.sketch.name
        raise fault(
            "LS107",
            f"{place} {name}",
            f"`{expression}` runs a graph while {name} is drawn, and nothing runs yet",
            called_instead(expression),
        )


def _dict_of(keys: tuple[Any, ...]) -> Callable[[list[Any]], Any]:
    return lambda values: dict(zip(keys, values, strict=True))


def _element_type(items: Any) -> Any:
    declared = items._ref_type if isinstance(items, Ref) else _type_of(items)
    found = projected(declared, "item", 0)
    if found is MISSING and isinstance(items, Ref):
        place, expression = said_at()
        raise fault(
            "LS204",
            place,
            f"`{expression}`: each maps over a list, and {items._ref_words()} is {type_name(declared)}",
            listed_in_node(expression, declared) or in_a_list(expression),
        )
    return Any if found is MISSING else found


def _type_of(value: Any) -> Any:
    """Return what is known of a drawn value's type: references inside give their declared types."""
    if isinstance(value, Ref):
        return value._ref_type
    if type(value) is tuple and value:
        return tuple[tuple(_type_of(v) for v in value)]  # type: ignore[misc]  # built at run time
    if type(value) is list:
        kinds = {repr(_type_of(v)): _type_of(v) for v in value}
        return list[next(iter(kinds.values()))] if len(kinds) == 1 else list  # type: ignore[misc]  # built at run time
    return dict if type(value) is dict else type(None) if value is None else type(value)


def _is_whole(output: Operand, places: list[Place], place: Place) -> bool:
    return isinstance(output, At) and not output.trail and places[output.place] is place


def _body_name(body: Any, otherwise: str) -> str:
    return body.name if isinstance(body, Node) else otherwise
