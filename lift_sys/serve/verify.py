"""`lift-sys verify`: judge programs that nobody trusts, one by one or by the thousand."""

from __future__ import annotations

import json as json_text
import os
import re
import stat
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import anyio
from cyclopts import Parameter

from lift_sys.errors import DefinitionError, SandboxError
from lift_sys.judges import Job, Sandbox, cases_from_json, json_from_text, open_sandbox, verdict_to_json
from lift_sys.serve.console import COMPLETE, FAILED, OutputClosed, write

__all__ = ["verify"]

_LINE_LIMIT = 16 << 20
# A program may declare an old encoding; stranger ones (utf-7, rot13) hide what it says and are not followed.
_CODING = re.compile(rb"^(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]+)")
_CODINGS = {b"latin-1", b"iso-8859-1", b"iso-8859-15", b"cp1252"}
_PROGRAM_LIMIT = 8 << 20  # more than any program may have, so one that is too long is still seen to be


async def verify(
    program: Path | None = None,
    *,
    cases: Path | None = None,
    function: str = "solve",
    timeout: float = 5.0,  # noqa: ASYNC109 - the program's limit, kept by the judge
    mem_mb: int = 256,
    isolation: str | None = None,
    allow_weak_isolation: bool = False,
    allow_import: tuple[str, ...] = (),
    batch: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    jobs: int | None = None,
    json: bool = True,
) -> int:
    """Run a program's function over cases behind the wall; the last line of stdout is the verdict as JSON.

    Parameters
    ----------
    program
        The Python file to judge.
    cases
        A JSON file with a list of {"args": [...], "expected": ...}.
    function
        The function of the program to call.
    timeout
        Seconds that all cases together may take.
    mem_mb
        Megabytes the program may allocate.
    isolation
        embedded, landlock, strong, wasm or process; the strongest that this machine has if not said.
    allow_weak_isolation
        Let `--isolation process` run, which limits time and memory only.
    allow_import
        A package beyond the standard library that programs may import; can be repeated.
    batch
        A file, or - for standard input, of JSON lines {"id", "program", "cases", "timeout"?, "mem_mb"?, "function"?};
        one line of JSON is printed for each, as soon as it is known.
    jobs
        How many programs of a batch run at once; as many as there are processors if not said.
    json
        Verdicts are always JSON; this is here because every command has it.
    """
    defaults = Job("", function=function, timeout=timeout, mem_mb=mem_mb, allow_imports=allow_import)
    one = _read_job(program, cases, batch, defaults)
    workers = 1 if one is not None else _at_once(jobs)
    sandbox = await open_sandbox(isolation, allow_weak=allow_weak_isolation, workers=workers)
    try:
        if one is not None:
            return _print(verdict_to_json(await sandbox.run(one)))
        return await _verify_batch(sandbox, batch or "-", defaults, workers)
    finally:
        await sandbox.aclose()


def _at_once(jobs: int | None) -> int:
    if jobs is not None and jobs < 1:
        raise DefinitionError(f"--jobs is {jobs}; give the number of programs to run at once, 1 or more")
    return jobs or len(os.sched_getaffinity(0))


def _print(line: dict[str, Any]) -> int:
    """Print one verdict and return its exit code."""
    # Half characters of a program's answer are no UTF-8; escaped they are JSON.
    write(json_text.dumps(line, ensure_ascii=True, allow_nan=False))
    return COMPLETE if line["verdict"] == "pass" else FAILED


def _read_job(program: Path | None, cases: Path | None, batch: str | None, defaults: Job) -> Job | None:
    """Return the one job that was asked for, None for a batch; DefinitionError for anything between."""
    if batch is not None:
        if program is not None or cases is not None:
            raise DefinitionError("--batch brings its own programs and cases; leave PROGRAM and --cases out")
        return None
    if program is None or cases is None:
        raise DefinitionError("name a program and its cases: lift-sys verify PROGRAM --cases CASES.json")
    try:
        listed = json_from_text(_read(cases))
    except DefinitionError as error:
        raise DefinitionError(f"{cases} cannot be read: {error}") from None
    return _job(defaults, {"program": str(program), "cases": listed})


