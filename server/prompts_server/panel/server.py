"""Serves the panel's pages: a port and a secret token for each source."""

from __future__ import annotations

import asyncio
import secrets
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from prompts_server.panel.source import Query, Source

if TYPE_CHECKING:
    from prompts_server.panel.application import Listener


class PanelServer:
    """One server for all pages of a source. It starts listening when the first page is asked for.

    Args:
        source: What is shown.
        port: Where to listen; any free port when 0.
    """

    def __init__(self, source: Source, port: int = 0) -> None:
        self._source = source
        self._port = port
        self._token = secrets.token_urlsafe(32)
        self._listener: Listener | None = None
        self._starting = asyncio.Lock()

    async def url(self, query: Query) -> str:
        """The address of a page.

        Raises:
            OSError: the port cannot be had.
        """
        async with self._starting:
            if self._listener is None:
                # aiohttp takes long to import, and most sessions never show the panel.
                await asyncio.to_thread(import_module, "prompts_server.panel.application")
                from prompts_server.panel.application import listen  # noqa: PLC0415

                self._listener = await listen(self._source, self._token, self._port)
        fields = {"uri": query.uri, **({} if query.graph is None else {"graph": query.graph})}
        return f"http://127.0.0.1:{self._listener.port}/{self._token}/?{urlencode(fields)}"

    async def close(self) -> None:
        """Ends every page's stream and stops listening."""
        if self._listener is not None:
            await self._listener.close()
