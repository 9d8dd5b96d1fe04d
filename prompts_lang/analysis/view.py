"""One file as the checks on data see it: its declarations with their meaning, those that it takes from other files, and what was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from prompts_lang.analysis.samples import Absent, Samples
from prompts_lang.errors import PromptsError
from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Check, Problem
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.resolve.draft import CallDraft, Draft, GraphDraft, NodeDraft
from prompts_lang.syntax import nodes
from prompts_lang.text.span import Edit, Span

D = TypeVar("D", bound=Draft)

Found = Iterator[tuple[Entry, Problem]]
"""What a check yields: problems with the declaration that they stand in."""


@dataclass(frozen=True, slots=True)
class Declared(Generic[D]):
    """What a name at file level stands for, and where it is declared."""

    home: FileMeaning
    entry: Entry
    draft: D


@dataclass(frozen=True, slots=True)
class View:
    """One file, and what is known beyond it. `environ` is None where nothing is to be said of the environment."""

    project: Project
    meaning: FileMeaning
    samples: Samples
    environ: Mapping[str, str] | None

    def own(self, kind: type[D]) -> Iterator[tuple[Entry, D]]:
        """The declarations of one kind in this file, those without errors."""
        for entry, resolved in zip(self.meaning.module.entries, self.meaning.resolution.resolved, strict=True):
            if isinstance(resolved.draft, kind):
                yield entry, resolved.draft

    def find(self, name: str, kind: type[D], home: FileMeaning | None = None) -> Declared[D] | None:
        """What a name of this file (or of `home`) stands for, in whatever file; None where it has errors or is of another kind."""
        here = home or self.meaning
        origin = here.imports.get(name)
        there = here if origin is None else self.project.meaning(origin)
        entry = None if there is None else there.module.names.get(name)
        if there is None or entry is None:
            return None
        draft = there.resolution.resolved[entry.number].draft
        return Declared(there, entry, draft) if isinstance(draft, kind) else None

    def is_own(self, declared: Declared[D]) -> bool:
        """Whether it is declared in this file."""
        return declared.home.path == self.meaning.path


def nodes_below(view: View, graph: str) -> Iterator[tuple[FileMeaning, Entry, NodeDraft]]:
    """The nodes without errors of a graph and of the graphs that it calls, in whatever file; each graph once."""
    pending = [view.find(graph, GraphDraft)]
    seen: set[tuple[Path, str]] = set()
    while pending:
        found = pending.pop()
        if found is None or (found.home.path, found.draft.name) in seen:
            continue
        seen.add((found.home.path, found.draft.name))
        for entry in found.home.module.graphs[found.draft.name].nodes.values():
            draft = found.home.resolution.resolved[entry.number].draft
            if not isinstance(draft, NodeDraft):
                continue
            yield found.home, entry, draft
            if isinstance(draft.body, CallDraft):
                pending.append(view.find(draft.body.graph, GraphDraft, found.home))


def path_in(home: FileMeaning, written: str) -> Path:
    """A path as the file at `home` means it. Links are not followed, so that no disk is asked."""
    return home.path.parent / written


def item_of(declaration: nodes.Declaration, word: str) -> nodes.Property | None:
    """The first line of a declaration with that property."""
    return next(
        (item for item in declaration.items if isinstance(item, nodes.Property) and item.word.text == word), None
    )


def file_missing(written: str, span: Span, absent: Absent, quoted: nodes.String | None) -> Problem:
    """That a file is not there; with a repair where one beside it has nearly the same name. `quoted` is where the path stands."""
    folder, slash, _ = written.rpartition("/")
    message = f"There is no file '{written}' (paths are relative to this file)."
    if absent.meant is None:
        return Problem(Check.FILE_MISSING, span, message)
    path = f"{folder}{slash}{absent.meant}"
    fix = None if quoted is None else nodes.Fix(f"Change to '{path}'", (Edit(quoted.content, path),))
    return Problem(Check.FILE_MISSING, span, f"{message} Did you mean '{path}'?", fix=fix)


def told(problem: PromptsError, written: str | None) -> str:
    """A mistake in a data file with the line that it stands in, the file called as the program calls it."""
    path, _, line = (problem.where or "").rpartition(":")
    place = "" if written is None else f"{written}:{line}: " if line.isdecimal() else f"{written}: "
    said = problem.message if written is None or not path else problem.message.replace(path, written)
    return f"{place}{said} {problem.hint}" if problem.hint else f"{place}{said}"


def at_line_end(declaration: nodes.Declaration, line: str) -> Edit:
    """An edit that adds a property below the first line of a declaration."""
    end = declaration.head_span.end
    return Edit(Span(end, end), f"\n  {line}")
