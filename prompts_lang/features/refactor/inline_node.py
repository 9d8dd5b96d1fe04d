"""The prompt of a node goes into the prompt of the one node that reads its output."""

from __future__ import annotations

from dataclasses import dataclass

from prompts_lang.features.locations import entry_at
from prompts_lang.features.refactor.refactoring import Refactoring, chunk_span, unique
from prompts_lang.features.refactoring_kind import RefactoringKind
from prompts_lang.features.wiring import references_of
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.syntax import nodes
from prompts_lang.syntax.write import replace_section_text
from prompts_lang.text.span import Edit, Span

_PLAIN = {"model", "system", "user"}


def inline_node(meaning: FileMeaning, span: Span) -> Refactoring | None:
    """The llm node whose head the cursor is in, if its only output is read by one other llm node, in placeholders alone."""
    if (found := entry_at(meaning, span.start)) is None:
        return None
    entry, relative = found
    node = entry.declaration
    if not isinstance(node, nodes.NodeDeclaration) or not node.head_span.touches(relative) or not _is_plain(node):
        return None
    reader = _only_reader(meaning, entry, node)
    instructions = next((section for section in node.sections if section.word.text == "system"), None)
    text = instructions or next(iter(node.sections), None)
    if reader is None or text is None or node.name is None or reader.node.name is None:
        return None
    parameters, names = _merged(meaning, entry, node, reader)
    inserted = _with_names(text, names)
    edits = [Edit(chunk_span(meaning, entry), "")]
    chunk, offset = meaning.syntax.chunks[reader.entry.index].text, meaning.syntax.offsets[reader.entry.index]
    for section in reader.node.sections:
        if any(one.reference.text == reader.local for one in section.placeholders):
            edit = replace_section_text(chunk, section, _with_text(section, reader.local, inserted))
            edits.append(Edit(edit.span.shift(offset), edit.text))
    first, last = reader.node.inputs[0].span, reader.node.inputs[-1].span
    edits.append(Edit(first.cover(last).shift(offset), ", ".join(parameters)))
    title = f"Inline the prompt of '{node.name.text}' into '{reader.node.name.text}'"
    return Refactoring.of(title, RefactoringKind.INLINE, edits)


@dataclass(frozen=True, slots=True)
class _Reader:
    entry: Entry
    node: nodes.NodeDeclaration
    local: str


def _is_plain(node: nodes.NodeDeclaration) -> bool:
    """Whether a node is one prompt and nothing else that would be lost."""
    words = {item.word.text for item in node.items}
    return node.kind is nodes.NodeKind.LLM and len(node.outputs) == 1 and words <= _PLAIN


def _only_reader(meaning: FileMeaning, entry: Entry, node: nodes.NodeDeclaration) -> _Reader | None:
    if node.name is None or entry.graph is None:
        return None
    group = meaning.module.graphs[entry.graph]
    reading = [
        one
        for one in (group.head, *group.nodes.values())
        if any(reference.parts[0].text == node.name.text for reference in references_of(one.declaration))
    ]
    if len(reading) != 1:
        return None
    reader = reading[0].declaration
    if not isinstance(reader, nodes.NodeDeclaration) or reader.kind is not nodes.NodeKind.LLM:
        return None
    filled = [parameter for parameter in reader.inputs if _is_from(parameter, node.name.text)]
    elsewhere = sum(reference.parts[0].text == node.name.text for reference in references_of(reader))
    if len(filled) != 1 or elsewhere != 1:
        return None
    local = filled[0].name.text
    uses = [one for section in reader.sections for one in section.placeholders if one.reference.parts[0].text == local]
    plain = bool(uses) and all(not one.formatters and len(one.reference.parts) == 1 for one in uses)
    return _Reader(reading[0], reader, local) if plain else None


def _is_from(parameter: nodes.Parameter, node: str) -> bool:
    alternatives = () if parameter.source is None else parameter.source.alternatives
    return len(alternatives) == 1 and alternatives[0].parts[0].text == node


def _merged(
    meaning: FileMeaning, entry: Entry, node: nodes.NodeDeclaration, reader: _Reader
) -> tuple[list[str], dict[str, str]]:
    """The inputs that the reader then has, as they are written, and its names for the inputs of the node."""
    chunk = meaning.syntax.chunks[reader.entry.index].text
    own = meaning.syntax.chunks[entry.index].text
    kept = [parameter for parameter in reader.node.inputs if parameter.name.text != reader.local]
    written = [_text(chunk, parameter.span) for parameter in kept]
    by_source = {_source(chunk, parameter): parameter.name.text for parameter in kept}
    names: dict[str, str] = {}
    for parameter in node.inputs:
        source = _source(own, parameter)
        if source not in by_source:
            by_source[source] = unique(parameter.name.text, by_source.values())
            name = by_source[source]
            written.append(name if name == source else f"{name} = {source}")
        names[parameter.name.text] = by_source[source]
    return written, names


def _source(chunk: bytes, parameter: nodes.Parameter) -> str:
    return parameter.name.text if parameter.source is None else _text(chunk, parameter.source.span)


def _with_names(section: nodes.Section, names: dict[str, str]) -> str:
    """A text with other names in its placeholders."""
    text = section.text
    for placeholder in reversed(section.placeholders):
        first = placeholder.reference.parts[0].text
        written = text[placeholder.range.start : placeholder.range.end]
        renamed = written.replace(first, names.get(first, first), 1)
        text = text[: placeholder.range.start] + renamed + text[placeholder.range.end :]
    return text


def _with_text(section: nodes.Section, local: str, inserted: str) -> str:
    """A text with another one in the place of every placeholder of that name."""
    text = section.text
    for placeholder in reversed(section.placeholders):
        if placeholder.reference.text == local:
            text = text[: placeholder.range.start] + inserted + text[placeholder.range.end :]
    return text


def _text(chunk: bytes, span: Span) -> str:
    return span.of(chunk).decode("utf-8", "surrogateescape")
