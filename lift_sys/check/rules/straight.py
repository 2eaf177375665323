"""Bodies that say nothing but calls of nodes need not be read: a long one is drawn faster than its source is parsed.

Every line of such a body runs while it is drawn, and every use of a reference in it is one that the reference notices.
What the other rules look for needs an instruction, or a name, that is not here.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Callable
from typing import Any

from lift_sys.define import Node

__all__ = ["only_calls_nodes"]

_CALLS = (
    "CACHE RESUME RETURN_GENERATOR COPY_FREE_VARS EXTENDED_ARG LOAD_GLOBAL LOAD_FAST LOAD_CONST LOAD_DEREF STORE_FAST "
    "PUSH_NULL PRECALL KW_NAMES CALL CALL_KW GET_AWAITABLE SEND END_SEND YIELD_VALUE JUMP_BACKWARD_NO_INTERRUPT "
    "CLEANUP_THROW POP_TOP BUILD_LIST LIST_APPEND LIST_TO_TUPLE BUILD_TUPLE BUILD_MAP BUILD_CONST_KEY_MAP RETURN_VALUE "
    "RETURN_CONST"
)
_HARMLESS = frozenset(dis.opmap[name] for name in _CALLS.split() if name in dis.opmap) | {0}


def only_calls_nodes(fn: Callable[..., Any]) -> bool:
    """Whether a body only awaits calls of nodes, keeps their results, and returns them; False where that is unsure."""
    inner = inspect.unwrap(fn)
    code = getattr(inner, "__code__", None)
    if code is None or not _HARMLESS.issuperset(code.co_code[::2]):
        return False
    names = (inner.__globals__.get(name) for name in code.co_names)
    try:
        around = [cell.cell_contents for cell in inner.__closure__ or ()]
    except ValueError:  # a name around the body that has no value yet
        return False
    return all(isinstance(found, Node) for found in (*names, *around))
