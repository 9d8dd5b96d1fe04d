"""What is pushed, and how often: nothing twice, unless the editor may have thrown it away."""

from __future__ import annotations

import pytest

from tests.server.raw_client import RawClient

URI = "untitled:a"
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
        assert [one for one in client.unread if one.get("method") == "textDocument/publishDiagnostics"] == []
