"""One offer, and the place that it is made for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from prompts_lang.graph.module import Entry
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.text.span import Span


class CompletionKind(StrEnum):
    """What an item is; decides its icon."""

    KEYWORD = "keyword"
    PROPERTY = "property"
    VALUE = "value"
    NODE = "node"
    OUTPUT = "output"
    INPUT = "input"
    NAME = "name"
    TYPE = "type"
    FORMATTER = "formatter"
    FILE = "file"
    FUNCTION = "function"
    COLUMN = "column"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Completion:
    """One offer. `insert` replaces `span` and, where `snippet` is true, is in LSP snippet syntax."""

    label: str
    kind: CompletionKind
    insert: str
    span: Span
    detail: str = ""
    documentation: str = ""
    snippet: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is typed.

    Attributes:
        project: The files.
        meaning: The file.
        entry: The declaration that the line belongs to; None above the first one.
        line: The line up to the cursor, since a file is usually broken behind it.
        rest: The line from the cursor on.
        offset: The cursor.
    """

    project: Project
    meaning: FileMeaning
    entry: Entry | None
    line: str
    rest: str
    offset: int

    @classmethod
    def at(cls, project: Project, meaning: FileMeaning, offset: int) -> Place:
        """The place at an offset of a file."""
        text = meaning.syntax.text
        start = text.rfind(b"\n", 0, offset) + 1
        end = text.find(b"\n", offset)
        index = meaning.syntax.chunk_at(offset)
        return cls(
            project,
            meaning,
            next((entry for entry in meaning.module.entries if entry.index == index), None),
            text[start:offset].decode("utf-8", "replace"),
            text[offset : len(text) if end < 0 else end].decode("utf-8", "replace"),
            offset,
        )

    @property
    def span(self) -> Span:
        """The word that is being typed, up to the cursor."""
        word = re.search(r"[A-Za-z0-9_]*\Z", self.line)
        return self.last(word[0] if word else "")

    def last(self, typed: str) -> Span:
        """The place of the last characters before the cursor."""
        return Span(self.offset - len(typed.encode()), self.offset)

    @property
    def relative(self) -> int:
        """The cursor, counted from the start of the declaration."""
        return self.offset if self.entry is None else self.offset - self.meaning.syntax.offsets[self.entry.index]


def words(place: Place, found: Iterable[tuple[str, str]], kind: CompletionKind) -> Iterator[Completion]:
    """Words with their documentation, each put in place of the word that is being typed."""
    for word, documentation in found:
        yield Completion(word, kind, word, place.span, documentation=documentation)
