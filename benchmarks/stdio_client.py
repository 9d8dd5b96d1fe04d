"""The least of an editor: opens a document in a language server over stdio, types into it, and waits for diagnostics that are pushed."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class StdioClient:
    """One server process with one document. Waiting has no limit of its own: a server that hangs hangs the benchmark."""

    def __init__(self, command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("A process with two pipes has them.")
        self._to_server, self._from_server = self._process.stdin, self._process.stdout
        self._last_id = 0
        root = folder.as_uri()
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": folder.name}],
                "capabilities": {
                    "textDocument": {"publishDiagnostics": {"versionSupport": True}, "synchronization": {}},
                    "workspace": {"configuration": True, "workspaceFolders": True},
                },
            },
        )
        self.notify("initialized", {})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.request("shutdown", None)
            self.notify("exit", None)
        else:
            self._process.kill()
        self._process.communicate()

    def open(self, uri: str, language: str, text: str) -> list[dict[str, Any]]:
        """Opens the document, and gives its first diagnostics."""
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return self._diagnostics(uri, 1)

    def type(self, uri: str, version: int, line: int, character: int, text: str, replaced: int) -> list[dict[str, Any]]:
        """Puts `text` in the place of so many characters, and gives the diagnostics of that version."""
        span = {
            "start": {"line": line, "character": character},
            "end": {"line": line, "character": character + replaced},
        }
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"range": span, "text": text}]},
        )
        return self._diagnostics(uri, version)

    def type_in_full(self, uri: str, version: int, text: str) -> list[dict[str, Any]]:
        """Sends the whole text, for servers that take nothing else, and gives the diagnostics of that version."""
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]},
        )
        return self._diagnostics(uri, version)

    def request(self, method: str, params: object) -> dict[str, Any]:
        """Sends a request, and gives the reply."""
        self._last_id += 1
        self._send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last_id and "method" not in message:
                return message

    def notify(self, method: str, params: object) -> None:
        """Sends a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _diagnostics(self, uri: str, version: int) -> list[dict[str, Any]]:
        while True:
            message = self._receive()
            params = message.get("params") or {}
            is_ours = message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == uri
            if is_ours and params.get("version") in {version, None}:
                return params["diagnostics"]

    def _send(self, message: Mapping[str, object]) -> None:
        body = json.dumps(message).encode()
        self._to_server.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._to_server.flush()

    def _receive(self) -> dict[str, Any]:
        """The next message; requests of the server are answered with nothing on the way."""
        length = 0
        while (line := self._from_server.readline()) not in {b"\r\n", b""}:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise EOFError("The server has ended.")
        message = json.loads(self._from_server.read(length))
        if "id" in message and "method" in message:
            items = (message.get("params") or {}).get("items", [])
            result = [None] * len(items) if message["method"] == "workspace/configuration" else None
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        return message
