"""One word per thing, no excuses without a reason, and nothing that belongs to one machine."""

import io
import re
import tokenize

import pytest

from tests.house.sources import ROOT, Source, house, parse, written

GLOSSARY = ROOT / "docs" / "planning" / "glossary.md"
NOQA = re.compile(r"#\s*(?:ruff:\s*)?noqa\b(?P<rest>.*)")
TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore\b(?P<rest>.*)")
PYRIGHT_IGNORE = re.compile(r"#\s*pyright:\s*ignore\b(?P<rest>.*)")


def glossary() -> list[tuple[str, str]]:
    """Return each word with where it lives in the code."""
    rows = [line.split("|")[1:-1] for line in GLOSSARY.read_text().splitlines() if line.startswith("|")]
    return [(row[0].strip(), row[-1].strip().strip("`")) for row in rows[2:]]


def ignore_faults(source: Source) -> list[str]:
    """Return each ignore that does not name its code and its reason."""
    faults = []
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type != tokenize.COMMENT:
            continue
        place = f"{source.path}:{token.start[0]}"
        if (found := NOQA.search(token.string)) and not re.match(r": [A-Z]+\d+(, [A-Z]+\d+)* - \w", found["rest"]):
            faults.append(f"{place}: write `# noqa: CODE - reason`")
        for pattern in (TYPE_IGNORE, PYRIGHT_IGNORE):
            found = pattern.search(token.string)
            if found and not re.match(r"\[[\w, -]+\]\s+# \w", found["rest"]):
                faults.append(f"{place}: write `# type: ignore[code]  # reason`")
    return faults


def test_an_ignore_names_its_code_and_its_reason() -> None:
    """Whoever silences a judge says which rule, and why."""
    assert [fault for source in house() for fault in ignore_faults(source)] == []


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # noqa",
        "x = 1  # noqa: BLE001",
        "x = 1  # type: ignore",
        "x = 1  # type: ignore[arg-type]",
        "# ruff: noqa",
    ],
)
def test_an_excuse_without_a_reason_is_noticed(line: str) -> None:
    """A bare ignore is a fault; one inside a string is none."""
    assert len(ignore_faults(parse("m", line))) == 1
    assert ignore_faults(parse("m", f"text = {line!r}")) == []


def test_an_excuse_with_a_reason_is_taken() -> None:
    """Code and reason are enough."""
    right = "x = 1  # noqa: BLE001 - the body is the user's\ny = 2  # type: ignore[misc]  # built at run time\n"

    assert ignore_faults(parse("m", right)) == []


MACHINE = "|".join(["work", "root", "home/[a-z]+", "Users/[A-Za-z]+"])
MACHINE_PATH = re.compile(rf"(?<![\w.:/])/(?:{MACHINE})/[\w.]")
DIARY = re.compile(r"\b(?:phase|sprint|milestone|week|ticket)\s*#?\d+\b", re.IGNORECASE)


def test_every_file_speaks_of_the_project_alone() -> None:
    """No path of one machine, and no diary of how the work went; plans speak of what comes, where plans are kept."""
    texts = {path.relative_to(ROOT).as_posix(): path.read_text(errors="replace") for path in written()}
    diaries = {path: [] if "planning/" in path else DIARY.findall(text) for path, text in texts.items()}
    found = {path: [*MACHINE_PATH.findall(text), *diaries[path]] for path, text in texts.items()}

    assert {path: words for path, words in found.items() if words} == {}


def test_a_machine_path_is_noticed() -> None:
    """A path below somebody's folder is found; an address and a relative path are not."""
    assert MACHINE_PATH.search("see /" + "root/x.py")
    assert MACHINE_PATH.search('open("/' + 'home/ann/x")')
    assert not MACHINE_PATH.search("https://example.org/work/x docs/work/x")
    assert DIARY.search("added in Phase" + " 2")


@pytest.mark.parametrize(("word", "lives"), glossary(), ids=lambda word: word)
def test_a_word_of_the_glossary_is_in_the_code(word: str, lives: str) -> None:
    """Each word names a module, a class, a function or a field."""
    named = re.compile(rf"(?<![a-z]){re.escape(lives)}|{re.escape(lives)}(?![a-z])")

    assert any(named.search(source.text) or named.search(source.name) for source in house())


def test_the_glossary_is_in_order_of_use() -> None:
    """No word is explained twice."""
    words = [word for word, _ in glossary()]

    assert len(words) == len(set(words)) > 20
