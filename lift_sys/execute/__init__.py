"""Do it: a Plan becomes events."""

from lift_sys.execute.block import Block, Child
from lift_sys.execute.call_policy import Answerer, CallPolicies
from lift_sys.execute.code_key import code_key
from lift_sys.execute.constraint_check import open_run
from lift_sys.execute.dataflow import ancestors_by_call, antecedents, caller_of, reached_from
from lift_sys.execute.error_recovery import BreakerOpen, Breakers
from lift_sys.execute.event_stream import EventStream
from lift_sys.execute.events import EventLog
from lift_sys.execute.execution_context import StepScope
from lift_sys.execute.fill_trial import FillTrial, refuse_misfits, steps_to_try
from lift_sys.execute.fit_ranking import ranked
from lift_sys.execute.graph_executor import GraphExecutor
from lift_sys.execute.keys import NotHashable, key_of
from lift_sys.execute.model_answers import ModelAnswers
from lift_sys.execute.model_check import refuse_missing_model, refuse_missing_models
from lift_sys.execute.paths import inlined_graphs, path_of, ports_of, same, steps_of, value_of
from lift_sys.execute.replay import Recall
from lift_sys.execute.resource_limits import JointLedger, Ledger, Limits, refuse_missing_limit, refuse_missing_limits
from lift_sys.execute.restart import put_back_failed, restart_callers
from lift_sys.execute.run_inputs import run_inputs
from lift_sys.execute.run_state import RunState
from lift_sys.execute.validation import adapter_of, misfit
from lift_sys.execute.validation_cache import ValidationCache

__all__ = [
    "Answerer",
    "Block",
    "BreakerOpen",
    "Breakers",
    "CallPolicies",
    "Child",
    "EventLog",
    "EventStream",
    "FillTrial",
    "GraphExecutor",
    "JointLedger",
    "Ledger",
    "Limits",
    "ModelAnswers",
    "NotHashable",
    "Recall",
    "RunState",
    "StepScope",
    "ValidationCache",
    "adapter_of",
    "ancestors_by_call",
    "antecedents",
    "caller_of",
    "code_key",
    "inlined_graphs",
    "key_of",
    "misfit",
    "open_run",
    "path_of",
    "ports_of",
    "put_back_failed",
    "ranked",
    "reached_from",
    "refuse_misfits",
    "refuse_missing_limit",
    "refuse_missing_limits",
    "refuse_missing_model",
    "refuse_missing_models",
    "restart_callers",
    "run_inputs",
    "same",
    "steps_of",
    "steps_to_try",
    "value_of",
]
