"""Problems with their place in a file: syntax and meaning together, as every reader of problems wants them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.graph.module import Entry
from prompts_lang.graph.problem import Check, Problem, Related, Severity
from prompts_lang.graph.project import FileMeaning
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

FOLLOWS_FROM_ITS_LINE = frozenset({Check.BAD_VALUE, Check.DUPLICATE_NAME, Check.DUPLICATE_PROPERTY, Check.METRIC_ARITY})
"""Errors that say nothing new of a line that cannot be read as written."""

MOST_OF_ONE_CHECK = 100
"""How often one check speaks in one declaration."""

_OF_MARGINS = frozenset({ProblemKind.TAB_IN_MARGIN, ProblemKind.BAD_INDENTATION, ProblemKind.TEXT_WITHOUT_SECTION})


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


def problems_of(meaning: FileMeaning) -> tuple[LocatedProblem, ...]:
    """Everything that is wrong with one file, in order of place. Files that it uses are not included."""
    found = [*problems_before(meaning)]
    for entry in meaning.module.entries:
        offset = meaning.syntax.offsets[entry.index]
        found.extend(locate(meaning, problem, offset) for problem in problems_in(meaning, entry))
    return tuple(sorted(found, key=by_place))


def by_place(problem: LocatedProblem) -> tuple[Span, str, str]:
    """The order in which problems are shown."""
    return problem.span, problem.code, problem.message


def problems_in(meaning: FileMeaning, entry: Entry) -> tuple[Problem, ...]:
    """What is wrong with one declaration. Spans are relative to it; what only follows from its syntax is left out."""
    chunk, found = meaning.syntax.chunks[entry.index], first_of_each(meaning.problems(entry.number))
    if not chunk.problems:
        return found
    unread = {_line(chunk.text, problem.span) for problem in chunk.problems if problem.kind not in _OF_MARGINS}
    telling = [
        problem
        for problem in found
        if problem.severity is Severity.ERROR
        and problem.check not in FOLLOWS_FROM_SYNTAX
        and not (problem.check in FOLLOWS_FROM_ITS_LINE and _line(chunk.text, problem.span) in unread)
    ]
    # A line with an unknown word is most likely something else altogether, so its syntax says nothing.
    strange = {_line(chunk.text, problem.span) for problem in telling if problem.check is Check.UNKNOWN_PROPERTY}
    syntax = (
        problem
        for problem in chunk.problems
        if problem.kind in _OF_MARGINS or _line(chunk.text, problem.span) not in strange
    )
    return (*first_of_each(map(_of_syntax, syntax)), *telling)


def first_of_each(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """The problems of one declaration, of each check at most `MOST_OF_ONE_CHECK`: a hostile text has any number, which nobody reads."""
    counts: Counter[Check] = Counter()
    kept: list[Problem] = []
    for problem in problems:
        counts[problem.check] += 1
        if counts[problem.check] <= MOST_OF_ONE_CHECK:
            kept.append(problem)
    return tuple(kept)


def _line(text: bytes, span: Span) -> int:
    return max(text.rfind(b"\n", 0, span.start), text.rfind(b"\r", 0, span.start)) + 1


def problems_before(meaning: FileMeaning) -> tuple[LocatedProblem, ...]:
    """What is wrong with the lines above the first declaration."""
    chunks = meaning.syntax.chunks
    if not chunks or chunks[0].declaration is not None:
        return ()
    return tuple(locate(meaning, _of_syntax(problem), 0) for problem in chunks[0].problems)


def _of_syntax(problem: nodes.Problem) -> Problem:
    return Problem(SYNTAX_CHECKS.get(problem.kind, Check.SYNTAX), problem.span, problem.message, fix=problem.fix)


def locate(meaning: FileMeaning, problem: Problem, offset: int) -> LocatedProblem:
    """A problem of a declaration that starts at `offset`, with its place in the file."""
    related = (_related(meaning, place) for place in problem.related)
    return LocatedProblem(
        meaning.path,
        problem.span.shift(offset),
        problem.check,
        problem.severity,
        problem.message,
        tuple(place for place in related if place is not None),
        _fix(problem.fix, offset),
    )


def _related(meaning: FileMeaning, related: Related) -> LocatedRelated | None:
    entry = meaning.module.entry(related.anchor)
    return (
        None if entry is None else LocatedRelated(meaning.path, meaning.position(entry, related.span), related.message)
    )


def _fix(fix: nodes.Fix | None, offset: int) -> LocatedFix | None:
    if fix is None:
        return None
    return LocatedFix(fix.title, tuple(Edit(edit.span.shift(offset), edit.text) for edit in fix.edits))
