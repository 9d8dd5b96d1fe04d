"""Finds the `.prompt` files that a command was pointed at, and reads `FILE[:GRAPH]`."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.errors import FileError
from prompts_lang.graph.problem import similar_file
from prompts_lang.text.ordinary_files import open_ordinary

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "build", "dist"})


def prompt_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files named, and all `.prompt` files below the folders named, each once, sorted within a folder.

    Raises:
        FileError: a path does not exist or cannot be read, or a folder has no `.prompt` file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = _inside(path)
            if not inside:
                raise FileError("There is no .prompt file in this folder.", where=str(path))
            found.update(dict.fromkeys(inside))
        else:
            require_file(path)
            found[path] = None
    return tuple(found)


def require_file(path: Path) -> None:
    """Makes sure that a path names a file that can be read.

    Raises:
        FileError: it does not; the message says why, and for a folder which files it could be.
    """
    if path.is_dir():
        files = [file.name for file in sorted(path.glob("*.prompt"))]
        hint = f"Name a file in it: {', '.join(files)}." if files else "Name a .prompt file."
        raise FileError("This is a folder.", where=str(path), hint=hint)
    try:
        open_ordinary(path).close()
    except FileNotFoundError as error:
        meant = similar_file(path.name, [file.name for file in path.parent.glob("*.prompt")])
        hint = f"Did you mean '{path.with_name(meant)}'?" if meant else "Check the path."
        raise FileError("There is no such file.", where=str(path), hint=hint) from error
    except OSError as error:
        raise FileError(f"The file cannot be read ({error.strerror}).", where=str(path)) from error


def _inside(folder: Path) -> list[Path]:
    files: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith("."))
        files.extend(Path(place, name) for name in names if name.endswith(".prompt"))
    return sorted(file for file in files if file.is_file())


@dataclass(frozen=True, slots=True)
class Target:
    """`FILE[:GRAPH]` as given on the command line."""

    path: Path
    graph: str | None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Splits off the graph's name; a path may itself contain colons.

        Raises:
            FileError: there is no such file, or it cannot be read.
        """
        path, colon, graph = text.rpartition(":")
        named = bool(colon) and graph.isidentifier() and not Path(text).exists()
        target = cls(Path(path), graph) if named else cls(Path(text), None)
        require_file(target.path)
        return target
