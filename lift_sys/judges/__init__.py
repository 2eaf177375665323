"""Who decides: sandbox, mypy, properties; all their input and output is here; knows nothing of graphs."""

from lift_sys.judges.mypy_judge import TypeFault, judge_types
from lift_sys.judges.sandbox import (
    LEVELS,
    NOTHING,
    Case,
    CaseResult,
    Isolation,
    Job,
    Level,
    LevelFound,
    Sandbox,
    Session,
    Used,
    Verdict,
    VerdictName,
    canonical,
    open_sandbox,
    probe_levels,
    same,
)

__all__ = [
    "LEVELS",
    "NOTHING",
    "Case",
    "CaseResult",
    "Isolation",
    "Job",
    "Level",
    "LevelFound",
    "Sandbox",
    "Session",
    "TypeFault",
    "Used",
    "Verdict",
    "VerdictName",
    "canonical",
    "judge_types",
    "open_sandbox",
    "probe_levels",
    "same",
]
