"""`lift-sys explain CODE`: the long form of a diagnostic."""

from __future__ import annotations

import sys

from lift_sys.check import CATALOGUE, Entry, entry
from lift_sys.errors import DefinitionError
from lift_sys.serve.console import COMPLETE, write, write_json

__all__ = ["explain"]


def explain(code: str | None = None, *, json: bool = False) -> int:
    """Say at length what a diagnostic code means, with a program that earns it and one that does not.

    Parameters
    ----------
    code
        The code: `LS101`. Without one, all codes are listed.
    json
        Write one JSON object (without a code: a list of them).
    """
    if code is None:
        said = [{"code": found.code, "title": found.title} for found in CATALOGUE.values()]
        write_json(said) if json else write("\n".join(f"{one['code']}  {one['title']}" for one in said))
        return COMPLETE
    found = entry(code)
    if found is None:
        raise DefinitionError(f"there is no code {code}\n  help: `lift-sys explain` lists all of them")
    if json:
        write_json({**vars(found), "family": found.family})
    else:
        _show(found)
    return COMPLETE


def _show(found: Entry) -> None:
    text = (
        f"# {found.code}: {found.title}\n\n{found.text.strip()}\n\n"
        f"## Wrong\n\n```{found.language}\n{found.wrong.strip()}\n```\n\n"
        f"## Right\n\n```{found.language}\n{found.right.strip()}\n```\n"
    )
    if sys.stdout is not None and sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        write(text)
