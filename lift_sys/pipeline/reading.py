"""What a user gave, read without asking anybody: prose, a stub with a docstring, examples. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from lift_sys.errors import DefinitionError, Diagnostic
from lift_sys.pipeline.ir import Example, Parameter
from lift_sys.pipeline.literals import read_example, read_examples, type_of_all

__all__ = ["Reading", "Task", "read_task"]

MOST_CHARACTERS = 20_000
"""A longer description is a document, not the intent of one function."""


class Task(BaseModel):
    """What a user asks for, as given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str = ""
    stub: str | None = None
    examples: tuple[str, ...] = ()
    n: int | None = None
    """Most programs to ask the model for; None: 32 from a model that continues text, 6 from one that only chats."""
    seed: int = 0


class Reading(BaseModel):
    """What is known before a model is asked; None where nobody said it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    intent: str
    name: str | None = None
    parameters: tuple[Parameter, ...] | None = None
    """Named parameters of a stub."""
    types: tuple[str, ...] | None = None
    """Types of the arguments, from the examples."""
    returns: str | None = None
    examples: tuple[Example, ...] = ()
    ensures: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    """MUST lines that are no Python expression: shown, not checked."""


def read_task(task: Task) -> Reading:
    """Return what the task says; raises DefinitionError for what cannot be meant."""
    for what, text in (("prompt", task.prompt), ("stub", task.stub or "")):
        if len(text) > MOST_CHARACTERS:
            raise _refused(
                what,
                f"it has {len(text):,} characters, the limit is {MOST_CHARACTERS:,}",
                "Describe one function in a few sentences.",
            )
    if task.stub is not None:
        return _read_stub(task)
    intent = " ".join(task.prompt.split())
    if not intent:
        raise _refused("prompt", "it is empty", 'Say what to write: lift-sys generate "Count the vowels in a string".')
    examples = read_examples(task.examples)
    if not examples:
        return Reading(intent=intent)
    columns = zip(*(example.args for example in examples), strict=True)
    return Reading(
        intent=intent,
        name=examples[0].function,
        types=tuple(type_of_all(column) for column in columns),
        returns=type_of_all(example.value for example in examples),
        examples=examples,
    )


def _refused(place: str, message: str, cure: str) -> DefinitionError:
    return DefinitionError(f"{place}: {message}. {cure}", [Diagnostic("LS702", place, message, cure)])


_STUB_HELP = "A stub is a `def` with annotations and a docstring, and no body yet."


def _read_stub(task: Task) -> Reading:
    try:
        tree = ast.parse(task.stub or "")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as fault:
        line = f" (line {fault.lineno}: {fault.msg})" if isinstance(fault, SyntaxError) else ""
        raise _refused("stub", f"it is not Python{line}", _STUB_HELP) from None
    function = _only_function(tree)
    doc = ast.get_docstring(function) or ""
    parameters = _parameters(function)
    names = [p.name for p in parameters]
    examples = _examples(task.examples, doc, function.name, names)
    intent, ensures, unread = _said(f"{task.prompt}\n{_without_doctests(doc)}".strip())
    if not intent:
        raise _refused("stub", f"`{function.name}` has no docstring, and no prompt was given", _STUB_HELP)
    seen = _types_by_place(examples, len(parameters))
    return Reading(
        intent=intent,
        name=function.name,
        parameters=tuple(
            p if p.type else p.model_copy(update={"type": kind}) for p, kind in zip(parameters, seen, strict=True)
        ),
        returns=ast.unparse(function.returns)
        if function.returns
        else (type_of_all(example.value for example in examples) if examples else None),
        examples=examples,
        ensures=ensures,
        unread=unread,
    )


def _only_function(tree: ast.Module) -> ast.FunctionDef:
    functions = [item for item in tree.body if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef)]
    if len(functions) != 1:
        raise _refused("stub", f"it has {len(functions)} functions, it must have exactly one", _STUB_HELP)
    function = functions[0]
    if isinstance(function, ast.AsyncFunctionDef):
        raise _refused("stub", f"`{function.name}` is async; only plain functions are generated", _STUB_HELP)
    return function


def _parameters(function: ast.FunctionDef) -> list[Parameter]:
    given = function.args
    if given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs:
        raise _refused("stub", f"`{function.name}` has parameters other than plain ones", "Write them without * and /.")
    first_default = len(given.args) - len(given.defaults)
    return [
        Parameter(
            name=argument.arg,
            type=ast.unparse(argument.annotation) if argument.annotation else "",
            default=ast.unparse(given.defaults[i - first_default]) if i >= first_default else None,
        )
        for i, argument in enumerate(given.args)
    ]


def _examples(texts: Sequence[str], doc: str, name: str, names: Sequence[str]) -> tuple[Example, ...]:
    given = read_examples(texts, names)
    for example in given:
        if example.function != name:
            raise _refused(
                "--example", f"{example} calls `{example.function}`, the stub is `{name}`", "Use the stub's name."
            )
    shown: list[Example] = []
    for call, value in re.findall(r"^\s*>>> (.+)\n\s*(\S.*)$", doc, re.MULTILINE):
        try:
            shown.append(read_example(f"{call} == {value}", names, origin="stub"))
        except DefinitionError:
            continue  # A doctest may show anything; only plain calls with plain values are examples.
    known = {example.call: example for example in [*shown, *given]}
    for example in known.values():
        if len(example.arguments) > len(names):
            raise _refused("--example", f"{example} gives too many arguments", f"`{name}` takes {len(names)}.")
    return tuple(example for example in known.values() if example.function == name)


def _types_by_place(examples: Sequence[Example], count: int) -> list[str]:
    return [type_of_all(e.args[i] for e in examples if i < len(e.arguments)) for i in range(count)]


def _without_doctests(doc: str) -> str:
    kept: list[str] = []
    skipping = False
    for line in doc.splitlines():
        skipping = line.strip().startswith(">>>") or (skipping and bool(line.strip()))
        if not skipping:
            kept.append(line)
    return "\n".join(kept)


def _said(doc: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return the intent, the MUST lines that can be checked, and those that cannot."""
    intent: list[str] = []
    ensures: list[str] = []
    unread: list[str] = []
    for line in doc.splitlines():
        found = re.match(r"\s*MUST\s+(.+?)\.?\s*$", line)
        if found is None:
            intent.append(line)
        elif _is_claim(found[1]):
            ensures.append(found[1])
        else:
            unread.append(found[1])
            intent.append(f"It must {found[1]}.")
    return " ".join(" ".join(intent).split()), tuple(ensures), tuple(unread)


def _is_claim(text: str) -> bool:
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return False
    names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    return isinstance(node, ast.Compare | ast.BoolOp | ast.Call | ast.UnaryOp) and "result" in names
