"""Starts servers for tests, and ends them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from tests.server.raw_client import RawClient

StartClient = Callable[..., Awaitable[RawClient]]


@pytest.fixture
async def start_client() -> AsyncIterator[StartClient]:
    clients: list[RawClient] = []

    async def start(*arguments: str, **options: Any) -> RawClient:
        client = await RawClient.start(*arguments, **options)
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.finish()


@pytest.fixture
async def client(start_client: StartClient) -> RawClient:
    """A server that has just been started."""
    return await start_client()


@pytest.fixture
async def session(client: RawClient) -> RawClient:
    """A server that has been initialized by a client that supports nothing special."""
    await client.initialize()
    return client
