"""Readings of prose that people take for granted and no example decides. Pure.

One is known: where a text comes in and no text goes out, capital letters count like small ones, unless the prose
speaks of them. It is never applied silently: it is a fit of an open point, beside the reading it competes with.
"""

from __future__ import annotations

import ast
import re

from lift_sys.pipeline.candidate import Candidate, normal_form, written
from lift_sys.pipeline.ir import IR

__all__ = ["CASE_CONVENTION", "case_is_open", "ignoring_case"]

CASE_CONVENTION = "capital letters count like small ones, as people usually mean it"


def case_is_open(ir: IR) -> bool:
    """Tell whether the case of letters can matter and nobody has said whether it does."""
    takes_text = any(parameter.type == "str" for parameter in ir.signature.parameters)
    gives_text = "str" in ir.signature.returns
    spoken_of = re.search(
        r"\b(case|capital|upper|lower|letters? case|exact)", f"{ir.signature.name} {ir.intent}".lower()
    )
    return takes_text and not gives_text and spoken_of is None


def ignoring_case(candidate: Candidate, ir: IR) -> Candidate:
    """Return the program with its text parameters in lower case from the start."""
    tree = ast.parse(candidate.code)
    function = next(item for item in tree.body if isinstance(item, ast.FunctionDef) and item.name == ir.signature.name)
    lowered = [
        ast.parse(f"{parameter.name} = {parameter.name}.lower()").body[0]
        for parameter in ir.signature.parameters
        if parameter.type == "str"
    ]
    function.body = [function.body[0], *lowered, *function.body[1:]]
    code = written(ast.fix_missing_locations(tree))
    return Candidate(
        code=code,
        form=normal_form(code),
        way=candidate.way,
        mends=(*candidate.mends, "ignores the case of letters"),
        parent=candidate.form,
        made_by="convention",
    )
