"""A sandbox judges what programs answer, survives what they do, and leaves nothing behind."""

import contextlib
import os
import signal
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from anyio.lowlevel import checkpoint

from lift_sys.errors import DefinitionError, SandboxError
from lift_sys.judges import NOTHING, Case, Job, Sandbox, Verdict, open_sandbox, probe_levels
from tests.judges.processes import descendants, open_descriptors

pytestmark = pytest.mark.slow

CASES = (Case((1,), 2), Case((2,), 3))
INCREMENT = "def solve(x): return x + 1"
LOOP = "def solve(x):\n    while True: pass"


@pytest.fixture(scope="module", params=["asyncio", pytest.param("trio", marks=pytest.mark.slow)])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Everything here holds on trio too; the slow shelf shows it."""
    return str(request.param)


@pytest.fixture(scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """The strongest level of this machine, for all of these tests."""
    opened = await open_sandbox()
    yield opened
    await opened.aclose()


async def judged(sandbox: Sandbox, source: str, cases: tuple[Case, ...] = CASES, seconds: float = 5.0) -> Verdict:
    """Return the verdict on a program."""
    return await sandbox.run(Job(source, cases=cases, timeout=seconds, mem_mb=64))


async def test_a_right_program_passes(sandbox: Sandbox) -> None:
    """Each case has its value; the layers that stood and what was used are told."""
    verdict = await judged(sandbox, INCREMENT)

    assert verdict.verdict == "pass"
    assert [(case.ok, case.value) for case in verdict.cases] == [(True, 2), (True, 3)]
    assert "seccomp" in verdict.isolation.layers
    assert verdict.used.cpu_seconds > 0
    assert verdict.used.peak_mb > 1


ENDS = [
    ("def solve(x): return 2", "fail", "case 1: got 2, expected 3"),
    ("def solve(x): return 1 / 0", "error", "case 0: ZeroDivisionError: division by zero (line 1)"),
    ("x = 1\ny = (\n", "error", "SyntaxError: '(' was never closed (<candidate>, line 2) (line 2)"),
    ("def other(x): return x", "error", "NameError: the program defines no function 'solve'"),
    ("import ctypes", "error", "module 'ctypes' is not among those a program may import here"),
    ("import os\ndef solve(x): os._exit(3)", "crash", "exit code 3 before it answered case 0"),
    ("import os\ndef solve(x): os.abort()", "crash", "before it answered case 0"),
    ("import os\ndef solve(x): os.fork()", "denied", "case 0: PermissionError"),
    ("def solve(x): return bytearray(1 << 30)", "memory", "case 0: MemoryError"),
    ("def solve(x): return object()", "error", "a object is not a plain value"),
    ("import os\ndef solve(x): os.write(3, b'x' * 100)", "protocol", "does not keep to the protocol"),
    ("#" * (1 << 21), "error", "the limit is 1048576"),
    ("\0" * (1 << 20), "error", "most of the program is no text"),
]


async def test_how_a_program_can_end(sandbox: Sandbox) -> None:
    """Each end has its name and says where and why."""
    for source, name, message in ENDS:
        verdict = await judged(sandbox, source)

        assert (verdict.verdict, message in verdict.message) == (name, True), verdict.message


async def test_an_endless_program_times_out_and_keeps_its_answers(sandbox: Sandbox) -> None:
    """What was answered before the time ran out is in the verdict."""
    verdict = await judged(sandbox, "def solve(x):\n    while x > 1: pass\n    return 2", seconds=0.3)

    assert verdict.verdict == "timeout"
    assert [case.ok for case in verdict.cases] == [True]


async def test_a_case_may_only_ask_for_its_value(sandbox: Sandbox) -> None:
    """Without an expected value a case is neither right nor wrong."""
    verdict = await judged(sandbox, INCREMENT, (Case((2**70,)), Case((1,), NOTHING)))

    assert verdict.verdict == "pass"
    assert [(case.ok, case.value) for case in verdict.cases] == [(None, 2**70 + 1), (None, 2)]


async def test_arguments_must_be_plain(sandbox: Sandbox) -> None:
    """What cannot cross the wall is the caller's mistake, said before anything runs."""
    with pytest.raises(DefinitionError, match="call 1 cannot be given to a program: a object is not a plain value"):
        await judged(sandbox, INCREMENT, (Case((1,)), Case((object(),))))
    async with sandbox.session(Job(INCREMENT)) as session:
        with pytest.raises(DefinitionError, match="call 0 cannot be given"):
            await session.call(object())

        assert (await session.call(1)).value == 2


