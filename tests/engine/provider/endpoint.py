"""An OpenAI-compatible endpoint on loopback that behaves, or misbehaves, as it is told."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web


def completion(text: str | None = "yes", finish: str = "stop", **message: Any) -> dict[str, Any]:
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
    }


def complaint(status: int, message: str, *, headers: dict[str, str] | None = None, **error: Any) -> web.Response:
    return web.json_response({"error": {"message": message, **error}}, status=status, headers=headers)


class Endpoint:
    """Serves the steps of its script one by one, and the last one for ever."""

    def __init__(self) -> None:
        self.script: list[Any] = [completion()]
        self.bodies: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.base = ""

    def then(self, *script: Any) -> None:
        self.script = list(script)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.bodies.append(body)
        self.keys.append(request.headers.get("Authorization", ""))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(step):
            return await step(request, body)
        return step if isinstance(step, web.StreamResponse) else web.json_response(step)


async def hang(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    await asyncio.sleep(3600)
    return web.Response()


async def drop(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def reset(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """Ends the connection as a process does that dies with a request read and not answered."""
    assert request.transport is not None
    request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    request.transport.abort()
    return web.Response()


async def speak_no_http(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    assert isinstance(request.transport, asyncio.Transport)
    request.transport.write(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")
    return await drop(request, body)


async def stop_half_way(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": "1000", "Content-Type": "application/json"})
    await response.prepare(request)
    await response.write(b'{"id": "c1", "choi')
    return await drop(request, body)


async def refuse_schema(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    if "response_format" in body:
        return complaint(400, "response_format is not supported by this server")
    return web.json_response(completion('{"a": 1}'))


async def stream(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    return await say(("one ", "two ", "three"), request, body)


async def say(pieces: Sequence[str], request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    assert body["stream"] is True
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    chunk = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": []}
    deltas = [{"role": "assistant", "content": piece} for piece in pieces]
    chunks = [{**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    chunks.append({**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append({**chunk, "usage": completion()["usage"]})
    for line in (*map(json.dumps, chunks), "[DONE]"):
        await response.write(f"data: {line}\n\n".encode())
    return response


@asynccontextmanager
async def running() -> AsyncIterator[Endpoint]:
    endpoint = Endpoint()
    app = web.Application()
    app.router.add_post("/v1/chat/completions", endpoint.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    endpoint.base = f"http://127.0.0.1:{port}/v1"
    try:
        yield endpoint
    finally:
        await runner.cleanup()
