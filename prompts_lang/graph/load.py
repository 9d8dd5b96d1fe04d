"""From a path to a program that can be run, or to the problems that keep it from running."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.errors import FileError, ProgramError
from prompts_lang.graph.link import link
from prompts_lang.graph.located import LocatedProblem, problems_of
from prompts_lang.graph.model import Program
from prompts_lang.graph.project import Project, read_disk
from prompts_lang.syntax.file import SyntaxFile
from prompts_lang.text.document import Document
from prompts_lang.text.encoding import Encoding


@dataclass(frozen=True, slots=True)
class Loaded:
    """`program` is None where this file or one that it uses has errors. `problems` are those of all files, warnings included."""

    project: Project
    program: Program | None
    problems: tuple[LocatedProblem, ...]

    @property
    def errors(self) -> tuple[LocatedProblem, ...]:
        """The problems that keep the program from running."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def load_program(path: Path, *, overlay: Mapping[Path, str] | None = None) -> Loaded:
    """Reads a file and everything that it uses. `overlay` has unsaved texts by absolute path, which take the place of the disk.

    Raises:
        FileError: the file itself cannot be read. Whatever is wrong inside of it is a problem, not an exception.
    """
    path = path.absolute()
    project = Project(read_disk)
    for file, text in (overlay or {}).items():
        project.put(file, SyntaxFile.parse(text.encode("utf-8", "surrogatepass")))
    meaning = project.meaning(path)
    if meaning is None:
        raise FileError("The file cannot be read.", where=str(path), hint="Check the path and its permissions.")
    files = [meaning, *(found for file in sorted(meaning.used) if (found := project.meaning(file)) is not None)]
    problems = tuple(problem for file in files for problem in problems_of(file))
    failed = any(problem.severity == "error" for problem in problems)
    return Loaded(project, None if failed else link(project, meaning), problems)


def require_program(path: Path, *, overlay: Mapping[Path, str] | None = None) -> Program:
    """The program of a file.

    Raises:
        FileError: the file cannot be read.
        ProgramError: it has errors; the message names the first one and counts the others.
    """
    return require_runnable(load_program(path, overlay=overlay), path)


def require_runnable(loaded: Loaded, path: Path) -> Program:
    """The program of a loaded file.

    Raises:
        ProgramError: it has errors; the message names the first one and counts the others.
    """
    if loaded.program is not None:
        return loaded.program
    first, *others = loaded.errors
    more = f" ({len(others)} more: run `prompts check {path}`)" if others else ""
    raise ProgramError(f"{first.message} [{first.code}]{more}", where=place(loaded.project, first))


def place(project: Project, problem: LocatedProblem) -> str:
    """`file:line:column` of a problem, counted from 1, for people."""
    meaning = project.meaning(problem.file)
    if meaning is None:
        return str(problem.file)
    position = Document.of(meaning.syntax.text).position_at(problem.span.start, Encoding.UTF_32)
    return f"{problem.file}:{position.line + 1}:{position.character + 1}"
