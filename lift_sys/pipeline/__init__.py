"""Guest: prose becomes IR, IR becomes verified code."""

from lift_sys.pipeline.claim import Counts, Result
from lift_sys.pipeline.deciding import decide
from lift_sys.pipeline.ir import IR, Answer, Example, Fit, OpenPoint, Parameter, Signature
from lift_sys.pipeline.literals import read_example, read_examples
from lift_sys.pipeline.pool import Tools
from lift_sys.pipeline.reading import Reading, Task, read_task
from lift_sys.pipeline.write_function import Decider, Generated, accept, defer, generate, write_function

__all__ = [
    "IR",
    "Answer",
    "Counts",
    "Decider",
    "Example",
    "Fit",
    "Generated",
    "OpenPoint",
    "Parameter",
    "Reading",
    "Result",
    "Signature",
    "Task",
    "Tools",
    "accept",
    "decide",
    "defer",
    "generate",
    "read_example",
    "read_examples",
    "read_task",
    "write_function",
]
