"""What the tests of the pipeline share: IRs, candidates and programs that did something."""

from collections.abc import Sequence

from lift_sys.pipeline.agreement import Outcome, Tried
from lift_sys.pipeline.candidate import Candidate, normal_form
from lift_sys.pipeline.ir import IR, Parameter, Signature
from lift_sys.pipeline.literals import read_examples


def ir_of(header: str, *examples: str, intent: str = "Do it.", requires: tuple[str, ...] = ()) -> IR:
    """Return the IR of `name(a: int, b: str) -> bool`, with these examples."""
    name, _, rest = header.partition("(")
    inside, _, returns = rest.rpartition(") -> ")
    parameters = [part.split(": ") for part in inside.split("; ") if part]
    return IR(
        intent=intent,
        signature=Signature(
            name=name, parameters=tuple(Parameter(name=n, type=t) for n, t in parameters), returns=returns
        ),
        requires=requires,
        examples=read_examples(examples),
    )


def program(source: str, way: str = "chat") -> Candidate:
    """Return a candidate with this source."""
    return Candidate(code=source, form=normal_form(source), way=way)


def gave(source: str, values: Sequence[object], *, kept: bool = True, samples: int = 1) -> Tried:
    """Return a program that gave these values; None stands for a failure."""
    outcomes = tuple(Outcome("!ValueError", None) if v is None else Outcome(repr(v), repr(v)) for v in values)
    return Tried(program(source), examples_kept=kept, outcomes=outcomes, samples=samples)
