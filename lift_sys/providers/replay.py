"""Answers kept in a file, one JSON line each: recorded once, replayed byte for byte.

The first line says whose answers they are and what that model could do, because who asks may choose the way of asking
by it. Each further line is a request and its answer; a request is found again by its content alone.
"""

from __future__ import annotations

import difflib
import itertools
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import anyio.to_thread

from lift_sys.errors import NotRecorded, ProviderUnavailable
from lift_sys.providers.provider_adapter import Capabilities, ModelAnswer, ModelRequest, ProviderAdapter, Usage

__all__ = ["RecordAdapter", "Recording", "ReplayAdapter"]

_FORMAT = "lift-sys recording 1"
_COMPARED = 200
_EXCERPT = 60


class Recording:
    """The content of one recording file; `keep` appends to it."""

    def __init__(self, path: Path, model: str, capabilities: Capabilities) -> None:
        self.path = path
        self.model = model
        self.capabilities = capabilities
        self._answers: dict[str, ModelAnswer] = {}
        # Two event loops may record into one file; the lock makes looking and appending one act.
        self._lock = threading.Lock()

    @classmethod
    def read(cls, path: Path) -> Recording:
        """Return what the file holds, or raise ProviderUnavailable naming the line that is damaged."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as fault:
            raise ProviderUnavailable(
                f"The recording {path} cannot be read: {fault}. Make it with the model record:{path}+MODEL."
            ) from fault
        recording = None
        for number, line in enumerate(text.split("\n"), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                if recording is None:
                    recording = cls._from_header(path, row)
                else:
                    recording._answers.setdefault(_key(row["request"]), _answer_from(row["answer"]))
            except (ValueError, LookupError, TypeError) as fault:
                raise ProviderUnavailable(
                    f"{path}:{number}: not a line of a recording ({type(fault).__name__}: {fault}). "
                    f"Remove the line, or the file, and record again with the model record:{path}+MODEL."
                ) from fault
        if recording is None:
            raise ProviderUnavailable(f"The recording {path} is empty. Make it with the model record:{path}+MODEL.")
        return recording

    @classmethod
    def _from_header(cls, path: Path, row: Any) -> Recording:
        if row["format"] != _FORMAT:
            raise ValueError(f"format is {row['format']!r}, expected {_FORMAT!r}")
        return cls(path, row["model"], Capabilities(**row["capabilities"]))

    def begin(self) -> None:
        """Write the first line."""
        self._append({"format": _FORMAT, "model": self.model, "capabilities": asdict(self.capabilities)})

    def find(self, request: ModelRequest) -> ModelAnswer | None:
        """Return the recorded answer, or None."""
        return self._answers.get(_key(_as_json(request)))

    def keep(self, request: ModelRequest, answer: ModelAnswer) -> ModelAnswer:
        """Append the answer and return it; a request that came in meanwhile keeps its first answer."""
        asked = _as_json(request)
        key = _key(asked)
        with self._lock:
            if key not in self._answers:
                self._append({"request": asked, "answer": asdict(answer)})
                self._answers[key] = answer
            return self._answers[key]

    def _append(self, row: Mapping[str, Any]) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # One write per line on a file opened for appending: lines of two processes never mix.
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(handle, _line(row))
            finally:
                os.close(handle)
        except OSError as fault:
            raise ProviderUnavailable(f"The recording {self.path} cannot be written: {fault}") from fault

    def explain_missing(self, request: ModelRequest) -> str:
        """Return what was asked and how the nearest recorded request differs."""
        asked = _as_json(request)
        said = f"{self.path}: this request is not in the recording: {_shown(asked)}."
        recorded = [json.loads(key) for key in list(self._answers)[-_COMPARED:]]
        if not recorded:
            return f"{said} It holds no request at all."
        nearest = max(recorded, key=lambda other: _likeness(asked, other))
        return (
            f"{said} The nearest of {len(self._answers)} differs in {_difference(asked, nearest)}. "
            f"Record it with the model record:{self.path}+{self.model}."
        )


class ReplayAdapter:
    """Answers from a recording and from nothing else."""

    def __init__(self, recording: Recording) -> None:
        self.name = f"replay:{recording.path}"
        self.capabilities = recording.capabilities
        self._recording = recording

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Return the recorded answer, the same to the last byte, or raise NotRecorded."""
        answer = self._recording.find(request)
        if answer is None:
            raise NotRecorded(self._recording.explain_missing(request))
        return answer

    async def aclose(self) -> None:
        """Do nothing: the file is read already."""


