"""Symbols of a file, and what folds: both follow the outline that the columns draw."""

from __future__ import annotations

from dataclasses import dataclass

from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.slots import named_sections
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class OutlineItem:
    """One line of the outline. `kind` is the declaration's keyword, or `section`; `span` covers the whole, `name_span` the name."""

    name: str
    detail: str
    kind: str
    span: Span
    name_span: Span
    children: tuple[OutlineItem, ...] = ()


def outline(meaning: FileMeaning) -> tuple[OutlineItem, ...]:
    """The file's declarations in order, nodes below their graphs, sections below their nodes."""
    items: list[OutlineItem] = []
    members: dict[str, list[OutlineItem]] = {}
    for entry in meaning.module.entries:
        item = _item(meaning, entry)
        if entry.graph is not None:
            members.setdefault(entry.graph, []).append(item)
        else:
            items.append(item)
    return tuple(_with_members(item, members.pop(item.name, [])) if item.kind == "graph" else item for item in items)


def _with_members(graph: OutlineItem, members: list[OutlineItem]) -> OutlineItem:
    span = graph.span if not members else graph.span.cover(members[-1].span)
    return OutlineItem(graph.name, graph.detail, graph.kind, span, graph.name_span, (*graph.children, *members))


def _item(meaning: FileMeaning, entry: Entry) -> OutlineItem:
    declaration = entry.declaration
    name = declaration.name
    head = meaning.position(entry, declaration.head_span).of(meaning.syntax.text).decode("utf-8", "replace")
    sections = tuple(
        OutlineItem(
            section_name,
            "learn" if section.learn else "",
            "section",
            meaning.position(entry, section.span),
            meaning.position(entry, section.word.span),
        )
        for section_name, section in named_sections(declaration)
    )
    return OutlineItem(
        name.text if name else entry.anchor,
        head,
        declaration.keyword.text,
        meaning.position(entry, declaration.span),
        meaning.position(entry, name.span if name else declaration.keyword.span),
        sections,
    )


@dataclass(frozen=True, slots=True)
class Fold:
    """A span that an editor may fold to its first line."""

    span: Span
    comment: bool = False


def folds(meaning: FileMeaning) -> tuple[Fold, ...]:
    """Declarations, graphs with their nodes, sections, and runs of comment lines."""
    found: list[Fold] = []
    for item in outline(meaning):
        found.append(Fold(item.span))
        found.extend(Fold(child.span) for child in item.children if child.kind != "section")
    for entry in meaning.module.entries:
        declaration = entry.declaration
        found.extend(
            Fold(meaning.position(entry, section.span)) for section in declaration.sections if not section.inline
        )
        if len(declaration.documentation) > 1:
            first, last = declaration.documentation[0].span, declaration.documentation[-1].span
            found.append(Fold(meaning.position(entry, first.cover(last)), comment=True))
    return tuple(fold for fold in found if b"\n" in fold.span.of(meaning.syntax.text))


def selection_ranges(meaning: FileMeaning, offset: int) -> tuple[Span, ...]:
    """What a growing selection covers, from small to large: word, sentence, section, declaration, graph, file."""
    text = meaning.syntax.text
    spans: list[Span] = [_word(text, offset)]
    index = meaning.syntax.chunk_at(offset)
    entry = next((entry for entry in meaning.module.entries if entry.index == index), None)
    if entry is not None:
        relative = offset - meaning.syntax.offsets[index]
        for section in entry.declaration.sections:
            if section.text_span.touches(relative):
                spans.append(meaning.position(entry, _sentence(section, relative)))
                spans.append(meaning.position(entry, section.text_span))
        spans.extend(
            meaning.position(entry, item.span) for item in entry.declaration.items if item.span.touches(relative)
        )
        spans.append(meaning.position(entry, entry.declaration.span))
    spans.extend(item.span for item in outline(meaning) if item.span.touches(offset))
    spans.append(Span(0, len(text)))
    growing: list[Span] = []
    for span in sorted(set(spans), key=len):
        if span.touches(offset) and (not growing or span.covers(growing[-1])):
            growing.append(span)
    return tuple(growing)


def _word(text: bytes, offset: int) -> Span:
    start = end = offset
    while start > 0 and _in_word(text[start - 1]):
        start -= 1
    while end < len(text) and _in_word(text[end]):
        end += 1
    return Span(start, end)


def _in_word(byte: int) -> bool:
    return byte >= 128 or chr(byte).isalnum() or byte == ord("_")


def _sentence(section: nodes.Section, relative: int) -> Span:
    index = section.text_index(relative)
    text = section.text
    start = max(
        (text.rfind(mark, 0, index) + len(mark) for mark in (". ", "! ", "? ", "\n") if mark in text[:index]), default=0
    )
    ends = [found + 1 for mark in (". ", "! ", "? ") if (found := text.find(mark, index)) >= 0]
    ends.extend(found for mark in ("\n",) if (found := text.find(mark, index)) >= 0)
    return section.source_span(min(start, index), min(ends, default=len(text)))
