"""What a function does, as a hash: the same on every machine with one version of Python, wherever it is written."""

from __future__ import annotations

import dis
import inspect
from types import CellType, CodeType
from typing import Any

from lift_sys.execute.keys import key_of

__all__ = ["code_key", "here"]

_SAID = (type(None), bool, int, float, str, bytes)
_REBINDS = dis.opmap["STORE_DEREF"]


def code_key(fn: Any) -> str:
    """Return a hash of a function's code and of the plain values it holds; "" for what has no code of its own.

    What the function calls is not in it, nor where it is written, nor what may change while it runs: lists, objects,
    and whatever it closes over when it rebinds such a name itself.
    """
    inner = inspect.unwrap(fn) if callable(fn) else fn
    code = getattr(inner, "__code__", None)
    if code is None:
        return ""
    held = [*(inner.__defaults__ or ()), *sorted((inner.__kwdefaults__ or {}).items())]
    if _REBINDS not in code.co_code[::2]:
        held += [_content(cell) for cell in inner.__closure__ or ()]
    return key_of(_said(code), [_plain(value) for value in held]).hex()


def here(fn: Any) -> list[Any]:
    """Return what tells functions of one process apart: their code, and which objects they hold that code cannot say.

    The objects live as long as the function does.
    """
    inner = inspect.unwrap(fn) if callable(fn) else fn
    code = getattr(inner, "__code__", None)
    if code is None:
        return [id(fn)]
    held = [getattr(inner, "__self__", None), *(inner.__defaults__ or ()), *(inner.__kwdefaults__ or {}).values()]
    if _REBINDS not in code.co_code[::2]:
        held += [_content(cell) for cell in inner.__closure__ or ()]
    return [code_key(fn), *[id(value) for value in held if not isinstance(value, _SAID)]]


def _said(code: CodeType) -> list[Any]:
    return [
        code.co_name, code.co_code, list(code.co_names), list(code.co_varnames), code.co_flags,
        [_said(const) if isinstance(const, CodeType) else _plain(const) for const in code.co_consts],
    ]  # fmt: skip


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # a name that is not bound yet
        return None


def _plain(value: Any) -> Any:
    """Return a value that stays as it is; of anything else, only its type counts."""
    if isinstance(value, tuple | frozenset):
        parts = [_plain(part) for part in value]
        return [type(value).__name__, parts if isinstance(value, tuple) else sorted(parts, key=repr)]
    if isinstance(value, str):
        # half of a surrogate pair can stand in code, and not in a hash of text
        return value if value.isascii() else ["str", value.encode("utf-8", "surrogatepass")]
    if value is None or isinstance(value, bool | int | float | bytes):
        return value
    return ["of", type(value).__qualname__, repr(value) if isinstance(value, complex) else ""]
