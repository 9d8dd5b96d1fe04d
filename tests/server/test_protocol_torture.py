"""What stock pygls 2.1.1 gets wrong on the wire, and this server must not.

Each test is a row of the list of defects that was found by running pygls; its docstring says what pygls does there.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.server.raw_client import RawClient, encode

INITIALIZE: dict[str, Any] = {"processId": None, "rootUri": None, "capabilities": {}}

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED, CANCELLED = -32002, -32800


def raw(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


async def still_answers(client: RawClient) -> None:
    assert (await client.request("prompts/noSuchMethod"))["error"]["code"] == METHOD_NOT_FOUND


async def test_params_of_the_wrong_shape_are_answered(session: RawClient) -> None:
    """pygls: a popup and no reply, so that the client waits for ever."""
    for params in (None, [], 3, {"textDocument": 5}, {"command": ["x"], "arguments": "y"}, {"position": {}}):
        reply = await session.request("workspace/executeCommand", params)
        assert reply["error"]["code"] == INVALID_PARAMS
        assert "data" not in reply["error"]


async def test_the_error_names_the_place_but_not_the_value(session: RawClient) -> None:
    reply = await session.request("workspace/executeCommand", {"command": ["hunter2"], "arguments": []})
    assert "params.command" in reply["error"]["message"]
    assert "hunter2" not in json.dumps(reply)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", PARSE_ERROR),
        (b"", PARSE_ERROR),
        (b"\xff\xfe", PARSE_ERROR),
        (b'{"jsonrpc":"2.0","id":7,"method":"x","params":NaN}', PARSE_ERROR),
        (b"1" * 5000, PARSE_ERROR),
        (b"[" * 100_000, PARSE_ERROR),
        (b'{"a":' * 100_000, PARSE_ERROR),
        (b"[]", INVALID_REQUEST),
        (b'[{"jsonrpc":"2.0","id":1,"method":"shutdown"}]', INVALID_REQUEST),
        (b'"text"', INVALID_REQUEST),
        (b'{"id":null,"method":"x","jsonrpc":"2.0"}', INVALID_REQUEST),
        (b'{"id":true,"method":"x","jsonrpc":"2.0"}', INVALID_REQUEST),
        (b'{"id":1.5,"method":"x","jsonrpc":"2.0"}', INVALID_REQUEST),
        (b'{"id":{},"method":"x","jsonrpc":"2.0"}', INVALID_REQUEST),
        (b'{"result":1,"jsonrpc":"2.0"}', INVALID_REQUEST),
        (b'{"id":7,"result":1}', INVALID_REQUEST),
    ],
)
async def test_what_is_no_message_is_refused_without_an_id(session: RawClient, body: bytes, code: int) -> None:
    """pygls: a popup and no reply."""
    await session.send_bytes(raw(body))
    reply = await session.reply_to(None)
    assert reply["error"]["code"] == code
    await still_answers(session)


@pytest.mark.parametrize(
    "message",
    [
        {"id": 7, "method": "shutdown"},
        {"id": 7, "method": "shutdown", "jsonrpc": "1.0"},
        {"id": 7, "method": 5, "jsonrpc": "2.0"},
        {"id": 7, "jsonrpc": "2.0"},
    ],
)
async def test_a_broken_request_is_refused_by_its_id(session: RawClient, message: object) -> None:
    await session.send(message)
    assert (await session.reply_to(7))["error"]["code"] == INVALID_REQUEST
    await still_answers(session)


async def test_unknown_methods(session: RawClient) -> None:
    assert (await session.request("nothing/here"))["error"]["code"] == METHOD_NOT_FOUND
    assert (await session.request("$/nothing"))["error"]["code"] == METHOD_NOT_FOUND
    await session.notify("nothing/here", {"x": 1})
    await session.notify("$/nothing")
    await still_answers(session)


async def test_nothing_is_served_before_initialize(client: RawClient) -> None:
    """pygls: -32603 with a traceback."""
    await client.open("file:///a.prompt", "text")
    for method in ("shutdown", "textDocument/hover", "nothing/here"):
        assert (await client.request(method, {}))["error"]["code"] == NOT_INITIALIZED
    await client.initialize()


async def test_a_failed_initialize_can_be_repeated(client: RawClient) -> None:
    assert (await client.request("initialize", {"capabilities": 3}))["error"]["code"] == INVALID_PARAMS
    await client.initialize()


async def test_a_second_initialize_is_refused(session: RawClient) -> None:
    """pygls: accepted, and the workspace is silently replaced."""
    assert (await session.request("initialize", INITIALIZE))["error"]["code"] == INVALID_REQUEST
    await still_answers(session)


async def test_requests_after_shutdown_are_refused(session: RawClient) -> None:
    """pygls: no reply."""
    assert (await session.request("shutdown"))["result"] is None
    for method, params in (("initialize", INITIALIZE), ("shutdown", None), ("nothing/here", None)):
        assert (await session.request(method, params))["error"]["code"] == INVALID_REQUEST
    await session.notify("textDocument/didOpen", {"nonsense": True})
    await session.notify("exit")
    assert await session.exit_code() == 0


async def test_an_id_in_use_is_refused(session: RawClient) -> None:
    message = {"jsonrpc": "2.0", "id": "same", "method": "shutdown"}
    await session.send_bytes(encode(message) + encode(message))
    replies = [await session.reply_to("same"), await session.reply_to("same")]
    assert sorted("error" in reply for reply in replies) == [False, True]


async def test_a_nested_jsonrpc_key_is_data(session: RawClient) -> None:
    """pygls: every nested object with that key becomes a message object."""
    argument = {"jsonrpc": "2.0", "id": 3, "method": "initialize", "params": {"jsonrpc": "2.0", "method": "exit"}}
    reply = await session.request("workspace/executeCommand", {"command": "no.such", "arguments": [argument]})
    assert reply["error"]["code"] == INVALID_PARAMS
    assert "no.such" in reply["error"]["message"]
    await still_answers(session)


async def test_deep_nesting_in_params_is_answered(session: RawClient) -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    reply = await session.request("workspace/executeCommand", {"command": "no.such", "arguments": [deep]})
    assert reply["error"]["code"] == INVALID_PARAMS
    await still_answers(session)


async def test_header_spellings(session: RawClient) -> None:
    """pygls: `content-length: n` is ignored and the message is lost."""
    body = b'{"jsonrpc":"2.0","id":"h","method":"x"}'
    for name in (b"content-length: ", b"Content-Length:", b"CONTENT-LENGTH :  "):
        await session.send_bytes(b"%b%d\r\n\r\n%b" % (name, len(body), body))
        assert (await session.reply_to("h"))["error"]["code"] == METHOD_NOT_FOUND


async def test_endless_headers_are_refused_and_forgotten(session: RawClient) -> None:
    """pygls: 200 MB of header line are 200 MB of memory."""
    for _ in range(64):
        await session.send_bytes(b"x" * (1 << 20))
    assert (await session.reply_to(None))["error"]["code"] == PARSE_ERROR
    await still_answers(session)
    assert resident_bytes(session) < 200 * 1024 * 1024


async def test_a_huge_length_is_refused(session: RawClient) -> None:
    """pygls: MemoryError, exit code 1."""
    await session.send_bytes(b"Content-Length: 100000000000\r\n\r\n")
    assert (await session.reply_to(None))["error"]["code"] == INVALID_REQUEST


async def test_the_size_limit_can_be_set(start_client: Any) -> None:
    client = await start_client("--max-message-bytes", "200")
    await client.initialize()
    await client.send_bytes(raw(b"x" * 201))
    assert (await client.reply_to(None))["error"]["code"] == INVALID_REQUEST
    await still_answers(client)


async def test_garbage_between_messages_is_skipped(session: RawClient) -> None:
    await session.send_bytes(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nsome body" + encode({"jsonrpc": "2.0", "id": 9}))
    assert (await session.reply_to(None))["error"]["code"] == PARSE_ERROR
    assert (await session.reply_to(9))["error"]["code"] == INVALID_REQUEST


async def test_a_change_to_a_document_that_is_not_open_is_ignored(session: RawClient) -> None:
    """pygls: a popup with KeyError."""
    await session.notify(
        "textDocument/didChange",
        {"textDocument": {"uri": "file:///never.prompt", "version": 2}, "contentChanges": [{"text": "x"}]},
    )
    await session.notify("textDocument/didClose", {"textDocument": {"uri": "file:///never.prompt"}})
    await still_answers(session)


async def test_a_bad_notification_is_no_popup(session: RawClient) -> None:
    await session.notify("textDocument/didOpen", {"textDocument": {"uri": 5}})
    await still_answers(session)
    assert not [message for message in session.unread if message.get("method") == "window/showMessage"]


async def test_cancelling_what_does_not_run_is_harmless(session: RawClient) -> None:
    for params in ({"id": 99}, {"id": "x"}, {}, None, {"id": None}, [1], {"id": [1]}):
        await session.notify("$/cancelRequest", params)
    await still_answers(session)


async def test_a_request_that_waits_its_turn_can_be_cancelled(session: RawClient) -> None:
    """pygls reads a cancellation only after the handler that it should have stopped."""
    waiting = [{"jsonrpc": "2.0", "id": f"q{number}", "method": "nothing"} for number in range(20)]
    cancel = {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "q19"}}
    await session.send_bytes(b"".join(map(encode, [*waiting, cancel])))
    assert (await session.reply_to("q19"))["error"]["code"] == CANCELLED
    for number in range(19):
        assert (await session.reply_to(f"q{number}"))["error"]["code"] == METHOD_NOT_FOUND


async def test_replies_to_nothing_are_ignored(session: RawClient) -> None:
    await session.send({"jsonrpc": "2.0", "id": "unknown", "result": {"x": 1}})
    await session.send({"jsonrpc": "2.0", "id": 4, "error": {"code": 1, "message": "no"}})
    await session.send({"jsonrpc": "2.0", "id": 5, "error": "not even an object"})
    await still_answers(session)


async def test_a_flood_is_answered_once_each_and_in_order(session: RawClient) -> None:
    flood = [{"jsonrpc": "2.0", "id": number, "method": "nothing", "params": "x" * 9000} for number in range(600)]
    await session.send_bytes(b"".join(map(encode, flood)))
    for number in range(600):
        await session.reply_to(number)
    assert session.unread == []


def resident_bytes(client: RawClient) -> int:
    from pathlib import Path

    pages = int(Path(f"/proc/{client.process.pid}/statm").read_text().split()[1])
    return pages * 4096


async def test_shutdown_while_a_command_waits_ends_both(session: RawClient, tmp_path: Path) -> None:
    """pygls: the table of tasks changes while it is walked, the reply is an error, and the server never shuts down."""
    uri = (tmp_path / "qa.prompt").as_uri()
    await session.open(uri, "graph qa(question) -> question\n")
    asked = {"command": "prompts.showGraph", "arguments": [{"uri": uri}]}
    waiting = await session.start_request("workspace/executeCommand", asked)
    shutdown = await session.start_request("shutdown")
    first, last = await session.reply_to(waiting), await session.reply_to(shutdown)
    assert first.get("error", {"code": -32800})["code"] == -32800
    assert last["result"] is None
    await session.notify("exit")
    assert await session.exit_code() == 0


async def test_a_failing_handler_shows_no_paths_and_no_traceback(start_client: Any, tmp_path: Path) -> None:
    """pygls: the traceback with its paths goes to the editor in `error.data`."""
    script = tmp_path / "failing.py"
    script.write_text(
        "import sys\n"
        "from prompts_server import command\n"
        "from prompts_server.handlers import did_save, hover\n"
        "def fail(session, params): raise ValueError(__file__)\n"
        "hover.hover = fail\n"
        "sys.exit(command.serve_standard_streams([]))\n"
    )
    client: RawClient = await start_client(command=(sys.executable, str(script)))
    client.expect_log("")
    await client.initialize()
    place = {"textDocument": {"uri": "untitled:a"}, "position": {"line": 0, "character": 0}}
    error = (await client.request("textDocument/hover", place))["error"]
    assert (error["code"], "data" in error, str(tmp_path) in json.dumps(error)) == (-32603, False, False)
    assert "ValueError" in error["message"]
    assert await client.leave() == 0


async def test_a_handler_that_exits_keeps_its_exit_code(start_client: Any, tmp_path: Path) -> None:
    """pygls: the process ends without a reply, and its exit code says that all was well."""
    script = tmp_path / "exiting.py"
    script.write_text(
        "import sys\n"
        "from prompts_server import command\n"
        "from prompts_server.handlers import did_save, hover\n"
        "def leave(session, params): sys.exit(3)\n"
        "hover.hover = leave\n"
        "sys.exit(command.serve_standard_streams([]))\n"
    )
    client: RawClient = await start_client(command=(sys.executable, str(script)))
    client.expect_log("")
    await client.initialize()
    place = {"textDocument": {"uri": "untitled:a"}, "position": {"line": 0, "character": 0}}
    assert "error" in await client.request("textDocument/hover", place)
    assert await client.exit_code() == 3


async def test_an_inverted_range_is_read_the_right_way_round(session: RawClient) -> None:
    """pygls: the text between the two ends is doubled."""
    await session.open("untitled:a", "graph abc(q) -> q\n")
    inverted = {"start": {"line": 0, "character": 9}, "end": {"line": 0, "character": 6}}
    await session.change("untitled:a", 2, {"range": inverted, "text": "x"})
    symbols = await session.result("textDocument/documentSymbol", {"textDocument": {"uri": "untitled:a"}})
    assert [symbol["name"] for symbol in symbols] == ["x"]


@pytest.mark.parametrize("level", ["info", "debug"])
async def test_the_log_has_no_bodies(start_client: Any, level: str) -> None:
    """pygls: every body that is sent stands in the log in full at level INFO."""
    client: RawClient = await start_client("--log-level", level)
    await client.initialize()
    await client.open("untitled:a", "graph a(q) -> q  # the secret of the text\n")
    await client.request("textDocument/documentSymbol", {"textDocument": {"uri": "untitled:a"}})
    assert await client.leave() == 0
    assert not [line for line in client.log if "the secret of the text" in line or '"jsonrpc"' in line]


async def test_a_token_that_has_ended_means_nothing(session: RawClient) -> None:
    """pygls: a token is never removed, so that using it again is an error."""
    for token in ("prompts/job-1", "prompts/", "x", 7):
        await session.notify("window/workDoneProgress/cancel", {"token": token})
    assert "result" in await session.request("workspace/symbol", {"query": ""})


async def test_a_task_that_fails_by_itself_is_in_the_log(start_client: Any, tmp_path: Path) -> None:
    """pygls: the failure of a task is lost until the collector of garbage finds it."""
    script = tmp_path / "failing.py"
    script.write_text(
        "import sys\n"
        "from prompts_server import command\n"
        "from prompts_server.handlers import did_save, hover\n"
        "async def fail(session, params): raise ValueError('lost')\n"
        "did_save.did_save = fail\n"
        "sys.exit(command.serve_standard_streams([]))\n"
    )
    client: RawClient = await start_client(command=(sys.executable, str(script)))
    client.expect_log("")
    await client.initialize()
    await client.notify("textDocument/didSave", {"textDocument": {"uri": "untitled:a"}})
    assert await client.leave() == 0
    assert any("lost" in line for line in client.log)


async def test_what_later_versions_of_python_lack_is_not_needed(start_client: Any, tmp_path: Path) -> None:
    """pygls: registering a feature calls `asyncio.iscoroutinefunction`, which Python 3.16 no longer has."""
    script = tmp_path / "later.py"
    script.write_text(
        "import asyncio, sys\n"
        "del asyncio.iscoroutinefunction\n"
        "from prompts_server import command\n"
        "sys.exit(command.serve_standard_streams([]))\n"
    )
    client: RawClient = await start_client(command=(sys.executable, str(script)))
    await client.initialize()
    await client.open("untitled:a", "graph a(q) -> q\n")
    (symbol,) = await client.result("textDocument/documentSymbol", {"textDocument": {"uri": "untitled:a"}})
    assert symbol["name"] == "a"
    command = {"command": "prompts.stop", "arguments": []}
    assert await client.result("workspace/executeCommand", command) == {"stopped": 0}
    assert await client.leave() == 0


def internet_sockets(process: int) -> list[str]:
    links = [os.readlink(one) for one in Path(f"/proc/{process}/fd").iterdir()]  # noqa: PTH115 - they lead to no file
    own = {link.removeprefix("socket:[").removesuffix("]") for link in links if link.startswith("socket:")}
    tables = [Path(f"/proc/{process}/net/{name}") for name in ("tcp", "tcp6", "udp", "udp6")]
    lines = [line for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    return [line for line in lines if line.split()[9] in own]


@pytest.mark.parametrize("arguments", [("--tcp", "--port", "0"), ("--ws", "--port", "0"), ("--socket=0",)])
async def test_no_argument_opens_the_server_to_others(start_client: Any, arguments: tuple[str, ...]) -> None:
    """pygls: over TCP a second client gets the first one's replies, and a browser's page may speak to a web socket."""
    client: RawClient = await start_client(*arguments)
    client.expect_log("ignored the arguments")
    await client.initialize()
    assert internet_sockets(client.process.pid) == []
    assert await client.leave() == 0


async def test_lengths_are_bytes(session: RawClient) -> None:
    """pygls: counts characters, which is only right because it sends ASCII."""
    await session.open("untitled:a", "graph a(q) -> q\n")
    params = {
        "textDocument": {"uri": "untitled:a", "version": 2},
        "contentChanges": [{"text": "# 😀 é \u2028\ngraph b(q) -> q\n"}],
    }
    message = {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}
    await session.send_bytes(raw(json.dumps(message, ensure_ascii=False).encode()))
    (symbol,) = await session.result("textDocument/documentSymbol", {"textDocument": {"uri": "untitled:a"}})
    assert symbol["name"] == "b"
