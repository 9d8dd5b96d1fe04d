"""Declarations: what stands at column 0."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from prompts_lang.syntax.nodes.text import Section

if TYPE_CHECKING:
    from prompts_lang.syntax.nodes.items import Item
    from prompts_lang.syntax.nodes.names import Name, Source
    from prompts_lang.syntax.nodes.types import Type
    from prompts_lang.syntax.nodes.values import Number, String
    from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class Comment:
    """`# …`. `text` has no `#` and no space after it."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input, an output of a node, or an argument of a call: `question`, `question: text`, `hint = plan.query`.

    `source` is None where a name stands alone: a node's input then takes the graph's input of that name.
    """

    name: Name
    type: Type | None
    source: Source | None
    span: Span


@dataclass(frozen=True, slots=True)
class GraphOutput:
    """One output of a graph: `answer = reply.answer`, or `reply`, `reply.answer`, `repair else write`, where `name` is None."""

    name: Name | None
    type: Type | None
    source: Source | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What every declaration has.

    Attributes:
        keyword: its first word, such as `llm`.
        name: the name it declares; None where it declares none (`use`, `language`, `optimize`) or where the name is missing.
        items: properties and sections, in the order written.
        documentation: the comment lines directly above it.
        comments: all other comments in it.
        head_span: its first line, without what stands around it.
        span: from its keyword to the end of its last item.
    """

    keyword: Name
    name: Name | None = None
    items: tuple[Item, ...] = ()
    documentation: tuple[Comment, ...] = ()
    comments: tuple[Comment, ...] = ()
    head_span: Span
    span: Span

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections, in the order written: for an llm node, its messages."""
        return tuple(item for item in self.items if isinstance(item, Section))


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageDeclaration(Declaration):
    """`language 1`."""

    version: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseDeclaration(Declaration):
    """`use a, b from "./other.prompt"`."""

    names: tuple[Name, ...]
    path: String | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDeclaration(Declaration):
    """`model NAME = "provider/model"`."""

    model_id: String | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CorpusDeclaration(Declaration):
    """`corpus NAME from "path"`."""

    path: String | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetDeclaration(Declaration):
    """`dataset NAME from "path"`; `path` is None for a dataset of `case` rows alone."""

    path: String | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphDeclaration(Declaration):
    """`graph NAME(inputs) -> outputs`."""

    inputs: tuple[Parameter, ...]
    outputs: tuple[GraphOutput, ...]


class NodeKind(StrEnum):
    """The kinds of node that stand for one execution; the fourth kind, `call`, has a declaration of its own shape."""

    LLM = "llm"
    CODE = "code"
    RETRIEVE = "retrieve"


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeDeclaration(Declaration):
    """`llm NAME(inputs) -> outputs`, and the same with `code` and `retrieve`."""

    kind: NodeKind
    inputs: tuple[Parameter, ...]
    outputs: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDeclaration(Declaration):
    """`call NAME = GRAPH(arguments)`."""

    graph: Name | None
    inputs: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricDeclaration(Declaration):
    """`metric NAME(inputs) = f1`, `… from "metrics.py:score"` or `… judged by MODEL`: one of the three, or none while it is typed."""

    inputs: tuple[Parameter, ...]
    builtin: Name | None
    path: String | None
    judge: Name | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeDeclaration(Declaration):
    """`optimize GRAPH on DATASET`."""

    graph: Name | None
    dataset: Name | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownDeclaration(Declaration):
    """A line at column 0 that starts with none of our words. Its items are read all the same."""
