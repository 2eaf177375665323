"""However the judge ends, and whoever it is, nothing of its programs lives on."""

import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import lift_sys

LEVELS = ["embedded", "landlock", "process"]
ROOT = str(Path(lift_sys.__file__).parent.parent)
JUDGE = """
import sys
import anyio
from lift_sys.judges import Case, Job, open_sandbox

LOOP = "print('begun')\\ndef solve(x):\\n    while True: pass"

async def main():
    sandbox = await open_sandbox(sys.argv[1], allow_weak=True)
    async with anyio.create_task_group() as group:
        group.start_soon(sandbox.run, Job(LOOP, cases=(Case((1,), 1),), timeout=60))
        await sandbox.run(Job("def solve(x): return x", cases=(Case((1,), 1),)))
        print("judging", flush=True)
        await anyio.sleep(60)

anyio.run(main)
"""


# setpriv still has root's rights when it starts something; what it starts has not.
SEES_ITSELF = "import os, sys; os.stat(sys.executable)"


def in_session(marker: str) -> list[int]:
    """Return every process whose command line or open files carry the marker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if marker in (entry / "cmdline").read_text():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


@pytest.fixture
def marked() -> Iterator[tuple[str, str]]:
    """A copy of the package under a path of its own, so that its processes can be told from all others."""
    with tempfile.TemporaryDirectory(prefix="judge-") as folder:
        os.chmod(folder, 0o755)
        subprocess.run(["cp", "-r", f"{ROOT}/lift_sys", folder], check=True)
        yield folder, os.path.basename(folder)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_a_killed_judge_takes_everything_with_it(level: str, marked: tuple[str, str]) -> None:
    """After SIGKILL, with programs running, no process is left."""
    folder, marker = marked
    judge = subprocess.Popen([sys.executable, "-c", JUDGE, level], cwd=folder, stdout=subprocess.PIPE)
    with judge:
        assert judge.stdout is not None
        assert judge.stdout.readline() == b"judging\n"
        # The waiting interpreter carries the marker on its command line, and so does each process born of it.
        alive = in_session(marker)
        judge.kill()

    assert len(alive) >= 2
    for pid in alive:
        wait_until_gone(pid)
    assert in_session(marker) == []


def wait_until_gone(pid: int) -> None:
    """Return when a process that is nobody's child here has ended; fail if it does not within ten seconds."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return

    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    ended = waiting.poll(10_000)
    os.close(descriptor)
    assert ended, f"process {pid} outlived the judge"


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("level", LEVELS)
def test_a_normal_user_is_held_and_served_alike(level: str, marked: tuple[str, str]) -> None:
    """Hostile and ordinary programs again, judged by somebody without any right."""
    folder, _ = marked
    script = (
        "import sys, anyio\n"
        "from lift_sys.judges import open_sandbox\n"
        "from lift_sys.testing.sandboxes import hostile_faults, ordinary_faults, set_traps\n"
        "async def main():\n"
        "    sandbox = await open_sandbox(sys.argv[1], allow_weak=True, workers=2)\n"
        "    with set_traps() as traps:\n"
        "        faults = await hostile_faults(sandbox, traps) + await ordinary_faults(sandbox)\n"
        "    await sandbox.aclose()\n"
        "    print(faults)\n"
        "anyio.run(main)\n"
    )
    interpreter = readable_interpreter()
    packages = os.pathsep.join(path for path in sys.path if path.endswith("-packages"))
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", interpreter, "-c", script, level],
        cwd=folder,
        env={"PYTHONPATH": os.pathsep.join([folder, packages]), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert done.stderr == ""
    assert done.stdout == "[]\n"


def readable_interpreter() -> str:
    """Return an interpreter of this version that everybody may start; this one may lie in root's own folder."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (os.path.realpath(sys.executable), f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        everybody = ["setpriv", "--reuid=65534", "--clear-groups", "--regid=65534", candidate, "-c", SEES_ITSELF]
        if os.path.exists(candidate) and subprocess.run(everybody, capture_output=True, check=False).returncode == 0:
            return candidate
    pytest.skip(f"no {version} on this machine that a normal user may start")
