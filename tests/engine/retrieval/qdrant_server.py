"""A Qdrant server on loopback: its REST API over the library's own engine in memory, well behaved or not."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from qdrant_client import AsyncQdrantClient
from qdrant_client.models import Distance, PointStruct, VectorParams

from prompts_lang.engine.provider.embedding import numbers_of
from tests.engine.fakes import DIMENSIONS, meaning

COLLECTION = "docs"


class Server:
    """Answers searches. `refusals` are statuses to answer first, one per request; `key` is the one that it wants, if any."""

    def __init__(self, engine: AsyncQdrantClient) -> None:
        self.engine = engine
        self.address = ""
        self.key: str | None = None
        self.refusals: list[int] = []
        self.requests: list[dict[str, Any]] = []

    @property
    def location(self) -> str:
        """The collection, as a corpus names it."""
        return f"qdrant://{self.address}/{COLLECTION}"

    async def search(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(body)
        if self.refusals:
            status = self.refusals.pop(0)
            return web.json_response({"status": {"error": f"refused with {status}"}}, status=status)
        if self.key is not None and request.headers.get("api-key") != self.key:
            return web.json_response({"status": {"error": "Invalid API key"}}, status=401)
        name = request.match_info["name"]
        if not await self.engine.collection_exists(name):
            said = f"Not found: Collection `{name}` doesn't exist!"
            return web.json_response({"status": {"error": said}}, status=404)
        try:
            found = await self.engine.query_points(
                name, query=body["query"]["nearest"], limit=body["limit"], with_payload=True
            )
        except ValueError as error:
            return web.json_response({"status": {"error": str(error)}}, status=400)
        points = [point.model_dump(mode="json") for point in found.points]
        return web.json_response({"result": {"points": points}, "status": "ok", "time": 0.0})


def points(payloads: Iterable[dict[str, Any]], text: str = "text") -> list[PointStruct]:
    """One point per payload, numbered from 1, with the vector of what `text` holds."""
    return [
        PointStruct(id=number, vector=list(numbers_of(meaning(str(payload.get(text, ""))))), payload=payload)
        for number, payload in enumerate(payloads, 1)
    ]


@asynccontextmanager
async def serving(payloads: Iterable[dict[str, Any]], *, text: str = "text") -> AsyncIterator[Server]:
    """Runs a server whose collection holds the payloads."""
    engine = AsyncQdrantClient(":memory:")
    await engine.create_collection(COLLECTION, vectors_config=VectorParams(size=DIMENSIONS, distance=Distance.COSINE))
    await engine.upsert(COLLECTION, points(payloads, text))
    server = Server(engine)
    app = web.Application()
    app.router.add_post("/collections/{name}/points/query", server.search)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.address = f"127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()
        await engine.close()
