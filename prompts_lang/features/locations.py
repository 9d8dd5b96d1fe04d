"""Places in files, and what stands under a cursor."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.occurrences import occurrences
from prompts_lang.features.symbols import Occurrence, Role
from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class Location:
    """A span of a file, in bytes."""

    file: Path
    span: Span


def entry_at(meaning: FileMeaning, offset: int) -> tuple[Entry, int] | None:
    """The declaration that an offset stands in, and the offset relative to it; None between declarations."""
    index = meaning.syntax.chunk_at(offset)
    entry = next((entry for entry in meaning.module.entries if entry.index == index), None)
    return None if entry is None else (entry, offset - meaning.syntax.offsets[index])


def occurrences_at(meaning: FileMeaning, offset: int) -> tuple[tuple[Entry, Occurrence], ...]:
    """The names under a cursor, references first; two for the shorthand of a node's input."""
    if (found := entry_at(meaning, offset)) is None:
        return ()
    entry, relative = found
    here = [occurrence for occurrence in occurrences(meaning, entry) if occurrence.span.touches(relative)]
    here.sort(key=lambda occurrence: occurrence.role is Role.DEFINITION)
    return tuple((entry, occurrence) for occurrence in here)


def item_at(entry: Entry, relative: int) -> nodes.Item | None:
    """The property or section of a declaration that an offset stands in."""
    return next((item for item in entry.declaration.items if item.span.touches(relative)), None)
