"""The fake sandbox judges scripted answers as a real one judges a program's."""

from typing import Any

from lift_sys.judges import Case, Job, Sandbox, judge_suite, open_sandbox
from lift_sys.testing.sandboxes import ScriptedSandbox

CASES = (Case((1,), 2), Case((2,), 3.0), Case((0,)))


def increment(job: Job, args: tuple[Any, ...]) -> Any:
    """Answer as the program below does."""
    return args[0] + 1


async def test_it_gives_the_verdicts_of_a_real_one() -> None:
    """Same verdicts, same cases, for a right program and for a wrong one."""
    real = await open_sandbox()
    wrong = (*CASES, Case((5,), 5))
    try:
        sandboxes: list[Sandbox] = [real, ScriptedSandbox(increment)]
        for cases in (CASES, wrong):
            job = Job("def solve(x): return x + 1", cases=cases)
            first, second = [await sandbox.run(job) for sandbox in sandboxes]

            assert (first.verdict, first.cases) == (second.verdict, second.cases)
    finally:
        await real.aclose()


async def test_what_is_raised_is_an_error() -> None:
    """A scripted program may fail too, in a run and in a session."""
    sandbox = ScriptedSandbox(lambda job, args: 1 / args[0])

    verdict = await sandbox.run(Job("", cases=(Case((0,), 1),)))
    async with sandbox.session(Job("")) as session:
        result = await session.call(0)

    assert (verdict.verdict, verdict.message) == ("error", "case 0: ZeroDivisionError: division by zero")
    assert result.error == "ZeroDivisionError: division by zero"
    assert len(sandbox.jobs) == 2


async def test_judges_take_it_for_a_sandbox() -> None:
    """What needs a sandbox can be tested without one."""
    said = iter([{"call": [1]}, {"name": "test", "error": None}, {"end": True}])

    verdict = await judge_suite(
        ScriptedSandbox(lambda job, args: next(said) if job.function == "step" else 2), Job("", function="f"), ""
    )

    assert verdict.passed
