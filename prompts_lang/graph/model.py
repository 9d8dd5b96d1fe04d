"""The computation graph as the engine runs it: resolved, typed, immutable, free of source positions.

A `Program` is what a `.prompt` file means together with everything that it uses. References point at nodes by name; nodes stand in
topological order (file order where the wiring leaves a choice). Loops exist only as `Repeat` on a call, so every graph is a DAG.

Invariant: a program is built only from files without errors, so whoever runs it need not check names, types or arity again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Literal, TypeAlias

from prompts_lang.graph.template import Template
from prompts_lang.graph.types import JsonValue, Type


@dataclass(frozen=True, slots=True, order=True)
class SlotId:
    """The stable name of a trainable text: it survives edits of the text and moves of the node. Written `graph/node/section`."""

    graph: str
    node: str
    section: str

    def __str__(self) -> str:
        return f"{self.graph}/{self.node}/{self.section}"

    @classmethod
    def parse(cls, text: str) -> SlotId:
        """Reads `graph/node/section`; raises ValueError for anything else."""
        graph, node, section = text.split("/")
        return cls(graph, node, section)


# ---------------------------------------------------------------------------------------------------------------- wiring


@dataclass(frozen=True, slots=True)
class Port:
    """A named, typed input or output."""

    name: str
    type: Type


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a value comes from: a node's output, or (where `node` is None) an input of the graph or the variable of an `each`.

    `path` names fields inside the value, as in `check.report.lines`.
    """

    node: str | None
    output: str
    path: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join(part for part in (self.node, self.output, *self.path) if part)


@dataclass(frozen=True, slots=True)
class Source:
    """The alternatives of `a.x else b.x`: the first one that is present counts."""

    alternatives: tuple[Reference, ...]

    def __str__(self) -> str:
        return " else ".join(map(str, self.alternatives))


@dataclass(frozen=True, slots=True)
class NodeInput:
    """A node's input under its local name, with the place that fills it."""

    name: str
    type: Type
    source: Source


# ------------------------------------------------------------------------------------------------------------ conditions


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal in a condition."""

    value: str | int | float | bool


@dataclass(frozen=True, slots=True)
class Operand:
    """A name or field in a condition. It is resolved where the condition stands (see `Node`)."""

    reference: Reference


@dataclass(frozen=True, slots=True)
class Comparison:
    """`left OP right`."""

    operator: Literal["==", "!=", "<", "<=", ">", ">="]
    left: Operand | Constant
    right: Operand | Constant


@dataclass(frozen=True, slots=True)
class IsEmpty:
    """`x is empty`: absent, null, an empty text, or an empty list or object."""

    operand: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """`not x`."""

    operand: Condition


@dataclass(frozen=True, slots=True)
class AllOf:
    """`a and b and …`."""

    operands: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`a or b or …`."""

    operands: tuple[Condition, ...]


Condition: TypeAlias = "Operand | Comparison | IsEmpty | Not | AllOf | AnyOf"


def operands_of(condition: Condition) -> tuple[Reference, ...]:
    """Every reference in a condition, in order of appearance."""
    found: list[Reference] = []
    pending: list[Condition | Constant] = [condition]
    while pending:
        match pending.pop():
            case Operand(reference) | IsEmpty(Operand(reference)):
                found.append(reference)
            case Comparison(_, left, right):
                pending.extend((right, left))
            case Not(operand):
                pending.append(operand)
            case AllOf(operands) | AnyOf(operands):
                pending.extend(reversed(operands))
            case Constant():
                pass
    return tuple(found)


# ------------------------------------------------------------------------------------------------ models and data sources


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """US dollars for a million tokens of a prompt and of a reply."""

    tokens_in: Decimal
    tokens_out: Decimal


@dataclass(frozen=True, slots=True)
class Model:
    """A declared model.

    `parameters` are sampling options by LiteLLM's names, sorted. `timeout` is in seconds. Without a `price`, LiteLLM's counts.
    """

    name: str
    id: str
    parameters: tuple[tuple[str, JsonValue], ...] = ()
    retries: int = 2
    timeout: float = 60.0
    concurrency: int = 16
    base: str | None = None
    base_env: str | None = None
    key_env: str | None = None
    price: TokenPrice | None = None
    fallback: Model | None = None


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents to retrieve from. `location` is an absolute path or a vector store's URL; without an `embedding` model, it is BM25."""

    name: str
    location: str
    text_field: str = "text"
    id_field: str = "id"
    embedding: Model | None = None


