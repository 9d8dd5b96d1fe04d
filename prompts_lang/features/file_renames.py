"""What follows from moving files: the paths that lead to them, and the paths that start from them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from prompts_lang.features.files import beside, is_there
from prompts_lang.features.navigation import strings_of
from prompts_lang.graph.project import Project
from prompts_lang.graph.resolve.values import file_function
from prompts_lang.text.span import Edit


def edits_for_moves(
    project: Project, files: Iterable[Path], moves: Mapping[Path, Path]
) -> dict[Path, tuple[Edit, ...]]:
    """The edits by file, under its old place, that keep every path pointing to what it pointed to.

    Args:
        project: The files as they are.
        files: Those in which paths are looked for.
        moves: New places by old ones, of files or whole folders.
    """
    edits: dict[Path, tuple[Edit, ...]] = {}
    for file in dict.fromkeys(files):
        meaning = project.meaning(file)
        if meaning is None:
            continue
        home = _moved(file, moves)
        found: list[Edit] = []
        for entry in meaning.module.entries:
            for written in strings_of(entry.declaration):
                function = file_function(written.value)
                path = function.path if function else written.value
                new = _path_after(file, home, path, moves)
                if new is not None and new != path:
                    suffix = f":{function.function}" if function else ""
                    found.append(Edit(meaning.position(entry, written.content), new + suffix))
        if found:
            edits[file] = tuple(sorted(found, key=lambda edit: edit.span))
    return edits


def _path_after(file: Path, home: Path, written: str, moves: Mapping[Path, Path]) -> str | None:
    """How a path is written after the moves; None where it is no path of a file that is there."""
    target = None if "://" in written or Path(written).is_absolute() else beside(file, written)
    if target is None or not is_there(target):
        return None
    goal = _moved(target, moves)
    if goal == target and home == file:
        return written
    relative = Path(os.path.relpath(goal, home.parent)).as_posix()
    return f"./{relative}" if written.startswith("./") and not relative.startswith("../") else relative


def _moved(path: Path, moves: Mapping[Path, Path]) -> Path:
    for old, new in moves.items():
        if path == old:
            return new
        if path.is_relative_to(old):
            return new / path.relative_to(old)
    return path
