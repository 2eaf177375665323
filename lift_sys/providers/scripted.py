"""Answers written down beforehand: for tests, demonstrations and documentation."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from lift_sys.errors import ProviderUnavailable, RequestFailed
from lift_sys.providers.provider_adapter import Capabilities, ModelAnswer, ModelRequest, Usage, single

__all__ = ["ScriptedAdapter", "read_script"]

_LONGEST_ASKED = 120


class ScriptedAdapter:
    """Answers from a sequence, one after the other, or from a function of the request.

    An answer is a text, a value (sent as its JSON) or an exception (raised). A request for n answers takes n of the
    sequence, or calls the function n times with n=1. Everything that was asked stays in `asked`.
    """

    capabilities = Capabilities(supports_schema=True, supports_grammar=True, supports_n=True, supports_prefix=True)

    def __init__(self, answers: Sequence[Any] | Callable[[ModelRequest], Any], *, name: str = "scripted") -> None:
        self.name = name
        self.asked: list[ModelRequest] = []
        self._function = answers if callable(answers) else None
        self._given = 0 if callable(answers) else len(answers)
        self._rest: Iterator[Any] = iter(()) if callable(answers) else iter(tuple(answers))

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer with the next n texts, or raise RequestFailed when there are none left."""
        self.asked.append(request)
        texts = tuple(self._next(single(request, index)) for index in range(request.n))
        return ModelAnswer(
            texts=texts,
            usage=Usage(1, len(_words(request).split()), sum(len(text.split()) for text in texts), 0.0),
            model=self.name,
            route="best available",
            finish=("stop",) * len(texts),
        )

    async def aclose(self) -> None:
        """Do nothing: there is nothing to let go of."""

    def _next(self, request: ModelRequest) -> str:
        answer = self._function(request) if self._function else next(self._rest, _NOTHING)
        if answer is _NOTHING:
            raise RequestFailed(self._ran_out(request))
        if isinstance(answer, BaseException):
            raise answer
        return answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)

    def _ran_out(self, request: ModelRequest) -> str:
        words = " ".join(_words(request).split())
        shown = words if len(words) <= _LONGEST_ASKED else "..." + words[-_LONGEST_ASKED:]
        return (
            f"{self.name}: request {len(self.asked)} has no answer, because all {self._given} given ones are used up; "
            f"add one for: {shown!r}"
        )


_NOTHING = object()


def _words(request: ModelRequest) -> str:
    return request.prefix or "\n".join(message.text for message in request.messages)


def read_script(path: Path) -> Sequence[Any]:
    """Return the answers of a script file: a JSON array, or one JSON value per line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise ProviderUnavailable(f"scripted:{path} cannot be read: {fault}") from fault
    try:
        whole = json.loads(text)
        return whole if isinstance(whole, list) else [whole]
    except json.JSONDecodeError:
        return [_line(path, number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]


def _line(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except json.JSONDecodeError as fault:
        raise ProviderUnavailable(
            f'{path}:{number}: not an answer: {fault}. Write one JSON value per line, texts in quotes: "yes"'
        ) from fault
