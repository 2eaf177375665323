"""Neighbours: graphs inside pydantic-graph, dspy and pydantic-ai, and what these make as nodes of a graph.

Each neighbour is imported when it is used. No signature here names a type of theirs: what a function asks of them is
written as a small protocol of its own.
"""

from lift_sys.serve.interop.dspy_modules import as_module, from_module
from lift_sys.serve.interop.pydantic_agents import as_tool, from_agent
from lift_sys.serve.interop.pydantic_graphs import as_step, from_pydantic_graph

__all__ = ["as_module", "as_step", "as_tool", "from_agent", "from_module", "from_pydantic_graph"]
