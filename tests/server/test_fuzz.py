"""Random conversations: whatever is sent, every request has exactly one reply, and nothing fails inside.

`benchmarks/server_fuzz.py` goes on for as long as one wants.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.server.asking import OTHER
from tests.server.conversation import ERRORS, URIS, Conversation
from tests.server.raw_client import RICH_CAPABILITIES, RawClient, encode
from tests.server.test_session import SOURCE

MESSAGES = 400


@pytest.mark.parametrize("seed", range(6))
async def test_every_request_of_a_random_conversation_has_one_reply(client: RawClient, seed: int) -> None:
    await client.initialize(RICH_CAPABILITIES)
    conversation = Conversation(seed)
    for uri in URIS[:4]:
        await client.open(uri, SOURCE if "qa" in uri or uri.endswith("a") else OTHER)
    for _ in range(MESSAGES):
        await client.send_bytes(encode(conversation.next()))
    assert (await client.request("shutdown"))["result"] is None
    replies = Counter(message["id"] for message in client.unread if "id" in message and "method" not in message)
    assert replies == Counter(conversation.requests)
    codes = {message["error"]["code"] for message in client.unread if "error" in message}
    assert codes <= ERRORS
    client.unread.clear()