def _read_program(path: Path) -> str:
    """Return a program's text; bytes that are no text stay what they are, for the program's own verdict."""
    try:
        with path.open("rb") as file:
            data = file.read(_PROGRAM_LIMIT)
    except OSError as error:
        raise DefinitionError(f"{path} cannot be read: {error.strerror}") from None
    declared = _CODING.match(data)
    if declared and declared[1].lower() in _CODINGS:
        return data.decode(declared[1].decode(), errors="surrogateescape")
    return data.decode("utf-8-sig", errors="surrogateescape")


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, ValueError) as error:
        raise DefinitionError(str(error.strerror) if isinstance(error, OSError) else "not UTF-8 text") from None


def _job(defaults: Job, asked: Any) -> Job:
    """Return the job one request describes; DefinitionError says what is wrong with it."""
    if type(asked) is not dict:
        raise DefinitionError("the request is not a JSON object")
    name, limit, memory = (
        asked.get("function", defaults.function),
        asked.get("timeout", defaults.timeout),
        asked.get("mem_mb", defaults.mem_mb),
    )
    if type(asked.get("program")) is not str:
        raise DefinitionError("the request names no program")
    if type(name) is not str:
        raise DefinitionError(f"function is {name!r}, not a name")
    if type(limit) not in (int, float) or not 0 < limit <= 3600:
        raise DefinitionError(f"timeout is {limit!r}; give seconds above 0, at most 3600")
    if type(memory) is not int or not 1 <= memory <= 1 << 20:
        raise DefinitionError(f"mem_mb is {memory!r}; give a whole number of megabytes above 0")
    source = _read_program(Path(asked["program"]))
    return Job(source, name, cases_from_json(asked.get("cases", [])), float(limit), memory, defaults.allow_imports)


async def _verify_batch(sandbox: Sandbox, batch: str, defaults: Job, jobs: int) -> int:
    """Judge line after line, `jobs` at once, printing each verdict when it is known; 0 when all passed."""
    codes: list[int] = []
    places = anyio.Semaphore(jobs)

    async def one(line: bytes) -> None:
        try:
            codes.append(_print(await _verify_line(sandbox, line, defaults)))
        finally:
            places.release()

    closed: OutputClosed | None = None
    with _opened(batch) as descriptor:
        try:
            async with anyio.create_task_group() as group:
                await places.acquire()
                async for line in _lines(descriptor):
                    group.start_soon(one, line)
                    await places.acquire()
        except* OutputClosed as several:
            closed = next(error for error in several.exceptions if isinstance(error, OutputClosed))
    if closed is not None:
        raise closed
    return max(codes, default=COMPLETE)


@contextmanager
def _opened(batch: str) -> Iterator[int]:
    """Open a file, or take standard input as it is."""
    if batch == "-":
        yield sys.stdin.fileno()
        return
    try:
        descriptor = os.open(batch, os.O_RDONLY)
    except OSError as error:
        raise DefinitionError(f"{batch} cannot be read: {error.strerror}") from None
    try:
        yield descriptor
    finally:
        os.close(descriptor)


async def _lines(descriptor: int) -> AsyncIterator[bytes]:
    """Yield the lines of an input as they come.

    Not by a thread: one that waits for a silent terminal could never be ended, and would keep the command from ending.
    """
    kind = os.fstat(descriptor).st_mode
    waits = stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind) or os.isatty(descriptor)
    begun = b""
    while True:
        if waits:
            await anyio.wait_readable(descriptor)
        data = os.read(descriptor, 1 << 16)
        *lines, begun = (begun + data).split(b"\n")
        if len(begun) > _LINE_LIMIT or not data:
            lines, begun = [*lines, begun], b""
        for line in filter(bytes.strip, lines):
            yield line
        if not data:
            return


async def _verify_line(sandbox: Sandbox, line: bytes, defaults: Job) -> dict[str, Any]:
    """Return the verdict on one line of a batch; a line that is no job gets the verdict `error`."""
    name: Any = None
    try:
        asked = json_from_text(line)
        name = asked.get("id") if type(asked) is dict else None
        verdict = verdict_to_json(await sandbox.run(_job(defaults, asked)))
    except (DefinitionError, SandboxError) as error:
        verdict = {"verdict": "error", "message": str(error), "cases": [], "isolation": None, "used": None}
    return {"id": name, **verdict}
