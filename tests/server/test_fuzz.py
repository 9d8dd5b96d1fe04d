"""Random conversations: whatever is sent, every request has exactly one reply, and nothing fails inside."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from tests.server.asking import METHODS, OTHER
from tests.server.raw_client import RICH_CAPABILITIES, Message, RawClient, encode
from tests.server.test_session import SOURCE

MESSAGES = 400
URIS = ["untitled:a", "untitled:b", "file:///nowhere/qa.prompt", "file:///nowhere/other.prompt", "", "%%%", "file://["]
FRAGMENTS = [
    *(
        "\n",
        "\r\n",
        "\r",
        "\u2028",
        "\x00",
        "\t",
        " ",
        "  ",
        "    ",
        "😀",
        "é",
        "{{",
        "}}",
        "{{question}}",
        ":",
        '"',
        "# x\n",
    ),
    *(
        "graph g(x: text) -> y\n",
        "llm n(x) -> y: text\n",
        "  model m\n",
        "  learn system:\n",
        'use qa from "./qa.prompt"\n',
    ),
]
ODD: list[Any] = [
    None,
    True,
    -1,
    2**31,
    1.5,
    "",
    "x" * 300,
    [],
    {},
    [[]],
    {"uri": None},
    {"jsonrpc": "2.0", "method": "exit"},
]


class Conversation:
    """Makes messages, and remembers which of them must be answered."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.requests: list[int] = []
        self.version = 1

    def next(self) -> Message:
        kind = self.random.random()
        if kind < 0.35:
            return self.notification("textDocument/didChange", self.change())
        if kind < 0.45:
            return self.notification("textDocument/didOpen", {"textDocument": self.document()})
        if kind < 0.48:
            return self.notification("textDocument/didClose", {"textDocument": {"uri": self.uri()}})
        if kind < 0.52:
            return self.notification("$/cancelRequest", {"id": self.random.choice([*self.requests[-5:], "x", None])})
        if kind < 0.58:
            return self.notification(self.random.choice(["workspace/didChangeWatchedFiles", "$/x", ""]), self.odd())
        return self.request()

    def request(self) -> Message:
        method, params = self.random.choice(METHODS)
        if method == "rename":
            params = {**params, "newName": self.random.choice(["fresh", "", "a b", "graph"])}
        params = {"textDocument": {"uri": self.uri()}, **params}
        if "position" in params:
            params["position"] = self.position()
        if "range" in params:
            params["range"] = {"start": self.position(), "end": self.position()}
        if self.random.random() < 0.1:
            params = self.mutated(params)
        if self.random.random() < 0.05:
            method, params = "executeCommand", {"command": "prompts.run", "arguments": [self.odd()]}
        self.requests.append(len(self.requests) + 1000)
        scope = "workspace" if method == "executeCommand" else "textDocument"
        return {"jsonrpc": "2.0", "id": self.requests[-1], "method": f"{scope}/{method}", "params": params}

    def notification(self, method: str, params: Any) -> Message:
        if self.random.random() < 0.05:
            params = self.mutated(params)
        return {"jsonrpc": "2.0", "method": method, "params": params}

    def mutated(self, params: Any) -> Any:
        if not isinstance(params, dict) or not params:
            return self.odd()
        return {**params, self.random.choice(list(params)): self.odd()}

    def odd(self) -> Any:
        return self.random.choice(ODD)

    def uri(self) -> str:
        return self.random.choice(URIS)

    def document(self) -> Message:
        text = self.random.choice([SOURCE, OTHER, "", self.text()])
        return {"uri": self.uri(), "languageId": "prompt-graph", "version": self.version, "text": text}

    def text(self) -> str:
        return "".join(self.random.choices(FRAGMENTS, k=self.random.randrange(8)))

    def position(self) -> Message:
        return {"line": self.random.randrange(30), "character": self.random.choice([0, 2, 4, 7, 20, 2**31 - 1])}

    def change(self) -> Message:
        self.version += 1
        changes: list[Message] = []
        for _ in range(self.random.randrange(1, 4)):
            change: Message = {"text": self.text()}
            if self.random.random() < 0.95:
                change["range"] = {"start": self.position(), "end": self.position()}
            changes.append(change)
        return {"textDocument": {"uri": self.uri(), "version": self.version}, "contentChanges": changes}


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
    assert codes <= {-32601, -32602, -32800, -32803}
    client.unread.clear()
