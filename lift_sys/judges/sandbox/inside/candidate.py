"""Serves one program: load it, then answer calls until the judge hangs up.

This runs beside the program, in its process, so it guards nothing: no expected value and no secret is here, whatever
the program finds in frames or through gc is its own, and a forged answer only answers its own call. What it does take
care of is that honest programs work: it holds its own references, so a program that patches print harms only itself.
"""

from __future__ import annotations

import builtins
import errno
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any

from .frames import frame, receive_from
from .values import NotPlain, decode, encode

__all__ = ["serve"]

_TEXT = 500
_NAME = "candidate"
_FILE = "<candidate>"
_reserve = bytearray(2 << 20)


def serve(read: Callable[[int], bytes], send: Callable[[memoryview], int], importable: frozenset[str]) -> None:
    """Answer the judge: first the program arrives, then its calls."""
    messages = receive_from(read)
    first = next(messages, None)
    if first is None:
        return
    write = _writer(send)
    sys.argv[:] = sys.orig_argv[:] = [_FILE]  # programs that read their arguments find none
    try:
        function = _load(first, importable | frozenset(first["allow"]))
    except BaseException as error:  # noqa: BLE001 - the seam to the program, which may raise anything
        write({"i": -1, "err": _describe(error)})
        return
    write({"i": -1, "ok": None})
    _answer(messages, function, write)


def _writer(send: Callable[[memoryview], int]) -> Callable[[Any], None]:
    def write(message: Any) -> None:
        data = memoryview(frame(message))
        while data:
            data = data[send(data) :]

    return write


def _load(first: Any, allowed: frozenset[str]) -> Callable[..., Any]:
    """Run the program as a module of its own and return the function that will be called."""
    module = types.ModuleType(_NAME)
    # Both names lead to the program, so nothing of the harness is found under `__main__`, while the usual
    # `if __name__ == "__main__":` block, which reads input or runs demonstrations, stays asleep.
    sys.modules["__main__"] = sys.modules[_NAME] = module
    space = module.__dict__
    # What the program knows as builtins is a copy, so a program that patches them patches them for itself.
    space["__builtins__"] = sys.modules["builtins"] = _guarded_builtins(allowed)
    space["__file__"] = _FILE
    exec(compile(first["source"], _FILE, "exec", dont_inherit=True), space)
    name = first["function"]
    function: Callable[..., Any] | None = space.get(name)
    if not callable(function):
        raise NameError(f"the program defines no function {name!r}")  # noqa: TRY004 - most often it is not there at all
    return function


def _guarded_builtins(allowed: frozenset[str]) -> types.ModuleType:
    """Copy the builtins with an import that keeps to the list, for the program's own code only.

    This says early and clearly what a program may lean on. It is no wall: the kernel keeps those.
    """
    guarded = types.ModuleType("builtins")
    guarded.__dict__.update(vars(builtins))
    plain_import = builtins.__import__

    def guarded_import(name: str, *rest: Any, **named: Any) -> Any:
        top = name.partition(".")[0]
        level = rest[3] if len(rest) > 3 else named.get("level", 0)
        if level == 0 and top not in allowed:
            raise ImportError(f"module {top!r} is not among those a program may import here", name=top)
        return plain_import(name, *rest, **named)

    guarded.__dict__["__import__"] = guarded_import
    return guarded


def _answer(messages: Iterator[Any], function: Callable[..., Any], write: Callable[[Any], None]) -> None:
    coroutine_type = types.CoroutineType
    for call in messages:
        number = call["i"]
        try:
            value = function(*[decode(argument) for argument in call["args"]])
            if type(value) is coroutine_type:
                value = _run_coroutine(value)
            message = {"i": number, "ok": encode(value)}
            write(message)
        except NotPlain as error:
            write({"i": number, "err": {"kind": "unsupported", "text": str(error)[:_TEXT]}})
        except BaseException as error:  # noqa: BLE001 - the seam to the program, which may raise anything
            write({"i": number, "err": _describe(error)})


def _run_coroutine(coroutine: Any) -> Any:
    import asyncio

    return asyncio.run(coroutine)


def _describe(error: BaseException) -> dict[str, Any]:
    """Say what was raised and at which line of the program; the judge takes it for the hint it is."""
    name = type(error).__name__
    try:
        text = str(error)
    except BaseException:  # noqa: BLE001 - the message is the program's code too
        text = "(an exception that cannot be printed)"
    line = _line(error)
    kind = "raised"
    if isinstance(error, MemoryError):
        # Let go of what filled the memory, and of what was kept for this moment, or nothing could be said at all.
        error.__traceback__ = None
        _reserve.clear()
        kind = "memory"
    elif isinstance(error, OSError) and error.errno in (errno.EPERM, errno.EACCES):
        kind = "denied"
    where = f" (line {line})" if type(line) is int else ""
    return {"kind": kind, "text": f"{str(name)[:80]}: {str(text)[:_TEXT]}{where}"}


def _line(error: BaseException) -> Any:
    line = getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _FILE:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
