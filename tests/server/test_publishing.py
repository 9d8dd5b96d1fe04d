"""What is pushed, and how often: nothing twice, unless the editor may have thrown it away."""

from __future__ import annotations

import pytest

from tests.server.raw_client import RawClient, encode

URI = "untitled:a"
PUBLISH = "textDocument/publishDiagnostics"
BROKEN = "graph g(x: text) -> y\n"
BOTTOM = {"start": {"line": 9, "character": 0}, "end": {"line": 9, "character": 0}}


@pytest.mark.parametrize("looks_at_versions", [True, False])
async def test_editors_that_drop_old_versions_are_told_again(client: RawClient, *, looks_at_versions: bool) -> None:
    """Helix and Emacs drop what is about an older text than theirs, and would show it never, or for ever."""
    await client.initialize({"textDocument": {"publishDiagnostics": {"versionSupport": looks_at_versions}}})
    await client.open(URI, BROKEN)
    first = await client.diagnostics(URI, 1)
    assert first
    await client.change(URI, 2, {"range": BOTTOM, "text": "\n"})
    if looks_at_versions:
        assert await client.diagnostics(URI, 2) == first
    else:
        # Two replies, so that the server has come to rest once after the change.
        for _ in range(2):
            await client.result("textDocument/foldingRange", {"textDocument": {"uri": URI}})
        assert [one for one in client.unread if one.get("method") == PUBLISH] == []


async def test_many_edits_at_once_are_looked_at_once_and_a_question_between_them_sees_its_text(
    client: RawClient,
) -> None:
    await client.initialize({"textDocument": {"publishDiagnostics": {"versionSupport": True}}})
    await client.open(URI, BROKEN)
    await client.diagnostics(URI, 1)
    end = {"line": 0, "character": len("graph g")}
    messages: list[bytes] = []
    for number in range(200):
        change = {"range": {"start": end, "end": end}, "text": str(number % 10)}
        document = {"uri": URI, "version": number + 2}
        params = {"textDocument": document, "contentChanges": [change]}
        messages.append(encode({"jsonrpc": "2.0", "method": "textDocument/didChange", "params": params}))
        if number in {50, 150}:
            params = {"textDocument": {"uri": URI}}
            message = {
                "jsonrpc": "2.0",
                "id": f"at {number}",
                "method": "textDocument/documentSymbol",
                "params": params,
            }
            messages.append(encode(message))
    await client.send_bytes(b"".join(messages))
    digits = "".join(str(number % 10) for number in reversed(range(200)))
    for number in (50, 150):
        (symbol,) = (await client.reply_to(f"at {number}"))["result"]
        assert symbol["name"] == "g" + digits[-number - 1 :]
    assert await client.diagnostics(URI, 201)
    versions = [one["params"]["version"] for one in client.unread if one.get("method") == PUBLISH]
    assert len(versions) < 100
    assert versions == sorted(versions)
