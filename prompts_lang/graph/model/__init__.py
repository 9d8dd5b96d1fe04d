"""The computation graph as the engine runs it: resolved, typed, immutable, free of source positions.

A `Program` is what a `.prompt` file means together with everything that it uses. References point at nodes by name; nodes stand in
topological order (file order where the wiring leaves a choice). Loops exist only as `Repeat` on a call, so every graph is a DAG.

Invariant: a program is built only from files without errors, so whoever runs it need not check names, types or arity again.
"""

from prompts_lang.graph.model.conditions import (
    AllOf,
    AnyOf,
    Comparison,
    Condition,
    Constant,
    IsEmpty,
    Not,
    Operand,
    operands_of,
)
from prompts_lang.graph.model.nodes import (
    Body,
    CallBody,
    CodeBody,
    Each,
    Examples,
    Graph,
    GraphOutput,
    History,
    Kind,
    LlmBody,
    Node,
    Repeat,
    RetrieveBody,
    Section,
)
from prompts_lang.graph.model.program import (
    BuiltinMetric,
    FunctionMetric,
    JudgeMetric,
    Metric,
    Optimization,
    Program,
)
from prompts_lang.graph.model.resources import (
    Corpus,
    Dataset,
    FunctionReference,
    Model,
    SplitByColumn,
    SplitByRatio,
    TokenPrice,
)
from prompts_lang.graph.model.slots import (
    Slot,
    SlotId,
    graphs_of,
    slots_of,
)
from prompts_lang.graph.model.wiring import (
    NodeInput,
    Port,
    Reference,
    Source,
)

__all__ = [
    "AllOf",
    "AnyOf",
    "Body",
    "BuiltinMetric",
    "CallBody",
    "CodeBody",
    "Comparison",
    "Condition",
    "Constant",
    "Corpus",
    "Dataset",
    "Each",
    "Examples",
    "FunctionMetric",
    "FunctionReference",
    "Graph",
    "GraphOutput",
    "History",
    "IsEmpty",
    "JudgeMetric",
    "Kind",
    "LlmBody",
    "Metric",
    "Model",
    "Node",
    "NodeInput",
    "Not",
    "Operand",
    "Optimization",
    "Port",
    "Program",
    "Reference",
    "Repeat",
    "RetrieveBody",
    "Section",
    "Slot",
    "SlotId",
    "Source",
    "SplitByColumn",
    "SplitByRatio",
    "TokenPrice",
    "graphs_of",
    "operands_of",
    "slots_of",
]
