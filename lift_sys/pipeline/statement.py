"""From a reading and the first answers to the IR: who says what the function is called and takes. Pure.

Order of trust: the stub, the examples, the words of the prose, the votes of the model. What only the model said with
no clear majority is an open point of the IR.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from lift_sys.pipeline.ir import IR, Fit, OpenPoint, Origin, Parameter, Signature
from lift_sys.pipeline.prose import kinds_in, plain_name, requires_in, usual_name
from lift_sys.pipeline.reading import Reading

__all__ = ["Header", "headers_in", "state"]

_CLEAR = 0.5
_KNOWN = frozenset({"str", "int", "float", "bool", "bytes", "None", "list", "dict", "set", "tuple", "Any"})


class Header:
    """One header as a model wrote it: name, (parameter, annotation or None) pairs, result."""

    def __init__(self, name: str, parameters: Sequence[tuple[str, str | None]], returns: str | None) -> None:
        self.name = name
        self.parameters = tuple(parameters)
        self.returns = returns


def headers_in(texts: Iterable[tuple[str, str]]) -> list[Header]:
    """Return the header of the first function in each (head, text) that has one."""
    return [header for head, text in texts if (header := _header(head, text)) is not None]


def _header(head: str, text: str) -> Header | None:
    for source in (text, head + text):
        found = re.search(r"^\s*def (\w+)\((.*?)\)\s*(?:->\s*([^:\n]+?))?\s*(?::|$)", source, re.MULTILINE)
        if found is None:
            continue
        try:
            tree = ast.parse(f"def {found[1]}({found[2]}) -> {found[3] or 'None'}: pass").body[0]
        except (SyntaxError, ValueError):
            continue
        assert isinstance(tree, ast.FunctionDef)
        given = tree.args
        if given.vararg or given.kwarg or given.kwonlyargs:
            continue
        pairs = [(a.arg, _annotation(a.annotation)) for a in given.args]
        return Header(found[1], pairs, _annotation(tree.returns) if found[3] else None)
    return None


def _annotation(node: ast.expr | None) -> str | None:
    """Return an annotation of builtin types, as source; None for anything else."""
    if node is None:
        return None
    text = ast.unparse(node)
    text = re.sub(r"\b(List|Dict|Set|Tuple)\b", lambda match: match[1].lower(), text)
    names = {part.id for part in ast.walk(ast.parse(text)) if isinstance(part, ast.Name)}
    if not names <= _KNOWN:
        return None
    return {"list": "list[int]", "dict": "dict[str, int]", "set": "set[int]", "tuple": "tuple[int, ...]"}.get(
        text, text
    )


def state(reading: Reading, headers: Sequence[Header]) -> IR:
    """Return the IR: a complete signature, what it requires and ensures, and the points that nobody settled."""
    name = reading.name or _voted(header.name for header in headers) or plain_name(reading.intent)
    parameters, open_types = _parameters(reading, headers)
    returns = reading.returns or _voted(header.returns for header in headers if header.returns) or "Any"
    origin: Origin = "stub" if reading.parameters is not None else "example" if reading.types is not None else "model"
    signature = Signature(name=name, parameters=parameters, returns=returns, origin=origin)
    points = _type_points(signature, headers) if open_types else ()
    return IR(
        intent=reading.intent,
        signature=signature,
        requires=requires_in(reading.intent, parameters),
        ensures=reading.ensures,
        examples=reading.examples,
        holes=points,
    )


def _parameters(reading: Reading, headers: Sequence[Header]) -> tuple[tuple[Parameter, ...], bool]:
    """Return the parameters, and whether their types rest on the model alone."""
    if reading.parameters is not None:
        named = [p.model_copy(update={"type": p.type or "Any"}) for p in reading.parameters]
        return tuple(named), any(not p.type for p in reading.parameters)
    if reading.types is not None:
        names = _names([h for h in headers if len(h.parameters) == len(reading.types)], reading.types)
        return tuple(Parameter(name=n, type=t) for n, t in zip(names, reading.types, strict=True)), False
    kinds = kinds_in(reading.intent)
    width = _width(headers, kinds)
    fitting = [header for header in headers if len(header.parameters) == width]
    types = [_type_at(i, fitting, kinds) for i in range(width)]
    names = _names(fitting, types)
    clear = len(fitting) >= _CLEAR * max(1, len(headers))
    return tuple(Parameter(name=n, type=t) for n, t in zip(names, types, strict=True)), not clear


def _width(headers: Sequence[Header], kinds: Sequence[str]) -> int:
    counts = Counter(len(header.parameters) for header in headers if header.parameters)
    return counts.most_common(1)[0][0] if counts else max(1, min(1, len(kinds)))


def _type_at(place: int, headers: Sequence[Header], kinds: Sequence[str]) -> str:
    votes = Counter(note for header in headers if (note := header.parameters[place][1]) is not None)
    leading = votes.most_common(1)
    if len(kinds) >= 1 and place == 0 and (not leading or leading[0][0].split("[")[0] != kinds[0].split("[")[0]):
        # The first thing a sentence speaks of is nearly always what the function takes.
        agreeing = [kind for kind in kinds if leading and kind.split("[")[0] == leading[0][0].split("[")[0]]
        return leading[0][0] if agreeing else kinds[0]
    return leading[0][0] if leading else "Any"


def _names(headers: Sequence[Header], types: Sequence[str]) -> list[str]:
    """Return the names that most headers use, place by place, else usual ones for the types."""
    names: list[str] = []
    together = Counter(tuple(name for name, _ in header.parameters) for header in headers)
    for wanted, _ in together.most_common():
        if len(set(wanted)) == len(types) and all(map(_is_telling, wanted)):
            return list(wanted)
    for annotation in types:
        names.append(usual_name(annotation, names))
    return names


def _is_telling(name: str) -> bool:
    import builtins
    import keyword

    return name.isidentifier() and not keyword.iskeyword(name) and name not in dir(builtins) and name != "self"


def _voted(words: Iterable[str]) -> str | None:
    counts = Counter(words)
    return counts.most_common(1)[0][0] if counts else None


def _type_points(signature: Signature, headers: Sequence[Header]) -> tuple[OpenPoint, ...]:
    votes = Counter(len(header.parameters) for header in headers)
    told = ", ".join(f"{count} x {width} parameters" for width, count in votes.most_common(3)) or "none"
    fit = Fit(value=str(signature), support=votes[len(signature.parameters)], why=f"headers of the model: {told}")
    question = "Is this what it takes? Neither an example nor a stub says so; to change it, give one of them."
    return (OpenPoint(about="signature", kind="types", question=question, fits=(fit,)),)
