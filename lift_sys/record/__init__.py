"""What happened? Events become a RunRecord, and one that can be kept: a run file."""

from lift_sys.record.execution_history import RunRecord
from lift_sys.record.keeping import kept_run, kept_slice
from lift_sys.record.kept_run import (
    FORMAT,
    VERSION,
    KeptConstraint,
    KeptError,
    KeptEvent,
    KeptFill,
    KeptRun,
    KeptStep,
    KeptUsage,
    parse_run,
    run_as_json,
)
from lift_sys.record.kept_value import KeptValue, kept_value
from lift_sys.record.run_files import read_run_file, write_atomically

__all__ = [
    "FORMAT",
    "VERSION",
    "KeptConstraint",
    "KeptError",
    "KeptEvent",
    "KeptFill",
    "KeptRun",
    "KeptStep",
    "KeptUsage",
    "KeptValue",
    "RunRecord",
    "kept_run",
    "kept_slice",
    "kept_value",
    "parse_run",
    "read_run_file",
    "run_as_json",
    "write_atomically",
]
