"""Starts servers for tests, and ends them."""

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.server.asking import OTHER, PULLING
from tests.server.raw_client import RawClient
from tests.server.test_session import SOURCE

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


@pytest.fixture
def fake_worker(tmp_path: Path) -> Callable[[dict[str, Any]], Sequence[str]]:
    """The command of a server whose worker follows a script."""

    def command(script: dict[str, Any]) -> Sequence[str]:
        path = tmp_path / "script.json"
        path.write_text(json.dumps(script))
        return (sys.executable, str(Path(__file__).with_name("serve_with_fake_worker.py")), str(path))

    return command


@pytest.fixture
async def opened(client: RawClient, tmp_path: Path) -> tuple[RawClient, str]:
    """A server with one document open; an unopened file beside it uses the graph."""
    (tmp_path / "other.prompt").write_text(OTHER)
    (tmp_path / "qa.prompt").write_text(SOURCE)
    folders = [{"uri": tmp_path.as_uri(), "name": "folder"}]
    await client.initialize(PULLING, workspaceFolders=folders)
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    return client, uri
