"""The connections to the panel's port, which any page in a browser and any user of the machine can open.

Invariant: who has not shown the token holds one of a few connections, for a few seconds; and whatever arrives, even if it is no request,
the reply carries the panel's headers and nothing about it is logged, for a log could then be flooded, or hold the token.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

STRANGERS = 32
"""Connections that have not shown the token. One more takes the place of the oldest."""
PATIENCE = 10.0
"""Seconds until a connection must have shown it."""
_IDLE = 75.0
"""Seconds for which a connection without a request is kept."""


class Connections:
    """Makes the protocol of every new connection, and knows which of them are still strangers.

    Args:
        server: What answers the requests.
        headers: What every reply carries.
    """

    def __init__(self, server: web.Server, headers: Mapping[str, str]) -> None:
        self.server = server
        self.headers = headers
        self._strangers: dict[Connection, asyncio.TimerHandle] = {}

    def __call__(self) -> Connection:
        """A protocol for one connection."""
        return Connection(self)

    def entered(self, connection: Connection) -> None:
        """Takes note of a new connection."""
        if len(self._strangers) >= STRANGERS:
            _abort(next(iter(self._strangers)))
        deadline = asyncio.get_running_loop().call_later(PATIENCE, _abort, connection)
        self._strangers[connection] = deadline

    def known(self, connection: Connection) -> None:
        """Takes note that a connection has shown the token, or has ended."""
        deadline = self._strangers.pop(connection, None)
        if deadline is not None:
            deadline.cancel()


class Connection(web.RequestHandler):
    """aiohttp's protocol, which tells when it begins and ends, and is brief and silent about what is no request."""

    __slots__ = ("_connections",)

    def __init__(self, connections: Connections) -> None:
        options: dict[str, Any] = {"access_log": None, "keepalive_timeout": _IDLE, "auto_decompress": False}
        super().__init__(connections.server, loop=asyncio.get_running_loop(), **options)
        self._connections = connections

    def welcome(self) -> None:
        """Whoever is on this connection has shown the token."""
        self._connections.known(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        super().connection_made(transport)
        self._connections.entered(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        """See `asyncio.Protocol`."""
        self._connections.known(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The reply to what is no request, or to one that ran into a defect; only that is logged."""
        if status < 500 and request.writer.output_size == 0:
            response: web.StreamResponse = web.Response(status=status, text=f"{status}: Bad Request")
            response.force_close()
        else:
            response = super().handle_error(request, status, exc, message)
        response.headers.update(self._connections.headers)
        return response

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """Logs a defect, and nothing that a peer can bring about."""
        if not isinstance(kw.get("exc_info"), HttpProcessingError | web.RequestPayloadError | ConnectionError):
            super().log_exception(*args, **kw)


def _abort(connection: Connection) -> None:
    if connection.transport is not None:
        connection.transport.abort()
