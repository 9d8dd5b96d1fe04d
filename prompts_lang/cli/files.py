"""Finds the `.prompt` files that a command was pointed at, and reads `FILE[:GRAPH]`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prompts_lang.errors import FileError, UsageError
from prompts_lang.graph.model import Graph, Program
from prompts_lang.graph.problem import suggestion

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

    def choose(self, program: Program) -> Graph:
        """The graph that is meant: the one named, the one that is optimised, or the only one that the file itself declares.

        Raises:
            UsageError: there is no such graph, or it is not clear which one is meant.
        """
        own = {name: graph for name, graph in program.graphs.items() if graph.file == program.path}
        if self.graph is not None:
            if self.graph in program.graphs:
                return program.graphs[self.graph]
            raise UsageError(f"{self.path} has no graph '{self.graph}'.{suggestion(self.graph, program.graphs)}")
        if program.optimizations:
            return program.graphs[program.optimizations[0].graph]
        if len(own) == 1:
            return next(iter(own.values()))
        if not own:
            raise UsageError(f"{self.path} declares no graph.")
        raise UsageError(f"{self.path} has several graphs; say which one, as in `{self.path}:{next(iter(own))}`.")
