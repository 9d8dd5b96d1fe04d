"""What a refactoring is, and what all of them need."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass
from itertools import count

from prompts_lang.features.refactoring_kind import RefactoringKind
from prompts_lang.graph.located import problems_of
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.slots import apply_edits
from prompts_lang.text.span import Edit, Span


@dataclass(frozen=True, slots=True)
class Refactoring:
    """Edits of one file, which do not overlap, in order of place."""

    title: str
    kind: RefactoringKind
    edits: tuple[Edit, ...]

    @classmethod
    def of(cls, title: str, kind: RefactoringKind, edits: Iterable[Edit]) -> Refactoring:
        """The edits put in order."""
        return cls(title, kind, tuple(sorted(edits, key=lambda edit: edit.span)))


def is_sound(project: Project, meaning: FileMeaning, edits: tuple[Edit, ...]) -> bool:
    """Whether the file has no more errors afterwards than before."""
    text = apply_edits(meaning.syntax.text, edits)

    def read(path: object) -> bytes | None:
        if path == meaning.path:
            return text
        other = project.meaning(path) if isinstance(path, type(meaning.path)) else None
        return None if other is None else other.syntax.text

    after = Project(read).meaning(meaning.path)
    return after is not None and _errors(after) <= _errors(meaning)


def unique(wish: str, taken: Container[str]) -> str:
    """The wish, or the wish with the first number that makes it a new name."""
    return next(name for number in count(1) if (name := wish if number == 1 else f"{wish}{number}") not in taken)


def chunk_span(meaning: FileMeaning, entry: Entry) -> Span:
    """A declaration with its documentation and the blank lines behind it."""
    start = meaning.syntax.offsets[entry.index]
    return Span(start, start + len(meaning.syntax.chunks[entry.index].text))


def lines_of(meaning: FileMeaning, entry: Entry, edits: Iterable[Edit] = ()) -> str:
    """The text of a declaration without blank lines at its end, with edits that count from its start."""
    text = apply_edits(meaning.syntax.chunks[entry.index].text, edits)
    return text.decode("utf-8", "surrogateescape").rstrip() + "\n"


def _errors(meaning: FileMeaning) -> int:
    return sum(problem.severity is Severity.ERROR for problem in problems_of(meaning))
