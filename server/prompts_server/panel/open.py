"""Shows a file's graph in the browser until it is interrupted."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Callable
from pathlib import Path

from prompts_server.panel.file_source import FileSource
from prompts_server.panel.server import PanelServer
from prompts_server.panel.source import Query


async def show_in_browser(
    path: Path, graph: str | None, told: Callable[[str], None], browse: Callable[[str], object] | None = None
) -> None:
    """Serves the panel of a file, opens it, and follows the file until it is cancelled.

    Args:
        path: The file.
        graph: The graph, or the main one.
        told: Is given the address.
        browse: Opens it; the system's browser where it is left out.

    Raises:
        OSError: no port can be had.
    """
    source = FileSource(path)
    server = PanelServer(source)
    try:
        url = await server.url(Query(source.uri, graph))
        told(url)
        await asyncio.to_thread(browse or webbrowser.open, url)
        await source.follow()
    finally:
        await server.close()
