"""What a mutation of one declaration does to the others: to their syntax, to the graph they belong to, and to what is told of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.analysis.static import StaticChecks
from prompts_lang.graph.located import LocatedProblem
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.syntax.file import Chunk, SyntaxFile
from tests.properties.mutations import Mutation


@dataclass(frozen=True, slots=True)
class Damage:
    """How many declarations other than the mutated ones are hurt, and in what way.

    Attributes:
        syntax: they are lost, or read otherwise.
        graph: they are read as before, but belong to another graph.
        errors: they are told to have an error that they did not have. That is no damage where the mutation changed a name or a type
            that they refer to.
    """

    syntax: int
    graph: int
    errors: int


class Patient:
    """One file of a project, mutated again and again and always from its first state."""

    def __init__(self, path: Path, files: dict[Path, bytes]) -> None:
        self._path = path
        self._project = Project(files.get)
        self._checks = StaticChecks(self._project)
        self.file = SyntaxFile.parse(files[path])
        self._graphs, self._errors = self._look(self.file)

    def damage(self, mutation: Mutation) -> Damage:
        """What the mutation does to the declarations that it does not touch."""
        after = self.file.edit(mutation.span, mutation.replacement)
        others = self._others(mutation)
        kept = others & {id(chunk) for chunk in after.chunks}
        lost = (chunk for chunk in self.file.chunks if id(chunk) in others - kept)
        graphs, errors = self._look(after)
        return Damage(
            _missing(lost, after),
            sum(graphs.get(chunk) != self._graphs.get(chunk) for chunk in kept),
            sum(bool(errors[chunk] - self._errors[chunk]) for chunk in kept),
        )

    def share_of_damaging(self, mutations: Iterable[Mutation]) -> float:
        """The share of mutations, from 0 to 1, that damage the syntax or the graph of a declaration other than their own."""
        found = [self.damage(mutation) for mutation in mutations]
        return sum(damage.syntax > 0 or damage.graph > 0 for damage in found) / len(found)

    def _others(self, mutation: Mutation) -> set[int]:
        """The chunks that the mutation does not touch, by identity."""
        first = self.file.chunk_at(mutation.span.start)
        last = self.file.chunk_at(max(mutation.span.end - 1, mutation.span.start))
        return {id(chunk) for number, chunk in enumerate(self.file.chunks) if not first <= number <= last}

    def _look(self, file: SyntaxFile) -> tuple[dict[int, int | None], dict[int, Counter[str]]]:
        """For each chunk, by its identity: the number of its graph in the file, and its errors."""
        self._project.put(self._path, file)
        meaning = self._project.meaning(self._path)
        assert meaning is not None
        return _graphs(meaning), _errors(file, self._checks.problems(self._path))


def _missing(lost: Iterable[Chunk], after: SyntaxFile) -> int:
    """How many of the declarations of chunks that are gone stand nowhere else.

    A chunk can change and its declaration stay the same: when it loses a blank line at its end, say.
    """
    expected = Counter(repr(chunk.declaration) for chunk in lost if chunk.declaration is not None)
    found = Counter(repr(chunk.declaration) for chunk in after.chunks if chunk.declaration is not None)
    return (expected - found).total()


def _graphs(meaning: FileMeaning) -> dict[int, int | None]:
    numbers = {name: number for number, name in enumerate(meaning.module.graphs)}
    return {
        id(meaning.syntax.chunks[entry.index]): None if entry.graph is None else numbers[entry.graph]
        for entry in meaning.module.entries
    }


def _errors(file: SyntaxFile, problems: tuple[LocatedProblem, ...]) -> dict[int, Counter[str]]:
    found: dict[int, Counter[str]] = {id(chunk): Counter() for chunk in file.chunks}
    for problem in problems:
        if problem.severity is Severity.ERROR:
            found[id(file.chunks[file.chunk_at(problem.span.start)])][problem.code] += 1
    return found
