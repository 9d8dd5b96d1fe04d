"""Semantic tokens: names by what they stand for, placeholders, types, and the texts that are learned.

A learned text has a type of its own, which no theme colours by itself, and the modifier `stale` where what is known of it is from before
an edit. Every other text gets no tokens; that is the editor's own business.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag

from prompts_lang.features.occurrences import occurrences
from prompts_lang.features.symbols import (
    FileSymbol,
    InputSymbol,
    LocalSymbol,
    NodeSymbol,
    Occurrence,
    OutputSymbol,
    ResultSymbol,
    Role,
)
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.slots import named_sections
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


class TokenType(IntEnum):
    """Token types, numbered as in the legend. The names are standard ones, so that every theme has colours for them."""

    KEYWORD = 0
    NAMESPACE = 1
    FUNCTION = 2
    VARIABLE = 3
    PARAMETER = 4
    PROPERTY = 5
    TYPE = 6
    CLASS = 7
    OPERATOR = 8
    TEXT = 9


LEGEND = (
    "keyword",
    "namespace",
    "function",
    "variable",
    "parameter",
    "property",
    "type",
    "class",
    "operator",
    "promptText",
)


class Modifier(IntFlag):
    """Token modifiers, as bits in the order of the legend."""

    NONE = 0
    DECLARATION = 1
    LEARNED = 2
    STALE = 4


MODIFIERS = ("declaration", "learned", "stale")


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `span` counts bytes of the declaration's chunk."""

    span: Span
    type: TokenType
    modifiers: Modifier = Modifier.NONE


def tokens_of(meaning: FileMeaning, entry: Entry, stale: Container[str] = ()) -> tuple[Token, ...]:
    """The tokens of one declaration, in order, without overlaps. `stale` has the names of its stale sections."""
    found: dict[Span, Token] = {}
    for token in (*_words(entry.declaration), *_names(meaning, entry), *_texts(entry.declaration, stale)):
        found.setdefault(token.span, token)
    ordered: list[Token] = []
    for token in sorted(found.values(), key=lambda token: token.span):
        if len(token.span) and (not ordered or ordered[-1].span.end <= token.span.start):
            ordered.append(token)
    return tuple(ordered)


def _words(declaration: nodes.Declaration) -> Iterator[Token]:
    if not isinstance(declaration, nodes.UnknownDeclaration):
        yield Token(declaration.keyword.span, TokenType.KEYWORD)
    for item in declaration.items:
        learned = isinstance(item, nodes.Section) and item.learn is not None
        yield Token(item.word.span, TokenType.PROPERTY, Modifier.LEARNED if learned else Modifier.NONE)
        if isinstance(item, nodes.Section):
            if item.learn is not None:
                yield Token(item.learn.span, TokenType.KEYWORD, Modifier.LEARNED)
            for placeholder in item.placeholders:
                yield from (Token(formatter.name.span, TokenType.FUNCTION) for formatter in placeholder.formatters)
    yield from (Token(span, TokenType.TYPE) for span in _types(declaration))


def _texts(declaration: nodes.Declaration, stale: Container[str]) -> Iterator[Token]:
    """The lines of learned texts, without their placeholders."""
    for name, section in named_sections(declaration):
        if section.learn is None:
            continue
        modifiers = Modifier.LEARNED | (Modifier.STALE if name in stale else Modifier.NONE)
        gaps = [placeholder.span for placeholder in section.placeholders]
        for line in section.lines:
            start, end = line.source_start, line.source_start + len(nodes.encode(line.text))
            for gap in gaps:
                if start <= gap.start and gap.end <= end:
                    yield Token(Span(start, gap.start), TokenType.TEXT, modifiers)
                    start = gap.end
            yield Token(Span(start, end), TokenType.TEXT, modifiers)


def _types(declaration: nodes.Declaration) -> Iterator[Span]:
    pending: list[nodes.Type | None] = []
    match declaration:
        case nodes.NodeDeclaration(inputs=inputs, outputs=outputs):
            pending.extend(parameter.type for parameter in (*inputs, *outputs))
        case nodes.GraphDeclaration(inputs=inputs, outputs=results):
            pending.extend(parameter.type for parameter in inputs)
            pending.extend(output.type for output in results)
        case _:
            return
    while pending:
        match pending.pop():
            case nodes.NamedType(name):
                yield name.span
            case nodes.ListType(name, item):
                yield name.span
                pending.append(item)
            case nodes.UnionType(options):
                pending.extend(options)
            case nodes.RecordType(fields):
                pending.extend(field.type for field in fields)
            case nodes.OptionalType(inner):
                pending.append(inner)
            case nodes.LiteralType() | None:
                pass


def _names(meaning: FileMeaning, entry: Entry) -> Iterator[Token]:
    for occurrence in occurrences(meaning, entry):
        declares = occurrence.role is Role.DEFINITION
        yield Token(occurrence.span, _type(occurrence), Modifier.DECLARATION if declares else Modifier.NONE)


def _type(occurrence: Occurrence) -> TokenType:
    match occurrence.symbol:
        case NodeSymbol():
            return TokenType.FUNCTION
        case OutputSymbol() | ResultSymbol():
            return TokenType.VARIABLE
        case InputSymbol() | LocalSymbol():
            return TokenType.PARAMETER
        case FileSymbol():
            return TokenType.CLASS
