"""Where a page's graph comes from: an editor's session, or a file on disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from prompts_server.panel.protocol import CommandName, PanelGraph, PanelState, Reveal


class PanelError(Exception):
    """What was asked for cannot be done; the message is for people."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a page shows: a document by URI, and a graph of it, or the main one."""

    uri: str
    graph: str | None


class Source(Protocol):
    """Answers for pages. All methods run on the event loop that serves them."""

    async def graph(self, query: Query) -> PanelGraph:
        """The graph as it is now.

        Raises:
            PanelError: there is none.
        """
        ...

    async def state(self, query: Query) -> PanelState:
        """What runs have shown of it."""
        ...

    def selected(self, query: Query) -> str | None:
        """The node that the editor's cursor is in."""
        ...

    def reveal(self, query: Query, place: Reveal) -> None:
        """Shows a place in the editor.

        Raises:
            PanelError: there is no such place, or no editor.
        """
        ...

    def command(self, query: Query, command: CommandName) -> Any:
        """Does what the code lens of that name does, and gives its result.

        Raises:
            PanelError: it cannot be done.
        """
        ...

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Calls back whenever anything may have changed, until the function that it returns is called."""
        ...