class RecordAdapter:
    """Answers from a recording, and from the model behind it what is not there yet, which it then records."""

    def __init__(self, path: Path, behind: ProviderAdapter) -> None:
        self.name = f"record:{path}+{behind.name}"
        self.capabilities = behind.capabilities
        self._behind = behind
        if path.exists() and path.stat().st_size:
            self._recording = Recording.read(path)
        else:
            self._recording = Recording(path, behind.name, behind.capabilities)
            # Written at once: a file that cannot be written is said before the first answer is paid for.
            self._recording.begin()
        if self._recording.model != behind.name:
            raise ProviderUnavailable(
                f"{path} holds answers of {self._recording.model}, not of {behind.name}; record into another file."
            )

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Return the recorded answer, or ask the model and record what it says."""
        answer = self._recording.find(request)
        if answer is None:
            answer = await self._behind.ask(request)
            answer = await anyio.to_thread.run_sync(self._recording.keep, request, answer)
        return answer

    async def aclose(self) -> None:
        """Close the model behind."""
        await self._behind.aclose()


def _as_json(request: ModelRequest) -> dict[str, Any]:
    """Return the request without what has its default, so that a new field leaves old recordings valid."""
    asked = {field.name: value for field in fields(request) if (value := getattr(request, field.name)) != field.default}
    asked["messages"] = [asdict(message) for message in request.messages]
    for name in ("temperature", "top_p"):
        if name in asked:
            asked[name] = float(asked[name])
    return asked


def _key(asked: Mapping[str, Any]) -> str:
    return json.dumps(asked, sort_keys=True, separators=(",", ":"))


def _line(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _answer_from(row: Mapping[str, Any]) -> ModelAnswer:
    return ModelAnswer(
        texts=tuple(row["texts"]),
        usage=Usage(**row["usage"]),
        model=row["model"],
        route=row["route"],
        finish=tuple(row["finish"]),
    )


def _text_of(asked: Mapping[str, Any]) -> str:
    return asked.get("prefix") or "\n".join(f"{m['role']}: {m['text']}" for m in asked.get("messages", ()))


def _shown(asked: Mapping[str, Any]) -> str:
    text = " ".join(_text_of(asked).split())
    return repr(text if len(text) <= 2 * _EXCERPT else f"{text[:_EXCERPT]} ... {text[-_EXCERPT:]}")


def _likeness(asked: Mapping[str, Any], recorded: Mapping[str, Any]) -> tuple[float, int]:
    ratio = difflib.SequenceMatcher(None, _text_of(asked), _text_of(recorded)).quick_ratio()
    return ratio, -len(_differing(asked, recorded))


def _differing(asked: Mapping[str, Any], recorded: Mapping[str, Any]) -> list[str]:
    # Two requests of one canonical form are one request, so the comparison goes through JSON as well.
    left, right = json.loads(_key(asked)), recorded
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _difference(asked: Mapping[str, Any], recorded: Mapping[str, Any]) -> str:
    parts = []
    for name in _differing(asked, recorded):
        if name in ("messages", "prefix"):
            ours, theirs = _text_of(asked), _text_of(recorded)
            same = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(ours, theirs, strict=False))
            at = max(0, sum(1 for _ in same) - 10)
            ours, theirs = repr(ours[at : at + _EXCERPT]), repr(theirs[at : at + _EXCERPT])
        else:
            ours, theirs = (json.dumps(side.get(name))[:_EXCERPT] for side in (asked, recorded))
        parts.append(f"{name} (asked {ours}, recorded {theirs})")
    return " and ".join(parts)
