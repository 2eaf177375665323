"""What is said: nodes, holes, fills, constraints, graphs. Ends in a Graph."""

from lift_sys.define.combinators import branch, each, loop
from lift_sys.define.constraint import MAY, MUST, SHOULD, Constraint
from lift_sys.define.context import RunContext
from lift_sys.define.fill import Fill
from lift_sys.define.graph import Graph, GraphMaker, OnError, graph, refuse_recursion
from lift_sys.define.hole import Hole, HoleMaker, hole, model, person, prompt, todo
from lift_sys.define.inference import Inference, InferredEdge
from lift_sys.define.node_interface import ContextNodeMaker, Node, NodeMaker, PlainNodeMaker, node
from lift_sys.define.policy import Breaker, Budget, Cache, NodeOptions, Retry, refuse_engine_options
from lift_sys.define.projection import MISSING, field_names
from lift_sys.define.reach import reachable
from lift_sys.define.reference import Ref, projected_type, type_name
from lift_sys.define.run import (
    Cancelled,
    Closure,
    Complete,
    Event,
    Explanation,
    Failed,
    Fit,
    Incomplete,
    Run,
    RunSummary,
    RunView,
    WhatIf,
)
from lift_sys.define.scope import Corridor, Scope, corridor, current_scope, install
from lift_sys.define.shape import NO_DEFAULT, Parameter, Shape, fault, file_place, place_of, user_frame, user_place
from lift_sys.define.signature_text import signature_text
from lift_sys.define.sketch import At, Const, Made, Operand, Place, Sketch, leaves
from lift_sys.define.source_text import argument_in, expression_at
from lift_sys.define.types import fits

__all__ = [
    "MAY",
    "MISSING",
    "MUST",
    "NO_DEFAULT",
    "SHOULD",
    "At",
    "Breaker",
    "Budget",
    "Cache",
    "Cancelled",
    "Closure",
    "Complete",
    "Const",
    "Constraint",
    "ContextNodeMaker",
    "Corridor",
    "Event",
    "Explanation",
    "Failed",
    "Fill",
    "Fit",
    "Graph",
    "GraphMaker",
    "Hole",
    "HoleMaker",
    "Incomplete",
    "Inference",
    "InferredEdge",
    "Made",
    "Node",
    "NodeMaker",
    "NodeOptions",
    "OnError",
    "Operand",
    "Parameter",
    "Place",
    "PlainNodeMaker",
    "Ref",
    "Retry",
    "Run",
    "RunContext",
    "RunSummary",
    "RunView",
    "Scope",
    "Shape",
    "Sketch",
    "WhatIf",
    "argument_in",
    "branch",
    "corridor",
    "current_scope",
    "each",
    "expression_at",
    "fault",
    "field_names",
    "file_place",
    "fits",
    "graph",
    "hole",
    "install",
    "leaves",
    "loop",
    "model",
    "node",
    "person",
    "place_of",
    "projected_type",
    "prompt",
    "reachable",
    "refuse_engine_options",
    "refuse_recursion",
    "signature_text",
    "todo",
    "type_name",
    "user_frame",
    "user_place",
]
