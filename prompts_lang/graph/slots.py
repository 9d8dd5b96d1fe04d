"""Slots in their files: where a trainable text stands, where quoted words stand in it, and the edit that gives it another text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from prompts_lang.graph.model import SlotId
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.resolve.text import section_names
from prompts_lang.syntax import nodes
from prompts_lang.syntax.write import replace_section_text
from prompts_lang.text.span import Edit, Span


@dataclass(frozen=True, slots=True)
class SlotPlace:
    """A section where it stands: its file, its entry, and the offset in the file that its spans count from."""

    id: SlotId
    meaning: FileMeaning
    entry: Entry
    section: nodes.Section

    @property
    def offset(self) -> int:
        """The offset of the declaration's chunk in the file."""
        return self.meaning.syntax.offsets[self.entry.index]

    @property
    def span(self) -> Span:
        """The section's text in the file, or its head where there is no text."""
        has_text = len(self.section.text_span) > 0
        return (self.section.text_span if has_text else self.section.head_span).shift(self.offset)

    def span_of(self, quote: str) -> Span:
        """The words of a quote in the file; the whole text where they do not stand in it."""
        start = self.section.text.find(quote) if quote else -1
        if start < 0:
            return self.span
        return self.section.source_span(start, start + len(quote)).shift(self.offset)

    def edit(self, text: str) -> Edit:
        """The smallest edit of the file that gives the section this text."""
        chunk = self.meaning.syntax.chunks[self.entry.index]
        edit = replace_section_text(chunk.text, self.section, text)
        return Edit(edit.span.shift(self.offset), edit.text)


def text_hash(text: str) -> str:
    """A short hash by which a slot's text is recognised after edits: 16 hexadecimal digits."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def slot_places(meaning: FileMeaning) -> dict[SlotId, SlotPlace]:
    """Every text section of the file's nodes by slot id, learned or not."""
    places: dict[SlotId, SlotPlace] = {}
    for name, group in meaning.module.graphs.items():
        for node, entry in group.nodes.items():
            for section_name, section in named_sections(entry.declaration):
                slot = SlotId(name, node, section_name)
                places[slot] = SlotPlace(slot, meaning, entry, section)
    return places


def named_sections(declaration: nodes.Declaration) -> tuple[tuple[str, nodes.Section], ...]:
    """A declaration's sections with their names within the node."""
    plain = [section for section in declaration.sections if section.word.text != "examples"]
    names = dict(zip(map(id, plain), section_names(plain), strict=True))
    return tuple((names.get(id(section), "examples"), section) for section in declaration.sections)


def place_of(project: Project, path: Path, slot: SlotId) -> SlotPlace | None:
    """Where a slot stands: in the file at `path`, or in a file that it uses."""
    meaning = project.meaning(path)
    if meaning is None:
        return None
    for file in (path, *sorted(meaning.used)):
        home = project.meaning(file)
        if home is not None and (found := slot_places(home).get(slot)) is not None:
            return found
    return None


def edits_for(project: Project, path: Path, texts: Mapping[SlotId, str]) -> dict[Path, tuple[Edit, ...]]:
    """The edits by file that write these texts into their slots, for the file at `path` and those that it uses.

    Raises:
        KeyError: a slot does not exist (any more).
    """
    edits: dict[Path, list[Edit]] = {}
    for slot, text in texts.items():
        place = place_of(project, path, slot)
        if place is None:
            raise KeyError(str(slot))
        if place.section.text != text:
            edits.setdefault(place.meaning.path, []).append(place.edit(text))
    return {file: tuple(sorted(found, key=lambda edit: edit.span)) for file, found in edits.items()}


def apply_edits(text: bytes, edits: Iterable[Edit]) -> bytes:
    """The bytes with all edits made; the edits' spans count in the original and do not overlap."""
    for edit in sorted(edits, key=lambda edit: edit.span, reverse=True):
        text = text[: edit.span.start] + edit.text.encode("utf-8", "surrogateescape") + text[edit.span.end :]
    return text
