"""Properties as a judge: hypothesis thinks of inputs here, the program answers them behind its wall."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
import anyio.to_thread

from lift_sys.errors import DefinitionError, SandboxError
from lift_sys.judges.sandbox import Job, Sandbox, Session

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Counterexample", "PropertyVerdict", "judge_property"]

_HELP = (
    "use int, bool, str, float, bytes, None, list[..], dict[.., ..], set[..], tuple[..], Optional[..], | and Literal"
)


@dataclass(frozen=True)
class Counterexample:
    """The smallest arguments found that break a property, what came of them, and how that breaks it."""

    args: tuple[Any, ...]
    value: Any
    error: str


@dataclass(frozen=True)
class PropertyVerdict:
    """How a property fared: `holds` means that none of the `tried` inputs broke it, not that none can."""

    holds: bool
    tried: int
    counterexample: Counterexample | None = None


async def judge_property(
    sandbox: Sandbox,
    job: Job,
    types: Sequence[str],
    ensures: Callable[..., bool],
    *,
    requires: Callable[..., bool] | None = None,
    examples: int = 100,
    seed: int = 0,
) -> PropertyVerdict:
    """Try a program on generated inputs and return the smallest on which `ensures(*args, result)` is false.

    `types` are the parameters' types as text. Inputs for which `requires(*args)` is false are not tried. A call that
    raises breaks the property, and so does an answer that makes `ensures` raise. So does an input on which the program
    dies or runs out of the job's `timeout`, which counts for the whole search; such an input is not made smaller. The
    same seed tries the same inputs. Needs the package hypothesis.
    """
    strategy = _arguments(types)
    async with sandbox.session(job) as session:
        search = _Search(session, ensures, requires)
        # hypothesis calls its test like a function, so it lives in a thread; the calls come back to this event loop.
        await anyio.to_thread.run_sync(search.run, strategy, examples, seed)
    return PropertyVerdict(search.smallest is None, search.tried, search.smallest)


class _Broken(Exception):
    """Tells hypothesis that an input breaks the property."""


class _Search:
    """One search: what was tried, and the smallest input that failed so far."""

    def __init__(self, session: Session, ensures: Callable[..., bool], requires: Callable[..., bool] | None) -> None:
        self._session = session
        self._ensures = ensures
        self._requires = requires
        self.tried = 0
        self.smallest: Counterexample | None = None

    def run(self, strategy: SearchStrategy[tuple[Any, ...]], examples: int, seed: int) -> None:
        """Search in this thread until an input is found and made small, or enough were tried."""
        import hypothesis

        limits = hypothesis.settings(
            max_examples=examples, database=None, deadline=None, suppress_health_check=list(hypothesis.HealthCheck)
        )

        @hypothesis.seed(seed)
        @limits
        @hypothesis.given(strategy)
        def holds(args: tuple[Any, ...]) -> None:
            if self._requires is not None:
                hypothesis.assume(self._requires(*args))
            self._try(args)

        try:
            holds()
        except _Broken:
            return
        except hypothesis.errors.Flaky:
            return  # it failed once and not again: what failed is remembered
        except hypothesis.errors.Unsatisfiable:
            if self.tried == 0:
                raise DefinitionError("no input was found for which `requires` holds; widen it or the types") from None

    def _try(self, args: tuple[Any, ...]) -> None:
        if self._session.ended is not None:
            # Nobody answers any more: only the input that ended the program fails, so the search ends there too.
            if self.smallest is not None and args == self.smallest.args:
                raise _Broken
            return
        self.tried += 1
        result = anyio.from_thread.run(self._session.call, *args)
        error = result.error or self._fault(args, result.value)
        if error is None:
            return
        # hypothesis ends on the smallest failing input, so the last one to fail is it.
        self.smallest = Counterexample(args, result.value, error)
        raise _Broken

    def _fault(self, args: tuple[Any, ...], value: Any) -> str | None:
        try:
            return None if self._ensures(*args, value) else "ensures is false"
        except Exception as error:  # noqa: BLE001 - a statement about answers may fail in any way on a wrong one
            return f"ensures raised {type(error).__name__}: {error}"


def _arguments(types: Sequence[str]) -> SearchStrategy[tuple[Any, ...]]:
    try:
        from hypothesis import strategies
    except ImportError:
        raise SandboxError("property tests need the package hypothesis: pip install hypothesis") from None
    return strategies.tuples(*(_strategy(text) for text in types))


def _strategy(text: str) -> SearchStrategy[Any]:
    """Return what generates values of a type written as text; the text is read, never evaluated."""
    try:
        tree = ast.parse(text, mode="eval").body
        return _of(tree)
    except (SyntaxError, RecursionError, ValueError):
        raise DefinitionError(f"no inputs can be made for the type {text!r}: {_HELP}") from None


def _of(tree: ast.expr) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if isinstance(tree, ast.Constant) and tree.value is None:
        return st.none()
    if isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.BitOr):
        return _of(tree.left) | _of(tree.right)
    if isinstance(tree, ast.Subscript):
        inner = tree.slice.elts if isinstance(tree.slice, ast.Tuple) else [tree.slice]
        return _of_generic(_name(tree.value), inner)
    return _of_name(_name(tree))


def _name(tree: ast.expr) -> str:
    if isinstance(tree, ast.Attribute):  # typing.List
        return tree.attr
    if isinstance(tree, ast.Name):
        return tree.id
    raise ValueError(ast.dump(tree))


def _of_name(name: str) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    simple: dict[str, Callable[[], SearchStrategy[Any]]] = {
        "int": st.integers,
        "bool": st.booleans,
        # Not-a-number equals nothing, so it would break properties that are true of numbers.
        "float": lambda: st.floats(allow_nan=False, allow_infinity=False),
        "str": st.text,
        "bytes": st.binary,
        "list": lambda: st.lists(st.integers()),
        "dict": lambda: st.dictionaries(st.text(), st.integers()),
        "Any": lambda: st.integers() | st.text(),
        "object": lambda: st.integers() | st.text(),
    }
    if name not in simple:
        raise ValueError(name)
    return simple[name]()


def _of_generic(name: str, inner: list[ast.expr]) -> SearchStrategy[Any]:
    from hypothesis import strategies as st

    if name == "Literal":
        return st.sampled_from([ast.literal_eval(item) for item in inner])
    if name in ("tuple", "Tuple") and isinstance(inner[-1], ast.Constant) and inner[-1].value is Ellipsis:
        return st.lists(_of(inner[0])).map(tuple)
    parts = [_of(item) for item in inner]
    if name in ("tuple", "Tuple"):
        return st.tuples(*parts)
    if name in ("dict", "Dict", "Mapping") and len(parts) == 2:
        return st.dictionaries(parts[0], parts[1])
    if name in ("Union", "Optional"):
        return st.one_of(*parts, *([st.none()] if name == "Optional" else []))
    if name in ("list", "List", "Sequence", "Iterable", "Collection") and len(parts) == 1:
        return st.lists(parts[0])
    if name in ("set", "Set", "frozenset") and len(parts) == 1:
        return st.frozensets(parts[0]) if name == "frozenset" else st.sets(parts[0])
    raise ValueError(name)