@dataclass(frozen=True, slots=True)
class SplitByRatio:
    """Train, validation and test in proportion, by a stable hash of the row."""

    train: int
    validation: int
    test: int


@dataclass(frozen=True, slots=True)
class SplitByColumn:
    """A column holds the words train, validation and test."""

    column: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Rows of examples. `path` is absolute, or None where all rows are inline `case` lines. `expect` names the reference columns."""

    name: str
    path: Path | None
    expect: tuple[str, ...]
    split: SplitByRatio | SplitByColumn
    cases: tuple[Mapping[str, JsonValue], ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionReference:
    """`"file.py:function"`: an absolute path and the name of a function in it."""

    path: Path
    name: str


# ----------------------------------------------------------------------------------------------------------------- nodes


@dataclass(frozen=True, slots=True)
class Section:
    """A text property of a node. `name` is its role, numbered from the second of the same role on (`user`, `user2`)."""

    name: str
    role: str
    template: Template
    learn: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """A place among the sections where a conversation (an input of type chat) is inserted, message by message."""

    input: str


@dataclass(frozen=True, slots=True)
class Examples:
    """Few-shot examples by row id. Learned: the rewriter's candidates are rows, the text is their ids, one a line."""

    dataset: Dataset
    at_most: int
    rows: tuple[str, ...] = ()
    learn: bool = True
    name: str = "examples"


@dataclass(frozen=True, slots=True)
class LlmBody:
    """One model call. `parts` stand in the order of the messages; roles are structure and never parsed out of text."""

    model: Model
    parts: tuple[Section | History | Examples, ...]


@dataclass(frozen=True, slots=True)
class CodeBody:
    """Deterministic code in a sandbox: a function of a file, or inline source whose variables are the outputs. Seconds and bytes."""

    function: FunctionReference | None
    source: str | None
    timeout: float = 10.0
    memory: int = 512 * 2**20


@dataclass(frozen=True, slots=True)
class RetrieveBody:
    """The `top` best documents of a corpus for a query text."""

    corpus: Corpus
    top: int
    query: Section


@dataclass(frozen=True, slots=True)
class Repeat:
    """A bounded loop: outputs named like inputs feed the next round, until the condition on the outputs holds."""

    until: Condition
    at_most: int


@dataclass(frozen=True, slots=True)
class CallBody:
    """Another graph as a node."""

    graph: Graph
    repeat: Repeat | None = None


Body: TypeAlias = LlmBody | CodeBody | RetrieveBody | CallBody


@dataclass(frozen=True, slots=True)
class Each:
    """Runs the node once for every item of a list, in order; its outputs become lists."""

    variable: str
    source: Source


