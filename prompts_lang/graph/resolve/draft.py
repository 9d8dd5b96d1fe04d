"""Declarations after resolution: everything that one declaration says, with other declarations by name only.

A draft depends on its declaration's text and on the interfaces of the names in it. Joining drafts into a `Program` is a separate step
(`link`), so that an edit re-resolves one declaration and not its whole file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from prompts_lang.graph.model import (
    Condition,
    Each,
    GraphOutput,
    History,
    Kind,
    NodeInput,
    Port,
    Repeat,
    Section,
    SplitByColumn,
    SplitByRatio,
    TokenPrice,
)
from prompts_lang.graph.resolve.values import EmbeddingIndex, FileFunction, Variable
from prompts_lang.graph.template import Template
from prompts_lang.graph.types import JsonValue


@dataclass(frozen=True, slots=True)
class ExamplesDraft:
    """An `examples` section: the dataset by name, and the row ids of its text."""

    dataset: str
    at_most: int
    rows: tuple[str, ...]
    learn: bool


@dataclass(frozen=True, slots=True)
class LlmDraft:
    """The body of an llm node."""

    model: str
    parts: tuple[Section | History | ExamplesDraft, ...]


@dataclass(frozen=True, slots=True)
class CodeDraft:
    """The body of a code node. Seconds and bytes; None takes the default."""

    function: FileFunction | None
    source: str | None
    timeout: float | None
    memory: int | None


@dataclass(frozen=True, slots=True)
class RetrieveDraft:
    """The body of a retrieve node."""

    corpus: str
    top: int
    query: Section


@dataclass(frozen=True, slots=True)
class CallDraft:
    """The body of a call."""

    graph: str
    repeat: Repeat | None


@dataclass(frozen=True, slots=True)
class NodeDraft:
    """A node, see `model.Node`."""

    name: str
    kind: Kind
    inputs: tuple[NodeInput, ...]
    outputs: tuple[Port, ...]
    body: LlmDraft | CodeDraft | RetrieveDraft | CallDraft
    when: Condition | None
    each: Each | None
    ensure: tuple[Condition, ...]
    frozen: bool


@dataclass(frozen=True, slots=True)
class GraphDraft:
    """The head of a graph."""

    name: str
    inputs: tuple[Port, ...]
    outputs: tuple[GraphOutput, ...]


@dataclass(frozen=True, slots=True)
class ModelDraft:
    """A model, see `model.Model`; the fallback by name, the base as written."""

    name: str
    id: str
    parameters: tuple[tuple[str, JsonValue], ...]
    retries: int | None
    timeout: float | None
    concurrency: int | None
    base: str | Variable | None
    key: Variable | None
    price: TokenPrice | None
    fallback: str | None


@dataclass(frozen=True, slots=True)
class CorpusDraft:
    """A corpus, its path as written."""

    name: str
    path: str
    text_field: str
    id_field: str
    embedding: EmbeddingIndex | None


@dataclass(frozen=True, slots=True)
class DatasetDraft:
    """A dataset, its path as written."""

    name: str
    path: str | None
    expect: tuple[str, ...]
    split: SplitByRatio | SplitByColumn
    cases: tuple[Mapping[str, JsonValue], ...]


@dataclass(frozen=True, slots=True)
class MetricDraft:
    """A metric: exactly one of the three bodies is set; `rubric` goes with `judge`."""

    name: str
    inputs: tuple[str, ...]
    builtin: str | None
    function: FileFunction | None
    judge: str | None
    rubric: Template | None


@dataclass(frozen=True, slots=True)
class OptimizeDraft:
    """An optimize block."""

    graph: str
    dataset: str
    metric: str
    maximize: bool
    critic: str
    rewriter: str
    budget_usd: Decimal | None
    budget_calls: int | None
    rounds: int
    seed: int


Draft = NodeDraft | GraphDraft | ModelDraft | CorpusDraft | DatasetDraft | MetricDraft | OptimizeDraft
