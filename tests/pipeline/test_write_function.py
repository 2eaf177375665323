"""The whole way from prose to a function with evidence, on models that are written down."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lift_sys.define import Incomplete
from lift_sys.errors import ProviderError
from lift_sys.pipeline import Answer, Generated, OpenPoint, Task, accept, defer, generate
from lift_sys.providers import Capabilities, ModelAnswer, ModelRequest, Usage

COMPREHENSION = "def vowels(text):\n    return len([c for c in text if c in 'aeiou'])"
LOOP = "def vowels(text):\n    n = 0\n    for c in text:\n        if c in 'aeiou':\n            n += 1\n    return n"
SUM = "Sure!\n```python\ndef vowels(text: str) -> int:\n    return sum(1 for c in text if c in 'aeiou')\n```\n"
COUNTS = "def vowels(text):\n    return sum(text.count(v) for v in 'aeiou')"
FIRST_ONLY = "def vowels(text):\n    return text.count('a') + text.count('e')"
BROKEN = "def vowels(text):\n    return text.vowels()"
EXAMPLES = ("vowels('hello') == 2", "vowels('lower case: aeiou, no capital letters') == 15")
TASK = Task(prompt="Count the lower case vowels in a text", examples=EXAMPLES, n=8)


async def generated(answers: Sequence[str], task: Task = TASK, decider: object = defer) -> Generated:
    """Return what comes of a task when the model writes these answers in turn, again and again."""
    turns: Iterator[int] = iter(range(10_000))

    def answer(_: ModelRequest) -> str:
        return answers[next(turns) % len(answers)]

    return await generate(task, model="written", providers={"written": answer}, decider=decider)  # type: ignore[arg-type] # a test passes what it likes


@pytest.mark.slow
async def test_programs_that_agree_are_verified() -> None:
    """Four programs in four shapes, one wrong, one not typed: the claim says what it rests on."""
    made = await generated([BROKEN, FIRST_ONLY, COMPREHENSION, LOOP, SUM, COUNTS])
    result = made.result

    assert (result.outcome, result.verified, result.tainted, result.exit_code) == ("complete", True, False, 0)
    assert result.code is not None
    assert result.code.startswith("def vowels(text: str) -> int:\n")
    assert [reason.partition(":")[0] for reason in result.rejected] == ["mypy"]
    assert (result.candidates.distinct, result.candidates.static_ok, result.candidates.passed) == (6, 5, 4)
    assert "keeps 2 given examples" in result.evidence
    assert any(line.startswith("4 of 4 differently written programs") for line in result.evidence)


@pytest.mark.slow
async def test_the_run_can_say_why() -> None:
    """The pipeline is a graph of this library: its steps are events, and the value has a slice behind it."""
    made = await generated([COMPREHENSION, LOOP, SUM])

    slice_of_it = made.run.why("write_function/make_claim").steps()

    assert "write_function/read" in slice_of_it
    assert any("try_out" in path for path in slice_of_it)
    assert {"step.started", "step.finished"} <= {event.kind for event in made.run.events}
    answered = [event.data for event in made.run.events if event.kind == "model.answered"]
    assert sum(data["usage"]["requests"] for data in answered) == made.result.usage.requests


@pytest.mark.slow
async def test_one_program_alone_is_not_verified() -> None:
    """Two examples that one program keeps are thin evidence: the result says so and asks for more."""
    made = await generated([COMPREHENSION, FIRST_ONLY, FIRST_ONLY, FIRST_ONLY])

    assert (made.result.outcome, made.result.verified, made.result.exit_code) == ("incomplete", False, 3)
    assert [(point.kind, point.state) for point in made.result.holes] == [("evidence", "deferred")]
    assert made.result.tainted
    assert [str(example) for example in made.result.ir.examples] == list(EXAMPLES)


@pytest.mark.slow
async def test_evidence_cannot_be_accepted() -> None:
    """`accept` takes over assumptions; that nothing speaks for them is no assumption."""
    made = await generated([COMPREHENSION, FIRST_ONLY, FIRST_ONLY, FIRST_ONLY], decider=accept)

    assert not made.result.verified


@pytest.mark.slow
async def test_what_the_prose_does_not_say_is_asked() -> None:
    """Capital letters: the answer of a person becomes an example, and another program is chosen by it."""
    asked: list[OpenPoint] = []

    async def person(point: OpenPoint) -> Answer:
        asked.append(point)
        strict = next((fit for fit in point.fits if "other letters" in fit.why), point.fits[0])
        return Answer(state="answered", value=strict.value)

    task = Task(prompt="Count the vowels in a text", examples=("vowels('hello') == 2", "vowels('xyz') == 0"), n=8)

    ignoring = await generated([COMPREHENSION, LOOP, SUM, COUNTS], task, accept)
    strict = await generated([COMPREHENSION, LOOP, SUM, COUNTS], task, person)

    assert ignoring.result.verified
    assert "text = text.lower()" in (ignoring.result.code or "")
    assert any("assumed: vowels(" in line for line in ignoring.result.evidence)
    assert [point.question for point in asked] == ["Do capital letters count like small ones? The prose does not say."]
    assert strict.result.verified
    assert "lower()" not in (strict.result.code or "")


@pytest.mark.slow
async def test_a_near_miss_is_repaired() -> None:
    """When no program keeps the examples, small edits of what was written are tried; the claim says so."""
    made = await generated(["def vowels(text):\n    return len([c for c in text if c not in 'aeiou'])"])

    assert made.result.code is not None
    assert "if c in 'aeiou'" in made.result.code
    assert not made.result.verified
    assert any("small repair" in line for line in made.result.evidence)


@pytest.mark.slow
async def test_nothing_that_passes_is_said_to_be_nothing() -> None:
    """Hopeless answers end in `failed`, with the reasons counted."""
    made = await generated(["I do not know.", "import os\ndef vowels(text):\n    return os.system(text)"])

    assert (made.result.outcome, made.result.code, made.result.exit_code) == ("failed", None, 4)
    assert made.result.rejected.keys() >= {"no function in the answer", "imports os"}


@pytest.mark.slow
async def test_a_stub_with_a_must_is_checked_against_it() -> None:
    """A MUST line that is an expression is run on every value; who breaks it is not verified."""
    stub = 'def vowels(text: str) -> int:\n    """Count the lower case vowels.\n\n    MUST result <= 1\n    """\n'

    made = await generated([COMPREHENSION, LOOP, SUM], Task(stub=stub, examples=("vowels('b') == 0",), n=8))

    assert not made.result.verified
    assert "breaks MUST result <= 1" in made.result.evidence


@pytest.mark.slow
async def test_a_recorded_model_takes_the_same_way(tmp_path: Path) -> None:
    """Recorded once, replayed to the same function; a task that was not recorded is an error that says so."""
    script = tmp_path / "answers.jsonl"
    script.write_text("".join(f"{json.dumps(text)}\n" for text in [COMPREHENSION, LOOP, SUM, COUNTS] * 2))
    recording = tmp_path / "recording.jsonl"

    first = await generate(TASK, model=f"record:{recording}+scripted:{script}")
    again = await generate(TASK, model=f"replay:{recording}")

    assert first.result.verified
    assert again.result.code == first.result.code
    with pytest.raises(ProviderError, match="recording"):
        await generate(Task(prompt="Something else", n=8), model=f"replay:{recording}")


@pytest.mark.slow
async def test_a_model_that_stops_answering_spoils_nothing(tmp_path: Path) -> None:
    """What was written before is judged; the evidence says that no more came."""
    script = tmp_path / "answers.jsonl"
    script.write_text("".join(f"{json.dumps(text)}\n" for text in [COMPREHENSION, FIRST_ONLY, FIRST_ONLY, LOOP]))

    made = await generate(TASK, model=f"scripted:{script}")

    assert made.result.code is not None
    assert any("no more answers" in line for line in made.result.evidence)


@pytest.mark.slow
async def test_the_run_waits_at_its_holes() -> None:
    """Without a decider the run is incomplete there: closures with the open points as inputs."""
    from lift_sys.engine import Engine
    from lift_sys.judges import open_sandbox
    from lift_sys.pipeline import Tools, write_function
    from lift_sys.providers import Providers

    sandbox = await open_sandbox()
    try:
        adapter = Providers({"written": [COMPREHENSION, FIRST_ONLY, FIRST_ONLY] * 8}).open("written")
        run = await Engine(deps=Tools(adapter, sandbox)).run(write_function, TASK)
    finally:
        await sandbox.aclose()

    assert isinstance(run.outcome, Incomplete)
    assert [closure.inputs["point"].kind for closure in run.outcome.closures] == ["evidence"]


@pytest.mark.slow
async def test_numbers_too_long_to_write_out_are_compared() -> None:
    """Programs agree on values of thousands of digits like on others."""
    programs = ["def long(n):\n    return n * 10 ** 5000", "def long(n):\n    return 10 ** 5000 * n"]
    task = Task(prompt="Write five thousand zeros behind a number", examples=("long(0) == 0",), n=4)

    made = await generated(programs, task)

    assert made.result.verified


class ChatOnly:
    """A model that chats, wrong at first and right when it is shown what fails."""

    name = "chat-only"
    capabilities = Capabilities()

    def __init__(self, *right: str) -> None:
        self._right = right
        self.asked: list[ModelRequest] = []

    async def ask(self, request: ModelRequest) -> ModelAnswer:
        """Answer as many times as asked."""
        self.asked.append(request)
        shown = "not right yet" in request.messages[-1].text
        texts = [self._right[i % len(self._right)] if shown else FIRST_ONLY for i in range(request.n)]
        return ModelAnswer(tuple(texts), Usage(1, 10, 10), self.name, "best available")

    async def aclose(self) -> None:
        """Nothing to let go of."""


@pytest.mark.slow
async def test_a_model_that_only_chats_is_asked_for_less_and_shown_what_fails() -> None:
    """Six programs unless said otherwise, one of them after the failing example was shown."""
    chat = ChatOnly(COMPREHENSION)

    made = await generate(Task(prompt=TASK.prompt, examples=EXAMPLES), model="chat", providers={"chat": chat})

    assert made.result.candidates.sampled == 6
    assert all(request.prefix is None for request in chat.asked)
    assert "vowels('hello') gives 1, it must give 2." in chat.asked[-1].messages[-1].text
    assert made.result.code is not None
    assert "in 'aeiou'" in made.result.code
    assert (made.result.outcome, made.result.verified) == ("incomplete", False)
