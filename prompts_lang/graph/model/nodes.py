"""Nodes by kind, and the graphs that they make; the two know each other, since a graph may be a node."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from prompts_lang.graph.model.conditions import Condition
from prompts_lang.graph.model.resources import Corpus, Dataset, FunctionReference, Model
from prompts_lang.graph.model.wiring import NodeInput, Port, Source
from prompts_lang.graph.template import Template
from prompts_lang.graph.types import Type


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