async def test_a_full_memory_can_still_be_told(sandbox: Sandbox) -> None:
    """However a program fills its memory, the verdict is `memory`, and the next case can pass."""
    fill = (
        "def solve(x):\n    kept = []\n    while x == 1: kept.append(' ' * 99_999 + str(len(kept)))\n    return x + 1"
    )

    verdict = await judged(sandbox, fill)

    assert verdict.verdict == "memory"
    assert [case.ok for case in verdict.cases] == [False, True]


async def test_a_program_without_cases_is_loaded(sandbox: Sandbox) -> None:
    """Whether a program loads at all is a question too."""
    assert (await judged(sandbox, INCREMENT, ())).verdict == "pass"
    assert (await judged(sandbox, "1 / 0", ())).verdict == "error"


async def test_more_than_the_socket_holds_goes_both_ways(sandbox: Sandbox) -> None:
    """Megabytes of cases and answers pass while both sides go on."""
    cases = tuple(Case(("x" * 2000 + str(n),), "x" * 2000 + str(n)) for n in range(2000))

    assert (await judged(sandbox, "def solve(x): return x", cases)).verdict == "pass"


async def test_a_breach_while_cases_are_still_being_sent(sandbox: Sandbox) -> None:
    """Noise in the middle of a large exchange ends it as a breach of the protocol too."""
    cases = tuple(Case(("x" * 2000,), "x" * 2000) for _ in range(2000))

    verdict = await judged(sandbox, "import os\ndef solve(x): os.write(3, b'junk' * 50)", cases)

    assert verdict.verdict == "protocol"


async def test_a_session_answers_call_after_call(sandbox: Sandbox) -> None:
    """One program keeps its state between calls, fails a call without ending, and stays dead when it dies."""
    source = "import os\nseen = []\ndef solve(x):\n    x == 9 and os._exit(0)\n    seen.append(9 // x)\n    return seen"
    async with sandbox.session(Job(source)) as session:
        values = [(await session.call(x)).value for x in (1, 2)]
        failed = await session.call(0)
        again = await session.call(3)
        dead = [(await session.call(x)).error for x in (9, 1)]

    assert values == [[9], [9, 4]]
    assert (failed.ok, failed.error) == (False, "ZeroDivisionError: integer division or modulo by zero (line 5)")
    assert again.value == [9, 4, 3]
    assert dead == ["the program ended before it answered call 4"] * 2


async def test_a_session_has_one_clock(sandbox: Sandbox) -> None:
    """A call that exceeds what is left ends the session."""
    async with sandbox.session(Job(LOOP, timeout=0.3)) as session:
        result = await session.call(1)

    assert (result.ok, result.error) == (False, "no answer to call 0 within the session's 0.3 s")


async def test_nothing_passes_from_one_program_to_the_next(sandbox: Sandbox) -> None:
    """Files, modules, builtins and patches go with the program that made them."""
    leave = (
        "import builtins, json, sys, os\n"
        "def solve(x):\n"
        "    open('/tmp/left', 'w').write('x')\n"
        "    json.left = sys.left = builtins.left = os.environ['LEFT'] = 'x'\n"
        "    sys.modules['math'] = None\n"
        "    return x + 1"
    )
    look = (
        "import builtins, json, math, os, sys\n"
        "def solve(x):\n"
        "    found = [hasattr(place, 'left') for place in (json, sys, builtins)]\n"
        "    return x + 1 if not any(found) and not os.listdir('/tmp') and not os.environ else found"
    )

    assert (await judged(sandbox, leave)).verdict == "pass"
    assert (await judged(sandbox, look)).verdict == "pass"


async def test_programs_run_beside_each_other(sandbox: Sandbox) -> None:
    """Endless, dying and honest programs at once each get their own verdict."""
    verdicts: dict[int, str] = {}

    async def one(number: int, source: str) -> None:
        verdicts[number] = (await judged(sandbox, source, seconds=0.3)).verdict

    async with anyio.create_task_group() as group:
        for number, source in enumerate([LOOP, INCREMENT, "import os; os._exit(0)"] * 2):
            group.start_soon(one, number, source)

    assert [verdicts[number] for number in range(6)] == ["timeout", "pass", "crash"] * 2


async def test_cancellation_kills_and_reaps(sandbox: Sandbox) -> None:
    """When `run` is cancelled its program is gone before the cancellation leaves it."""
    before = descendants()

    with anyio.move_on_after(0.2) as scope:
        await judged(sandbox, LOOP, seconds=60)

    assert scope.cancelled_caught
    assert descendants() == before
    assert (await judged(sandbox, INCREMENT)).verdict == "pass"


async def test_cancellation_at_any_moment_leaves_nothing(sandbox: Sandbox) -> None:
    """Also while the process is only being born."""
    before, held = descendants(), open_descriptors()

    for delay in range(30):
        with anyio.move_on_after(delay / 4000):
            await judged(sandbox, INCREMENT)

    assert descendants() == before
    assert open_descriptors() == held


