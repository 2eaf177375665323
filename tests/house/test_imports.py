"""Every import looks left, enters other rooms by the front door, and never by the front page."""

import ast
from collections.abc import Iterator, Mapping

import pytest
from importlinter.cli import lint_imports

from tests.house.sources import FRONT_DOORS, ROOT, Source, house, parse

CARRIED_ELSEWHERE = "lift_sys.judges.sandbox.inside"
"""Runs in a process where lift_sys is not to be had, so its files know each other relatively."""


def imports(source: Source) -> Iterator[tuple[int, str, tuple[str, ...]]]:
    """Yield (line, module, names) of every import of lift_sys; no names: the module itself."""
    for found in source.nodes:
        if isinstance(found, ast.Import):
            yield from ((found.lineno, alias.name, ()) for alias in found.names if is_ours(alias.name))
        elif isinstance(found, ast.ImportFrom):
            module = "." * found.level + (found.module or "")
            if found.level or is_ours(module):
                yield found.lineno, module, tuple(alias.name for alias in found.names)


def is_ours(module: str) -> bool:
    return module.split(".")[0] == "lift_sys"


def exported(source: Source) -> frozenset[str]:
    """Return what `__all__` says, read without running anything."""
    for statement in source.tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            assert isinstance(statement, ast.Assign)
            return frozenset(ast.literal_eval(statement.value))
    return frozenset()


def import_faults(source: Source, doors: Mapping[str, frozenset[str]]) -> list[str]:
    """Return each import that does not use a front door, as sentences with their place."""
    faults = []
    if source.name.startswith(CARRIED_ELSEWHERE):
        return []
    for line, module, names in imports(source):
        place = f"{source.path}:{line}"
        if module.startswith("."):
            faults.append(f"{place}: write the import of {module} in full")
        elif module == "lift_sys":
            faults.append(f"{place}: nobody inside imports the front page; import from the room")
        elif module.split(".")[1] != source.room:
            if module.count(".") > 1:
                faults.append(f"{place}: {module} belongs to another room; enter by its front door")
            elif module in doors:
                hidden = sorted(set(names) - doors[module])
                faults += [f"{place}: {module} does not export {name}" for name in hidden]
    return faults


def doors() -> dict[str, frozenset[str]]:
    return {source.name: exported(source) for source in house() if source.name in FRONT_DOORS}


def test_other_rooms_are_entered_by_their_front_doors() -> None:
    """A module reaches into its own room only; of others it takes what their front doors export."""
    open_doors = doors()

    assert [fault for source in house() for fault in import_faults(source, open_doors)] == []


def test_every_import_looks_left(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """The contracts of pyproject.toml hold, judged by import-linter."""
    monkeypatch.chdir(ROOT)

    broken = lint_imports(config_filename="pyproject.toml", is_debug_mode=False, show_timings=False)

    assert not broken, capsys.readouterr().out


@pytest.mark.parametrize(
    "line",
    [
        "import lift_sys",
        "from lift_sys import node",
        "from .graph import Graph",
        "from lift_sys.define.graph import Graph",
        "from lift_sys.define import _secret",
        "def late():\n    from lift_sys.define.graph import Graph",
    ],
)
def test_a_back_door_is_noticed(line: str) -> None:
    """Each way around a front door is a fault."""
    assert len(import_faults(parse("lift_sys.check.types", line), {"lift_sys.define": frozenset({"Graph"})})) == 1


def test_the_front_door_and_the_own_room_are_open() -> None:
    """What a module should do is no fault."""
    right = "from lift_sys.define import Graph\nfrom lift_sys.check.rules.source import x\nimport lift_sys.errors"

    assert import_faults(parse("lift_sys.check.checker", right), {"lift_sys.define": frozenset({"Graph"})}) == []
