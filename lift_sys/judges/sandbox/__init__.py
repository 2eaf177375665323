"""The judge is outside, the candidate inside."""

from lift_sys.judges.sandbox.comparison import canonical, same
from lift_sys.judges.sandbox.job import (
    NOTHING,
    Case,
    CaseResult,
    Isolation,
    Job,
    Level,
    Sandbox,
    Session,
    Used,
    Verdict,
    VerdictName,
)
from lift_sys.judges.sandbox.levels import LEVELS, LevelFound, open_sandbox, probe_levels

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
    "Used",
    "Verdict",
    "VerdictName",
    "canonical",
    "open_sandbox",
    "probe_levels",
    "same",
]