class Kind(StrEnum):
    """The four kinds of node."""

    LLM = "llm"
    CODE = "code"
    RETRIEVE = "retrieve"
    CALL = "call"


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `when` is resolved in the graph (other nodes' outputs); `ensure` among the node's own inputs and outputs.

    `outputs` have the types of one execution, before an `each` makes lists of them.
    """

    name: str
    kind: Kind
    inputs: tuple[NodeInput, ...]
    outputs: tuple[Port, ...]
    body: Body
    when: Condition | None = None
    each: Each | None = None
    ensure: tuple[Condition, ...] = ()
    frozen: bool = False

    @property
    def sections(self) -> tuple[Section, ...]:
        """The text sections, learned or not, in order."""
        match self.body:
            case LlmBody(parts=parts):
                return tuple(part for part in parts if isinstance(part, Section))
            case RetrieveBody(query=query):
                return (query,)
            case CodeBody() | CallBody():
                return ()

    @property
    def examples(self) -> Examples | None:
        """The node's few-shot slot, if it has one."""
        if not isinstance(self.body, LlmBody):
            return None
        return next((part for part in self.body.parts if isinstance(part, Examples)), None)


@dataclass(frozen=True, slots=True)
class GraphOutput:
    """A named output of a graph and the place that fills it."""

    name: str
    type: Type
    source: Source


@dataclass(frozen=True, slots=True)
class Graph:
    """A computation graph: nodes in topological order. `file` is the absolute path of the file that declares it."""

    name: str
    file: Path
    inputs: tuple[Port, ...]
    outputs: tuple[GraphOutput, ...]
    nodes: tuple[Node, ...]

    def node(self, name: str) -> Node:
        """The node of that name; KeyError where there is none."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(name)


# -------------------------------------------------------------------------------------------------- metrics and objectives


@dataclass(frozen=True, slots=True)
class BuiltinMetric:
    """A metric of the built-in table, by name (`exact`, `f1`, `contains`…)."""

    name: str


@dataclass(frozen=True, slots=True)
class FunctionMetric:
    """A function `score(output, expected) -> number or {"score": number, "feedback": text}`, run in the sandbox."""

    function: FunctionReference


@dataclass(frozen=True, slots=True)
class JudgeMetric:
    """A model that scores by a rubric, from 0 to 1."""

    model: Model
    rubric: Template


@dataclass(frozen=True, slots=True)
class Metric:
    """`metric NAME(inputs) = …`. Each input is an output of the graph, a column of the dataset, or `expected` (the expect column)."""

    name: str
    inputs: tuple[str, ...]
    body: BuiltinMetric | FunctionMetric | JudgeMetric


@dataclass(frozen=True, slots=True)
class Optimization:
    """`optimize GRAPH on DATASET`. `budget_usd` is in US dollars; either budget may be None (not both, when it is run)."""

    graph: str
    dataset: str
    metric: str
    maximize: bool = True
    critic: Model | None = None
    rewriter: Model | None = None
    budget_usd: Decimal | None = None
    budget_calls: int | None = None
    rounds: int = 8
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Program:
    """Everything that can be run from one file: its own declarations and those it uses from other files, by name."""

    path: Path
    graphs: Mapping[str, Graph]
    datasets: Mapping[str, Dataset] = field(default_factory=dict[str, Dataset])
    metrics: Mapping[str, Metric] = field(default_factory=dict[str, Metric])
    models: Mapping[str, Model] = field(default_factory=dict[str, Model])
    optimizations: tuple[Optimization, ...] = ()

    def optimization(self, graph: str) -> Optimization | None:
        """The first optimize block for that graph."""
        return next((block for block in self.optimizations if block.graph == graph), None)


# ----------------------------------------------------------------------------------------------------------------- slots


@dataclass(frozen=True, slots=True)
class Slot:
    """A trainable text where it stands: its identity, the file, the node and the section it belongs to."""

    id: SlotId
    file: Path
    node: Node
    section: Section | Examples

    @property
    def text(self) -> str:
        """The current text; for examples, the row ids one a line."""
        return "\n".join(self.section.rows) if isinstance(self.section, Examples) else self.section.template.source


def graphs_of(graph: Graph) -> tuple[Graph, ...]:
    """The graph and every graph that it calls, directly or not, each once, every caller before its callees. No recursion over depth."""
    found: dict[tuple[Path, str], Graph] = {}
    calls: dict[tuple[Path, str], tuple[tuple[Path, str], ...]] = {}
    pending = [graph]
    while pending:
        current = pending.pop()
        key = (current.file, current.name)
        if key in found:
            continue
        found[key] = current
        callees = [node.body.graph for node in current.nodes if isinstance(node.body, CallBody)]
        calls[key] = tuple((callee.file, callee.name) for callee in callees)
        pending.extend(reversed(callees))
    return tuple(found[key] for key in reversed(tuple(TopologicalSorter(calls).static_order())))


def slots_of(graph: Graph) -> tuple[Slot, ...]:
    """Every slot of the graph and of the graphs that it calls. A slot of a graph that is called twice is listed once."""
    return tuple(slot for part in graphs_of(graph) for node in part.nodes for slot in _slots_of_node(part, node))


def _slots_of_node(graph: Graph, node: Node) -> Iterator[Slot]:
    if node.frozen:
        return
    for section in node.sections:
        if section.learn:
            yield Slot(SlotId(graph.name, node.name, section.name), graph.file, node, section)
    if (examples := node.examples) and examples.learn:
        yield Slot(SlotId(graph.name, node.name, examples.name), graph.file, node, examples)
