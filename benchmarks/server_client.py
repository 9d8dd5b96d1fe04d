"""An editor for measuring: it speaks to a language server over pipes, and knows what the server's processes use."""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

PATIENCE = 60.0
"""Seconds after which a server counts as silent."""

DEAFNESS = 20.0
"""Seconds after which a server that reads nothing counts as silent."""

QUIET = 2.0
"""Seconds without a word after which a server has said what it had to say."""

CAPABILITIES: Mapping[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {"configuration": True, "workspaceFolders": True, "didChangeConfiguration": {}},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
        "hover": {"contentFormat": ["markdown"]},
        "completion": {"completionItem": {"snippetSupport": True}},
        "semanticTokens": {
            "requests": {"full": {"delta": True}, "range": True},
            "tokenTypes": ["keyword", "function", "variable", "parameter", "property", "type", "class"],
            "tokenModifiers": ["declaration"],
            "formats": ["relative"],
        },
    },
}


class Silent(Exception):  # noqa: N818 - it is the server that is
    """The server did not say what was waited for."""


_AS_INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Installed packages come with compiled code; where this variable is set, a working copy has none."""


class Editor:
    """One server with one document."""

    def __init__(self, command: Sequence[str], folder: Path, options: Mapping[str, Any] | None = None) -> None:
        self.started = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            env=_AS_INSTALLED,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        os.set_blocking(self._process.stdin.fileno(), False)
        self._buffer = bytearray()
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        # On a thread, so that a server that has much to say is heard while it is told much.
        threading.Thread(target=self._listen, daemon=True).start()
        self._last_id = 0
        self.version = 1
        root = folder.as_uri()
        reply = self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": root,
                "workspaceFolders": [{"uri": root, "name": folder.name}],
                "capabilities": CAPABILITIES,
                "initializationOptions": options or {},
            },
        )
        self.offers: Mapping[str, Any] = reply["result"]["capabilities"]
        self.notify("initialized", {})

    # --- what an editor does

    def open(self, uri: str, language: str, text: str) -> None:
        self.uri, self.lines = uri, text.split("\n")
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": text}},
        )

    def type(self, line: int, column: int, text: str, replaced: int = 0) -> None:
        """Puts text in the place of so many characters of a line; as a whole text for servers that take nothing else."""
        before = self.lines[line]
        self.lines[line] = before[:column] + text + before[column + replaced :]
        self.version += 1
        change: dict[str, Any] = {"text": "\n".join(self.lines)} if not self._incremental else {"text": text}
        if self._incremental:
            start, end = {"line": line, "character": column}, {"line": line, "character": column + replaced}
            change["range"] = {"start": start, "end": end}
        document = {"uri": self.uri, "version": self.version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def diagnostics(self, wanted: Callable[[list[Any]], bool] = lambda _found: True) -> list[Any]:
        """The next diagnostics of the document that are wanted."""
        while True:
            message = self._receive()
            params = message.get("params") or {}
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == self.uri:
                is_old = params.get("version") not in {None, self.version}
                if not is_old and wanted(params["diagnostics"]):
                    return params["diagnostics"]

    def about(self, method: str, **params: Any) -> Any:
        """The result of a request about the document."""
        reply = self.request(f"textDocument/{method}", {"textDocument": {"uri": self.uri}, **params})
        if "error" in reply:
            raise Silent(str(reply["error"]))
        return reply["result"]

    def request(self, method: str, params: object) -> dict[str, Any]:
        self._last_id += 1
        self._send({"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params})
        while True:
            message = self._receive()
            if message.get("id") == self._last_id and "method" not in message:
                return message

    def notify(self, method: str, params: object) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def notification(self, method: str, wanted: Callable[[Any], bool]) -> Any:
        while True:
            message = self._receive()
            if message.get("method") == method and wanted(message.get("params")):
                return message["params"]

    def close(self) -> None:
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            self._process.wait(10)
        except (Silent, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()

    def listen(self, seconds: float) -> Iterator[dict[str, Any]]:
        """What the server says in so many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                yield self._receive(left)
            except Silent:
                return

    # --- what the server's processes use

    @property
    def megabytes(self) -> float:
        """The resident memory of the server and all of its children."""
        return sum(_status(process, "VmRSS") for process in self.family()) / 1024

    @property
    def own_megabytes(self) -> float:
        """The resident memory of the server alone."""
        return _status(self._process.pid, "VmRSS") / 1024

    @property
    def processor_seconds(self) -> float:
        """Processor time so far, of the server and all of its children that live."""
        ticks = 0
        for process in self.family():
            fields = _read_or_nothing(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12]) if fields else 0
        return ticks / os.sysconf("SC_CLK_TCK")

    @property
    def descriptors(self) -> int:
        """Open files of the server itself."""
        return len(list(Path(f"/proc/{self._process.pid}/fd").iterdir()))

    def family(self) -> list[int]:
        """The server's process id, and those of its children and theirs."""
        found = [self._process.pid]
        for process in found:
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                found.extend(int(child) for child in _read_or_nothing(children).split())
        return found

    # --- the wire

    def settled(self) -> list[Any]:
        """The last diagnostics of the document, once the server has said nothing for a while."""
        found = self.diagnostics()
        while True:
            try:
                message = self._receive(QUIET)
            except Silent:
                return found
            params = message.get("params") or {}
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == self.uri:
                found = params["diagnostics"]

    @property
    def _incremental(self) -> bool:
        sync = self.offers.get("textDocumentSync")
        return (sync.get("change") if isinstance(sync, dict) else sync) == 2

    def _send(self, message: Mapping[str, object]) -> None:
        """Sends a message.

        Raises:
            Silent: the server has ended, or stopped reading for so long.
        """
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        body = json.dumps(message).encode()
        left = memoryview(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        pipe = self._process.stdin.fileno()
        while left:
            if not select.select([], [pipe], [], DEAFNESS)[1]:
                raise Silent(f"the server read nothing for {DEAFNESS:.0f} s")
            try:
                left = left[os.write(pipe, left) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise Silent("the server has ended") from None

    def _receive(self, patience: float = PATIENCE) -> dict[str, Any]:
        """The next message; requests of the server are answered on the way.

        Raises:
            Silent: nothing came for so many seconds, or the server has ended.
        """
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._read(patience)
        headers = bytes(self._buffer[:end]).lower().split(b"\r\n")
        length = next(int(line.partition(b":")[2]) for line in headers if line.startswith(b"content-length"))
        while len(self._buffer) < end + 4 + length:
            self._read(patience)
        message = json.loads(self._buffer[end + 4 : end + 4 + length])
        del self._buffer[: end + 4 + length]
        if "id" in message and "method" in message:
            items = (message.get("params") or {}).get("items", [])
            result = [None] * len(items) if message["method"] == "workspace/configuration" else None
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
        return message

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        descriptor = self._process.stdout.fileno()
        while chunk := os.read(descriptor, 1 << 20):
            self._chunks.put(chunk)
        self._chunks.put(b"")

    def _read(self, patience: float) -> None:
        try:
            chunk = self._chunks.get(timeout=patience)
        except queue.Empty:
            raise Silent(f"the server said nothing for {patience:.0f} s") from None
        if not chunk:
            raise Silent("the server has ended")
        self._buffer += chunk


def _read_or_nothing(file: Path) -> str:
    """A file about a thread or a process, which may have ended meanwhile."""
    try:
        return file.read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _status(process: int, field: str) -> int:
    lines = _read_or_nothing(Path(f"/proc/{process}/status")).splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{field}:")), 0)
