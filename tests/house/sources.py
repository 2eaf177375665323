"""The source of lift_sys as data, for tests that judge the house without running it."""

import ast
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

__all__ = ["FRONT_DOORS", "ROOMS", "ROOT", "Source", "house", "parse", "written"]

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "define", "providers", "judges", "check", "resolve", "execute", "record", "explain",
    "pipeline", "optimize", "planning", "serve", "testing",
)  # fmt: skip
FRONT_DOORS = ("lift_sys", *(f"lift_sys.{room}" for room in ROOMS))


@dataclass(frozen=True)
class Source:
    """One module: its dotted name, its path from the root of the repository, and its text."""

    name: str
    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed module."""
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Everything in the module, outermost first."""
        return tuple(ast.walk(self.tree))

    @property
    def room(self) -> str:
        """The room it stands in; a module beside the rooms (`errors`, `engine`) is a room of its own."""
        return self.name.split(".")[1] if "." in self.name else ""


def parse(name: str, text: str) -> Source:
    """Return a made-up module, to show that a judge can say no."""
    return Source(name, f"{name.replace('.', '/')}.py", text)


@cache
def house() -> tuple[Source, ...]:
    """Return every module of the package, in order of names."""
    found = []
    for path in sorted((ROOT / "lift_sys").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Source(name, path.relative_to(ROOT).as_posix(), path.read_text()))
    return tuple(found)


@cache
def written() -> tuple[Path, ...]:
    """Return every text file that belongs to the repository, as far as it was written by hand."""
    kinds = {".py", ".pyi", ".md", ".toml", ".sh", ".json", ".jsonl", ".txt", ".yaml", ".yml", ""}
    hidden_places = [ROOT / ".ci"]
    places = [p for p in ROOT.iterdir() if not p.name.startswith(".") and p.name not in {"build", "dist"}]
    files = [f for p in places + hidden_places for f in ([p] if p.is_file() else p.rglob("*")) if f.is_file()]
    return tuple(sorted(f for f in files if f.suffix in kinds and "__pycache__" not in f.parts))
