"""The judge is outside, the candidate inside."""

from lift_sys.judges.sandbox.comparison import canonical, same
from lift_sys.judges.sandbox.inside.values import decode as from_json
from lift_sys.judges.sandbox.inside.values import encode as to_json
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
from lift_sys.judges.sandbox.levels import CLAIMS, LEVELS, LevelFound, open_sandbox, probe_levels

__all__ = [
    "CLAIMS",
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
    "from_json",
    "open_sandbox",
    "probe_levels",
    "same",
    "to_json",
]
