"""Typed async graphs with holes, for programs that use language models.

The rooms, in the order of the flow; every import looks left:
`errors < define | providers | judges < check < resolve < execute < record < explain < engine < pipeline | optimize |
planning < serve | testing`.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lift_sys.define import (
        MAY,
        MUST,
        SHOULD,
        Breaker,
        Budget,
        Cache,
        Cancelled,
        Closure,
        Complete,
        Constraint,
        ContextNodeMaker,
        Event,
        Explanation,
        Failed,
        Fill,
        Fit,
        Graph,
        Hole,
        Incomplete,
        Node,
        NodeMaker,
        PlainNodeMaker,
        Retry,
        Run,
        RunContext,
        RunSummary,
        WhatIf,
        branch,
        each,
        graph,
        hole,
        loop,
        model,
        node,
        person,
        prompt,
        relates,
        todo,
    )
    from lift_sys.engine import Engine
    from lift_sys.errors import ConstraintConflict, Diagnostic

__all__ = [
    "MAY",
    "MUST",
    "SHOULD",
    "Breaker",
    "Budget",
    "Cache",
    "Cancelled",
    "Closure",
    "Complete",
    "Constraint",
    "ConstraintConflict",
    "ContextNodeMaker",
    "Diagnostic",
    "Engine",
    "Event",
    "Explanation",
    "Failed",
    "Fill",
    "Fit",
    "Graph",
    "Hole",
    "Incomplete",
    "Node",
    "NodeMaker",
    "PlainNodeMaker",
    "Retry",
    "Run",
    "RunContext",
    "RunSummary",
    "WhatIf",
    "branch",
    "each",
    "graph",
    "hole",
    "loop",
    "model",
    "node",
    "person",
    "prompt",
    "relates",
    "todo",
]

# hidden from type checkers, for which a module with `__getattr__` has every name
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """Import the rooms at the first use of a name (PEP 562): the command line starts without most of them."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        # the engine first: it is what graphs run on
        rooms = [import_module(f"{__name__}.{room}") for room in ("engine", "define", "errors")]
        found = {each: getattr(room, each) for room in reversed(rooms) for each in __all__ if hasattr(room, each)}
        globals().update(found)
        return found[name]

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
