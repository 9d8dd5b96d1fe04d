"""`prompts check PATH…`: every problem that can be found without running anything."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import TypeAlias

import click

from prompts_lang.analysis.data import DataChecks
from prompts_lang.analysis.samples import Samples
from prompts_lang.analysis.static import check_static
from prompts_lang.cli.amounts import plural
from prompts_lang.cli.errors import Exit
from prompts_lang.cli.files import prompt_files
from prompts_lang.cli.options import quiet_option
from prompts_lang.cli.text import harmless
from prompts_lang.graph.located import LocatedProblem, by_place
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import Project
from prompts_lang.text.document import Document
from prompts_lang.text.encoding import Encoding
from prompts_lang.text.span import Span

Documents: TypeAlias = Callable[[Path], Document]
"""The text of a file, by its path."""

COLOURS = {
    Severity.ERROR: "red",
    Severity.WARNING: "yellow",
    Severity.INFORMATION: "blue",
    Severity.HINT: "bright_black",
}


@click.command(name="check")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per problem, in a list.")
@click.option("--strict", is_flag=True, help="Count warnings as errors.")
@quiet_option
def command(paths: tuple[Path, ...], *, as_json: bool, strict: bool, quiet: bool) -> None:
    """Checks files and folders, and what keeps the files that they use from running. Exit code 1 means that errors were found."""
    files = prompt_files(paths)
    project = Project()
    named = {file.absolute(): file for file in files}
    data = DataChecks(project, Samples(at_once=True), os.environ)
    found = [
        (file, problem)
        for file, path in _with_used(project, named)
        for problem in sorted((*check_static(project, path), *data.problems(path)), key=by_place)
    ]
    problems = [(file, problem) for file, problem in found if file in files or problem.severity is Severity.ERROR]
    documents = cache(partial(_document, project))  # with their line tables, which are made once
    if as_json:
        click.echo(
            json.dumps([_as_json(documents, file, problem) for file, problem in problems], ensure_ascii=False, indent=2)
        )
    else:
        for file, problem in problems:
            _show(documents, file, problem)
        if not quiet:
            _summary(len(files), [problem for _, problem in problems])
    failing = (Severity.ERROR, Severity.WARNING) if strict else (Severity.ERROR,)
    if any(problem.severity in failing for _, problem in problems):
        raise SystemExit(Exit.NO)


def _with_used(project: Project, named: dict[Path, Path]) -> list[tuple[Path, Path]]:
    """The files with the name to show and their absolute path: those that were named, then those that they use."""
    used = {path for file in named if (meaning := project.meaning(file)) is not None for path in meaning.used}
    return [(file, path) for path, file in named.items()] + [(_nearby(path), path) for path in sorted(used - {*named})]


def _nearby(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _document(project: Project, path: Path) -> Document:
    meaning = project.meaning(path)
    return Document.of(b"" if meaning is None else meaning.syntax.text)


def _show(documents: Documents, file: Path, problem: LocatedProblem) -> None:
    document = documents(problem.file)
    start = document.position_at(problem.span.start, Encoding.UTF_32)
    place = click.style(f"{file}:{start.line + 1}:{start.character + 1}", bold=True)
    severity = click.style(problem.severity.value, fg=COLOURS[problem.severity])
    click.echo(f"{place}: {severity}: {harmless(problem.message)} [{problem.code}]")
    for related in problem.related:
        other = documents(related.file).position_at(related.span.start, Encoding.UTF_32)
        click.echo(
            f"    {_shown(related.file, file)}:{other.line + 1}:{other.character + 1}: {harmless(related.message)}"
        )


def _shown(path: Path, file: Path) -> Path:
    return file if path == file.absolute() else _nearby(path)


def _summary(files: int, problems: list[LocatedProblem]) -> None:
    counts = {severity: sum(problem.severity is severity for problem in problems) for severity in Severity}
    said = [
        f"{count} {severity.value}{'s' if count != 1 and severity is not Severity.INFORMATION else ''}"
        for severity, count in counts.items()
        if count
    ]
    click.echo(f"{plural(files, 'file')} checked: {', '.join(said) if said else 'no problems'}.", err=True)


def _as_json(documents: Documents, file: Path, problem: LocatedProblem) -> dict[str, object]:
    return {
        "file": str(file),
        "range": _range(documents(problem.file), problem.span),
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "related": [
            {
                "file": str(_shown(related.file, file)),
                "range": _range(documents(related.file), related.span),
                "message": related.message,
            }
            for related in problem.related
        ],
    }


def _range(document: Document, span: Span) -> dict[str, dict[str, int]]:
    """A span as the Language Server Protocol writes it, in UTF-16 units."""
    ends = (document.position_at(offset, Encoding.UTF_16) for offset in (span.start, span.end))
    start, end = ({"line": position.line, "character": position.character} for position in ends)
    return {"start": start, "end": end}
