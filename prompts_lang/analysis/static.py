"""All checks that need nothing but the files: what an editor shows on every keystroke, and `prompts check` first."""

from __future__ import annotations

from pathlib import Path

from prompts_lang.analysis.graph_checks import check_graphs, check_optimizations
from prompts_lang.analysis.text_checks import check_text
from prompts_lang.graph.located import LocatedProblem, locate, problems_of
from prompts_lang.graph.problem import CHECKS, Check
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.syntax.detect import is_prompt_graph
from prompts_lang.text.span import Span


def check_static(project: Project, path: Path) -> tuple[LocatedProblem, ...]:
    """Every static problem of one file, in order of place. A file that is not ours gets one hint and nothing else."""
    meaning = project.meaning(path)
    if meaning is None:
        return ()
    if not is_prompt_graph(meaning.syntax):
        return (_foreign(meaning),)
    found = [*problems_of(project, meaning), *_further(project, meaning)]
    return tuple(sorted(found, key=lambda problem: (problem.span, problem.code, problem.message)))


def _further(project: Project, meaning: FileMeaning) -> list[LocatedProblem]:
    pairs = [*check_graphs(meaning), *check_optimizations(meaning)]
    pairs.extend((entry, problem) for entry in meaning.module.entries for problem in check_text(entry.declaration))
    return [locate(project, meaning, problem, meaning.syntax.offsets[entry.index]) for entry, problem in pairs]


def _foreign(meaning: FileMeaning) -> LocatedProblem:
    first_line = meaning.syntax.text.split(b"\n", 1)[0]
    message = "This is not a prompt graph, so it is left alone; `prompts import` can convert several formats."
    severity = CHECKS[Check.FOREIGN_FILE].severity
    return LocatedProblem(meaning.path, Span(0, len(first_line)), Check.FOREIGN_FILE, severity, message)
