"""A mistake of the corpus: a page with a program, what is said of it, and what is pasted to mend it.

A page holds, under its title:

- a `python` block: the program; the line that is at fault ends in `# here`
- a `text` block: all that is said, word for word
- `culprit`, `expected`, `got`: what a good message names, in the user's words
- `over` blocks: what is replaced (between « and » where that is only a part), `===`, and what is pasted there
- `above` blocks: what is pasted above the graph
- `also` blocks: what the user adapts besides; no remedy has to say it
- `then`: the code that the mended program still earns, if there is something else to be done
"""

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CASES", "Case"]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_FIELD = re.compile(r"^- (\w+): `(.*)`$", re.MULTILINE)


@dataclass(frozen=True)
class Case:
    """One page of the corpus."""

    name: str
    program: str
    said: str
    culprit: str
    expected: str
    got: str
    then: str
    pasted: tuple[tuple[str, str], ...]
    adapted: tuple[tuple[str, str], ...]

    @property
    def here(self) -> int:
        """The line that is at fault."""
        return next(number for number, line in enumerate(self.program.splitlines(), 1) if line.endswith("# here"))

    def mended(self) -> str:
        """Return the program with the remedies pasted, and adapted to them."""
        program = self.program
        for old, new in (*self.pasted, *self.adapted):
            if not old:
                continue
            around = old if "«" in old else f"«{old}»"
            before, part, after = re.split("[«»]", around)
            assert before + part + after in program, (self.name, old)
            program = program.replace(before + part + after, before + _indented(new, program, part) + after, 1)
        above = "".join(f"{new}\n\n\n" for old, new in self.pasted if not old)
        return program.replace("@graph", f"{above}@graph", 1)


def _indented(text: str, program: str, old: str) -> str:
    """Return lines with the indentation of what they stand for."""
    line = next(line for line in program.splitlines() if old.splitlines()[0] in line)
    return text.replace("\n", "\n" + " " * (len(line) - len(line.lstrip())))


def _read(page: Path) -> Case:
    text = page.read_text()
    blocks = _BLOCK.findall(text)
    fields = dict(_FIELD.findall(text))
    only = {kind: body for kind, body in blocks if kind in ("python", "text")}
    pairs = [
        (kind, ("", body.strip("\n")) if kind == "above" else tuple(body.rstrip("\n").split("\n===\n")))
        for kind, body in blocks
    ]
    return Case(
        name=page.stem,
        program=only["python"],
        said=only["text"],
        culprit=fields["culprit"],
        expected=fields["expected"],
        got=fields["got"],
        then=fields.get("then", ""),
        pasted=tuple((pair[0], pair[1]) for kind, pair in pairs if kind in ("above", "over")),
        adapted=tuple((pair[0], pair[1]) for kind, pair in pairs if kind == "also"),
    )


CASES = tuple(_read(page) for page in sorted((Path(__file__).parent / "corpus").glob("*.md")))
