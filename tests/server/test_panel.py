"""The graph panel over HTTP: who may look, what is shown, and what can be asked for."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from prompts_server.panel.open import show_in_browser
from tests.server.raw_client import PATIENCE, RICH_CAPABILITIES, Message, RawClient
from tests.server.test_session import FINDING, OPTIMIZE, SLOT, SOURCE, lsp_position

NODES = {"qa/reply": {"rows": 4, "usd": 0.001, "score": 0.5, "sample": {"answer": "42"}}}
RUNNING: list[Message] = [
    {"event": "started", "calls": 0},
    {"event": "node", "node": "qa/reply", "state": "running", "done": 1, "total": 4},
    {"do": "await-stop"},
    {"event": "report", "score": 0.5, "scored": 4, "nodes": NODES},
    {"event": "finished", "state": "stopped"},
]
SHOWING: Message = {**RICH_CAPABILITIES, "window": {"workDoneProgress": True, "showDocument": {"support": True}}}


class Page:
    """A browser's view of the panel."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self.http = http
        self.url = url
        parts = urlsplit(url)
        self.base = f"{parts.scheme}://{parts.netloc}{parts.path}"
        self.query = parts.query

    def address(self, name: str) -> str:
        return f"{self.base}{name}?{self.query}"

    async def get(self, name: str, **headers: str) -> tuple[int, Any]:
        async with self.http.get(self.address(name), headers=headers) as answer:
            return answer.status, await answer.json() if answer.content_type == "application/json" else None

    async def post(self, name: str, body: Any) -> tuple[int, Any]:
        async with self.http.post(self.address(name), json=body) as answer:
            return answer.status, await answer.json()

    async def events(self) -> AsyncIterator[tuple[str, Any]]:
        async with self.http.get(self.address("events")) as answer:
            assert answer.content_type == "text/event-stream"
            event = ""
            async for line in answer.content:
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name == "event":
                    event = value
                elif name == "data":
                    yield event, json.loads(value)


async def until(events: AsyncIterator[tuple[str, Any]], event: str, wanted: Any = lambda _data: True) -> Any:
    async with asyncio.timeout(PATIENCE):
        async for name, data in events:
            if name == event and wanted(data):
                return data
    raise AssertionError(f"the stream ended without {event}")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def shown(
    start_client: Any, fake_worker: Any, tmp_path: Path, http: aiohttp.ClientSession
) -> tuple[RawClient, str, Page]:
    """A trusted session with a document open, and the panel of its graph."""
    (tmp_path / "rows.jsonl").write_text('{"question": "q", "answer": "a"}\n')
    client = await start_client(command=fake_worker({"evaluate": RUNNING, "optimize": OPTIMIZE}))
    client.answer_everything()
    client.answers["window/showDocument"] = lambda _params: {"success": True}
    await client.initialize(SHOWING, initializationOptions={"trusted": True, "protocol": 1, "panel": True})
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    asked = {"command": "prompts.showGraph", "arguments": [{"uri": uri, "graph": "qa"}]}
    url = (await client.result("workspace/executeCommand", asked))["url"]
    told = await client.notification("prompts/showPanel")
    assert told == {"url": url, "uri": uri, "graph": "qa"}
    return client, uri, Page(http, url)


async def test_the_page_is_served_under_a_strict_policy(shown: tuple[RawClient, str, Page]) -> None:
    _, _, page = shown
    assert urlsplit(page.url).hostname == "127.0.0.1"
    async with page.http.get(page.url) as answer:
        text = await answer.text()
        policy = answer.headers["Content-Security-Policy"]
    assert (answer.status, answer.content_type) == (200, "text/html")
    assert "<script" in text
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    for name in ("panel.js", "panel.css"):
        assert (await page.get(name))[0] == 200


async def test_nobody_without_the_token_learns_anything(shown: tuple[RawClient, str, Page]) -> None:
    _, _, page = shown
    origin = page.base.rsplit("/", 2)[0]
    token = page.base.rsplit("/", 2)[1]
    for address in (
        f"{origin}/",
        f"{origin}/{token[:-1]}/graph.json?{page.query}",
        f"{origin}/{token}x/graph.json?{page.query}",
        f"{origin}/graph.json?{page.query}",
        f"{origin}/{token}/../graph.json",
    ):
        async with page.http.get(address) as answer:
            assert (answer.status, await answer.text()) == (404, "404: Not Found"), address


