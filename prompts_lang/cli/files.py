"""Finds the `.prompt` files that a command was pointed at, and reads `FILE[:GRAPH]`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.errors import FileError

SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "build", "dist"})


def prompt_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files named, and all `.prompt` files below the folders named, each once, sorted within a folder.

    Raises:
        FileError: a path does not exist, or a folder has no `.prompt` file.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = [file for file in sorted(path.rglob("*.prompt")) if file.is_file() and not _skipped(file, path)]
            if not inside:
                raise FileError("There is no .prompt file in this folder.", where=str(path))
            found.update(dict.fromkeys(inside))
        elif path.exists():
            found[path] = None
        else:
            raise FileError("There is no such file.", where=str(path), hint="Check the path.")
    return tuple(found)


def _skipped(file: Path, root: Path) -> bool:
    parts = file.relative_to(root).parts[:-1]
    return any(part in SKIPPED_FOLDERS or part.startswith(".") for part in parts)


@dataclass(frozen=True, slots=True)
class Target:
    """`FILE[:GRAPH]` as given on the command line."""

    path: Path
    graph: str | None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Splits off the graph's name; a path may itself contain colons."""
        path, colon, graph = text.rpartition(":")
        if colon and graph.isidentifier() and not Path(text).exists():
            return cls(Path(path), graph)
        return cls(Path(text), None)
