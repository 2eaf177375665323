"""The picture of the errors is the truth."""

import re
from types import ModuleType

import lift_sys.errors as errors


def drawn(picture: str) -> dict[str, str | None]:
    """Return each class of the picture with its parent."""
    parents: dict[str, str | None] = {}
    path: list[str] = []
    for line in picture.split("```")[1].strip("\n").splitlines():
        depth = (len(line) - len(line.lstrip("│├└─ "))) // 4
        name = re.split(r"\s", line.lstrip("│├└─ "), maxsplit=1)[0]
        path[depth:] = [name]
        parents[name] = path[depth - 1] if depth else None
    return parents


def defined(module: ModuleType) -> dict[str, str | None]:
    """Return each exception class of the module with its parent, if that is one of ours."""
    classes = {
        name: found
        for name, found in vars(module).items()
        if isinstance(found, type) and issubclass(found, BaseException) and found.__module__ == module.__name__
    }
    return {
        name: found.__base__.__name__ if found.__base__ and found.__base__.__name__ in classes else None
        for name, found in classes.items()
    }


def test_the_tree_in_the_docstring_is_the_tree_of_classes() -> None:
    """Every error is drawn under its parent, and nothing else is drawn."""
    assert errors.__doc__ is not None
    assert drawn(errors.__doc__) == defined(errors)


def test_every_error_is_exported() -> None:
    """What is drawn can be imported by name from `lift_sys.errors`."""
    assert set(defined(errors)) | {"Diagnostic"} == set(errors.__all__)


def test_the_picture_is_read_by_its_branches() -> None:
    """A class under the wrong parent would be noticed."""
    picture = "```\nA\n├── B   one\n│   └── C   two\n└── D   three\nE       four\n```"

    assert drawn(picture) == {"A": None, "B": "A", "C": "B", "D": "A", "E": None}
