"""The same worlds over HTTP: an OpenAI-compatible endpoint on loopback, so that any tool can be measured on them.

Invariant: for equal requests the endpoint and the LiteLLM provider give equal texts. Every response says that it is simulated, in the
header `x-simulated-model` and in `system_fingerprint`.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from prompts_lang.errors import ProviderError, UsageError
from prompts_lang.simulate.request import read_request
from prompts_lang.simulate.responses import read_response_request, response
from prompts_lang.simulate.service import Service, chunks, completion, embeddings
from prompts_lang.simulate.shapes import is_array, is_object
from prompts_lang.simulate.world import World

HOST = "127.0.0.1"
"""The endpoint listens on loopback only: it has no authentication and is not meant for others."""

_HEADERS = {"x-simulated-model": "1"}
_SERVICE = web.AppKey("service", Service)
_LARGEST_REQUEST = 32 * 2**20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A running endpoint. `base` is what clients take as their base URL."""

    port: int
    service: Service

    @property
    def base(self) -> str:
        """The base URL, as in `http://127.0.0.1:8123/v1`."""
        return f"http://{HOST}:{self.port}/v1"


@asynccontextmanager
async def serve(world: World, port: int = 0) -> AsyncGenerator[Endpoint]:
    """Serves a world for as long as the context is open. Port 0 takes a free one.

    Raises:
        UsageError: the port cannot be had.
    """
    service = Service(world)
    runner = web.AppRunner(application(service), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            raise UsageError(
                f"Port {port} cannot be used: {error.strerror}.", hint="Choose another one, or 0 for any."
            ) from error
        yield Endpoint(runner.addresses[0][1], service)
    finally:
        await runner.cleanup()


def application(service: Service) -> web.Application:
    """The routes of the endpoint."""
    app = web.Application(client_max_size=_LARGEST_REQUEST)
    app[_SERVICE] = service
    app.router.add_post("/v1/chat/completions", _chat)
    app.router.add_post("/v1/responses", _responses)
    app.router.add_post("/v1/embeddings", _embeddings)
    app.router.add_get("/v1/models", _models)
    app.router.add_get("/stats", _stats)
    app.router.add_get("/healthz", _health)
    return app


async def _chat(http: web.Request) -> web.StreamResponse:
    service = http.app[_SERVICE]
    try:
        body = await _body(http)
        request = read_request(str(body.get("model", "")), body.get("messages") or [], body)
    except ValueError as error:
        return _error(400, str(error), "invalid_request_error")
    await asyncio.sleep(service.world.dials.service.latency)
    try:
        answered = service.answer(request)
    except ProviderError as error:
        return _refusal(error)
    created = int(time.time())
    if body.get("stream"):
        wants_usage = bool(_options(body).get("include_usage"))
        events = chunks(answered, request, created=created)
        return await _stream(http, [event for event in events if event["choices"] or wants_usage])
    return web.json_response(completion(answered, request, created=created), headers=_HEADERS)


async def _responses(http: web.Request) -> web.Response:
    service = http.app[_SERVICE]
    try:
        body = await _body(http)
        request = read_response_request(body)
    except ValueError as error:
        return _error(400, str(error), "invalid_request_error")
    if body.get("stream"):
        return _error(400, "Streaming is simulated for /v1/chat/completions only.", "invalid_request_error")
    await asyncio.sleep(service.world.dials.service.latency)
    try:
        answered = service.answer(request)
    except ProviderError as error:
        return _refusal(error)
    return web.json_response(response(answered, request, created=int(time.time())), headers=_HEADERS)


async def _stream(http: web.Request, events: list[Mapping[str, Any]]) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={**_HEADERS, "content-type": "text/event-stream", "cache-control": "no-cache"}
    )
    await response.prepare(http)
    for event in events:
        await response.write(f"data: {json.dumps(event)}\n\n".encode())
    await response.write(b"data: [DONE]\n\n")
    await response.write_eof()
    return response


async def _embeddings(http: web.Request) -> web.Response:
    try:
        body = await _body(http)
    except ValueError as error:
        return _error(400, str(error), "invalid_request_error")
    given: Any = body.get("input")
    texts: list[Any] = [given] if isinstance(given, str) else given if is_array(given) else []
    if not texts or not all(isinstance(text, str) for text in texts):
        return _error(400, "`input` must be a text or a list of texts.", "invalid_request_error")
    return web.json_response(embeddings(str(body.get("model", "embedding")), texts), headers=_HEADERS)


async def _models(http: web.Request) -> web.Response:
    names = http.app[_SERVICE].world.models
    listed = [{"id": name, "object": "model", "created": 0, "owned_by": "simulated"} for name in names]
    return web.json_response({"object": "list", "data": listed}, headers=_HEADERS)


async def _stats(http: web.Request) -> web.Response:
    return web.json_response(dict(sorted(http.app[_SERVICE].stats.items())), headers=_HEADERS)


async def _health(http: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "world": http.app[_SERVICE].world.name}, headers=_HEADERS)


async def _body(http: web.Request) -> Mapping[str, Any]:
    try:
        body: object = await http.json()
    except json.JSONDecodeError as error:
        raise ValueError(f"The body is not JSON: {error.msg}.") from error
    if not is_object(body):
        raise ValueError("The body is not a JSON object.")
    return body


def _options(body: Mapping[str, Any]) -> Mapping[str, Any]:
    options = body.get("stream_options")
    return options if is_object(options) else {}


def _refusal(error: ProviderError) -> web.Response:
    response = _error(error.status or 500, str(error), error.kind.value)
    if error.retry_after is not None:
        response.headers["retry-after"] = f"{error.retry_after:g}"
    return response


def _error(status: int, message: str, kind: str) -> web.Response:
    body = {"error": {"message": message, "type": kind, "param": None, "code": status}}
    return web.json_response(body, status=status, headers=_HEADERS)
