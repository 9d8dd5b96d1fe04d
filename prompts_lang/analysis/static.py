"""All checks that need nothing but the files: what an editor shows on every keystroke, and `prompts check` first.

Invariant: checking after an edit finds what checking for the first time finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TypeAlias

from prompts_lang.analysis.graph_checks import check_graph, check_optimizations
from prompts_lang.analysis.python_checks import check_python
from prompts_lang.analysis.text_checks import check_text
from prompts_lang.graph.located import LocatedProblem, by_place, first_of_each, locate, problems_before, problems_in
from prompts_lang.graph.module import Entry, GraphGroup, graph_of
from prompts_lang.graph.problem import CHECKS, Check, Problem, Severity
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.graph.resolve.draft import NodeDraft
from prompts_lang.syntax import nodes
from prompts_lang.syntax.detect import is_prompt_graph
from prompts_lang.text.span import Span

_Numbered: TypeAlias = tuple[tuple[int, Problem], ...]
"""Problems, each with the number of the entry it belongs to."""


def check_static(project: Project, path: Path) -> tuple[LocatedProblem, ...]:
    """Every static problem of one file, in order of place. A file that is not ours gets one hint and nothing else."""
    return StaticChecks(project).problems(path)


class StaticChecks:
    """The static checks of a project's files, kept up to date: after a change, only what it can affect is checked again."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[Path, _Checked] = {}

    def problems(self, path: Path) -> tuple[LocatedProblem, ...]:
        """Every static problem of one file, as `check_static` gives them."""
        meaning = self._project.meaning(path)
        if meaning is None:
            return ()
        known = self._known.get(path)
        if known is None or known.meaning is not meaning:
            known = self._known[path] = _check(meaning, known)
        return known.located

    def forget(self, path: Path) -> None:
        """Drops what is kept for a file."""
        self._known.pop(path, None)


@dataclass(frozen=True, slots=True)
class _Checked:
    """What was found in one state of a file, by the numbers of entries: in each declaration by itself, in each graph, in what is optimised.

    `own` is None for a file that is not ours.
    """

    meaning: FileMeaning
    own: Mapping[int, tuple[Problem, ...]] | None
    broken: frozenset[str | None]
    graphs: Mapping[str, _Numbered]
    optimizations: _Numbered
    located: tuple[LocatedProblem, ...]


def _check(meaning: FileMeaning, before: _Checked | None) -> _Checked:
    if not is_prompt_graph(meaning.syntax):
        return _Checked(meaning, None, frozenset(), {}, (), (_foreign(meaning),))
    if before is not None and before.own is None:
        before = None
    own, changed = _own_problems(meaning, before)
    broken = _graphs_with_errors(meaning, own)
    graphs = {
        name: _in_graph(name, group, before) for name, group in meaning.module.graphs.items() if name not in broken
    }
    if before is not None and _unnoticed(meaning, before.meaning, changed):
        optimizations = before.optimizations
    else:
        optimizations = _numbered(check_optimizations(meaning))
    shared = (*chain.from_iterable(graphs.values()), *optimizations)
    return _Checked(meaning, own, broken, graphs, optimizations, _located(meaning, own, shared))


def _in_graph(name: str, group: GraphGroup, before: _Checked | None) -> _Numbered:
    """The problems of one graph; those of before where it has the very same declarations."""
    if before is not None and name in before.graphs and before.meaning.module.graphs.get(name) is group:
        return before.graphs[name]
    return _numbered(check_graph(group))


def _numbered(found: Iterable[tuple[Entry, Problem]]) -> _Numbered:
    return tuple((entry.number, problem) for entry, problem in found)


def _own_problems(
    meaning: FileMeaning, before: _Checked | None
) -> tuple[dict[int, tuple[Problem, ...]], tuple[int, ...] | None]:
    """The problems of each declaration that has any, and the numbers of those that were looked at; None where that were all."""
    changed = None if before is None or before.own is None else _changed(meaning, before.meaning)
    if changed is None or before is None or before.own is None:
        found = ((entry.number, _of_entry(meaning, entry)) for entry in meaning.module.entries)
        return {number: problems for number, problems in found if problems}, None
    own = dict(before.own)
    for number in changed:
        if problems := _of_entry(meaning, meaning.module.entries[number]):
            own[number] = problems
        else:
            own.pop(number, None)
    return own, changed


def _of_entry(meaning: FileMeaning, entry: Entry) -> tuple[Problem, ...]:
    draft = meaning.resolution.resolved[entry.number].draft
    code = check_python(entry.declaration, draft) if isinstance(draft, NodeDraft) else ()
    return (*problems_in(meaning, entry), *first_of_each((*check_text(entry.declaration), *code)))


def _changed(meaning: FileMeaning, before: FileMeaning) -> tuple[int, ...] | None:
    """The entries whose own problems may differ; None where entries came or went."""
    if len(meaning.module.entries) != len(before.module.entries):
        return None
    changed: dict[int, None] = {}
    entries = zip(before.module.entries, meaning.module.entries, strict=True)
    changed.update((number, None) for number, (old, new) in enumerate(entries) if old is not new)
    resolved = zip(before.resolution.resolved, meaning.resolution.resolved, strict=True)
    changed.update((number, None) for number, (old, new) in enumerate(resolved) if old is not new)
    for found in (before, meaning):
        changed.update(dict.fromkeys((*found.resolution.structure.problems, *found.import_problems)))
    return tuple(changed)


def _unnoticed(meaning: FileMeaning, before: FileMeaning, changed: tuple[int, ...] | None) -> bool:
    """Whether no optimize block can tell the two states apart: the wiring is the same, and so are the slots and the metrics."""
    if changed is None or meaning.resolution.structure is not before.resolution.structure:
        return False
    old, new = before.module.entries, meaning.module.entries
    return all(
        old[number].slots == new[number].slots
        and not isinstance(new[number].declaration, nodes.OptimizeDeclaration | nodes.MetricDeclaration)
        for number in changed
    )


def _graphs_with_errors(meaning: FileMeaning, own: Mapping[int, tuple[Problem, ...]]) -> frozenset[str | None]:
    """The graphs that are not whole. A line that cannot be read, or a file that is not there, may be part of any."""
    if meaning.module.unknown or meaning.import_problems:
        return frozenset(meaning.module.graphs)
    return frozenset(
        graph_of(meaning.module.entries[number], meaning.module)
        for number, problems in own.items()
        if any(problem.severity is Severity.ERROR for problem in problems)
    )


def _located(
    meaning: FileMeaning, own: Mapping[int, tuple[Problem, ...]], shared: Iterable[tuple[int, Problem]]
) -> tuple[LocatedProblem, ...]:
    pairs = [(number, problem) for number, problems in own.items() for problem in problems]
    pairs.extend(shared)
    found = [locate(meaning, problem, _offset(meaning, number)) for number, problem in pairs]
    return tuple(sorted((*problems_before(meaning), *found), key=by_place))


def _offset(meaning: FileMeaning, number: int) -> int:
    return meaning.syntax.offsets[meaning.module.entries[number].index]


def _foreign(meaning: FileMeaning) -> LocatedProblem:
    first_line = meaning.syntax.text.split(b"\n", 1)[0]
    message = "This is not a prompt graph, so it is left alone; `prompts import` can convert several formats."
    severity = CHECKS[Check.FOREIGN_FILE].severity
    return LocatedProblem(meaning.path, Span(0, len(first_line)), Check.FOREIGN_FILE, severity, message)
