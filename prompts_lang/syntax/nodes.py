"""The typed syntax tree: what one declaration says, and where it says it.

Invariants:

* Every `Span` counts bytes **relative to the first byte of the declaration's chunk**, so an edit elsewhere in the file changes no node.
  `SyntaxFile` knows where each chunk starts.
* A `TextRange` counts characters of `Section.text`. The two types never mix; `Section` translates.
* A part that the file leaves out, or that cannot be read, is None or absent, and the chunk's problems say why. Nodes hold no meaning:
  no name is looked up here, no default filled in.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

from prompts_lang.text.span import Edit, Span

if TYPE_CHECKING:
    from decimal import Decimal

# --- names and references ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Name:
    """One identifier."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Reference:
    """A name with fields: `question`, `plan.query`. Never empty."""

    parts: tuple[Name, ...]
    span: Span

    @property
    def text(self) -> str:
        """The reference in one piece, without spaces: `plan.query`."""
        return ".".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: `a.x`, or `a.x else b.x` for the first that is present. Never empty."""

    alternatives: tuple[Reference, ...]
    span: Span


# --- types ------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NamedType:
    """`text`, `integer`, `chat` and the like; any name, known or not."""

    name: Name
    span: Span


@dataclass(frozen=True, slots=True)
class ListType:
    """`list[T]`. `name` is the word before the bracket, whatever it is; `item` is None in `list[]`."""

    name: Name
    item: Type | None
    span: Span


@dataclass(frozen=True, slots=True)
class LiteralType:
    """One allowed value: `"yes"`, `3`."""

    value: String | Number
    span: Span


@dataclass(frozen=True, slots=True)
class UnionType:
    """`A | B`, at least two options, in the order written."""

    options: tuple[Type, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class RecordField:
    """`name: text` in a record type."""

    name: Name
    type: Type | None
    span: Span


@dataclass(frozen=True, slots=True)
class RecordType:
    """`{name: text, age: integer}`."""

    fields: tuple[RecordField, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class OptionalType:
    """`T?`."""

    inner: Type
    span: Span


Type: TypeAlias = NamedType | ListType | LiteralType | UnionType | RecordType | OptionalType

# --- values -----------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """A bare word: `bm25`, `off`, `true`, or the name of a declaration. What it means is the property's business."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class String:
    """A quoted string. `value` has its escapes resolved; `content` is the span between the quotes."""

    value: str
    span: Span
    content: Span


@dataclass(frozen=True, slots=True)
class Number:
    """`3`, `-0.5`, `1e-3`, with a unit where one is written: `10s`, `256mb`, `80%`. An integer stays an `int`."""

    value: int | float
    unit: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Money:
    """`$2.00`: US dollars, exact."""

    amount: Decimal
    span: Span


