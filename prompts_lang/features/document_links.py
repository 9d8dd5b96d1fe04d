"""Paths in quotes as links: files that are used, data, and functions in Python files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.features.files import beside, functions_in, is_file
from prompts_lang.features.navigation import strings_of
from prompts_lang.graph.project import FileMeaning
from prompts_lang.graph.resolve.values import file_function
from prompts_lang.text.span import Span


@dataclass(frozen=True, slots=True)
class DocumentLink:
    """A path that is written at `span`, the file it names, and the line there, counted from 0."""

    span: Span
    target: Path
    line: int | None = None


def document_links(meaning: FileMeaning) -> Iterator[DocumentLink]:
    """The paths of a file that lead to a file that is there."""
    for entry in meaning.module.entries:
        for written in strings_of(entry.declaration):
            function = file_function(written.value)
            target = beside(meaning.path, function.path if function else written.value)
            if target is None or not is_file(target):
                continue
            line = None
            if function is not None:
                line = next((found.line for found in functions_in(target) if found.name == function.function), None)
            yield DocumentLink(meaning.position(entry, written.content), target, line)
