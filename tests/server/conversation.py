"""Random conversations: valid messages, messages that are nearly valid, and edits of every kind."""

from __future__ import annotations

import random
from typing import Any

from tests.server.asking import METHODS, OTHER
from tests.server.raw_client import Message
from tests.server.test_session import SOURCE, lsp_range

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

NOTICES = [
    "workspace/didChangeWatchedFiles",
    "workspace/didRenameFiles",
    "workspace/didChangeWorkspaceFolders",
    "textDocument/didSave",
    "window/workDoneProgress/cancel",
    "prompts/selection",
    "$/setTrace",
    "$/x",
    "",
]
"""Notifications that change nothing by themselves; settings and trust are left as they are."""

_ITEM = {
    "name": "qa",
    "kind": 12,
    "uri": "untitled:a",
    "range": lsp_range("a", "a"),
    "selectionRange": lsp_range("a", "a"),
    "data": {"graph": "qa", "node": "reply"},
}
OTHER_REQUESTS: list[tuple[str, Any]] = [
    ("workspace/symbol", {"query": "q"}),
    ("callHierarchy/incomingCalls", {"item": _ITEM}),
    ("callHierarchy/outgoingCalls", {"item": {**_ITEM, "data": {"graph": "qa", "node": None}}}),
    ("workspace/willRenameFiles", {"files": [{"oldUri": "file:///nowhere/qa.prompt", "newUri": "file:///a/b.prompt"}]}),
    ("workspace/textDocumentContent", {"uri": "prompts:/a?e30"}),
    ("codeAction/resolve", {"title": "x", "data": {"uri": "untitled:a", "finding": "f", "hash": "h"}}),
    ("workspace/executeCommand", {"command": "prompts.stop", "arguments": []}),
    ("workspace/executeCommand", {"command": "prompts.previewRewrite", "arguments": [{"uri": "untitled:a"}]}),
    ("workspace/executeCommand", {"command": "nothing"}),
    ("nothing/atAll", None),
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
            return self.notification(self.random.choice(NOTICES), self.odd())
        if kind < 0.64:
            return self.other_request()
        return self.request()

    def other_request(self) -> Message:
        """A request that is about no open document."""
        method, params = self.random.choice(OTHER_REQUESTS)
        if self.random.random() < 0.3:
            params = self.mutated(params)
        return self.numbered(method, params)

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
        scope = "workspace" if method == "executeCommand" else "textDocument"
        return self.numbered(f"{scope}/{method}", params)

    def numbered(self, method: str, params: Any) -> Message:
        self.requests.append(len(self.requests) + 1000)
        return {"jsonrpc": "2.0", "id": self.requests[-1], "method": method, "params": params}

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


ERRORS = {-32601, -32602, -32800, -32801, -32803}
"""The errors that may come: no such method, wrong parameters, cancelled, text changed, cannot be done. Never an internal one."""
