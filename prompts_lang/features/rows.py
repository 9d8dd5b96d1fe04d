"""Rows of a dataset that a prompt names as its examples: where they stand in the data."""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from pathlib import Path

from prompts_lang.data.dataset import iter_rows
from prompts_lang.errors import PromptsError
from prompts_lang.features.files import beside, is_file
from prompts_lang.features.locations import Location, entry_at
from prompts_lang.graph.model import Dataset
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.resolve.draft import DatasetDraft
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Span

MOST_ROWS = 20_000
"""How many rows are looked through."""

_LINES = frozenset({".jsonl", ".ndjson", ".csv"})


def row_at(project: Project, meaning: FileMeaning, offset: int) -> Location | None:
    """The line of the data that the row id under the cursor names; None where there is none, or the data has no lines."""
    if (found := entry_at(meaning, offset)) is None:
        return None
    entry, relative = found
    for section in entry.declaration.sections:
        if section.word.text == "examples" and section.text_span.touches(relative):
            index = section.text_index(relative)
            line = section.text.count("\n", 0, index)
            return _row(project, meaning, section, section.text.split("\n")[line].strip())
    return None


def _row(project: Project, meaning: FileMeaning, section: nodes.Section, row_id: str) -> Location | None:
    words = [value.text for phrase in section.phrases for value in phrase.values if isinstance(value, nodes.Word)]
    name = words[1] if words[:1] == ["from"] and len(words) > 1 else ""
    dataset = dataset_named(project, meaning, name)
    return None if dataset is None else lines_of_rows(dataset, {row_id}).get(row_id)


def dataset_named(project: Project, meaning: FileMeaning, name: str) -> Dataset | None:
    """The dataset that a name means in a file, if its rows stand in a file of lines. No file is read."""
    origin = meaning.imports.get(name)
    home = meaning if origin is None else project.meaning(origin)
    declared = None if home is None else home.module.names.get(name)
    if home is None or declared is None:
        return None
    draft = home.resolution.resolved[declared.number].draft
    path = beside(home.path, draft.path) if isinstance(draft, DatasetDraft) and draft.path is not None else None
    if not isinstance(draft, DatasetDraft) or path is None or path.suffix.lower() not in _LINES:
        return None
    return Dataset(name, path, draft.expect, draft.split)


def lines_of_rows(dataset: Dataset, ids: Collection[str]) -> dict[str, Location]:
    """The lines of a dataset's file where rows stand, by id; without those that are not found. Reads the file."""
    if dataset.path is None or not is_file(dataset.path):
        return {}
    try:
        rows = islice(iter_rows(dataset), MOST_ROWS)
        numbers = {row.id: row.where.rpartition(":")[2] for row in rows if row.id in ids}
        return {row: _line(dataset.path, int(number)) for row, number in numbers.items() if number.isdigit()}
    except (PromptsError, OSError):
        return {}


def _line(path: Path, number: int) -> Location:
    """The line of a file with that number, counted from 1, without its end."""
    start = 0
    with path.open("rb") as file:
        for count, line in enumerate(file, 1):
            if count == number:
                return Location(path, Span(start, start + len(line.rstrip(b"\r\n"))))
            start += len(line)
    return Location(path, Span(0, 0))
