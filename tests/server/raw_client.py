"""A language client that can misbehave: it sends any bytes and sees every byte that comes back.

It starts the real server over real pipes. It waits for messages and never sleeps; `PATIENCE` only ends a test that would
hang. `finish` fails when the server said something was wrong and the test did not look at it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

PATIENCE = 30.0

Message = dict[str, Any]
Answer = Callable[[Any], Any]

SERVER = (sys.executable, "-m", "prompts_server")

PLAIN_CAPABILITIES: Message = {}

RICH_CAPABILITIES: Message = {
    "window": {"workDoneProgress": True},
    "workspace": {
        "workspaceEdit": {"documentChanges": True, "changeAnnotationSupport": {}},
        "codeLens": {"refreshSupport": True},
    },
    "textDocument": {
        "codeLens": {},
        "publishDiagnostics": {"relatedInformation": True, "dataSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
            "honorsChangeAnnotations": True,
            "tagSupport": {"valueSet": [1]},
        },
    },
}
"""An editor that supports all that this server can make use of, and pushes rather than pulls."""


def encode(message: object) -> bytes:
    """A message as it stands on the wire."""
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


class RawClient:
    """One server process and everything that it has said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.unread: list[Message] = []
        self.log: list[str] = []
        self.answers: dict[str, Answer] = {}
        self._arrived = asyncio.Condition()
        self._closed = False
        self._next_id = 0
        self._expected_log: list[str] = []
        self._readers = [asyncio.create_task(self._read_messages()), asyncio.create_task(self._read_log())]

    @classmethod
    async def start(
        cls,
        *arguments: str,
        command: Sequence[str] = SERVER,
        environment: Mapping[str, str] | None = None,
        **options: Any,
    ) -> RawClient:
        process = await asyncio.create_subprocess_exec(
            *(*command, *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **(environment or {})},
            **options,
        )
        return cls(process)

    # --- sending ---

    async def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        await self.process.stdin.drain()

    async def send(self, message: object) -> None:
        await self.send_bytes(encode(message))

    async def notify(self, method: str, params: Any = None) -> None:
        await self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def start_request(self, method: str, params: Any = None) -> int:
        self._next_id += 1
        message: Message = {"jsonrpc": "2.0", "id": self._next_id, "method": method}
        await self.send(message if params is None else {**message, "params": params})
        return self._next_id

    async def request(self, method: str, params: Any = None) -> Message:
        """The whole reply, result or error."""
        return await self.reply_to(await self.start_request(method, params))

    async def result(self, method: str, params: Any = None) -> Any:
        reply = await self.request(method, params)
        assert "error" not in reply, reply
        return reply["result"]

    async def initialize(self, capabilities: Message | None = None, **params: Any) -> Message:
        """The usual beginning; gives the result of `initialize`."""
        result = await self.result(
            "initialize",
            {"processId": None, "rootUri": None, "capabilities": capabilities or PLAIN_CAPABILITIES, **params},
        )
        await self.notify("initialized", {})
        return result

    async def open(self, uri: str, text: str, version: int = 1) -> None:
        item = {"uri": uri, "languageId": "prompt-graph", "version": version, "text": text}
        await self.notify("textDocument/didOpen", {"textDocument": item})

    # --- waiting ---

    async def wait_for(self, wanted: Callable[[Message], bool], what: str) -> Message:
        """Takes the first unread message that is wanted."""

        def find() -> Message | None:
            return next((message for message in self.unread if wanted(message)), None)

        try:
            async with asyncio.timeout(PATIENCE), self._arrived:
                await self._arrived.wait_for(lambda: find() is not None or self._closed)
        except TimeoutError:
            pass
        found = find()
        assert found is not None, f"no {what}; unread: {self.unread}; log: {self.log}"
        self.unread.remove(found)
        return found

    async def reply_to(self, identity: object) -> Message:
        return await self.wait_for(
            lambda message: "method" not in message and message.get("id") == identity, f"reply to {identity!r}"
        )

    async def notification(self, method: str, wanted: Callable[[Any], bool] = lambda _params: True) -> Any:
        message = await self.wait_for(
            lambda message: message.get("method") == method and wanted(message.get("params")), method
        )
        return message["params"]

    def expect_log(self, part: str) -> None:
        """Allows problems in the log that contain `part`."""
        self._expected_log.append(part)

    # --- ending ---

    def answer_everything(self) -> None:
        """Accepts every progress and every refresh, as editors do."""
        for method in ("window/workDoneProgress/create", "workspace/codeLens/refresh", "workspace/diagnostic/refresh"):
            self.answers[method] = lambda _params: None

    async def perform(self, command: str, **argument: Any) -> Message:
        """Starts a job by a command and waits for its end; gives the status that told it."""
        started = await self.result("workspace/executeCommand", {"command": command, "arguments": [argument]})
        return await self.notification(
            "prompts/status",
            lambda status: status.get("id") == started["job"] and status["state"] in {"done", "failed", "idle"},
        )

    async def change(self, uri: str, version: int, *changes: Message) -> None:
        """Sends content changes of one new version."""
        document = {"uri": uri, "version": version}
        await self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": list(changes)})

    async def diagnostics(self, uri: str, version: int | None = None) -> list[Message]:
        """The next diagnostics that are published for a document (in a version)."""
        params = await self.notification(
            "textDocument/publishDiagnostics",
            lambda params: params["uri"] == uri and version in {None, params.get("version")},
        )
        return params["diagnostics"]

    async def leave(self) -> int:
        """Ends the conversation as the protocol wants; gives the exit code."""
        assert (await self.request("shutdown"))["result"] is None
        await self.notify("exit")
        return await self.exit_code()

    def close_input(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()

    async def exit_code(self) -> int:
        async with asyncio.timeout(PATIENCE):
            code = await self.process.wait()
            await asyncio.gather(*self._readers)
        return code

    async def finish(self) -> None:
        """Ends the process if it still runs, and fails when it reported a problem that nobody looked at."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
        await self.exit_code()
        problems: list[object] = [message for message in self.unread if _is_problem(message)]
        problems += [line for line in self.log if _is_alarming(line) and not self._is_expected(line)]
        assert not problems, "\n".join([*map(str, problems), "the whole log:", *self.log])

    # --- reading ---

    async def _read_messages(self) -> None:
        assert self.process.stdout is not None
        try:
            while header := await self.process.stdout.readline():
                name, _, length = header.partition(b":")
                assert name == b"Content-Length", f"not a message: {header!r}"
                assert await self.process.stdout.readline() == b"\r\n"
                await self._take_in(json.loads(await self.process.stdout.readexactly(int(length))))
        finally:
            self._closed = True
            async with self._arrived:
                self._arrived.notify_all()

    async def _take_in(self, message: Message) -> None:
        answer = self.answers.get(message.get("method", ""))
        if answer is not None and "id" in message:
            await self.send({"jsonrpc": "2.0", "id": message["id"], "result": answer(message.get("params"))})
        async with self._arrived:
            self.unread.append(message)
            self._arrived.notify_all()

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            self.log.append(line.decode(errors="replace").rstrip())

    def _is_expected(self, line: str) -> bool:
        return any(part in line for part in self._expected_log)


def _is_problem(message: Message) -> bool:
    shown = message.get("method") in {"window/showMessage", "window/logMessage"}
    return "error" in message or (shown and message["params"]["type"] == 1)


def _is_alarming(line: str) -> bool:
    return " ERROR " in line or "Traceback" in line or "Exception" in line
