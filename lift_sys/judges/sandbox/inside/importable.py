"""The standard modules a program may import; anything else needs --allow-import, or is refused by name."""

from __future__ import annotations

__all__ = ["IMPORTABLE", "WARM"]

_WARM = """
    math re collections functools itertools typing dataclasses string random json heapq bisect operator datetime
    decimal fractions statistics copy enum abc contextlib textwrap collections.abc types time asyncio
    concurrent.futures.thread inspect traceback io tempfile pathlib base64 calendar cmath array struct queue
    threading numbers unicodedata difflib pprint weakref csv zlib ast keyword linecache
"""
WARM: tuple[str, ...] = tuple(_WARM.split())
"""Imported by the waiting interpreter, most wanted first, so that programs need not; none of them starts a thread.

What each program pays at its birth grows with what is mapped here, so the few that bring OpenSSL along are left out.
"""

_IMPORTABLE = """
    __future__ __main__ _thread abc argparse array ast asyncio atexit base64 binascii bisect builtins bz2 calendar
    cmath cmd code codecs collections colorsys concurrent configparser contextlib contextvars copy copyreg cProfile
    csv dataclasses datetime dbm decimal difflib dis doctest email encodings enum errno faulthandler fileinput
    fnmatch fractions functools gc getopt gettext glob graphlib gzip hashlib heapq hmac html http importlib inspect
    io ipaddress itertools json keyword linecache locale logging lzma marshal math mimetypes mmap ntpath numbers
    opcode operator optparse os pathlib pickle pickletools pkgutil platform plistlib posixpath pprint profile pstats
    pyclbr queue quopri random re reprlib resource sched secrets select selectors shelve shlex shutil signal site
    socket sqlite3 stat statistics string stringprep struct symtable sys sysconfig tarfile tempfile textwrap
    threading time timeit token tokenize tomllib trace traceback tracemalloc types typing unicodedata unittest
    urllib uuid warnings weakref xml zipfile zlib zoneinfo
"""
IMPORTABLE: frozenset[str] = frozenset(_IMPORTABLE.split())
