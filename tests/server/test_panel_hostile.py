"""The panel's port against whoever can reach it: pages of other sites, users of the machine, broken and hostile clients.

Nothing here knows the editor: the page shows a file. What a page shows and does is in `test_panel.py`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from prompts_server.panel import application, connections, live
from prompts_server.panel.file_source import FileSource
from prompts_server.panel.server import PanelServer
from prompts_server.panel.source import Query
from tests.server.raw_client import PATIENCE

SOURCE = """\
language prompts 1
model m "simulated/student"
graph qa(question: text) -> answer: text
  llm reply(question) -> answer: text
    model m
    user:
      {{question}}
  return reply
"""
HEADERS = (
    b"content-security-policy: default-src 'none';",
    b"x-content-type-options: nosniff",
    b"referrer-policy: no-referrer",
    b"cache-control: no-store",
    b"cross-origin-resource-policy: same-origin",
    b"server: prompts\r\n",
)


@dataclass(frozen=True)
class Door:
    """The port, and the address of the page behind it: `/token/`."""

    server: PanelServer
    source: FileSource
    port: int
    page: str

    @property
    def token(self) -> str:
        return self.page.strip("/")

    async def send(self, request: str | bytes) -> bytes:
        """Everything that comes back until the other side closes."""
        data = request.encode("latin-1") if isinstance(request, str) else request
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(data)
            async with asyncio.timeout(PATIENCE):
                return await reader.read()
        except ConnectionResetError:
            return b""
        finally:
            writer.close()

    async def get(self, path: str, *, method: str = "GET", host: str = "127.0.0.1", more: str = "") -> bytes:
        return await self.send(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n")

    async def post(self, name: str, body: bytes, more: str = "") -> bytes:
        head = f"POST {self.page}{name} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
        return await self.send(f"{head}Content-Length: {len(body)}\r\n{more}\r\n".encode() + body)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    path = tmp_path / "qa.prompt"
    path.write_text(SOURCE)
    source = FileSource(path)
    server = PanelServer(source)
    address = urlsplit(await server.url(Query(source.uri, "qa")))
    assert address.port is not None
    yield Door(server, source, address.port, address.path)
    await server.close()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


async def works(door: Door) -> None:
    """The page is served as if nothing had happened."""
    assert status(await door.get(f"{door.page}graph.json")) == 200


# ------------------------------------------------------------------------------------------------------- who may look


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "evil@127.0.0.1", "127.0.0.1@evil.example", "0.0.0.0", "[",  # noqa: S104
     "[::1", "::1", "127.0.0.1:", "127.0.0.1:99999999", "127.0.0.1 evil", "localhost.", "2130706433", "127.1", "", "127.0.0.1\x00"],
)  # fmt: skip
async def test_a_name_that_is_not_this_machine_is_turned_away(door: Door, host: str) -> None:
    # A page of another site can point its own name at 127.0.0.1; the browser then takes our replies for that site's own.
    answer = await door.get(f"{door.page}graph.json", host=host)
    assert status(answer) in {400, 404}
    assert b"reply" not in answer
    await works(door)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:80", "[::1]:8080", "127.0.0.1:1"])
async def test_names_of_this_machine_are_served_at_any_port(door: Door, host: str) -> None:
    assert status(await door.get(f"{door.page}graph.json", host=host)) == 200  # a forwarded port has another number


async def test_a_request_that_names_no_host_or_another_one_in_its_address_is_turned_away(door: Door) -> None:
    requests = [
        f"GET {door.page}graph.json HTTP/1.0\r\n\r\n",
        f"GET {door.page}graph.json\r\n\r\n",
        f"GET {door.page}graph.json HTTP/1.1\r\nConnection: close\r\n\r\n",
        f"GET http://evil.example{door.page}graph.json HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        f"GET {door.page}graph.json HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n",
        f"GET {door.page}graph.json HTTP/1.1\r\nHost: evil.example\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    ]
    for request in requests:
        answer = await door.send(request)
        assert status(answer) in {400, 404}, request
        assert b"reply" not in answer


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1", "file://"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
async def test_pages_of_other_origins_are_turned_away_and_get_no_leave_to_read(
    door: Door, origin: str, method: str
) -> None:
    name = "command" if method == "POST" else "graph.json"
    answer = await door.get(
        door.page + name, method=method, more=f"Origin: {origin}\r\nAccess-Control-Request-Method: POST\r\n"
    )
    assert status(answer) == 404
    assert b"access-control" not in answer.lower()


async def test_without_the_token_every_address_is_the_same(door: Door) -> None:
    paths = ["/", "//", "/x", "/x/graph.json", f"/{door.token[:-1]}/", f"/{door.token}x/", f"/{door.token.swapcase()}/", "/%00/", "/%ff/",
             f"/{door.token}%00/", f"/./{door.token[:-1]}/", f"/{door.token}", "/%2e%2e/graph.json", f"/?token={door.token}", "*",
             "/\u00e4/".encode().decode("latin-1")]  # fmt: skip
    for path in paths:
        answer = await door.get(path)
        assert (status(answer), answer.rpartition(b"\r\n\r\n")[2]) in {
            (404, b"404: Not Found"),
            (400, b"400: Bad Request"),
        }, path
    referred = await door.get(
        "/x/graph.json", more=f"Referer: http://127.0.0.1{door.page}\r\nCookie: token={door.token}\r\n"
    )
    assert status(referred) == 404  # the token counts in the address alone


@pytest.mark.parametrize(
    "name",
    ["..%2f", "%2e%2e%2f__init__.py", "%252e%252e%252fserver.py", "..\\server.py", "%5c..%5cserver.py", "static/../server.py",
     "panel.js%00.txt",
     "/etc/passwd", "file:///etc/passwd", "panel.js/", "Panel.js", "panel.js;x", "index.html%20", "%c0%ae%c0%ae/server.py", "con", "."],
)  # fmt: skip
async def test_no_address_leads_to_another_file(door: Door, name: str) -> None:
    answer = await door.get(door.page + name)
    assert status(answer) in {400, 404} or answer == await door.get(door.page)  # "." is the page itself
    assert b"import" not in answer


# --------------------------------------------------------------------------------------------------- broken requests


HOST = "Host: 127.0.0.1\r\nConnection: close\r\n"
BROKEN = {
    "no request": "\x00\xff\x16\x03\x01\r\n\r\n",
    "no method": "<script>alert(1)</script> / HTTP/1.1\r\nAccept: text/html\r\n{host}\r\n",
    "no version": "GET / HTTP/9.9\r\n{host}\r\n",
    "bytes in the address": "GET /\xff\xfe/graph.json HTTP/1.1\r\nAccept: text/html\r\n{host}\r\n",
    "a long address": "GET {page}" + "a" * 100_000 + " HTTP/1.1\r\n{host}\r\n",
    "a long header": "GET {page} HTTP/1.1\r\n{host}X: " + "a" * 100_000 + "\r\n\r\n",
    "many headers": "GET {page} HTTP/1.1\r\n{host}" + "X: a\r\n" * 10_000 + "\r\n",
    "a folded header": "GET {page} HTTP/1.1\r\n{host}X: a\r\n b\r\n\r\n",
    "a negative length": "POST {page}command HTTP/1.1\r\n{host}Content-Length: -1\r\n\r\n",
    "two lengths": "POST {page}command HTTP/1.1\r\n{host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": "POST {page}command HTTP/1.1\r\n{host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad chunk": "POST {page}command HTTP/1.1\r\n{host}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    "an unknown expectation": "POST {page}command HTTP/1.1\r\n{host}Expect: tea\r\nContent-Length: 2\r\n\r\n{{}}",
    "an upgrade": "GET /x/y HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n",
    "a tunnel": "CONNECT evil.example:80 HTTP/1.1\r\n{host}\r\n",
}  # fmt: skip


@pytest.mark.parametrize("request_", BROKEN.values(), ids=BROKEN)
async def test_what_is_no_request_is_told_so_briefly_under_the_same_policy_and_not_logged(
    door: Door, request_: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        answer = await door.send(request_.replace("{page}", door.page).replace("{host}", HOST))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert 400 <= status(answer) < 500
    assert all(header in head.lower() + b"\r\n" for header in HEADERS), head
    assert len(body) < 100
    assert b"script" not in body
    assert not caplog.records  # a log could be flooded, and the address holds the token
    await works(door)


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PATCH", "TRACE", "OPTIONS", "PROPFIND"])
async def test_other_methods_find_nothing(door: Door, method: str) -> None:
    for name in ("", "graph.json", "command", "panel.js"):
        answer = await door.get(door.page + name, method=method, more="X-Echo: secret\r\n")
        assert status(answer) == 404
        assert b"secret" not in answer


@pytest.mark.parametrize("name", ["", "graph.json", "state.json", "panel.js", "panel.css", "nothing"])
async def test_every_reply_has_the_policy_and_is_kept_by_nobody(door: Door, name: str) -> None:
    answer = await door.get(door.page + name)
    head = answer.partition(b"\r\n\r\n")[0].lower() + b"\r\n"
    assert all(header in head for header in HEADERS)
    assert b"python" not in head


async def test_a_defect_is_a_reply_with_the_policy_and_without_its_details(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(_query: Query) -> None:
        raise RuntimeError("/a/secret/path")

    monkeypatch.setattr(door.source, "graph", fails)
    answer = await door.get(f"{door.page}graph.json", more="Accept: text/html\r\n")
    assert status(answer) == 500
    assert all(header in answer.lower() for header in HEADERS)
    assert b"secret" not in answer


@pytest.mark.parametrize(
    ("body", "more"),
    [(b"", ""), (b"x", ""), (b"[" * 60_000, ""), (b'{"command": [{}]}', ""), (b'{"command": "rm"}', ""), (b'{"command": {"a": 1}}', ""),
     (b"\xff\xfe", ""), (b"1" * 5000, ""), (b"abc", "Content-Encoding: gzip\r\n"), (b"[]", ""), (b'{"__proto__": {"command": "run"}}', "")],
)  # fmt: skip
async def test_a_body_that_is_no_command_is_refused(
    door: Door, body: bytes, more: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await door.post("command", body, more)
    assert status(answer) == 400
    assert not caplog.records


async def test_a_body_is_read_up_to_a_limit(door: Door) -> None:
    head = f"POST {door.page}command HTTP/1.1\r\n{HOST}Content-Length: 1000000000\r\n\r\n".encode()
    assert status(await door.send(head + b"x" * 1_000_000)) == 413
    await works(door)


async def test_a_body_that_breaks_off_in_the_middle_ends_its_connection_alone(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    for rest in (b"zz\r\n", b""):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(
            f"POST {door.page}command HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n\r\n2\r\n[1\r\n".encode()
        )
        await writer.drain()
        await works(door)  # by now the request is being read
        writer.write(rest)
        writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            assert b"200 OK" not in await reader.read()
        writer.close()
    assert not caplog.records
    await works(door)


async def test_requests_in_one_go_are_answered_in_their_order(door: Door) -> None:
    one = f"GET {door.page}graph.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    last = f"GET {door.page}panel.css HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    answer = await door.send(one * 20 + last)
    assert answer.count(b"HTTP/1.1 200 OK") == 21
    assert answer.rindex(b"application/json") < answer.rindex(b"text/css")


# --------------------------------------------------------------------------------------------------- too much, too slow


async def test_connections_that_show_no_token_are_few(door: Door) -> None:
    held = [await asyncio.open_connection("127.0.0.1", door.port) for _ in range(connections.STRANGERS + 10)]
    await works(door)
    turned_away = 0
    for reader, _ in held[:11]:
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionResetError):
                assert await reader.read() == b""
            turned_away += 1
    assert turned_away == 11  # the oldest, of which the last made room for the page
    for _, writer in held:
        writer.close()


@pytest.mark.parametrize("begun", ["", "GET / HTTP/1.1\r\nX: ", "GET /x/y HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
async def test_a_connection_that_shows_no_token_in_time_is_closed(
    door: Door, begun: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.1)
    await door.send(begun)  # waits until the other side closes


async def test_the_page_keeps_its_connection(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    for _ in range(3):
        writer.write(f"GET {door.page}panel.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
        await reader.readexactly(int(length.split(b":")[1]))
        await door.send("")  # as long as a stranger may take
    writer.close()


async def test_streams_are_bounded_and_end_with_their_readers(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application, "_MOST_STREAMS", 3)
    monkeypatch.setattr(live, "_SECONDS_OF_SILENCE", 0.05)
    request = f"GET {door.page}events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
    held = []
    for _ in range(3):
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(request)
        await reader.readuntil(b"event: graph")
        held.append(writer)
    assert status(await door.get(f"{door.page}events")) == 503
    for writer in held:
        writer.transport.abort()
    begun = b""
    while not begun.startswith(b"HTTP/1.1 200"):  # who writes to a reader that is gone finds out
        reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
        writer.write(request)
        begun = await reader.readuntil(b"\r\n")
        writer.close()


async def test_the_port_is_free_after_the_end_and_the_token_another_one(door: Door) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.port)
    writer.write(f"GET {door.page}events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    await reader.readuntil(b"event: graph")
    await door.server.close()
    with pytest.raises(ConnectionRefusedError):
        await door.get(door.page)
    again = PanelServer(door.source, door.port)
    address = urlsplit(await again.url(Query(door.source.uri, "qa")))
    assert (address.port, address.path == door.page) == (door.port, False)
    assert status(await door.get(door.page)) == 404
    await again.close()
    writer.close()


async def test_a_port_that_is_taken_is_an_error_that_leaves_nothing(door: Door) -> None:
    second = PanelServer(door.source, door.port)
    with pytest.raises(OSError, match=r"(?i)address already in use"):
        await second.url(Query(door.source.uri, "qa"))
    await second.close()
    await works(door)
