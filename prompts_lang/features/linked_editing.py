"""Places that are typed together: a node's own name for an input, in its head and in its texts."""

from __future__ import annotations

from pathlib import Path

from prompts_lang.features.locations import occurrences_at
from prompts_lang.features.occurrences import occurrences
from prompts_lang.features.symbols import LocalSymbol, Role
from prompts_lang.graph.project import Project
from prompts_lang.text.span import Span


def linked_places(project: Project, path: Path, offset: int) -> tuple[Span, ...]:
    """The places of a local name under the cursor; none for a name that other declarations may use, or in short form."""
    meaning = project.meaning(path)
    for entry, occurrence in () if meaning is None else occurrences_at(meaning, offset):
        if meaning is None or not isinstance(occurrence.symbol, LocalSymbol):
            continue
        here = [found for found in occurrences(meaning, entry) if found.symbol == occurrence.symbol]
        if any(found.role in (Role.LEFT, Role.RIGHT) for found in here) or len(here) < 2:
            return ()
        return tuple(sorted(meaning.position(entry, found.span) for found in here))
    return ()