@pytest.mark.slow
async def test_two_hundred_programs_leave_no_descriptor(sandbox: Sandbox) -> None:
    """Nothing adds up over many verdicts, good or bad."""
    await judged(sandbox, INCREMENT)
    held = open_descriptors()

    for source in [INCREMENT, "1 / 0", "import os; os._exit(1)", "import os; os.write(3, b'junk' * 9)"] * 50:
        await judged(sandbox, source)

    assert open_descriptors() == held


async def test_closing_leaves_no_process() -> None:
    """After `aclose` nothing that the sandbox started is alive, and it says so when asked again."""
    before, held = descendants(), open_descriptors()
    sandbox = await open_sandbox(workers=2)
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(judged, sandbox, INCREMENT)
    started = descendants()

    await sandbox.aclose()
    await sandbox.aclose()

    assert len(started) == len(before) + 2
    assert descendants() == before
    assert open_descriptors() <= held + 1  # the event loop may open one of its own
    with pytest.raises(SandboxError, match="closed"):
        await judged(sandbox, INCREMENT)


async def test_closing_while_an_interpreter_starts_leaves_nothing() -> None:
    """What was being started when the sandbox closed is found and ended too."""
    before = descendants()
    sandbox = await open_sandbox()

    async def ask_for_another() -> None:
        with contextlib.suppress(SandboxError):
            await sandbox.run(Job(INCREMENT, cases=CASES, allow_imports=("sniffio",)))

    async with anyio.create_task_group() as group:
        group.start_soon(ask_for_another)
        await checkpoint()
        await sandbox.aclose()

    assert descendants() == before


async def test_a_dead_interpreter_is_replaced() -> None:
    """The judge survives the loss of what it started, and goes on with a new one."""
    before = set(descendants())
    sandbox = await open_sandbox()
    (zygote,) = set(descendants()) - before
    os.kill(zygote, signal.SIGKILL)

    verdict = await judged(sandbox, INCREMENT)
    await sandbox.aclose()

    assert verdict.verdict == "pass"
    assert set(descendants()) == before


@pytest.mark.parametrize("level", ["embedded", "landlock", "process"])
async def test_packages_are_let_in_by_name(level: str) -> None:
    """Third-party packages are there for the jobs that name them, and only for those."""
    sandbox = await open_sandbox(level, allow_weak=True)
    source = "import sniffio\ndef solve(x): return sniffio.__name__"
    asked = Job(source, cases=(Case((1,), "sniffio"),), allow_imports=("sniffio",))
    try:
        with_it, without = await sandbox.run(asked), await judged(sandbox, source)
        with pytest.raises(SandboxError, match="no package of that name"):
            await sandbox.run(Job(source, allow_imports=("no_such_package",)))
    finally:
        await sandbox.aclose()

    assert (with_it.verdict, without.verdict) == ("pass", "error")


@pytest.mark.parametrize("level", ["embedded", "landlock"])
async def test_packages_may_lie_where_programs_have_their_own_files(
    level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program's empty /tmp does not hide a package that is installed below the machine's."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        (Path(folder) / "lying_there.py").write_text("VALUE = 7")
        monkeypatch.syspath_prepend(folder)
        sandbox = await open_sandbox(level)
        try:
            source = "import lying_there\ndef solve(x):\n    return lying_there.VALUE"
            verdict = await sandbox.run(Job(source, cases=(Case((1,), 7),), allow_imports=("lying_there",)))
        finally:
            await sandbox.aclose()

    assert (verdict.verdict, verdict.message) == ("pass", "")


@pytest.mark.parametrize(
    ("level", "reason"),
    [
        ("process", "pass allow_weak=True"),
        ("perfect", "unknown isolation level 'perfect'"),
        ("strong", "runsc"),
        ("wasm", r"pip install .lift-sys\[wasm\]"),
    ],
)
async def test_a_level_that_cannot_be_had_says_why(level: str, reason: str) -> None:
    """Nothing weaker is taken in its place."""
    with pytest.raises(SandboxError, match=reason):
        await open_sandbox(level)


async def test_other_systems_are_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The walls are Linux's; elsewhere nothing is started."""
    monkeypatch.setattr("sys.platform", "darwin")

    with pytest.raises(SandboxError, match="needs Linux, and this is darwin"):
        await open_sandbox()


async def test_levels_are_probed_by_doing() -> None:
    """Each level is told with the layers that stood, or with what failed."""
    found = {level.level: level for level in await probe_levels()}

    assert list(found) == ["embedded", "landlock", "process", "strong", "wasm"]
    assert found["process"].layers == ("rlimits",)
    assert all(bool(level.layers) != bool(level.fault) for level in found.values())