@dataclass(frozen=True, slots=True)
class Ratio:
    """`40/30/30`, at least two parts."""

    parts: tuple[int | float, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ListValue:
    """`[1, 2, 3]`."""

    items: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectEntry:
    """`role: "user"` in an object."""

    key: Name | String
    value: Value | None
    span: Span


@dataclass(frozen=True, slots=True)
class ObjectValue:
    """`{role: "user", content: "Hello"}`, as in a row of a chat dataset."""

    entries: tuple[ObjectEntry, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Assignment:
    """`name = value`, as in a `case` row."""

    name: Name
    value: Value | None
    span: Span


Value: TypeAlias = Word | Reference | String | Number | Money | Ratio | ListValue | ObjectValue | Assignment


@dataclass(frozen=True, slots=True)
class Phrase:
    """Values that stand side by side, up to the next comma: `at most 3`."""

    values: tuple[Value, ...]
    span: Span


# --- conditions -------------------------------------------------------------------------------------------------------------------


class Comparison(StrEnum):
    """How a value is compared with a literal."""

    EQUAL = "=="
    NOT_EQUAL = "!="
    LESS = "<"
    LESS_OR_EQUAL = "<="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="


@dataclass(frozen=True, slots=True)
class Truth:
    """A reference alone: true when it is present and not false."""

    reference: Reference
    span: Span


@dataclass(frozen=True, slots=True)
class Compare:
    """`check.score >= 3`, `verdict == "yes"`, `check.ok == true`. `literal` is None where it cannot be read."""

    reference: Reference
    comparison: Comparison
    literal: String | Number | bool | None
    span: Span


@dataclass(frozen=True, slots=True)
class IsEmpty:
    """`passages is empty`, `passages is not empty`."""

    reference: Reference
    negated: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Not:
    """`not check.ok`."""

    operand: Condition
    span: Span


@dataclass(frozen=True, slots=True)
class AllOf:
    """`a and b`, at least two operands."""

    operands: tuple[Condition, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class AnyOf:
    """`a or b`, at least two operands."""

    operands: tuple[Condition, ...]
    span: Span


Condition: TypeAlias = Truth | Compare | IsEmpty | Not | AllOf | AnyOf

# --- text -------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TextRange:
    """Characters of `Section.text` from `start` up to, but not including, `end`: `text[start:end]`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of a section's text.

    `text_start` counts characters of the text, `source_start` bytes of the chunk (after the margin), and `text` is the line itself,
    without its line end.
    """

    text_start: int
    source_start: int
    text: str


@dataclass(frozen=True, slots=True)
class Formatter:
    """`numbered`, or `first 3` with its argument."""

    name: Name
    argument: Number | None
    span: Span


@dataclass(frozen=True, slots=True)
class Placeholder:
    """`{{passages | first 3 | numbered}}`: a reference to a local name and the formatters applied to it, in order.

    `span` is its place in the source and `range` its place in the text, braces included in both.
    """

    reference: Reference
    formatters: tuple[Formatter, ...]
    span: Span
    range: TextRange


# --- items: what stands at column 2 -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Property:
    """`word value, value …`: `temperature 0`, `index embedding small`, `case question = "Why?", answer = "No."`."""

    word: Name
    phrases: tuple[Phrase, ...]
    span: Span

    @property
    def values(self) -> tuple[Value, ...]:
        """The values of all phrases in one row, for properties where commas mean nothing."""
        return tuple(value for phrase in self.phrases for value in phrase.values)


@dataclass(frozen=True, slots=True)
class ConditionProperty:
    """`when CONDITION` or `ensure CONDITION`."""

    word: Name
    condition: Condition | None
    span: Span


@dataclass(frozen=True, slots=True)
class EachProperty:
    """`each NAME in LIST`."""

    word: Name
    variable: Name | None
    source: Reference | None
    span: Span


@dataclass(frozen=True, slots=True)
class RepeatProperty:
    """`repeat until CONDITION, at most N`."""

    word: Name
    until: Condition | None
    at_most: Number | None
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    r"""A property with text: `learn system:` and the lines below it, or `user: {{question}}` on one line.

    `text` is what a model reads: each line without its margin of exactly four columns, lines joined by `\n`. Blank lines between lines
    are text; blank lines before the first and after the last line are layout, so a text never starts or ends with one.

    Attributes:
        learn: the word `learn` where the section is a slot, else None.
        word: what the section is: `system`, `user`, `query`, `examples`, `python` …
        phrases: what stands between the word and the colon, as in `examples from questions, at most 3:`.
        inline: whether the text starts on the line of the colon.
        text: the text; empty when there is none.
        lines: the lines of `text`, blank ones included; joined by line feeds they are `text`.
        placeholders: in order. `\{{` starts none, and a `python` section has none.
        loose_braces: places in the source of `{{` that start no placeholder and so are literal; often a slip.
        head_span: from the first word to the colon, included.
        text_span: from the first to the last byte of text in the source, margins between them included; where there is no text, the
            empty place right after the colon.
        span: the whole section, from its first word to the end of its text.
    """

    learn: Name | None
    word: Name
    phrases: tuple[Phrase, ...]
    inline: bool
    text: str
    lines: tuple[TextLine, ...]
    placeholders: tuple[Placeholder, ...]
    loose_braces: tuple[Span, ...]
    head_span: Span
    text_span: Span
    span: Span

    def source_offset(self, index: int) -> int:
        """The byte of the chunk where character `index` of the text stands; a line feed stands at the end of its line.

        Raises:
            IndexError: when `index` is not in `0 … len(text)`.
        """
        if not 0 <= index <= len(self.text):
            raise IndexError(f"Character {index} is outside of a text of {len(self.text)} characters.")
        if not self.lines:
            return self.text_span.start
        line = self.lines[bisect_right(self.lines, index, key=_text_start) - 1]
        return line.source_start + len(encode(line.text[: index - line.text_start]))

    def source_span(self, start: int, end: int) -> Span:
        """The bytes of the chunk that characters `start` up to `end` of the text stand on, margins between lines included.

        Raises:
            IndexError: when an offset lies outside of the text.
        """
        first = self.source_offset(start)
        return Span(first, max(first, self.source_offset(end)))

    def text_index(self, offset: int) -> int:
        """The character of the text at byte `offset` of the chunk; a place in a margin counts as the start of its line.

        A place before or after the text counts as its start or end.
        """
        if not self.lines or offset <= self.lines[0].source_start:
            return 0
        line = self.lines[bisect_right(self.lines, offset, key=_source_start) - 1]
        before = encode(line.text)[: offset - line.source_start]
        index = line.text_start + len(decode(before))
        following = line.text_start + len(line.text) + 1
        in_next_margin = offset > line.source_start + len(encode(line.text)) and following <= len(self.text)
        return following if in_next_margin else index


def _text_start(line: TextLine) -> int:
    return line.text_start


def _source_start(line: TextLine) -> int:
    return line.source_start


def encode(text: str) -> bytes:
    """Text to bytes of the file; the inverse of `decode` for every text that came from it."""
    return text.encode("utf-8", "surrogateescape")


def decode(data: bytes) -> str:
    """Bytes of the file to text, without loss: bytes that are not UTF-8 become lone surrogates, and the chunk has a problem."""
    return data.decode("utf-8", "surrogateescape")


Item: TypeAlias = Property | ConditionProperty | EachProperty | RepeatProperty | Section

# --- declarations -----------------------------------------------------------------------------------------------------------------


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


# --- problems ---------------------------------------------------------------------------------------------------------------------


class ProblemKind(StrEnum):
    """What is wrong with a piece of syntax. The values are stable: checks and documentation are keyed by them."""

    TAB_IN_MARGIN = "tab-in-margin"
    BAD_INDENTATION = "bad-indentation"
    TEXT_WITHOUT_SECTION = "text-without-section"
    ITEM_WITHOUT_DECLARATION = "item-without-declaration"
    UNKNOWN_DECLARATION = "unknown-declaration"
    MISSING_NAME = "missing-name"
    MISSING_INPUTS = "missing-inputs"
    MISSING_OUTPUTS = "missing-outputs"
    MISSING_PART = "missing-part"
    MISSING_COLON = "missing-colon"
    UNCLOSED_BRACKET = "unclosed-bracket"
    UNCLOSED_STRING = "unclosed-string"
    BAD_STRING = "bad-string"
    BAD_CONDITION = "bad-condition"
    UNEXPECTED = "unexpected"
    NOT_UTF8 = "not-utf8"


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that repairs a problem: a title for people, and edits relative to the chunk that do not overlap."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """A place that cannot be read as written. `message` is one sentence and names the way out."""

    kind: ProblemKind
    span: Span
    message: str
    fix: Fix | None = None
