"""The tracker answers with documented data, says who may go on, and writes only when it should."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lift_sys.planning import main
from tests.house.sources import ROOT
from tests.planning.plans import asked, hole, written

SCRIPT = ROOT / "scripts" / "planning" / "track_holes.py"
# H6 --> H1 --> H5, H6 --> H5
HOLES = (
    hole(6, constraints=("MUST be async", "SHOULD be small"), gives={"H1": ("MUST support async calls",)}),
    hole(1, 6, phase=2, accept=("test -e here",)),
    hole(5, 6, 1, phase=3),
)
TOLD_H1 = {"from": "H6", "to": "H1", "text": "MUST support async calls"}
TOLD_H5 = {"from": "H6", "to": "H5", "text": "MUST be async"}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test stands in a folder with the plan, and with a file that can resolve things."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "code.py").write_text("")
    return written(tmp_path, *HOLES)


def log_of(folder: Path) -> list[str]:
    return (folder / "CONSTRAINT_PROPAGATION_LOG.md").read_text().splitlines()[2:]


def test_resolving_gives_constraints_to_dependants(folder: Path, capsys: Any) -> None:
    """What is meant for a dependant, or else the own MUST lines; and the log says so, entry by entry."""
    code, said = asked(folder, capsys, "resolve", "H6", "--by", "code.py")

    assert (code, said) == (0, {"resolved": "H6", "by": "code.py", "given": [TOLD_H1, TOLD_H5]})
    assert log_of(folder) == [
        "- resolved H6 by code.py",
        "- H6 gives H1: MUST support async calls",
        "- H6 gives H5: MUST be async",
    ]
    assert asked(folder, capsys, "why", "H5") == (0, {"received": [TOLD_H5]})


def test_what_is_in_force_is_not_repeated(folder: Path, capsys: Any) -> None:
    """Resolving again by the same path changes nothing; after a reopening it is one more entry."""
    for words in (("resolve", "H6", "--by", "code.py"), ("resolve", "H6", "--by", "code.py"), ("reopen", "H6")):
        assert asked(folder, capsys, *words)[0] == 0
    assert asked(folder, capsys, "why", "H5") == (0, {"received": []})
    assert asked(folder, capsys, "resolve", "H6", "--by", "code.py")[0] == 0

    assert log_of(folder)[3:] == ["- reopened H6", "- resolved H6 by code.py"]
    assert asked(folder, capsys, "why", "H5") == (0, {"received": [TOLD_H5]})


def test_resolving_is_refused_where_it_would_be_a_claim(folder: Path, capsys: Any) -> None:
    """A blocker is open, nothing stands at the path, a command fails: exit code 1, and nothing is written."""
    assert asked(folder, capsys, "resolve", "H1", "--by", "code.py") == (1, {"refused": "blocked", "open": ["H6"]})
    assert asked(folder, capsys, "resolve", "H6", "--by", "gone.py") == (1, {"refused": "path", "path": "gone.py"})
    assert not (folder / "CONSTRAINT_PROPAGATION_LOG.md").exists()

    asked(folder, capsys, "resolve", "H6", "--by", "code.py")
    assert asked(folder, capsys, "resolve", "H1", "--by", "code.py") == (
        1, {"refused": "acceptance", "command": "test -e here", "exit": 1},
    )  # fmt: skip
    (folder / "here").touch()
    assert asked(folder, capsys, "resolve", "H1", "--by", "code.py")[0] == 0


def test_reopening_does_not_cascade(folder: Path, capsys: Any) -> None:
    """What rests on the hole stays resolved; verify names all of it."""
    (folder / "here").touch()
    for one in ("H6", "H1", "H5"):
        asked(folder, capsys, "resolve", one, "--by", "code.py")
    assert asked(folder, capsys, "verify") == (0, {"broken": []})
    assert asked(folder, capsys, "what-if", "--withdraw", "H1") == (
        0, {"falls": ["H5"], "lost": []},
    )  # fmt: skip
    assert asked(folder, capsys, "what-if", "--withdraw", "H6")[1] == {
        "falls": ["H1", "H5"],
        "lost": [TOLD_H1, TOLD_H5],
    }

    asked(folder, capsys, "reopen", "H6")

    assert asked(folder, capsys, "phase-status", "2")[1]["resolved"] == ["H1"]
    assert asked(folder, capsys, "verify") == (1, {"broken": ["H1", "H5"]})


def test_deferring_is_said_once(folder: Path, capsys: Any) -> None:
    """Not ready, still blocking; deferring twice is one entry."""
    for _ in range(2):
        assert asked(folder, capsys, "defer", "H6") == (0, {"deferred": "H6"})

    assert log_of(folder) == ["- deferred H6"]
    assert asked(folder, capsys, "ready") == (0, {"ready": []})
    assert asked(folder, capsys, "next") == (0, {"next": None, "unblocks": 0, "path": []})
    assert asked(folder, capsys, "list", "--status", "deferred")[1]["holes"][0]["id"] == "H6"


DOCUMENTED = {
    ("list",): {"holes"},
    ("ready", "--phase", "1"): {"ready"},
    ("show", "H1"): {
        "id", "name", "kind", "type", "phase", "status", "by", "waits_for", "depends_on", "dependants", "constraints",
        "gives", "accept", "received", "line",
    },
    ("next",): {"next", "unblocks", "path"},
    ("phase-status", "1"): {"total", "resolved", "ready", "blocked"},
    ("why", "H1"): {"received"},
    ("what-if", "--withdraw", "H6"): {"falls", "lost"},
    ("verify",): {"broken"},
    ("scan", "code.py"): {"found", "absent", "unreadable"},
    ("graph",): {"nodes", "edges"},
    ("state",): {"state", "stale"},
    ("export",): {"holes"},
    ("gate", "0"): {"passed", "open", "broken", "later"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "keys"), DOCUMENTED.items(), ids=lambda case: case[0] if isinstance(case, tuple) else ""
)
def test_every_answer_has_its_documented_shape(
    words: tuple[str, ...], keys: set[str], folder: Path, capsys: Any
) -> None:
    """The page about the tracker names each command with these keys."""
    page = (ROOT / "docs" / "planning" / "hole_tracker.md").read_text()
    shape = next(line for line in page.splitlines() if line.startswith(f"| `{words[0]}"))

    code, said = asked(folder, capsys, *words)

    assert (code, set(said)) == (0, keys)
    assert [key for key in keys if key not in shape] == []


def test_the_state_is_checked(folder: Path, capsys: Any) -> None:
    """Stale where it is missing or the plan has moved on."""
    assert asked(folder, capsys, "state", "--check")[0] == 1
    assert asked(folder, capsys, "state")[0] == 0
    assert asked(folder, capsys, "state", "--check") == (0, {"state": str(folder / "STATE.md"), "stale": False})
    asked(folder, capsys, "resolve", "H6", "--by", "code.py")
    assert asked(folder, capsys, "state", "--check")[0] == 1


def test_pictures_show_ids_and_names_literally(folder: Path, capsys: Any) -> None:
    """Arrows go from the giver to the dependant."""
    assert main(["--dir", str(folder), "graph"]) == 0
    mermaid = capsys.readouterr().out
    assert main(["--dir", str(folder), "graph", "--format", "dot"]) == 0

    assert 'H6["H6 Name6"]:::open' in mermaid
    assert "H6 --> H1" in mermaid
    assert "H6 -> H1;" in capsys.readouterr().out


def test_an_import_replaces_whole_or_not_at_all(folder: Path, capsys: Any) -> None:
    """A refused plan leaves the inventory; an accepted one keeps the prose of ids that stay."""
    inventory = folder / "HOLE_INVENTORY.md"
    inventory.write_text(inventory.read_text() + "\nProse of H5.\n")
    plan = asked(folder, capsys, "export")[1]
    before = inventory.read_bytes()

    plan["holes"][0]["depends_on"] = ["H60"]
    (folder / "plan.json").write_text(json.dumps(plan, indent=1))
    code, said = asked(folder, capsys, "import", "plan.json")
    assert (code, said["error"]["code"], said["error"]["file"]) == (2, "unknown_hole", "plan.json")
    assert said["error"]["line"] == 4
    assert inventory.read_bytes() == before

    plan["holes"] = [{**plan["holes"][1], "depends_on": [], "owner": "nobody"}]
    (folder / "plan.json").write_text(json.dumps(plan))
    assert asked(folder, capsys, "import", "plan.json") == (0, {"imported": ["H5"]})
    assert inventory.read_text().endswith("- phase: 3\n\nProse of H5.\n")
    assert asked(folder, capsys, "export")[1]["holes"][0]["depends_on"] == []


def test_an_import_begins_a_plan(folder: Path, capsys: Any) -> None:
    """Into a folder that does not exist yet."""
    plan = asked(folder, capsys, "export")[1]
    (folder / "plan.json").write_text(json.dumps(plan))

    assert asked(folder / "new" / "plan", capsys, "import", "plan.json")[0] == 0
    assert asked(folder / "new" / "plan", capsys, "export")[1] == plan


RIGHT = {"id": "H1", "name": "a", "kind": "b", "type": "c", "phase": 1}


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        ("{", "bad_json"),
        ("[" * 100_000, "bad_json"),
        ("[]", "bad_json"),
        ('{"holes": {}}', "bad_json"),
        ({"holes": [1]}, "bad_value"),
        ({"holes": [{**RIGHT, "id": "1"}]}, "bad_id"),
        ({"holes": [{"id": "H1", "name": "a"}]}, "missing_key"),
        ({"holes": [{**RIGHT, "name": 1}]}, "bad_value"),
        ({"holes": [{**RIGHT, "phase": True}]}, "bad_phase"),
        ({"holes": [{**RIGHT, "phase": "1"}]}, "bad_phase"),
        ({"holes": [{**RIGHT, "depends_on": "H2"}]}, "bad_value"),
        ({"holes": [{**RIGHT, "depends_on": ["2"]}]}, "bad_id"),
        ({"holes": [{**RIGHT, "depends_on": ["H1"]}]}, "cycle"),
        ({"holes": [{**RIGHT, "constraints": ["be quick"]}]}, "bad_constraint"),
        ({"holes": [{**RIGHT, "gives": ["H2"]}]}, "bad_value"),
        ({"holes": [{**RIGHT, "gives": {"H2": ["MUST x"]}}]}, "unknown_hole"),
        ({"holes": [{**RIGHT, "accept": [1]}]}, "bad_value"),
        ({"holes": [RIGHT, RIGHT]}, "duplicate_hole"),
    ],
)
def test_a_plan_that_cannot_be_taken_is_refused(plan: Any, code: str, folder: Path, capsys: Any) -> None:
    """By name; the inventory stays as it was."""
    before = (folder / "HOLE_INVENTORY.md").read_bytes()
    (folder / "plan.json").write_text(plan if isinstance(plan, str) else json.dumps(plan))

    exit_code, said = asked(folder, capsys, "import", "plan.json")

    assert (exit_code, said["error"]["code"]) == (2, code)
    assert (folder / "HOLE_INVENTORY.md").read_bytes() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "which command?"),
        (("lsit",), "the nearest is list"),
        (("show",), "required: ID"),
        (("show", "H55"), "the nearest is H5 Name5"),
        (("reopen", "H55"), "the nearest is H5"),
        (("defer", "H55"), "the nearest is H5"),
        (("resolve", "H6"), "required: --by"),
        (("gate", "two"), "'two' is no phase"),
        (("list", "--status", "done"), "invalid choice: 'done'"),
        (("ready", "--all"), "--all"),
        (("import", "gone.json"), "No such file"),
        (("scan", "gone"), "no such file or folder"),
    ],
)
def test_wrong_use_is_an_error_on_standard_output(words: tuple[str, ...], told: str, folder: Path, capsys: Any) -> None:
    """Exit code 2, and what to write instead."""
    assert main(["--dir", str(folder), *words]) == 2
    said = capsys.readouterr()

    assert told in json.loads(said.out)["error"]["message"]
    assert told in said.err
    assert "Traceback" not in said.err


def test_a_folder_without_a_plan_is_told(folder: Path, capsys: Any) -> None:
    """With what to do about it."""
    code, said = asked(folder / "empty", capsys, "list")

    assert (code, said["error"]["code"]) == (2, "no_inventory")
    assert "import" in said["error"]["message"]


@pytest.mark.slow
def test_two_processes_may_resolve_at_once(folder: Path) -> None:
    """Each entry is there once, and the file is whole."""
    written(folder, *(hole(n) for n in range(1, 9)))
    names = [f"H{n}" for n in range(1, 9)] + ["H1", "H1"]
    command = [sys.executable, str(SCRIPT), "--dir", str(folder), "resolve"]
    running = [subprocess.Popen([*command, name, "--by", "code.py"], stdout=subprocess.DEVNULL) for name in names]

    assert [process.wait(60) for process in running] == [0] * len(names)
    assert sorted(log_of(folder)) == sorted(f"- resolved {name} by code.py" for name in set(names))
    assert not [file for file in folder.iterdir() if file.name.startswith(".")]


def test_a_plain_answer_needs_little() -> None:
    """The command starts without the engine and its libraries: a plan is asked many times a day."""
    probe = (
        "import runpy, sys; sys.argv = ['track', 'next', '--help']\n"
        "try: runpy.run_path(sys.argv.pop(1) and PATH, run_name='__main__')\n"
        "except SystemExit: print(*sys.modules)"
    ).replace("PATH", repr(str(SCRIPT)))
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, timeout=60)
    loaded = set(done.stdout.split())

    assert "lift_sys.planning.fold" in loaded
    assert loaded & {"anyio", "pydantic", "asyncio", "lift_sys.engine", "rich", "cyclopts", "subprocess"} == set()


@pytest.mark.slow
@pytest.mark.parametrize(("ending", "told"), [(">&-", "is closed"), ("> /dev/full", "No space left"), ("| true", "")])
def test_a_lost_result_is_told(ending: str, told: str, folder: Path) -> None:
    """In one line, or not at all when the reader chose to leave."""
    written(folder, *(hole(n) for n in range(1, 2000)))
    command = f"set -o pipefail; {sys.executable} {SCRIPT} --dir . list {ending}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=folder, timeout=60)

    assert (done.returncode, done.stderr.count("\n")) == (1, 1 if told else 0)
    assert told in done.stderr


@pytest.mark.slow
def test_the_tracker_runs_without_the_libraries_of_the_engine(folder: Path) -> None:
    """Any Python answers; only `verify` and `gate` need the environment of the project, and change over to it."""
    plain = [sys.executable, "-S", "-I", str(SCRIPT), "--dir", "."]
    done = subprocess.run([*plain, "next", "--json"], capture_output=True, text=True, cwd=folder, timeout=60)

    assert json.loads(done.stdout)["next"] == "H6"
    assert done.stderr == ""