OUTSIDE = [
    "../__init__.py",
    "..%2f__init__.py",
    "%2e%2e/%2e%2e/server.py",
    "static/index.html",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "panel.js/",
    "panel.js%00",
    "nothing",
    "__init__.py",
]


async def test_no_address_leads_out_of_the_page(shown: tuple[RawClient, str, Page]) -> None:
    _, _, page = shown
    parts = urlsplit(page.base)
    for name in OUTSIDE:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(f"GET {parts.path}{name} HTTP/1.1\r\nHost: {parts.netloc}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
        writer.close()
        assert answer.startswith((b"HTTP/1.1 404", b"HTTP/1.1 400")), name


async def test_other_sites_and_rebound_names_are_turned_away(shown: tuple[RawClient, str, Page]) -> None:
    _, _, page = shown
    own = f"http://{urlsplit(page.url).netloc}"
    assert (await page.get("graph.json", Origin=own))[0] == 200
    assert (await page.get("graph.json", Origin="https://evil.example"))[0] == 404
    assert (await page.get("graph.json", Origin="null"))[0] == 404
    assert (await page.get("graph.json", Host="evil.example"))[0] == 404
    assert (await page.get("graph.json", Host="localhost:1"))[0] == 200


async def test_the_graph_and_what_is_known_of_it(shown: tuple[RawClient, str, Page]) -> None:
    _, uri, page = shown
    status, graph = await page.get("graph.json")
    assert status == 200
    assert (graph["protocol"], graph["uri"], graph["file"], graph["graphs"]) == (1, uri, "qa.prompt", ["qa"])
    assert [node["id"] for node in graph["nodes"]] == ["in", "reply", "out"]
    (reply,) = [node for node in graph["nodes"] if node["id"] == "reply"]
    assert (reply["kind"], reply["detail"]) == ("llm", "m")
    assert [(slot["id"], slot["learn"]) for slot in reply["slots"]] == [(SLOT, True), ("qa/reply/user", False)]
    edges = [(edge["source"], edge["target"], edge["label"]) for edge in graph["edges"]]
    assert edges == [("in", "reply", "question"), ("reply", "out", "answer")]
    assert (graph["stale"], graph["can_reveal"], graph["commands"]) == (
        False,
        True,
        ["run", "evaluate", "optimize", "stop"],
    )
    _, state = await page.get("state.json")
    assert state["nodes"]["reply"]["status"] == "idle"
    assert (state["job"], state["history"], state["gradients"]) == (None, [], [])


async def test_the_panel_offers_what_the_lenses_offer(shown: tuple[RawClient, str, Page]) -> None:
    client, uri, page = shown
    events = page.events()
    assert (await until(events, "graph"))["commands"] == ["run", "evaluate", "optimize", "stop"]
    await client.change(uri, 2, {"text": SOURCE[: SOURCE.index("optimize ")]})
    assert (await until(events, "graph"))["commands"] == ["run", "stop"]
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_edits_and_jobs_arrive_as_they_happen(shown: tuple[RawClient, str, Page]) -> None:
    client, uri, page = shown
    events = page.events()
    await until(events, "graph")
    await until(events, "state")
    await client.change(uri, 2, {"text": SOURCE.replace("llm reply", "# Says it.\nllm reply")})
    graph = await until(events, "graph")
    assert [node["documentation"] for node in graph["nodes"] if node["id"] == "reply"] == ["Says it."]

    await page.post("command", {"command": "evaluate"})
    state = await until(events, "state", lambda state: state["nodes"]["reply"]["status"] == "running")
    assert (state["job"]["task"], state["job"]["active"]) == ("evaluate", True)
    assert (state["nodes"]["reply"]["done"], state["nodes"]["reply"]["total"]) == (1, 4)
    await page.post("command", {"command": "stop"})
    state = await until(events, "state", lambda state: state["job"]["phase"] == "stopped")
    assert state["nodes"]["reply"]["status"] == "done"
    assert state["nodes"]["reply"]["score"] == 0.5
    assert list(state["samples"].values()) == ["42"]
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_gradients_are_shown_with_their_rewrites(shown: tuple[RawClient, str, Page]) -> None:
    _, _, page = shown
    events = page.events()
    await page.post("command", {"command": "optimize"})
    state = await until(events, "state", lambda state: state["gradients"] and state["gradients"][0]["suggestion"])
    (gradient,) = state["gradients"]
    assert (gradient["node"], gradient["slot"], gradient["critique"]) == ("reply", SLOT, FINDING["critique"])
    assert (gradient["suggestion"]["proven"], gradient["suggestion"]["after"]) == (True, 0.9)
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_a_broken_head_keeps_the_picture(shown: tuple[RawClient, str, Page]) -> None:
    client, uri, page = shown
    events = page.events()
    await until(events, "graph")
    await client.change(uri, 2, {"text": SOURCE.replace("graph qa(", "grap qa(")})
    graph = await until(events, "graph", lambda graph: graph["stale"])
    assert [node["id"] for node in graph["nodes"]] == ["in", "reply", "out"]
    await client.change(uri, 3, {"text": SOURCE})
    assert not (await until(events, "graph"))["stale"]
    await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    assert "not open" in (await until(events, "gone"))["message"]
    await client.open(uri, SOURCE)
    await until(events, "graph")
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_places_are_shown_in_the_editor_and_the_cursor_in_the_panel(shown: tuple[RawClient, str, Page]) -> None:
    client, uri, page = shown
    assert (await page.post("reveal", {"node": "reply", "section": "system"}))[0] == 200
    params = (await client.wait_for(lambda one: one.get("method") == "window/showDocument", "the place"))["params"]
    assert params["uri"] == uri
    assert params["selection"]["start"] == lsp_position(SOURCE, SOURCE.index("learn system"), "utf-16")
    assert (await page.post("reveal", {"node": "nothing"}))[0] == 409
    assert (await page.post("reveal", {"node": 1}))[0] == 400
    assert (await page.post("reveal", "x"))[0] == 400
    events = page.events()
    assert (await until(events, "selection"))["node"] is None
    cursor = lsp_position(SOURCE, SOURCE.index("naïvely"), "utf-16")
    await client.notify("prompts/selection", {"uri": uri, "position": cursor})
    assert (await until(events, "selection"))["node"] == "reply"
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_nothing_runs_from_the_panel_without_trust(shown: tuple[RawClient, str, Page]) -> None:
    client, _, page = shown
    await client.notify("prompts/trustChanged", {"trusted": False})
    events = page.events()
    assert (await until(events, "graph", lambda graph: graph["commands"] == []))["can_reveal"] is True
    status, answer = await page.post("command", {"command": "run"})
    assert (status, "trust" in answer["message"]) == (409, True)
    assert (await page.post("command", {"command": "showGraph"}))[0] == 400
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]


