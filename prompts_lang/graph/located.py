"""Problems with their place in a file: syntax and meaning together, as every reader of problems wants them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.graph.problem import CHECKS, Check, Problem, Related, Severity
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.syntax import nodes
from prompts_lang.syntax.nodes import ProblemKind
from prompts_lang.text.span import Edit, Span

SYNTAX_CHECKS: dict[ProblemKind, Check] = {
    ProblemKind.TAB_IN_MARGIN: Check.TAB_IN_MARGIN,
    ProblemKind.BAD_INDENTATION: Check.BAD_INDENTATION,
    ProblemKind.TEXT_WITHOUT_SECTION: Check.BAD_INDENTATION,
    ProblemKind.UNKNOWN_DECLARATION: Check.UNKNOWN_DECLARATION,
    ProblemKind.MISSING_OUTPUTS: Check.OUTPUT_MISSING,
}
"""The check that a syntax problem belongs to, where it has one of its own; all others are `Check.SYNTAX`."""

FOLLOWS_FROM_SYNTAX = frozenset({Check.MISSING_PROPERTY, Check.EMPTY_NODE, Check.MISSING_ARGUMENT})
"""Errors that say nothing new of a declaration that cannot be read as written: what is missing may well be the line at fault."""


@dataclass(frozen=True, slots=True)
class LocatedRelated:
    """A second place, with its file."""

    file: Path
    span: Span
    message: str


@dataclass(frozen=True, slots=True)
class LocatedFix:
    """A repair: a title and edits of the file, which do not overlap."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class LocatedProblem:
    """A problem with its place. `span` counts bytes of the file; `code` is stable."""

    file: Path
    span: Span
    check: Check
    severity: Severity
    message: str
    related: tuple[LocatedRelated, ...] = ()
    fix: LocatedFix | None = None

    @property
    def code(self) -> str:
        """The stable code, such as `P201`."""
        return self.check.value


def problems_of(project: Project, meaning: FileMeaning) -> tuple[LocatedProblem, ...]:
    """Everything that is wrong with one file, in order of place. Files that it uses are not included."""
    found = [*_syntax_problems(meaning), *_meaning_problems(project, meaning)]
    return tuple(sorted(found, key=lambda problem: (problem.span, problem.code, problem.message)))


def _syntax_problems(meaning: FileMeaning) -> Iterator[LocatedProblem]:
    for index, chunk in enumerate(meaning.syntax.chunks):
        offset = meaning.syntax.offsets[index]
        for problem in chunk.problems:
            check = SYNTAX_CHECKS.get(problem.kind, Check.SYNTAX)
            fix = _fix(problem.fix, offset)
            yield LocatedProblem(
                meaning.path, problem.span.shift(offset), check, CHECKS[check].severity, problem.message, (), fix
            )


def _meaning_problems(project: Project, meaning: FileMeaning) -> Iterator[LocatedProblem]:
    for number, entry in enumerate(meaning.module.entries):
        offset = meaning.syntax.offsets[entry.index]
        unreadable = bool(meaning.syntax.chunks[entry.index].problems)
        for problem in meaning.problems(number):
            if unreadable and (problem.severity is not Severity.ERROR or problem.check in FOLLOWS_FROM_SYNTAX):
                continue
            yield locate(project, meaning, problem, offset)


def locate(project: Project, meaning: FileMeaning, problem: Problem, offset: int) -> LocatedProblem:
    """A problem of a declaration that starts at `offset`, with its place in the file."""
    related = (_related(project, meaning, place) for place in problem.related)
    return LocatedProblem(
        meaning.path,
        problem.span.shift(offset),
        problem.check,
        problem.severity,
        problem.message,
        tuple(place for place in related if place is not None),
        _fix(problem.fix, offset),
    )


def _related(project: Project, meaning: FileMeaning, related: Related) -> LocatedRelated | None:
    home = meaning if related.file is None else project.meaning(related.file)
    entry = None if home is None else home.module.entry(related.anchor)
    if home is None or entry is None:
        return None
    return LocatedRelated(home.path, home.position(entry, related.span), related.message)


def _fix(fix: nodes.Fix | None, offset: int) -> LocatedFix | None:
    if fix is None:
        return None
    return LocatedFix(fix.title, tuple(Edit(edit.span.shift(offset), edit.text) for edit in fix.edits))
