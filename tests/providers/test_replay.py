"""What was recorded comes back byte for byte, and nothing else does."""

import json
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lift_sys.errors import NotRecorded, ProviderUnavailable
from lift_sys.providers import Message, ModelRequest, Providers
from lift_sys.providers.replay import RecordAdapter, Recording, ReplayAdapter
from lift_sys.providers.scripted import ScriptedAdapter
from lift_sys.testing.providers import check_adapter


def asking(text: str, **options: object) -> ModelRequest:
    return ModelRequest((Message("user", text),), **options)  # type: ignore[arg-type]  # options of any kind


requests = st.builds(
    ModelRequest,
    messages=st.lists(
        st.builds(Message, st.sampled_from(["system", "user", "assistant"]), st.text()), min_size=1, max_size=3
    ).map(tuple),
    schema=st.one_of(st.none(), st.dictionaries(st.text(), st.integers())),
    n=st.integers(1, 3),
    temperature=st.one_of(st.none(), st.sampled_from([0, 0.7, 1])),
    seed=st.one_of(st.none(), st.integers(0, 5)),
    stop=st.lists(st.text(min_size=1), max_size=2).map(tuple),
)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(request=requests, texts=st.lists(st.text(), min_size=3, max_size=3))
async def test_a_recorded_answer_comes_back_the_same(request: ModelRequest, texts: list[str], tmp_path: Path) -> None:
    """Whatever is asked and said, line ends and strange letters included."""
    file = tmp_path / "r.jsonl"
    file.unlink(missing_ok=True)

    first = await RecordAdapter(file, ScriptedAdapter(texts)).ask(request)
    again = await ReplayAdapter(Recording.read(file)).ask(request)

    assert again == first


async def test_a_recorded_request_is_not_asked_again(tmp_path: Path) -> None:
    """Recording goes on where it stopped, and pays for nothing twice."""
    file = tmp_path / "deep" / "r.jsonl"
    await RecordAdapter(file, ScriptedAdapter(["one", "two"])).ask(asking("a"))
    adapter = RecordAdapter(file, behind := ScriptedAdapter(["three"]))

    assert (await adapter.ask(asking("a", temperature=None))).text == "one"
    assert (await adapter.ask(asking("b"))).text == "three"
    assert len(behind.asked) == 1
    assert len(file.read_text().splitlines()) == 3


async def test_equal_requests_at_once_are_recorded_once(tmp_path: Path) -> None:
    """The first answer is everybody's answer."""
    adapter = RecordAdapter(tmp_path / "r.jsonl", ScriptedAdapter([str(i) for i in range(8)]))
    texts: set[str] = set()

    async def ask() -> None:
        texts.add((await adapter.ask(asking("a"))).text)

    async with anyio.create_task_group() as tasks:
        for _ in range(8):
            tasks.start_soon(ask)

    assert len(texts) == 1
    assert len((tmp_path / "r.jsonl").read_text().splitlines()) == 2


async def test_what_the_model_could_do_is_recorded_with_it(tmp_path: Path) -> None:
    """Who asks may choose the way of asking by it, so a replay must say the same."""
    behind = ScriptedAdapter(["x"])
    await RecordAdapter(tmp_path / "r.jsonl", behind).ask(asking("a"))

    assert Providers().open(f"replay:{tmp_path / 'r.jsonl'}").capabilities == behind.capabilities


async def test_a_request_that_is_not_in_the_file_is_shown_beside_the_nearest(tmp_path: Path) -> None:
    """What differs is in the message."""
    file = tmp_path / "r.jsonl"
    record = RecordAdapter(file, ScriptedAdapter(["x"] * 9, name="house"))
    await record.ask(asking("Count the vowels.", temperature=0))
    await record.ask(asking("Something else."))

    with pytest.raises(NotRecorded) as caught:
        await ReplayAdapter(Recording.read(file)).ask(asking("Count the vowel.", temperature=0, n=2))

    message = str(caught.value)
    assert "not in the recording: 'user: Count the vowel.'" in message
    assert "messages (asked ' the vowel.', recorded ' the vowels.')" in message
    assert "n (asked 2, recorded null)" in message
    assert "temperature" not in message
    assert f"record:{file}+house" in message


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "is empty"),
        ('{"format": "other"}\n', r"r\.jsonl:1: not a line of a recording"),
        ("nonsense", r"r\.jsonl:1: not a line of a recording"),
        ('HEADER\n{"request": {}}\n', r"r\.jsonl:2: not a line of a recording"),
        ('HEADER\n\n{"requ', r"r\.jsonl:3: not a line of a recording"),
    ],
)
def test_a_damaged_recording_names_the_line(content: str, says: str, tmp_path: Path) -> None:
    """A torn last line is found as surely as a wrong first one."""
    header = json.dumps({"format": "lift-sys recording 1", "model": "m", "capabilities": {}})
    (tmp_path / "r.jsonl").write_text(content.replace("HEADER", header))

    with pytest.raises(ProviderUnavailable, match=says):
        Providers().open(f"replay:{tmp_path / 'r.jsonl'}")


def test_answers_of_two_models_are_not_mixed(tmp_path: Path) -> None:
    """A replay could not tell them apart."""
    RecordAdapter(tmp_path / "r.jsonl", ScriptedAdapter([], name="one"))

    with pytest.raises(ProviderUnavailable, match="holds answers of one, not of two"):
        RecordAdapter(tmp_path / "r.jsonl", ScriptedAdapter([], name="two"))


def test_a_place_that_cannot_be_written_is_said_before_the_model_is_asked(tmp_path: Path) -> None:
    """Nobody pays for an answer that is lost."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ProviderUnavailable, match="cannot be written"):
        RecordAdapter(tmp_path / "file" / "r.jsonl", ScriptedAdapter(["x"]))


async def test_recording_and_replaying_keep_the_promises_of_an_adapter(tmp_path: Path) -> None:
    """One call of the suite proves each."""
    file = tmp_path / "r.jsonl"
    await check_adapter(RecordAdapter(file, ScriptedAdapter(lambda request: {"greeting": "hello"})))
    await check_adapter(ReplayAdapter(Recording.read(file)))
