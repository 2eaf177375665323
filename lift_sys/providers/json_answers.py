"""JSON inside what a model says."""

from __future__ import annotations

import re

__all__ = ["json_in"]

_FENCED = re.compile(r"```[a-zA-Z]*\s*\n(.*?)\n?\s*```", re.DOTALL)


def json_in(text: str) -> str:
    """Return the JSON document that the text holds: without Markdown fences and words around it.

    Text that holds none comes back as it is, so that what fails to parse is what the model said.
    """
    text = text.strip()
    if text.startswith(("{", "[")) and text.endswith(("}", "]")):
        return text
    if fenced := _FENCED.search(text):
        return fenced.group(1).strip()
    starts = [at for at in (text.find("{"), text.find("[")) if at >= 0]
    if not starts:
        return text
    start = min(starts)
    end = text.rfind("}" if text[start] == "{" else "]")
    return text[start : end + 1] if end > start else text
