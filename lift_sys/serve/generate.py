"""`lift-sys generate`: a sentence or a stub in, a function with its evidence out."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import anyio
from cyclopts import Parameter

from lift_sys.errors import DefinitionError, LiftError
from lift_sys.pipeline import (
    Answer,
    Decider,
    Generated,
    OpenPoint,
    Result,
    Task,
    accept,
    defer,
    read_example,
    read_task,
)
from lift_sys.pipeline import generate as generate_function
from lift_sys.serve.console import FAILED, NOT_PASSED, WRONG_USE, complain, jsonable, person, write, write_json

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["generate"]

MOST_PROGRAMS = 256
_LARGEST_INPUT = 1 << 17


async def generate(
    prompt: Annotated[str | None, Parameter(allow_leading_hyphen=True)] = None,
    /,
    *,
    stub: Path | None = None,
    model: str | None = None,
    n: Annotated[int | None, Parameter(name=["-n", "--n"])] = None,
    example: tuple[str, ...] = (),
    yes: bool = False,
    out: Path | None = None,
    json: bool = False,
    seed: int = 0,
) -> int:
    """Write a Python function from a sentence or a stub, run it, and say what speaks for it.

    Exit codes: 0 verified, 3 something is open or deferred, 4 no candidate passed, 2 wrong use, 1 environment.

    Parameters
    ----------
    prompt
        What the function does; `-` reads it from standard input.
    stub
        A Python file with one function that has annotations and a docstring, and no body.
    model
        Who is asked: `local`, `openai:NAME`, `ollama:NAME`, ...; $LIFT_SYS_MODEL or `local` if not said.
    n
        Most programs to ask the model for: 32 for a model that continues text, such as `local`, 6 for others.
    example
        A call and its value, such as "f('aeiou') == 5"; can be repeated.
    yes
        Accept the best fit of every open point instead of asking; the result names each as an assumption.
    out
        Write the function to this file as well.
    json
        Write one JSON object instead of text.
    seed
        The same seed and model give the same programs.
    """
    try:
        from_input = prompt == "-"
        task = _task(prompt, stub, example, n, seed)
        if out is not None and (refusal := _refusal_of(out)) is not None:
            return refusal
    except DefinitionError as fault:
        return _wrong_use(fault)
    with _Progress() as progress:
        if (model or os.environ.get("LIFT_SYS_MODEL") or "local") == "local":
            progress.note("The embedded model is small: good for a first look. --model names a larger one.")
        made = await generate_function(
            task, model=model, decider=_decider(yes, from_input, progress), progress=progress.say
        )
    return _report(made, out, json)


def _task(prompt: str | None, stub: Path | None, example: tuple[str, ...], n: int | None, seed: int) -> Task:
    """Return the task, read once to have its faults before a model is loaded."""
    if prompt is not None and prompt.startswith("-") and prompt != "-":
        raise DefinitionError(f"there is no option {prompt.split('=')[0]!r}. lift-sys generate --help lists them.")
    if n is not None and not 1 <= n <= MOST_PROGRAMS:
        raise DefinitionError(f"-n {n}: give a number from 1 to {MOST_PROGRAMS}.")
    if not 0 <= seed < 1 << 31:
        raise DefinitionError(f"--seed {seed}: give a number from 0 to {(1 << 31) - 1}.")
    if prompt is None and stub is None:
        raise DefinitionError(
            'nothing to write. Give a sentence, or a stub: lift-sys generate "Count the vowels in a string".'
        )
    text = _standard_input() if prompt == "-" else prompt or ""
    task = Task(prompt=text, stub=None if stub is None else _text_of(stub), examples=example, n=n, seed=seed)
    read_task(task)
    return task


def _standard_input() -> str:
    if sys.stdin is None:
        raise DefinitionError("`-` reads the prompt from standard input, which is closed.")
    return _decoded(sys.stdin.buffer.read(_LARGEST_INPUT), "standard input")


def _text_of(stub: Path) -> str:
    try:
        with stub.open("rb") as file:
            return _decoded(file.read(_LARGEST_INPUT), f"--stub {stub}")
    except OSError as fault:
        raise DefinitionError(f"--stub {stub}: {fault.strerror or fault}. Give a Python file.") from None


def _decoded(data: bytes, place: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as fault:
        if fault.start >= len(data) - 3:  # cut in the middle of a letter: far too long, which is said later
            return data.decode(errors="ignore")
        raise DefinitionError(f"{place}: not UTF-8 text (byte {fault.start}).") from None


def _refusal_of(out: Path) -> int | None:
    """Say now, not after a minute of work, that the result cannot be written."""
    if out.is_dir() or not out.parent.is_dir():
        what = "is a folder" if out.is_dir() else f"there is no folder {out.parent}"
        complain(f"--out {out}: {what}", "name a file in a folder that exists")
        return WRONG_USE
    try:
        if out.exists() and not os.access(out, os.W_OK):
            raise PermissionError(13, "Permission denied")
        with tempfile.TemporaryFile(dir=out.parent):
            return None
    except OSError as fault:
        complain(f"--out {out}: cannot be written: {fault.strerror or fault}", "name a file in a folder of yours")
        return FAILED


def _wrong_use(fault: LiftError) -> int:
    what, _, cure = str(fault).partition(". ")
    complain(what, cure)
    return WRONG_USE


# --- while it works -----------------------------------------------------------------------------------------------


class _Progress:
    """One line on standard error while the model works; nothing where nobody looks."""

    def __init__(self) -> None:
        self._status: Status | None = None
        self._shown = sys.stderr is not None and sys.stderr.isatty()

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def say(self, text: str) -> None:
        """Show what is being done."""
        if not self._shown:
            return
        if self._status is None:
            self._status = person().status(text)
            self._status.start()
        self._status.update(text)

    def note(self, text: str) -> None:
        """Say something that stays on the screen."""
        if self._shown:
            person().print(text, markup=False)

    def stop(self) -> None:
        """Take the line away, to ask something or because all is done."""
        if self._status is not None:
            self._status.stop()
            self._status = None


def _decider(yes: bool, from_input: bool, progress: _Progress) -> Decider:
    if yes:
        return accept
    at_terminal = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    if from_input or not at_terminal:
        return defer
    return _Questions(progress).ask


class _Questions:
    """Asks a person at the terminal, one open point after the other."""

    def __init__(self, progress: _Progress) -> None:
        self._progress = progress
        self._turn = anyio.Lock()

    async def ask(self, point: OpenPoint) -> Answer:
        """Show the point with its fits; a number takes a fit, a value is the answer, Enter leaves it open."""
        async with self._turn:
            self._progress.stop()
            console = person()
            console.print(f"{point.question}\n  {point.about}", markup=False)
            for i, fit in enumerate(point.fits, 1):
                console.print(f"  [{i}] {fit.value}   {fit.why}", markup=False)
            while True:
                console.print("  number, value, or Enter to leave it open: ", end="", markup=False)
                await anyio.wait_readable(sys.stdin)
                line = sys.stdin.readline()
                answer = _answer(line.strip(), point) if line else await defer(point)
                if answer is not None:
                    return answer
                console.print("  That is neither a number of the list nor a Python value.", markup=False)


def _answer(text: str, point: OpenPoint) -> Answer | None:
    if not text:
        return Answer(state="deferred", value=point.fits[0].value if point.fits else None)
    if text.strip("[]").isdigit() and 1 <= int(text.strip("[]")) <= len(point.fits):
        return Answer(state="answered", value=point.fits[int(text.strip("[]")) - 1].value)
    if point.kind == "types":
        return None
    try:
        return Answer(state="answered", value=read_example(f"{point.about} == {text}").expected)
    except DefinitionError:
        return None


# --- what came of it ----------------------------------------------------------------------------------------------


def _report(made: Generated, out: Path | None, json: bool) -> int:
    result = made.result
    if result.code is None:
        complain(
            f"no candidate passed: {result.candidates.sampled} programs asked for, "
            f"{result.candidates.static_ok} well-formed, none keeps the examples",
            "say more in the prompt, raise -n, or name a stronger model with --model",
        )
    text = "\n".join(_lines(result))
    if out is not None and result.code is not None and not _write_file(out, text):
        return FAILED
    if json:
        write_json(_as_json(made))
    elif result.code is not None:
        write(text)
    elif (rejected := "\n".join(_rejected(result))) and sys.stderr is not None:
        person().print(rejected, markup=False)
    return NOT_PASSED if result.code is None else result.exit_code


def _write_file(out: Path, text: str) -> bool:
    """Write all or nothing."""
    try:
        handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{text}\n")
        mode = out.stat().st_mode if out.exists() else 0o666 & ~_umask()
        os.chmod(name, mode & 0o777)
        os.replace(name, out)
    except OSError as fault:
        complain(f"--out {out}: cannot be written: {fault.strerror or fault}", "name a file in a folder of yours")
        return False
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _lines(result: Result) -> Iterator[str]:
    """Yield the function, then what speaks for it as comments: together a Python file."""
    yield f"{result.code}"
    name = result.ir.signature.name
    assumed = sum(point.state == "accepted" for point in result.holes)
    if result.verified:
        under = f", under {assumed} assumption{'s' if assumed > 1 else ''}" if assumed else ""
        yield f"# {name}: verified{under}"
    else:
        yield f"# {name}: not verified{', tainted by what is deferred' if result.tainted else ''}"
    yield from (f"#   {line}" for line in result.evidence)
    for point in result.holes:
        if point.state in ("open", "deferred"):
            fits = "; ".join(f"{fit.value} ({fit.why})" for fit in point.fits)
            yield f"# {point.state}: {point.about}: {point.question}"
            yield f"#   fits: {fits}"
    yield from (f"# {line}" for line in _rejected(result))
    counts = result.candidates
    yield (
        f"# candidates: {counts.sampled} sampled, {counts.distinct} distinct, {counts.static_ok} well-typed, "
        f"{counts.passed} passed; tokens: {result.usage.input_tokens} in, {result.usage.output_tokens} out"
    )


def _rejected(result: Result) -> Iterator[str]:
    ordered = sorted(result.rejected.items(), key=lambda item: (-item[1], item[0]))
    yield from (f"rejected: {count} x {reason}" for reason, count in ordered)


def _as_json(made: Generated) -> dict[str, Any]:
    result = made.result
    return {
        "outcome": result.outcome,
        "verified": result.verified,
        "tainted": result.tainted,
        "function": result.ir.signature.name,
        "code": result.code,
        "ir": result.ir.model_dump(mode="json"),
        "holes": [point.model_dump(mode="json") for point in result.holes],
        "evidence": list(result.evidence),
        "candidates": jsonable(result.candidates),
        "rejected": dict(result.rejected),
        "usage": jsonable(result.usage),
        "run_id": made.run.id,
    }
