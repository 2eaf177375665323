"""The judge is outside, the candidate inside."""

from lift_sys.judges.sandbox.cases import cases_from_json, from_json, json_from_text, to_json, verdict_to_json
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
    "cases_from_json",
    "from_json",
    "json_from_text",
    "open_sandbox",
    "probe_levels",
    "same",
    "to_json",
    "verdict_to_json",
]
