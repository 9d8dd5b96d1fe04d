"""The kinds of node, one module each behind `NodeRunner`, and the table that names them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from prompts_lang.engine.nodes.call import CallRunner
from prompts_lang.engine.nodes.code import CodeRunner
from prompts_lang.engine.nodes.llm import LlmRunner
from prompts_lang.engine.nodes.protocol import NodeRunner
from prompts_lang.engine.nodes.retrieve import RetrieveRunner
from prompts_lang.graph.model import Kind

RUNNERS: Mapping[Kind, NodeRunner] = MappingProxyType(
    {Kind.LLM: LlmRunner(), Kind.CODE: CodeRunner(), Kind.RETRIEVE: RetrieveRunner(), Kind.CALL: CallRunner()}
)
"""Every kind of node and what runs it. Runners have no state."""
