"""Which refactorings can be made at a place."""

from __future__ import annotations

from collections.abc import Iterator

from prompts_lang.features.refactor.extract_graph import extract_graph
from prompts_lang.features.refactor.extract_node import extract_node, split_prompt
from prompts_lang.features.refactor.inline_call import inline_call
from prompts_lang.features.refactor.inline_node import inline_node
from prompts_lang.features.refactor.refactoring import Refactoring, is_sound
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.text.span import Span

_ALL = (extract_node, split_prompt, extract_graph, inline_node, inline_call)


def refactorings(project: Project, meaning: FileMeaning, span: Span) -> Iterator[Refactoring]:
    """What can be done with a selection, or at a cursor where `span` is empty."""
    for make in _ALL:
        found = make(meaning, span)
        if found is not None and is_sound(project, meaning, found.edits):
            yield found
