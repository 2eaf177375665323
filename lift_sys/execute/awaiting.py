"""What a suspended body awaits: a child, tasks of its own, a lock, or something that the engine cannot see.

The way from a body to what it awaits leads through the coroutines that it is in. Waits for tasks of its own, for locks,
which such tasks hold, and for streams and queues, which they fill, end when the tasks go on. Whatever else it is (a
timer, an event, a socket, a thread) may end the wait at any time. What tasks of a body's own await is not looked at:
when such a task goes on, nobody tells.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any

__all__ = ["awaits_unseen"]

_ENGINE = frozenset({"lift_sys.execute.child_steps", "lift_sys.execute.elsewhere"})
_LIBRARIES = ("anyio", "asyncio", "trio")
_OWN_TASKS = frozenset({"TaskGroup.__aexit__", "NurseryManager.__aexit__", "wait", "_wait", "wait_for"})
_LOCKS = frozenset({"acquire", "acquire_on_behalf_of"})
_CHANNELS = frozenset(
    {
        "MemoryObjectReceiveStream.receive", "MemoryObjectSendStream.send", "MemoryReceiveChannel.receive",
        "MemorySendChannel.send", "Queue.get", "Queue.put", "Queue.join", "Condition.wait",
    }
)  # fmt: skip
_FED_BY_TASKS = _OWN_TASKS | _CHANNELS
_SHORT = frozenset({"checkpoint", "cancel_shielded_checkpoint", "checkpoint_if_cancelled", "__sleep0"})
"""Waits that end at once; what takes a lock that is free has one, too."""
_SUSPENDED = (CoroutineType, GeneratorType, AsyncGeneratorType)


def awaits_unseen(body: Any) -> bool:
    """Whether a suspended body may go on by itself: it awaits neither a child nor what its own tasks do."""
    last, for_others = body, False
    for last in _way(body):
        code, module = _code_of(last)
        if module in _ENGINE:
            return False
        if code is None or module.partition(".")[0] not in _LIBRARIES:
            continue
        if code.co_name in _SHORT or code.co_name.startswith("run_sync"):
            return True
        for_others = for_others or code.co_qualname in _FED_BY_TASKS or code.co_name in _LOCKS
    # asyncio: a task, or the result of `gather`
    for_others = for_others or isinstance(last, asyncio.Task) or hasattr(last, "_children")
    return last is not body and not for_others


def _way(body: Any) -> Iterator[Any]:
    """Yield what a coroutine awaits, what that awaits, and so on."""
    while body is not None:
        yield body
        body = _next(body)


def _next(awaiting: Any) -> Any:
    if isinstance(awaiting, CoroutineType):
        return awaiting.cr_await
    if isinstance(awaiting, GeneratorType):
        return awaiting.gi_yieldfrom
    if isinstance(awaiting, AsyncGeneratorType):
        return awaiting.ag_await
    if isinstance(awaiting, asyncio.Future):
        return None
    # iterators that Python puts around them show what they hold to the collector alone
    held = gc.get_referents(awaiting)
    return next((found for found in held if isinstance(found, (*_SUSPENDED, asyncio.Future))), None)


def _code_of(awaiting: Any) -> tuple[Any, str]:
    for prefix in ("cr", "gi", "ag"):
        frame = getattr(awaiting, f"{prefix}_frame", None)
        if frame is not None:
            return frame.f_code, str(frame.f_globals.get("__name__", ""))
    return None, ""
