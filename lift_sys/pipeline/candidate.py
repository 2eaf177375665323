"""From what a model wrote to a program with the wanted name and signature, or the reason why there is none. Pure."""

from __future__ import annotations

import ast
import re
import textwrap
from dataclasses import dataclass
from typing import Literal

from lift_sys.pipeline.ir import IR
from lift_sys.pipeline.mending import Rejected, mend

__all__ = ["Candidate", "normal_form", "read_candidate", "written"]

_FENCE = re.compile(r"```[ \t]*(?:python|py|Python)?[ \t]*\n(.*?)(?:```|\Z)", re.DOTALL)
_MOST_LINES = 120


@dataclass(frozen=True)
class Candidate:
    """One program for the IR: `form` is equal for programs that differ only in names, layout and annotations."""

    code: str
    form: str
    way: str
    """How the model was asked, or which repair made it."""
    mends: tuple[str, ...] = ()
    parent: str | None = None
    """The form of the program this one was made from."""
    made_by: Literal["model", "repair", "convention"] = "model"
    """`repair`: steered by the examples; `convention`: a program of the model under a reading of the prose."""


def read_candidate(answer: str, ir: IR, way: str, head: str = "") -> Candidate:
    """Return the program in a model's answer; raises Rejected with the reason when there is none.

    `head` stands before the answer if the answer goes on with it; a model that starts anew is taken at its word.
    """
    tree = _tree_of(answer, head)
    wanted, mends = mend(tree, ir)
    code = written(ast.fix_missing_locations(wanted))
    return Candidate(code=code, form=normal_form(code), way=way, mends=mends)


def _tree_of(answer: str, head: str) -> ast.Module:
    anew = re.search(r"^(?:def|import|from) ", answer, re.MULTILINE) is not None
    if not head or anew:
        return _longest_module(_program_text(answer))
    return _longest_module(_program_text(head + answer))


def _program_text(answer: str) -> str:
    """Return the fenced block that holds a function, else the answer from its first line of code on."""
    blocks = [str(block) for block in _FENCE.findall(answer)]
    for block in blocks:
        if "def " in block:
            return textwrap.dedent(block)
    lines = answer.splitlines()
    first = next(
        (i for i, line in enumerate(lines) if re.match(r"\s*(def|import|from|async def|[A-Z][A-Z_]* =) ", line)), None
    )
    if first is None:
        raise Rejected("no function in the answer")
    return textwrap.dedent("\n".join(lines[first:]))


def _longest_module(text: str) -> ast.Module:
    """Parse the longest run of whole lines from the top that is Python: what follows is talk, or was cut off."""
    lines = text.replace("\t", "    ").splitlines()[:_MOST_LINES]
    for end in range(len(lines), 0, -1):
        if not lines[end - 1].strip():
            continue
        try:
            tree = ast.parse("\n".join(lines[:end]))
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            continue
        if any(isinstance(item, ast.FunctionDef) for item in tree.body):
            return tree
    raise Rejected("not Python")


def written(tree: ast.Module) -> str:
    """Return the program as text, without the doubled parentheses that unparsing puts around generators."""
    text = ast.unparse(tree)
    plain = re.sub(r"(?<=\w)\(\(([^()\n]*(?:\([^()\n]*\)[^()\n]*)* for [^\n]*)\)\)", r"(\1)", text)
    try:
        same = ast.dump(ast.parse(plain)) == ast.dump(ast.parse(text))
    except SyntaxError:
        same = False
    return (plain if same else text) + "\n"


def normal_form(code: str) -> str:
    """Return the code without names of locals, annotations and docstrings: equal forms are one program."""
    tree = _Bare().visit(ast.parse(code))
    names: dict[str, str] = {}
    own = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in own:
            node.id = names.setdefault(node.id, f"v{len(names)}")
        elif isinstance(node, ast.arg) and node.arg in own:
            node.arg = names.setdefault(node.arg, f"v{len(names)}")
    return ast.unparse(tree)


class _Bare(ast.NodeTransformer):
    """Takes annotations and docstrings away."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.returns = None
        if len(node.body) > 1 and isinstance(node.body[0], ast.Expr) and isinstance(node.body[0].value, ast.Constant):
            node.body = node.body[1:]
        return node

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        return node if node.value is None else ast.Assign(targets=[node.target], value=node.value, lineno=node.lineno)
