"""A part of a prompt becomes a node of its own, whose output stands in its place."""

from __future__ import annotations

from collections.abc import Sequence

from prompts_lang.features.locations import entry_at
from prompts_lang.features.refactor.refactoring import Refactoring, unique
from prompts_lang.features.refactoring_kind import RefactoringKind
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Edit, Span


def extract_node(meaning: FileMeaning, span: Span) -> Refactoring | None:
    """The selected words of an llm node's text, asked for in a call of their own; None where none are selected."""
    if len(span) == 0 or (found := _text_at(meaning, span)) is None:
        return None
    entry, node, section = found
    offset = meaning.syntax.offsets[entry.index]
    start, end = section.text_index(span.start - offset), section.text_index(span.end - offset)
    return _extract(meaning, entry, node, section, start, end, "Extract the selected text into a node")


def split_prompt(meaning: FileMeaning, span: Span) -> Refactoring | None:
    """The paragraphs above the cursor become the prompt of a node that comes first."""
    if len(span) > 0 or (found := _text_at(meaning, span)) is None:
        return None
    entry, node, section = found
    end = section.text.rfind("\n\n", 0, section.text_index(span.start - meaning.syntax.offsets[entry.index]))
    title = "Split the prompt here: what stands above becomes a node that comes first"
    return None if end < 0 else _extract(meaning, entry, node, section, 0, end, title)


def _text_at(meaning: FileMeaning, span: Span) -> tuple[Entry, nodes.NodeDeclaration, nodes.Section] | None:
    """The text of an llm node that a span lies in."""
    if (found := entry_at(meaning, span.start)) is None:
        return None
    entry, relative = found
    node = entry.declaration
    if not isinstance(node, nodes.NodeDeclaration) or node.kind is not nodes.NodeKind.LLM or entry.graph is None:
        return None
    wanted = Span(relative, relative + len(span))
    sections = (section for section in node.sections if section.word.text != "examples")
    section = next((section for section in sections if section.text_span.covers(wanted)), None)
    return None if section is None else (entry, node, section)


def _extract(
    meaning: FileMeaning,
    entry: Entry,
    node: nodes.NodeDeclaration,
    section: nodes.Section,
    start: int,
    end: int,
    title: str,
) -> Refactoring | None:
    while start < end and section.text[start].isspace():
        start += 1
    while start < end and section.text[end - 1].isspace():
        end -= 1
    cuts = any(p.range.start < edge < p.range.end for p in section.placeholders for edge in (start, end))
    if start == end or cuts or entry.graph is None:
        return None
    offset = meaning.syntax.offsets[entry.index]
    name = unique("draft", meaning.resolution.nodes[entry.graph])
    output = unique("draft", {parameter.name.text for parameter in node.inputs})
    parameters, texts = _needed(meaning, entry, node, section, start, end)
    model = next((item for item in node.items if isinstance(item, nodes.Property) and item.word.text == "model"), None)
    chunk = meaning.syntax.chunks[entry.index].text
    lines = [f"llm {name}({', '.join(parameters)}) -> {output}: text"]
    lines += [] if model is None else [f"  {model.span.of(chunk).decode('utf-8', 'replace').strip()}"]
    text = "\n".join((*lines, *texts)) + "\n\n"
    return Refactoring.of(
        title,
        RefactoringKind.EXTRACT,
        (
            Edit(Span(offset, offset), text),
            Edit(_end_of_inputs(chunk, node).shift(offset), f"{', ' if node.inputs else ''}{output} = {name}.{output}"),
            Edit(section.source_span(start, end).shift(offset), f"{{{{{output}}}}}"),
        ),
    )


def _needed(
    meaning: FileMeaning, entry: Entry, node: nodes.NodeDeclaration, section: nodes.Section, start: int, end: int
) -> tuple[list[str], list[str]]:
    """The inputs of the new node and its texts: what was selected, and the user's words where those are not what was selected."""
    chunk = meaning.syntax.chunks[entry.index].text
    shown = [placeholder for placeholder in section.placeholders if start <= placeholder.range.start < end]
    word = "user" if section.word.text == "user" else "system"
    learn = "learn " if section.learn is not None else ""
    texts = [f"  {learn}{word}:", *_indented(section.text[start:end])]
    if word == "system":
        for other in (other for other in node.sections if other.word.text == "user"):
            shown.extend(other.placeholders)
            texts += ["  user:", *_indented(other.text)]
    names = {placeholder.reference.parts[0].text for placeholder in shown}
    needed = (parameter for parameter in node.inputs if parameter.name.text in names)
    return [parameter.span.of(chunk).decode("utf-8", "replace") for parameter in needed], texts


def _indented(text: str) -> Sequence[str]:
    return [f"    {line}" if line else "" for line in text.split("\n")]


def _end_of_inputs(chunk: bytes, node: nodes.NodeDeclaration) -> Span:
    """The place behind the last input in a node's head."""
    end = node.inputs[-1].span.end if node.inputs else chunk.index(b"(", node.head_span.start) + 1
    return Span(end, end)
