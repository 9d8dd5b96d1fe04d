"""The panel over a file on disk, without an editor: `prompts graph --open`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prompts_lang.graph.project import FileMeaning, Project
from prompts_server.graphs import main_graph
from prompts_server.panel.graph_of import drawing_of
from prompts_server.panel.history import history_of
from prompts_server.panel.protocol import CommandName, PanelGraph, PanelState, Reveal
from prompts_server.panel.source import PanelError, Query

_SECONDS_BETWEEN_LOOKS = 0.5


class FileSource:
    """A `Source` over one file, which is looked at again whenever it, or a file that it uses, has been written.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        self._project = Project()
        self._watchers: set[Callable[[], None]] = set()

    @property
    def uri(self) -> str:
        """The file."""
        return self._path.as_uri()

    async def follow(self) -> None:
        """Follows the files until it is cancelled."""
        seen = self._stamps()
        while True:
            await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
            now = await asyncio.to_thread(self._stamps)
            if now != seen:
                for path in seen.keys() | now.keys():
                    self._project.forget(path)
                seen = self._stamps()
                for changed in tuple(self._watchers):
                    changed()

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """See `Source`."""
        self._watchers.add(changed)
        return lambda: self._watchers.discard(changed)

    async def graph(self, query: Query) -> PanelGraph:
        """See `Source`."""
        meaning, graph = self._asked(query)
        drawing = drawing_of(meaning, graph)
        if drawing is None:
            raise PanelError(f"There is no graph '{graph}' in {self._path.name}.")
        return PanelGraph(
            uri=self.uri,
            file=self._path.name,
            graph=graph,
            graphs=tuple(meaning.module.graphs),
            nodes=drawing.nodes,
            edges=drawing.edges,
            stale=not drawing.complete,
        )

    async def state(self, query: Query) -> PanelState:
        """See `Source`."""
        _, graph = self._asked(query)
        return PanelState(history=await asyncio.to_thread(history_of, self._path, graph), nodes={}, samples={})

    def selected(self, query: Query) -> str | None:
        """See `Source`: there is no cursor."""
        del query

    def reveal(self, query: Query, place: Reveal) -> None:
        """See `Source`: there is no editor."""
        del query, place
        raise PanelError("There is no editor here; open the file in one and show the graph from there.")

    def command(self, query: Query, command: CommandName) -> Any:
        """See `Source`: the command line runs things itself."""
        del query
        raise PanelError(f"Nothing runs from here; use the command line, or an editor, to {command}.")

    def _asked(self, query: Query) -> tuple[FileMeaning, str]:
        meaning = self._project.meaning(self._path)
        if meaning is None:
            raise PanelError(f"{self._path.name} cannot be read.")
        graph = query.graph or main_graph(meaning.module)
        if graph is None:
            raise PanelError(f"Say which graph of {self._path.name} you mean: it has several, or none.")
        return meaning, graph

    def _stamps(self) -> dict[Path, int]:
        """When each file was last written; 0 for one that is not there."""
        meaning = self._project.meaning(self._path)
        return {path: _written(path) for path in (self._path, *(() if meaning is None else sorted(meaning.used)))}


def _written(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
