"""The worker as a process: created in a process group of its own, read line by line, ended with everything it started."""

import asyncio
import logging
import os
import signal
import subprocess
from asyncio.subprocess import Process, SubprocessStreamProtocol
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

logger = logging.getLogger(__name__)

_LAST_LINES_SECONDS = 0.2


class _Streams(SubprocessStreamProtocol):
    """The pipes of a process, and its end: asyncio reports that only when nobody, not even a grandchild, holds the pipes."""

    def __init__(self, limit: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=limit, loop=loop)
        self.exited = asyncio.Event()

    def process_exited(self) -> None:
        super().process_exited()
        self.exited.set()


class WorkerProcess:
    """One process, from its creation to its end. Make it with `create`.

    What it writes to standard error goes to the log.
    """

    def __init__(self, process: Process, streams: _Streams, transport: asyncio.SubprocessTransport) -> None:
        self._process = process
        self._streams = streams
        self._transport = transport
        self._tasks = [asyncio.create_task(self._forward_log()), asyncio.create_task(self._let_go_after_exit())]

    @classmethod
    async def create(cls, command: Sequence[str], max_line_bytes: int) -> "WorkerProcess":
        """Starts a process. Must not be cancelled: asyncio loses a process that is being created then.

        Raises:
            OSError: It cannot be started.
        """
        # What `asyncio.create_subprocess_exec` does, with a protocol of our own and the transport kept.
        loop = asyncio.get_running_loop()
        transport, streams = await loop.subprocess_exec(
            lambda: _Streams(max_line_bytes, loop),
            *command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **_own_group(),
        )
        return cls(Process(transport, streams, loop), streams, transport)

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it lives."""
        return self._transport.get_returncode()

    async def read_line(self) -> bytes:
        """The next line; empty at the end of the stream and after a line that is too long."""
        if self._process.stdout is None:
            return b""
        try:
            return await self._process.stdout.readline()
        except ValueError:
            logger.error("the worker wrote a line that is too long")  # noqa: TRY400 - there is nothing to trace
            return b""

    def write(self, line: bytes) -> bool:
        """Sends a line without waiting; False when nobody will read it."""
        if self._process.stdin is None or self._process.stdin.is_closing():
            return False
        self._process.stdin.write(line)
        return True

    async def end(self, seconds: float) -> None:
        """Ends the process: by the end of its input, after `seconds` by force; in any case with its whole group."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if not await self._has_left(seconds):
            logger.warning("the worker did not leave and is killed")
        self._kill_group()
        self._transport.close()
        await self._has_left(seconds)

    async def _has_left(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._streams.exited.wait()
        except TimeoutError:
            return False
        return True

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if os.name == "nt":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _let_go_after_exit(self) -> None:
        """Closes the pipes once the process has ended and its last lines are read: a grandchild may hold them open."""
        await self._streams.exited.wait()
        await asyncio.sleep(_LAST_LINES_SECONDS)
        self._transport.close()

    async def _forward_log(self) -> None:
        if self._process.stderr is None:
            return
        with suppress(ValueError):
            while line := await self._process.stderr.readline():
                logger.info("worker: %s", line.decode(errors="replace").rstrip())


def _own_group() -> dict[str, Any]:
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}
