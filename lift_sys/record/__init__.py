"""What happened? Events become a RunRecord."""

from lift_sys.record.execution_history import RunRecord

__all__ = ["RunRecord"]
