"""`lift-sys new NAME`: one file that runs."""

from __future__ import annotations

import keyword
from pathlib import Path

from lift_sys.errors import DefinitionError, FailedRun
from lift_sys.serve.console import COMPLETE, complain, write, write_json

__all__ = ["BEGINNING", "new"]

BEGINNING = '''"""A graph with a hole. Run it: lift-sys run {name}:greeting --arg name='"Ada"'"""

from lift_sys import graph, hole, node, todo


@node
async def greet(name: str) -> str:
    return f"Hello, {{name}}"


@hole
async def translate(text: str) -> str:
    """Say it in another language."""
    todo()


@graph
async def greeting(name: str) -> str:
    return await translate(await greet(name))
'''


def new(name: str, *, json: bool = False) -> int:
    """Write NAME.py: a node, a hole and a graph of the two, ready to run.

    Parameters
    ----------
    name
        The module's name; the file is made in the current folder.
    json
        Write one JSON object: file, next.
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise DefinitionError(f"{name!r} cannot be a module's name\n  help: use letters, digits and _, as in my_graph")
    path = Path(f"{name}.py")
    try:
        with path.open("x") as file:
            file.write(BEGINNING.format(name=name))
    except FileExistsError:
        raise DefinitionError(f"{path} is there already\n  help: choose another name, or remove it") from None
    except OSError as error:
        raise FailedRun(f"{path} cannot be written: {error.strerror}") from None
    following = f"lift-sys run {name}:greeting --arg name='\"Ada\"'"
    if json:
        write_json({"file": str(path), "next": following})
    else:
        write(str(path))
        complain(f"next: {following}")
    return COMPLETE