async def test_an_open_page_does_not_keep_the_server(shown: tuple[RawClient, str, Page]) -> None:
    client, _, page = shown
    events = page.events()
    await until(events, "graph")
    assert await client.leave() == 0
    with pytest.raises(aiohttp.ClientError):
        await page.get("graph.json")


async def test_an_editor_that_shows_no_panel_opens_the_browser(client: RawClient, tmp_path: Path) -> None:
    client.answers["window/showDocument"] = lambda _params: {"success": True}
    await client.initialize(SHOWING)
    uri = (tmp_path / "qa.prompt").as_uri()
    await client.open(uri, SOURCE)
    asked = {"command": "prompts.showGraph", "arguments": [{"uri": uri}]}
    url = (await client.result("workspace/executeCommand", asked))["url"]
    params = (await client.wait_for(lambda one: one.get("method") == "window/showDocument", "the page"))["params"]
    assert (params["uri"], params["external"]) == (url, True)


async def test_a_file_is_shown_and_followed_without_an_editor(tmp_path: Path, http: aiohttp.ClientSession) -> None:
    path = tmp_path / "qa.prompt"
    path.write_text(SOURCE)
    address: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    opened: list[str] = []
    shows = asyncio.create_task(show_in_browser(path, None, address.set_result, opened.append))
    page = Page(http, await address)
    events = page.events()
    graph = await until(events, "graph")
    assert (graph["graph"], graph["can_reveal"], graph["commands"]) == ("qa", False, [])
    assert (await page.post("command", {"command": "run"}))[0] == 409
    assert (await page.post("reveal", {"node": "reply"}))[0] == 409
    path.write_text(SOURCE.replace("llm reply", "# Says it.\nllm reply"))
    graph = await until(events, "graph")
    assert [node["documentation"] for node in graph["nodes"] if node["id"] == "reply"] == ["Says it."]
    path.unlink()
    assert "cannot be read" in (await until(events, "gone"))["message"]
    await events.aclose()  # pyright: ignore[reportAttributeAccessIssue]
    assert opened == [page.url]
    shows.cancel()
    await asyncio.gather(shows, return_exceptions=True)
