"""What a project tells of its files, to compare one that was edited with one that was read anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prompts_lang.analysis.static import StaticChecks, check_static
from prompts_lang.graph.link import link
from prompts_lang.graph.located import problems_of
from prompts_lang.graph.problem import Severity
from prompts_lang.graph.project import FileMeaning, Project
from prompts_lang.syntax.file import SyntaxFile


def meaning_of(meaning: FileMeaning) -> dict[str, object]:
    """Everything that a file means, by what it is, in values that compare."""
    module, resolution = meaning.module, meaning.resolution
    return {
        "entries": [
            (entry.number, entry.index, entry.anchor, entry.graph, entry.waits_for) for entry in module.entries
        ],
        "drafts": [(resolved.draft, resolved.problems) for resolved in resolution.resolved],
        "members": {name: list(group.nodes) for name, group in module.graphs.items()},
        "names": list(module.names),
        "structure": resolution.structure,
        "interfaces": (resolution.graphs, resolution.names, resolution.nodes),
        "problems": [meaning.problems(number) for number in range(len(module.entries))],
        "imports": (meaning.imports, meaning.import_problems, meaning.used, meaning.exported),
    }


def tree_of(file: SyntaxFile) -> tuple[object, ...]:
    """The lossless tree: chunks with their content, and where they stand."""
    return file.text, file.offsets, [(chunk.text, chunk.content) for chunk in file.chunks]


def difference(
    path: Path, syntax: SyntaxFile, edited: Project, checks: StaticChecks, fresh_files: Mapping[Path, SyntaxFile]
) -> str | None:
    """What an edited project tells of a file that one which sees the same texts for the first time does not; None where there is nothing.

    Args:
        path: the file that is asked for.
        syntax: its syntax as edits have made it.
        edited: the project that was kept up to date.
        checks: its checks.
        fresh_files: every file as it is now, read anew.
    """
    if tree_of(syntax) != tree_of(fresh_files[path]):
        return "tree"
    fresh = Project(dict[Path, bytes]().get)
    for file, read in fresh_files.items():
        fresh.put(file, read)
    now, then = edited.meaning(path), fresh.meaning(path)
    if now is None or then is None:
        return None if now is then else "meaning"
    told, expected = meaning_of(now), meaning_of(then)
    if unequal := [name for name in told if told[name] != expected[name]]:
        return ", ".join(unequal)
    if checks.problems(path) != check_static(fresh, path):
        return "diagnostics"
    if _can_run(fresh, then) and link(edited, now) != link(fresh, then):
        return "program"
    return None


def _can_run(project: Project, meaning: FileMeaning) -> bool:
    files = [meaning, *(found for path in meaning.used if (found := project.meaning(path)) is not None)]
    return all(problem.severity is not Severity.ERROR for file in files for problem in problems_of(file))
