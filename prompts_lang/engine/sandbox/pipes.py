"""The pipes that a sandboxed process writes to, read to their end and remembered up to a limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

_CLOSE_SECONDS = 10.0


class Collector(asyncio.Protocol):
    """Collects what arrives through one pipe up to a limit, and says so when there is more. Then it reads on and forgets."""

    def __init__(self, limit: int, excess: asyncio.Event) -> None:
        self.data = bytearray()
        self.closed = asyncio.Event()
        self._changed = asyncio.Event()
        self._limit = limit
        self._excess = excess

    def data_received(self, data: bytes) -> None:
        """Keeps what there is room for."""
        room = self._limit - len(self.data)
        self.data += data[:room]
        self._changed.set()
        if len(data) > room:
            self._excess.set()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """Wakes whoever waits."""
        self.closed.set()
        self._changed.set()

    async def holds(self, length: int) -> bool:
        """Waits for that many bytes; False where the pipe ends with fewer."""
        while len(self.data) < length and not self.closed.is_set():
            self._changed.clear()
            await self._changed.wait()
        return len(self.data) >= length


@dataclass(frozen=True, slots=True)
class Streams:
    """The three pipes that the process writes to, and the event that one of them carried too much."""

    stdout: Collector
    stderr: Collector
    channel: Collector
    excess: asyncio.Event
    transports: tuple[asyncio.ReadTransport, ...]

    async def close(self) -> None:
        """Reads on to the end of each, which comes when its last writer is gone, and closes it."""
        collectors = (self.stdout, self.stderr, self.channel)
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                for collector in collectors:
                    await collector.closed.wait()
        except TimeoutError:
            for transport in self.transports:
                transport.close()
            for collector in collectors:
                await collector.closed.wait()
