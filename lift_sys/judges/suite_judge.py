"""Tests that nobody trusts either: they run behind a wall of their own, and reach the program through the judge.

A test suite written by a model could read or patch a program that shares its process, and say what it likes of it. So
two walls stand: the suite calls a stand-in, the judge carries each call to the program, and carries the answer back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from lift_sys.judges.sandbox import Job, Sandbox, Session

__all__ = ["SuiteVerdict", "TestResult", "judge_suite"]

_MOST_STEPS = 20_000

# Runs behind the suite's wall. The suite has a thread that waits wherever it calls the program; `step` lets it go on
# with an answer, and returns what it asks or says next. Whatever a suite does to this harms only itself.
_BRIDGE = """
import queue, threading
said, answers = queue.SimpleQueue(), queue.SimpleQueue()

def ask(*args):
    said.put({{"call": list(args)}})
    answer = answers.get()
    if "error" in answer:
        raise RuntimeError(answer["error"])
    return answer["value"]

def describe(error):
    line, trace = None, error.__traceback__
    while trace is not None:
        line = trace.tb_lineno if trace.tb_frame.f_code.co_filename == "<suite>" else line
        trace = trace.tb_next
    return f"{{type(error).__name__}}: {{str(error)[:300]}}" + (f" (line {{line}})" if line else "")

def attempt(name, what):
    try:
        what()
    except BaseException as error:
        said.put({{"name": name, "error": describe(error)}})
        return False
    said.put({{"name": name, "error": None}})
    return True

def work():
    space = {{"__name__": "suite", {name!r}: ask}}
    if attempt("(module)", lambda: exec(compile({suite!r}, "<suite>", "exec"), space)):
        for name, test in list(space.items()):
            if name.startswith("test") and callable(test):
                attempt(name, test)
    said.put({{"end": True}})

def step(answer):
    if answer is None:
        threading.Thread(target=work, daemon=True).start()
    elif answer:
        answers.put(answer)
    return said.get()
"""


@dataclass(frozen=True)
class TestResult:
    """One test of a suite; `(module)` stands for the lines outside every test."""

    __test__ = False  # not one of pytest's own, whatever its name

    name: str
    error: str | None

    @property
    def ok(self) -> bool:
        """Tell whether the test passed."""
        return self.error is None


@dataclass(frozen=True)
class SuiteVerdict:
    """What a suite says of a program; `message` says why it did not come to its end, and is empty if it did."""

    results: tuple[TestResult, ...]
    calls: int
    message: str = ""

    @property
    def passed(self) -> bool:
        """Tell whether the suite came to its end, called the program at all, and no test failed."""
        return not self.message and self.calls > 0 and all(result.ok for result in self.results)


async def judge_suite(sandbox: Sandbox, job: Job, suite: str) -> SuiteVerdict:
    """Run a test suite against a program, each behind its own wall, and return what each test said.

    The suite finds the program under the name of the job's function, as a function of positional arguments; every
    `test...` function without parameters is run, after the lines outside them. Program and suite each have the job's
    `timeout`. The job's own cases are not run.
    """
    source = _BRIDGE.format(name=job.function, suite=suite)
    bridge = replace(job, source=source, function="step", cases=())
    async with sandbox.session(job) as program, sandbox.session(bridge) as tests:
        return await _carry(program, tests)


async def _carry(program: Session, tests: Session) -> SuiteVerdict:
    results: list[TestResult] = []
    calls = 0
    answer: dict[str, Any] | None = None
    for _ in range(_MOST_STEPS):
        result = await tests.call(answer)
        said = result.value
        if result.error is not None or type(said) is not dict:
            return SuiteVerdict(
                tuple(results), calls, f"the suite did not come to its end: {result.error or said!r:.200}"
            )
        if "end" in said:
            return SuiteVerdict(tuple(results), calls)
        if type(said.get("call")) is list:
            calls += 1
            given = await program.call(*said["call"])
            answer = {"value": given.value} if given.error is None else {"error": given.error}
        else:
            error = said.get("error")
            results.append(TestResult(str(said.get("name"))[:100], None if error is None else str(error)[:500]))
            answer = {}
    return SuiteVerdict(tuple(results), calls, f"the suite did not come to its end within {_MOST_STEPS} steps")
