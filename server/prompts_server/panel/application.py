"""The panel's HTTP application.

Whoever knows the token may look and ask, nobody else learns that there is anything: a wrong token, a name of another
machine in `Host` (rebinding) or none, a foreign `Origin` and an unknown address are the same 404. The policy of the page allows its
own files and its own server, nothing inline and nothing from elsewhere, and no other page may frame it.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any, cast

from aiohttp import web

from prompts_server.panel.connections import Connection, Connections
from prompts_server.panel.live import live
from prompts_server.panel.protocol import Reveal, to_json
from prompts_server.panel.source import PanelError, Query, Source
from prompts_server.panel.static_files import static_files

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Server": "prompts",
}
_LOOPBACK = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_LARGEST_REQUEST = 64 * 1024
_MOST_STREAMS = 64
_COMMANDS = ("run", "evaluate", "optimize", "stop")


@dataclass(frozen=True, slots=True)
class Listener:
    """A running application: the port that it has, and the way to end it."""

    port: int
    runner: web.AppRunner
    socket: asyncio.Server
    streams: set[asyncio.Task[Any]]

    async def close(self) -> None:
        """Ends every stream and stops listening."""
        self.socket.close()
        for task in tuple(self.streams):
            task.cancel()
        await self.runner.cleanup()


async def listen(source: Source, token: str, port: int) -> Listener:
    """Serves a source on loopback; on any free port when `port` is 0.

    Raises:
        OSError: the port cannot be had.
    """
    application = web.Application(client_max_size=_LARGEST_REQUEST)
    application.on_response_prepare.append(_add_headers)
    runner = web.AppRunner(application, access_log=None, handle_signals=False, shutdown_timeout=0.1)
    panel = _Panel(source, token, await asyncio.to_thread(static_files))
    application.router.add_route("*", "/{token}/{name:.*}", panel.answer)
    await runner.setup()
    connections = Connections(cast("web.Server", runner.server), _HEADERS)
    try:
        socket = await asyncio.get_running_loop().create_server(connections, "127.0.0.1", port, backlog=128)
    except OSError:
        await runner.cleanup()
        raise
    return Listener(socket.sockets[0].getsockname()[1], runner, socket, panel.streams)


@dataclass(frozen=True, slots=True)
class _Panel:
    source: Source
    token: str
    files: Mapping[str, tuple[bytes, str]]
    streams: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """The answer to any request."""
        if not self._may_ask(request):
            raise web.HTTPNotFound
        if isinstance(request.protocol, Connection):
            request.protocol.welcome()
        name = request.match_info["name"]
        answers = self._answers(request.method)
        if name not in answers:
            return self._file(request, name or "index.html")
        query = Query(request.query.get("uri", ""), request.query.get("graph") or None)
        try:
            return await answers[name](request, query)
        except PanelError as error:
            return web.json_response({"message": str(error)}, status=409)

    def _answers(self, method: str) -> Mapping[str, Callable[[web.Request, Query], Awaitable[web.StreamResponse]]]:
        match method:
            case "GET":
                return {"graph.json": self._graph, "state.json": self._state, "events": self._events}
            case "POST":
                return {"reveal": self._reveal, "command": self._command}
            case _:
                return {}

    def _may_ask(self, request: web.Request) -> bool:
        if not compare_digest(request.match_info["token"].encode(), self.token.encode()):
            return False
        host = request.host  # the address in the request line counts before the header
        if "Host" not in request.headers or not _LOOPBACK.fullmatch(host):
            return False
        origin = request.headers.get("Origin")
        return origin is None or origin == f"http://{host}"

    def _file(self, request: web.Request, name: str) -> web.Response:
        found = self.files.get(name) if request.method == "GET" else None
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found[0], content_type=found[1], charset="utf-8")

    async def _graph(self, _request: web.Request, query: Query) -> web.StreamResponse:
        return web.json_response(to_json(await self.source.graph(query)))

    async def _state(self, _request: web.Request, query: Query) -> web.StreamResponse:
        return web.json_response(to_json(await self.source.state(query)))

    async def _events(self, request: web.Request, query: Query) -> web.StreamResponse:
        if len(self.streams) >= _MOST_STREAMS:
            return web.json_response({"message": "Too many pages are open."}, status=503)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        self.streams.add(task)
        try:
            async for event in live(self.source, query):
                await response.write(event)
        except (ConnectionError, asyncio.CancelledError):
            # The page has gone, or the server goes.
            pass
        finally:
            self.streams.discard(task)
        return response

    async def _reveal(self, request: web.Request, query: Query) -> web.StreamResponse:
        body = await _body(request)
        node, section = body.get("node"), body.get("section")
        if not isinstance(node, str) or not isinstance(section, str | None):
            return _refused('The request needs the "node", and may have a "section".')
        self.source.reveal(query, Reveal(node, section))
        return web.json_response({})

    async def _command(self, request: web.Request, query: Query) -> web.StreamResponse:
        command = (await _body(request)).get("command")
        if command not in _COMMANDS:
            return _refused(f"The command must be one of {', '.join(_COMMANDS)}.")
        return web.json_response(self.source.command(query, command))


async def _add_headers(_request: object, response: web.StreamResponse) -> None:
    response.headers.update(_HEADERS)


async def _body(request: web.Request) -> Mapping[str, Any]:
    """The object in a request; an empty one where there is none."""
    try:
        body: Any = json.loads(await request.read())
    except web.RequestPayloadError as error:
        raise web.HTTPBadRequest from error
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", body) if isinstance(body, dict) else {}


def _refused(message: str) -> web.Response:
    return web.json_response({"message": message}, status=400)
